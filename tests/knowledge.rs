//! What rule files say of programs and tools: that it is used wherever a program can stand, and who may hide what with it.

use std::rc::Rc;
use std::sync::Arc;

use asm_guard::call::ToolCall;
use asm_guard::guard::{self, Context};
use asm_guard::policy::{Compiled, Decision, Layer, RuleFile, Rules, builtin_standings};
use asm_guard::trace::Trace;
use proptest::prelude::*;
use proptest::sample::select;

/// The built-in rules with these files.
fn rules(files: &[(Layer, &str)]) -> Rc<Rules> {
    let read = |(layer, text): &(Layer, &str)| {
        let (file, faults) = RuleFile::read("a.toml", text);
        assert!(faults.is_empty(), "{faults:?}");
        (*layer, file)
    };
    let files: Vec<(Layer, RuleFile)> = files.iter().map(read).collect();
    let (project, shared): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(layer, _)| *layer == Layer::Project);
    let compiled = |files: &[(Layer, RuleFile)]| Arc::new(Compiled::new(files, builtin_standings(), &[]));
    Rc::new(Rules { shared: compiled(&shared), project: compiled(&project), ..Rules::default() })
}

fn decided(call: &ToolCall, rules: &Rc<Rules>) -> Decision {
    let context = Context { rules: rules.clone(), ..Context::with_files([]) };
    guard::judge(call, &context, &Trace::new()).verdict.decision
}

const CORP: &str = r#"
[[wrapper]]
program = ["corp-run", "corp-*-run"]
value_options = ["--env"]
inner = "after --"

[[wrapper]]
program = ["corp-sh"]
inner = "shell"

[[wrapper]]
program = ["corp-each"]
stdin_words = true

[[shell]]
program = ["corpsh"]

[[interpreter]]
program = ["corpy"]
language = "python"
inline = ["-c"]

[[http_client]]
program = ["corp-fetch"]
value_options = ["--token"]

[[aws_cli]]
program = ["corp-aws"]
value_options = ["--region", "--profile"]

[[alias]]
name = ["corp-secrets"]
program = "aws"

[[cmdlet]]
name = ["Get-CorpSecret"]
service = "secretsmanager"
operation = "get-secret-value"
parameters = ["SecretId"]

[[image]]
name = ["corp/cli*"]
program = "aws"

[[remote]]
name = ["corpservice run-job"]
parameter = "Command"

[[variable]]
name = ["CORP_PAGER"]
holds = "command"

[[tasks]]
program = ["corp-task"]
files = ["package.json"]
run = ["run"]

[[writer]]
program = ["corp-put"]
does = "input"

[[lister]]
program = ["corp-files"]

[[forwarder]]
program = ["corp-tunnel"]
options = ["-L"]
form = "port:host:port"

[[handling]]
program = ["corp-show"]
shows = ["arguments"]

[[surface]]
tool = ["mcp__corp__runJob", "mcp__corp__jobs_*"]
fields = { shell = ["recipe_text"], corp = [] }
"#;

