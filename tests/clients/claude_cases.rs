//! Each case is one tool call that the model makes, and what must come of it.

use std::path::Path;

use serde_json::{Value, json};

use crate::claude::{Answer, Claude, Guard, Permission, Session};
use crate::mock::Turn;
use crate::scratch::write;

pub const FETCH: &str =
    "aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text";

pub fn bash(command: &str) -> Vec<Turn> {
    vec![Turn::call("Bash", json!({"command": command, "description": "a test"}))]
}

/// Tools that the client offers on demand only: the model asks for the tool first.
fn on_demand(tool: &str, input: Value) -> Vec<Turn> {
    vec![Turn::call("ToolSearch", json!({"query": format!("select:{tool}")})), Turn::call(tool, input)]
}

fn monitor(command: &str) -> Vec<Turn> {
    on_demand(
        "Monitor",
        json!({"command": command, "description": "a test", "timeout_ms": 5000, "persistent": false}),
    )
}

fn mcp(tool: &str, input: Value) -> Vec<Turn> {
    on_demand(&format!("mcp__aws-mcp__{tool}"), input)
}

/// The tool did not run, and the model heard why from the guard's hook, with the way to go instead.
pub fn assert_denied(session: &Session) {
    let Answer { text, refused } = session.answer();
    assert!(refused, "the call went through: {text}\n{}", session.log());
    assert!(session.refused_by_hook(), "refused, but not by a hook\n{}", session.log());
    assert!(text.contains("asm-exec"), "the reason shows no safe way: {text}");
}

