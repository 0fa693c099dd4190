//! Commands made at random: whatever takes a call's place passes the guard, and gives the program the same words.

use asm_guard::bounds::Budget;
use asm_guard::call::ToolCall;
use asm_guard::policy::Decision;
use asm_guard::shell::{self, Host, Invocation, Outcome, Setup};
use asm_guard::trace::Trace;
use asm_guard::value::{Text, Value};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::bash::{machine, recorded};
use crate::cases::judged;
use crate::daemon::Daemon;

const FETCH: &str =
    "aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text";
const REFERENCE: &str = "{{resolve:secretsmanager:prod/db:SecretString}}";

/// A word: quoted text, variables and fetches in any order, now and then with what makes it no plain word.
fn word() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[a-z0-9=/._-]{1,6}",
        2 => "'[ -&(-~]{0,6}'",
        2 => "\"[a-z #'(){}*?~:@!]{0,6}\"",
        1 => Just("\"$V\"".to_owned()),
        1 => Just("\"${V}x\"".to_owned()),
        2 => Just(format!("\"$({FETCH})\"")),
        1 => Just(format!("\"a$({FETCH})b$V\"")),
        1 => "\\\\[ -~]",
        1 => prop_oneof![
            Just("$V".to_owned()), Just("*".to_owned()), Just("~".to_owned()), Just("{a,b}".to_owned()),
            Just(format!("$({FETCH})")), Just("\"${V:-x}\"".to_owned()), Just("$((1+1))".to_owned()),
        ],
    ];
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat())
}

fn command() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["A", "PGPASSWORD", "B_2", "PATH"]);
    let assignment = (name, word()).prop_map(|(name, value)| format!("{name}={value} "));
    let program =
        prop::sample::select(vec!["psql", "curl", "./deploy.sh", "ssh", "npm", "echo", "sudo", "tool"]);
    let rest = prop::sample::select(vec![
        "",
        "",
        "",
        " 2>&1",
        " < in",
        " > out",
        "; ls",
        " &",
        " | cat",
        " |& head -1",
    ]);
    (prop::collection::vec(assignment, 0..3), program, prop::collection::vec(word(), 0..4), rest).prop_map(
        |(assignments, program, words, rest)| {
            format!("{}{program} {}{rest}", assignments.concat(), words.join(" "))
        },
    )
}

/// What a program is given: its words and variables.
type Given = (Vec<String>, Vec<(String, String)>);

/// Notes the programs that are started; a fetch prints the reference to it.
#[derive(Default)]
struct Recorder(Vec<Given>);

impl Host for Recorder {
    fn invoke(&mut self, _: &Trace, invocation: &Invocation) -> Outcome {
        if invocation.argv[0].literal() == Some("aws") {
            return Outcome { output: Some(Value::from(REFERENCE)), entered: true };
        }
        let words = invocation.argv.iter().map(Text::to_string).collect();
        let variables = invocation.environment.iter().map(|(name, value)| (name.clone(), value.to_string()));
        self.0.push((words, variables.collect()));
        Outcome::default()
    }
}

fn given(command: &str) -> Vec<Given> {
    let mut recorder = Recorder::default();
    shell::run(command, Setup::default(), &Trace::new(), &mut recorder).unwrap();
    recorder.0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_replacement_passes_and_gives_the_program_the_same(command in command()) {
        let verdict = judged(&ToolCall::bash(command.as_str()));
        if let Some(replacement) = verdict.replacement() {
            let again = judged(&ToolCall::bash(replacement));
            prop_assert_eq!(again.decision, Decision::Allow, "{}", replacement);
            prop_assert!(again.hint.is_none(), "{}", replacement);
            let script = shell::parse(replacement, &Budget::new()).unwrap();
            prop_assert!(script.error.is_none());
            let (before, mut after) = (given(&command), given(replacement));
            // Behind it there may be a filter, which stays.
            prop_assert_eq!(after[0].0.drain(..2).collect::<Vec<_>>(), ["asm-exec", "--"]);
            prop_assert_eq!(before, after, "{} as {}", command, replacement);
        }
    }
}

/// Commands whose safe form is certain, the first of them at random, with that form.
fn certain(count: usize) -> Vec<(String, String)> {
    let mut runner = TestRunner::deterministic();
    let mut any = || command().new_tree(&mut runner).unwrap().current();
    let replaced = (0..5_000).map(|_| any()).filter_map(|command| {
        let replacement = judged(&ToolCall::bash(command.as_str())).replacement()?.to_owned();
        Some((command, replacement))
    });
    replaced.take(count).collect()
}

/// The property would hold of nothing, too.
#[test]
fn some_of_them_are_replaced_and_give_the_program_the_same_in_a_real_bash() {
    let certain = certain(60);
    assert_eq!(certain.len(), 60);
    let (machine, daemon) = (machine(), Daemon::start());
    for (command, replacement) in certain {
        let (asked, replaced) =
            (recorded(&machine, &daemon, &command), recorded(&machine, &daemon, &replacement));
        assert_eq!(asked, replaced, "{command}\n{replacement}");
    }
}