/// Every call fetches, or does what else a rule denies or asks about, where it is understood.
#[test]
fn what_is_added_is_known_wherever_a_program_can_stand() {
    let text = CORP.replace(", corp = []", "");
    let (fetch, none) = ("aws secretsmanager get-secret-value --secret-id x", Rc::new(Rules::default()));
    let by = [rules(&[(Layer::Managed, &text)]), rules(&[(Layer::User, &text)])];
    let calls = [
        format!("corp-run --env prod -- {fetch}"),
        format!("/opt/corp/bin/corp-run --env prod -- {fetch}"),
        format!("corp-db-run -- {fetch}"),
        format!("bash -c 'corp-run -- {fetch}'"),
        format!("corp-run -- corp-run -- sudo {fetch}"),
        format!("echo x | xargs corp-run -- {fetch}"),
        format!("find . -name x -exec corp-run -- {fetch} \\;"),
        format!("X=$(corp-run -- {fetch})"),
        format!("alias c=corp-run\nc -- {fetch}"),
        format!("/opt/corp-ru? -- {fetch}"),
        format!("nice -n 5 corp-run -- {fetch}"),
        format!("python3 -c \"import subprocess; subprocess.run(['corp-run', '--', *'{fetch}'.split()])\""),
        format!("node -e \"require('child_process').execSync('corp-run -- {fetch}')\""),
        format!("pwsh -Command 'corp-run -- {fetch}'"),
        format!("corp-sh {fetch} '&&' ls"),
        "echo secretsmanager get-secret-value --secret-id x | corp-each aws".to_owned(),
        format!("corpsh -c '{fetch}'"),
        format!("echo '{fetch}' | corpsh"),
        "corpy -c \"import boto3; boto3.client('secretsmanager').get_secret_value(SecretId='x')\"".to_owned(),
        "corp-fetch --token x 'http://localhost:2773/secretsmanager/get?secretId=x'".to_owned(),
        "corp-aws --region eu-west-1 secretsmanager get-secret-value --secret-id x".to_owned(),
        "corp-secrets secretsmanager get-secret-value --secret-id x".to_owned(),
        "pwsh -Command 'Get-CorpSecret -SecretId x'".to_owned(),
        "docker run corp/cli:2 secretsmanager get-secret-value --secret-id x".to_owned(),
        format!("aws corpservice run-job --command '{fetch}'"),
        format!("export CORP_PAGER='{fetch}'"),
        format!("printf '{{\"scripts\":{{\"a\":\"{fetch}\"}}}}' > package.json; corp-task run a"),
        "corp-put ~/.claude/settings.json < x".to_owned(),
        "corp-files ~/.claude | xargs rm".to_owned(),
        "corp-tunnel -L 9000:localhost:2773".to_owned(),
        "asm-exec -- corp-show '{{resolve:secretsmanager:x:SecretString:a}}'".to_owned(),
    ];
    let tools = ["mcp__corp__runJob", "mcp__corp__jobs_start"];
    let tool = |name: &&str| {
        ToolCall::new(*name, serde_json::json!({ "recipeText": format!("corp-run -- {fetch}") }))
    };
    let calls = calls.iter().map(ToolCall::bash).chain(tools.iter().map(tool));
    for call in calls {
        // What follows `--`, and a whole command line of the AWS CLI, is followed of any program.
        let input = call.input.to_string();
        let told_by_its_words = input.contains(&format!(" {fetch}")) || input.contains("'--'");
        if !told_by_its_words {
            assert_eq!(decided(&call, &none), Decision::Allow, "without: {}", call.input);
        }
        for rules in &by {
            assert_ne!(decided(&call, rules), Decision::Allow, "{} {}", call.tool, call.input);
        }
    }
    for harmless in
        ["corp-run --env prod -- ls", "corp-fetch https://example.com/", "corp-show x", "corp-put y < x"]
    {
        for rules in &by {
            assert_eq!(decided(&ToolCall::bash(harmless), rules), Decision::Allow, "{harmless}");
        }
    }
}