pub fn assert_ran(session: &Session) {
    let Answer { text, refused } = session.answer();
    assert!(!refused, "the call was refused: {text}\n{}", session.log());
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_fetch_in_bash_is_denied_and_the_model_hears_the_safe_command() {
    let claude = Claude::new(Guard::Works);
    let session = claude
        .session(Permission::Allowed, bash(&format!("PGPASSWORD=$({FETCH} | jq -r .password) psql -h db")));
    assert_denied(&session);
    let reason = session.answer().text;
    let safe = "PGPASSWORD='{{resolve:secretsmanager:prod/db:SecretString:password}}' asm-exec -- psql -h db";
    assert!(reason.contains(safe), "{reason}");
    assert!(!claude.ran("aws"));
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_denial_holds_with_permissions_bypassed() {
    let claude = Claude::new(Guard::Works);
    assert_denied(&claude.session(Permission::Bypassed, bash(FETCH)));
    assert!(!claude.ran("aws"));
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_denial_is_logged_with_the_clients_session() {
    let claude = Claude::new(Guard::Works);
    let harmless = Turn::call("Bash", json!({"command": "true", "description": "a test"}));
    let fetch =
        Turn::call("Bash", json!({"command": format!("TOKEN=hunter2 {FETCH}"), "description": "a test"}));
    let session = claude.session(Permission::Allowed, vec![harmless, fetch]);
    assert_denied(&session);
    let lines = claude.audit();
    let [line] = lines.as_slice() else { panic!("{lines:#?}") };
    assert_eq!(
        (line["session"].as_str(), line["decision"].as_str()),
        (Some(session.id().as_str()), Some("deny"))
    );
    assert_eq!((line["tool"].as_str(), line["understood"].as_str()), (Some("Bash"), Some(FETCH)));
    assert!(!line.to_string().contains("hunter2"), "{line}");
}

/// Also shows that the `aws` of these tests is the one that runs: where its marker is missing, nothing ran.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_harmless_command_runs() {
    let claude = Claude::new(Guard::Works);
    assert_ran(&claude.session(Permission::Allowed, bash("aws secretsmanager list-secrets")));
    assert!(claude.ran("aws"));
}

/// A reference that nothing resolves: the command runs, and the model hears that it got the reference.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_hint_reaches_the_model_and_the_command_runs() {
    let claude = Claude::new(Guard::Works);
    let command = "DB='{{resolve:secretsmanager:prod/db:SecretString:password}}' aws s3 ls";
    let session = claude.session(Permission::Allowed, bash(command));
    assert_ran(&session);
    assert!(claude.ran("aws"));
    for part in ["reference-unresolved", "It will not be resolved", "asm-exec -- aws s3 ls"] {
        assert!(session.model_heard(part), "{part}\n{}", session.log());
    }
}

/// A hint grants nothing: where the user's permissions do not allow the tool, it does not run.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_hint_leaves_the_users_permissions_as_they_are() {
    let claude = Claude::new(Guard::Works);
    let command = "DB='{{resolve:secretsmanager:prod/db}}' aws s3 ls";
    let session = claude.session(Permission::Nothing, bash(command));
    assert!(session.answer().refused, "ran without permission\n{}", session.log());
    assert!(!claude.ran("aws"));
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_command_of_asm_exec_that_only_prints_is_denied() {
    let claude = Claude::new(Guard::Works);
    let command = "asm-exec -- sh -c 'aws s3 ls; echo \"{{resolve:secretsmanager:prod/db}}\"'";
    assert_denied(&claude.session(Permission::Bypassed, bash(command)));
    assert!(!claude.ran("aws"));
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_fetch_in_monitor_is_denied() {
    let claude = Claude::new(Guard::Works);
    assert_denied(&claude.session(Permission::Allowed, monitor(FETCH)));
    assert!(!claude.ran("aws"));
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_harmless_monitor_runs() {
    let claude = Claude::new(Guard::Works);
    let session = claude.session(Permission::Allowed, monitor("aws secretsmanager list-secrets"));
    assert_ran(&session);
    assert!(claude.ran("aws"), "{}", session.log());
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_fetch_by_an_mcp_script_is_denied() {
    let claude = Claude::new(Guard::Works);
    let script = "r = await call_boto3('secretsmanager', 'GetSecretValue', {'SecretId': 'prod/db'})\nprint(r['SecretString'])";
    assert_denied(&claude.session(Permission::Bypassed, mcp("aws___run_script", json!({"script": script}))));
    assert!(!claude.ran("mcp"));
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_fetch_by_an_mcp_command_is_denied() {
    let claude = Claude::new(Guard::Works);
    assert_denied(&claude.session(Permission::Allowed, mcp("aws___call_aws", json!({"cli_command": FETCH}))));
    assert!(!claude.ran("mcp"));
}

/// A question about the operation is no call of it.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_harmless_mcp_call_runs() {
    let claude = Claude::new(Guard::Works);
    let search = json!({"search_phrase": "what does secretsmanager get-secret-value return"});
    let session = claude.session(Permission::Allowed, mcp("aws___search_documentation", search));
    assert_ran(&session);
    assert!(session.answer().text.contains("ran aws___search_documentation"));
    assert!(claude.ran("mcp"));
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_web_fetch_of_the_agent_daemon_is_denied() {
    let claude = Claude::new(Guard::Works);
    let input = json!({"url": "http://localhost:2773/secretsmanager/get?secretId=prod/db", "prompt": "What does it say?"});
    assert_denied(&claude.session(Permission::Allowed, on_demand("WebFetch", input)));
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_session_starts_with_the_rules() {
    let claude = Claude::new(Guard::Works);
    let session = claude.session(Permission::Allowed, bash("true"));
    for rule in ["no get-secret-value or batch-get-secret-value", "port 2773", "asm-exec -- psql"] {
        assert!(session.model_starts_with(rule), "{rule}\n{}", session.log());
    }
    assert!(!session.model_starts_with("cargo install"), "a warning, though the guard is there");
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn the_plugins_bin_is_first_on_the_path_of_bash() {
    let claude = Claude::new(Guard::Works);
    let session = claude.session(Permission::Allowed, bash("printf '%s\\n' \"$PATH\"; command -v asm-guard"));
    assert_ran(&session);
    let text = session.answer().text;
    let bin = claude.plugin().join("bin");
    let (path, rest) = text.split_once('\n').unwrap();
    assert_eq!(std::env::split_paths(path).next().as_deref(), Some(bin.as_path()), "{path}");
    assert_eq!(rest.lines().next().map(Path::new), Some(bin.join("asm-guard").as_path()), "{rest}");
}

/// Not even a harmless call runs unguarded, and user and model hear what mends it.
fn assert_unguarded_tools_are_blocked(guard: Guard, state: &str, mend: &str) {
    let claude = Claude::new(guard);
    let session = claude.session(Permission::Bypassed, bash("aws secretsmanager list-secrets"));
    assert!(session.answer().refused, "ran without a guard\n{}", session.log());
    assert!(!claude.ran("aws"));
    assert!(session.model_starts_with(state) && session.model_starts_with(mend), "{}", session.log());
    let shown = session.hook_output("SessionStart");
    assert!(
        shown.iter().any(|output| output.contains("systemMessage") && output.contains(mend)),
        "{}",
        session.log()
    );
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_missing_guard_blocks_every_tool_and_says_how_to_mend_it() {
    let mend = "take the plugin from a release";
    assert_unguarded_tools_are_blocked(Guard::Missing, "asm-guard is missing", mend);
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_guard_that_cannot_run_blocks_every_tool_and_says_how_to_mend_it() {
    assert_unguarded_tools_are_blocked(Guard::NotExecutable, "asm-guard is not executable", "chmod +x");
}

/// Installs the plugin as the README says.
fn install(claude: &Claude) {
    let add = ["plugin", "marketplace", "add"].map(AsRef::as_ref);
    let (added, text) = claude.manage(add.into_iter().chain([claude.plugin().as_os_str()]));
    assert!(added, "{text}");
    let (installed, text) = claude.manage(["plugin", "install", "aws-core@asm-guard"]);
    assert!(installed, "{text}");
}

/// What the doctor says of a hook that is switched off is true: the tool really runs unguarded.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn the_doctor_finds_an_installed_plugin_well_and_one_that_is_switched_off_not() {
    let claude = Claude::new(Guard::Works);
    install(&claude);
    let (status, report) = claude.doctor();
    assert_eq!(status, Some(0), "{report:#}");
    let client = report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "client");
    assert!(client.unwrap()["message"].as_str().unwrap().contains("(Claude Code)"), "{report:#}");
    assert_denied(&claude.session_as_installed(Permission::Bypassed, bash(FETCH)));
    assert!(!claude.ran("aws"));

    for (file, off) in [
        ("work/.claude/settings.json", json!({"disableAllHooks": true})),
        ("work/.claude/settings.local.json", json!({"enabledPlugins": {"aws-core@asm-guard": false}})),
    ] {
        write(&claude.path(file), &off.to_string(), 0o644);
        let (status, report) = claude.doctor();
        assert_eq!(status, Some(2), "{report:#}");
        let path = claude.path(file);
        assert!(report.to_string().contains(path.to_str().unwrap()), "{report:#}");
        assert_ran(&claude.session_as_installed(Permission::Bypassed, bash(FETCH)));
        assert!(claude.ran("aws"), "{file}");
        std::fs::remove_file(claude.path("ran/aws")).unwrap();
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn the_plugin_installs_from_the_checkouts_own_marketplace() {
    let claude = Claude::new(Guard::Works);
    install(&claude);

    let session = claude.session_as_installed(Permission::Bypassed, bash(FETCH));
    assert_denied(&session);
    assert!(session.model_starts_with("asm-exec -- psql"), "{}", session.log());
    assert!(!claude.ran("aws"));
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn the_checkout_validates_with_no_warning() {
    let claude = Claude::new(Guard::Works);
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    for manifest in [".", ".claude-plugin/plugin.json", ".claude-plugin/marketplace.json"] {
        let arguments = ["plugin", "validate", "--strict"].map(AsRef::as_ref);
        let path = checkout.join(manifest);
        let (valid, text) = claude.manage(arguments.into_iter().chain([path.as_os_str()]));
        assert!(valid, "{manifest}: {text}");
    }
}