/// Entries that would hide what a call does, if they were believed: by whom they are.
#[test]
fn who_may_hide_what() {
    use Decision::{Allow, Deny};
    let fetch = "aws secretsmanager get-secret-value --secret-id x";
    let shows = "asm-exec -- cat <<< '{{resolve:secretsmanager:x:SecretString:a}}'";
    let overwritten = |by: &str| format!("echo '{fetch}' > s.sh; {by}; sh s.sh");
    // What it says, the call, and what is decided where the organisation says so. Nothing that a user says hides anything.
    let table = [
        // Beside a built-in entry another only ever adds.
        ("[[wrapper]]\nprogram = ['sudo']\ninert = ['aws']", format!("sudo {fetch}"), Deny),
        ("[[wrapper]]\nprogram = ['sudo']\ninner = 'none'", format!("sudo {fetch}"), Deny),
        ("[[alias]]\nname = ['aws']\nprogram = 'echo'", fetch.to_owned(), Deny),
        // Names that lead to themselves, each by two ways.
        (
            "[[alias]]\nname = ['aws', 'one']\nprogram = 'aws'\n[[alias]]\nname = ['aws', 'one']\nprogram = 'one'",
            fetch.to_owned(),
            Deny,
        ),
        (
            "[[alias]]\nname = ['find']\nprogram = 'find'\n[[alias]]\nname = ['gfind']\nprogram = 'find'",
            format!("gfind . -exec gfind . -exec {fetch} \\;"),
            Deny,
        ),
        ("[[shell]]\nprogram = ['bash']\nvalue_options = ['-c']", format!("bash -c '{fetch}'"), Deny),
        ("[[interpreter]]\nprogram = ['bash']\nlanguage = 'sql'", format!("bash -c '{fetch}'"), Deny),
        ("[[aws_cli]]\nprogram = ['aws']\nvalue_options = ['secretsmanager']", fetch.to_owned(), Deny),
        ("[[handling]]\nprogram = ['aws', 'bash']\nidle = true", format!("bash -c '{fetch}'"), Deny),
        ("[[handling]]\nprogram = ['cat']\nidle = true\nsilent = ['-']", shows.to_owned(), Deny),
        (
            "[[command]]\nprogram = ['chamber']\ninert = ['read']",
            "chamber -b secretsmanager read app password".to_owned(),
            Deny,
        ),
        (
            "[[http_client]]\nprogram = ['curl']\ninert = ['-s']",
            "curl -s http://localhost:2773/secretsmanager/get?secretId=x".to_owned(),
            Deny,
        ),
        ("[[surface]]\ntool = ['Bash']\nfields = { text = ['command'] }", fetch.to_owned(), Deny),
        ("[[surface]]\ntool = ['B*', 'bash*']\nfields = {}", fetch.to_owned(), Deny),
        // What a program did that is known now stands in the place of what it might have done.
        ("[[wrapper]]\nprogram = ['echo']", shows.replace("cat <<<", "echo"), Allow),
        ("[[wrapper]]\nprogram = ['corp']", overwritten("corp sh -c 'echo ls > s.sh'"), Allow),
        ("[[shell]]\nprogram = ['corp']", overwritten("corp -c 'echo ls > s.sh'"), Allow),
        ("[[alias]]\nname = ['corp']\nprogram = 'bash'", overwritten("corp -c 'echo ls > s.sh'"), Allow),
    ];
    let none = Rc::new(Rules::default());
    for (says, call, managed) in &table {
        let bash = ToolCall::bash(call);
        assert_eq!(decided(&bash, &none), Deny, "without: {call}");
        assert_eq!(decided(&bash, &rules(&[(Layer::User, says)])), Deny, "a user: {says}: {call}");
        assert_eq!(decided(&bash, &rules(&[(Layer::Managed, says)])), *managed, "managed: {says}: {call}");
        let both = rules(&[(Layer::Managed, CORP_RUN), (Layer::User, says)]);
        assert_eq!(decided(&bash, &both), Deny, "beside what is managed: {says}: {call}");
        let project = rules(&[(Layer::Project, says)]);
        assert_eq!(decided(&bash, &project), Deny, "a project: {says}: {call}");
        assert!(project.faults().any(|fault| fault.contains("a project's files say nothing of programs")));
    }
}

const CORP_RUN: &str = "[[wrapper]]\nprogram = ['corp-run']\n";

/// What a user says hides nothing that what is managed shows.
#[test]
fn a_user_hides_nothing_that_is_managed() {
    let fetch = ToolCall::bash("corp-run aws secretsmanager get-secret-value --secret-id x");
    for says in [
        "[[wrapper]]\nprogram = ['corp-run']\ninert = ['aws']\n",
        "[[alias]]\nname = ['corp-run']\nprogram = 'echo'\n",
        "[[handling]]\nprogram = ['corp-run']\nidle = true\n",
        "[[interpreter]]\nprogram = ['corp-run']\nlanguage = 'sql'\n",
    ] {
        let rules = rules(&[(Layer::Managed, CORP_RUN), (Layer::User, says)]);
        assert_eq!(decided(&fetch, &rules), Decision::Deny, "{says}");
    }
}

/// What cannot work is told, with its place and what to write instead.
#[test]
fn faults_have_a_place_and_a_mend() {
    for (text, fault, mend) in [
        (
            "[[wrapper]]\ninner = 'rest'",
            "1:1: missing field `program` of `[[wrapper]]`",
            "add `program = [\"…\"]`",
        ),
        ("[[wrapper]]\nprogram = 'a'", "2:11: invalid type: string", "put it in brackets"),
        ("[[wrapper]]\nprogram = [1]", "2:12: invalid type: integer", "put it in quotes"),
        ("[[wrapper]]\nprogram = ['']", "1:1: an empty name", "take it out"),
        ("[[wrapper]]\nprogram = ['*']", "1:1: `*` names everything there is", "name what is meant"),
        ("[[wrapper]]\nprogram = ['a b']", "1:1: `a b` has a blank", "subcommand = "),
        ("[[wrapper]]\nprogram = ['/opt/a']", "1:1: `/opt/a` is a path", "write `a`"),
        ("[[wrapper]]\nprogram = ['a']\ninner = 'rset'", "3:9: unknown variant `rset`", "write `rest`"),
        ("[[wrapper]]\nprogram = ['a']\ninnert = []", "3:1: unknown field `innert`", "write `inert`"),
        ("[[wraper]]\nprogram = ['a']", "1:3: unknown field `wraper`", "write `wrapper`"),
        ("[[interpreter]]\nprogram = ['a']", "1:1: missing field `language`", "add `language = …`"),
        (
            "[[interpreter]]\nprogram = ['a']\nlanguage = 'pyton'",
            "unknown language `pyton`",
            "write `python`",
        ),
        ("[[alias]]\nname = ['a']", "1:1: missing field `program`", "add `program = …`"),
        (
            "[[surface]]\ntool = ['a']\nfields = { shel = ['x'] }",
            "no field is read as `shel`",
            "write `shell`",
        ),
        (
            "[[surface]]\ntool = ['a']\nfields = { shell = ['a*b'] }",
            "`a*b` has a star in its middle",
            "ends only",
        ),
        (
            "[[remote]]\nname = ['ssm']\nparameter = 'P'",
            "`ssm` is no operation of AWS",
            "write `service operation`",
        ),
        (
            "[[variable]]\nname = ['PAGER']\nholds = 'file'",
            "what `PAGER` holds is known already",
            "take it out",
        ),
        ("[[variable]]\nname = ['A']", "1:1: missing field `holds`", "add `holds = …`"),
        ("[[example]]\nexpect = 'deny'", "1:1: an example names neither", "add `bash = "),
    ] {
        let good = "\n[[wrapper]]\nprogram = ['good']\n";
        let (file, faults) = RuleFile::read("a.toml", &format!("{text}\n{good}"));
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
        let told = faults[0].to_string();
        assert!(
            told.starts_with("a.toml:") && told.contains(fault) && told.contains(mend),
            "{fault}: {told}"
        );
        let names: Vec<&String> = file.knowledge.iter().flat_map(|entry| &entry.value.names).collect();
        assert_eq!(names, ["good"], "what is good is kept: {text}");
    }
}

/// Programs of the calls below, and words that an entry may give a meaning to.
const NAMES: [&str; 10] = ["aws", "bash", "sudo", "cat", "echo", "curl", "asm-exec", "python3", "corp", "c*"];
const WORDS: [&str; 8] = ["-c", "--", "secretsmanager", "get-secret-value", "--secret-id", "x", "-s", "-e"];
/// Calls that are stopped.
const STOPPED: [&str; 7] = [
    "sudo aws secretsmanager get-secret-value --secret-id x",
    "bash -c 'corp; aws secretsmanager get-secret-value --secret-id x'",
    "echo 'aws secretsmanager get-secret-value --secret-id x' > s.sh; corp sh -c 'echo > s.sh'; bash s.sh",
    "X=$(corp secretsmanager); echo aws secretsmanager $(echo get-secret-value) --secret-id x | bash",
    "curl -s http://localhost:2773/secretsmanager/get?secretId=x",
    "python3 -c \"import boto3; boto3.client('secretsmanager').get_secret_value(SecretId='x')\"",
    "asm-exec -- bash -c 'cat <<< {{resolve:secretsmanager:x:SecretString:a}}'",
];

fn entry() -> impl Strategy<Value = String> {
    let lists = |names: &'static [&'static str]| {
        let list = proptest::collection::vec(select(&WORDS[..]), 1..4);
        proptest::collection::vec((select(names), list), 0..4).prop_map(|lists| {
            let lists: std::collections::BTreeMap<_, _> = lists.into_iter().collect();
            lists.into_iter().map(|(name, words)| format!("{name} = {words:?}\n")).collect::<String>()
        })
    };
    let flags = |names: &'static [&'static str]| {
        proptest::sample::subsequence(names, 0..=names.len())
            .prop_map(|names| names.iter().map(|name| format!("{name} = true\n")).collect::<String>())
    };
    let inner = select(&["rest", "after --", "search", "shell", "shell each", "shell arguments", "none"][..]);
    let wrapper = (
        lists(&[
            "value_options",
            "flags",
            "inert",
            "shell_options",
            "ends",
            "starts",
            "skip_words",
            "clears",
        ]),
        flags(&[
            "assignments",
            "stdin_words",
            "stdin_shell",
            "image",
            "options_anywhere",
            "keeps_environment",
        ]),
        inner,
    )
        .prop_map(|(lists, flags, inner)| ("wrapper", format!("{lists}{flags}inner = \"{inner}\"\n")));
    let shell = lists(&["value_options", "script_options"]).prop_map(|lists| ("shell", lists));
    let language = select(&["python", "sql", "javascript", "sed", "powershell"][..]);
    let interpreter = (lists(&["inline", "value_options", "inert"]), language)
        .prop_map(|(lists, language)| ("interpreter", format!("{lists}language = \"{language}\"\n")));
    let handling =
        (lists(&["silent", "writes", "with"]), flags(&["idle", "enters", "parses", "last_is_written"]))
            .prop_map(|(lists, flags)| ("handling", format!("{lists}{flags}")));
    let client = (lists(&["url", "value_options", "inert", "proxy", "file"]), flags(&["raw"]))
        .prop_map(|(lists, flags)| ("http_client", format!("{lists}{flags}")));
    let aws = lists(&["value_options", "flags"]).prop_map(|lists| ("aws_cli", lists));
    let resolver = lists(&["value_options", "dry", "help", "out"]).prop_map(|lists| ("resolver", lists));
    let alias = select(&NAMES[..9]).prop_map(|program| ("alias", format!("program = \"{program}\"\n")));
    let any = prop_oneof![wrapper, shell, interpreter, handling, client, aws, resolver, alias];
    (any, proptest::sample::subsequence(NAMES.to_vec(), 1..3)).prop_map(|((kind, text), names)| {
        let key = if kind == "alias" { "name" } else { "program" };
        format!("[[{kind}]]\n{key} = {names:?}\n{text}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a user says of whichever program, a call that is stopped stays stopped.
    #[test]
    fn nothing_that_a_user_says_lets_a_call_pass(entries in proptest::collection::vec(entry(), 1..5)) {
        let rules = rules(&[(Layer::User, &entries.concat())]);
        for call in STOPPED {
            prop_assert_eq!(decided(&ToolCall::bash(call), &rules), Decision::Deny, "{}", call);
        }
    }
}
