//! Rewrite mode in the real client: the model asks for a fetch, and what runs in its place is the real asm-exec with a
//! daemon on loopback.

use serde_json::json;

use crate::claude::{Claude, Guard, Permission, Session};
use crate::daemon::{Daemon, TOKEN};
use crate::mock::Turn;

const CALL: &str = "PGPASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text \
     | jq -r .password) psql -h db -c 'select 1'";
/// What the daemon has for it.
const VALUE: &str = "p&ss/word-of-prod-db";
const REFERENCE: &str = "{{resolve:secretsmanager:prod/db:SecretString:password}}";

/// Leaves the length of what it got and a sum of it, and shows it as a careless program would.
const PSQL: &str = "#!/bin/sh\n\
    printf '%s %s' \"${#PGPASSWORD}\" \"$(printf %s \"$PGPASSWORD\" | cksum)\" >\"$RAN/psql\"\n\
    echo \"connecting $* with $PGPASSWORD\"\n";

struct House {
    claude: Claude,
    daemon: Daemon,
}

/// A client whose user has these settings, a daemon, and a `psql`.
fn house(settings: &str) -> House {
    let daemon = Daemon::start();
    let mut claude = Claude::new(Guard::Works);
    claude.settings(settings);
    claude.program("psql", PSQL);
    claude.set("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", daemon.endpoint());
    claude.set("AWS_TOKEN", TOKEN);
    claude.set("ASM_EXEC_BACKENDS", "sma");
    House { claude, daemon }
}

impl House {
    fn session(&self, permission: Permission, command: &str) -> Session {
        let input = json!({ "command": command, "description": "a test", "timeout": 20_000 });
        self.claude.session(permission, vec![Turn::call("Bash", input)])
    }

    #[track_caller]
    fn assert_no_value_anywhere(&self, session: &Session) {
        assert!(!session.model_heard(VALUE), "{}", session.log());
        assert!(!session.log().contains(VALUE), "{}", session.log());
        assert_eq!(self.claude.files_holding(VALUE), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_fetch_is_replaced_and_runs_through_asm_exec() {
    let house = house("mode = \"rewrite\"");
    for permission in [Permission::Allowed, Permission::Bypassed] {
        let session = house.session(permission, CALL);
        let answer = session.answer();
        assert!(!answer.refused, "{}\n{}", answer.text, session.log());
        // The program had the value, and the model saw the reference.
        assert_eq!(answer.text.trim(), format!("connecting -h db -c select 1 with {REFERENCE}"));
        assert_eq!(house.claude.left("psql"), format!("{} {} {}", VALUE.len(), sum(), VALUE.len()));
        assert!(!house.claude.ran("aws"), "the fetch ran as well");
        let told = format!("this runs: PGPASSWORD='{REFERENCE}' asm-exec -- psql -h db -c 'select 1'");
        assert!(session.model_heard(&told), "{}", session.log());
        house.assert_no_value_anywhere(&session);
    }
    assert_eq!(house.daemon.asked().len(), 2, "one fetch a session");
}

/// POSIX's cksum of the value.
fn sum() -> u32 {
    let mut sum = 0_u32;
    let length = VALUE.len() as u8;
    for byte in VALUE.bytes().chain([length]) {
        sum ^= u32::from(byte) << 24;
        for _ in 0..8 {
            sum = if sum & 0x8000_0000 == 0 { sum << 1 } else { (sum << 1) ^ 0x04c1_1db7 };
        }
    }
    !sum
}

/// The client's own permissions decide about what takes a call's place.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn a_rewrite_leaves_the_users_permissions_as_they_are() {
    let house = house("mode = \"rewrite\"");
    let session = house.session(Permission::Nothing, CALL);
    assert!(session.answer().refused, "ran without permission\n{}", session.log());
    assert!(!session.refused_by_hook(), "the hook decided\n{}", session.log());
    assert!(!house.claude.ran("psql") && !house.claude.ran("aws"), "{}", session.log());
    assert!(house.daemon.asked().is_empty(), "a value was fetched");
}

/// The user's rules are asked about what runs, not about what was asked for.
#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn the_users_rules_are_about_what_takes_the_calls_place() {
    let call = "psql \"$(aws secretsmanager get-secret-value --secret-id prod/stripe --query SecretString --output text)\"";
    for (permission, runs) in [
        (Permission::Only("Bash(asm-exec -- psql:*)"), true),
        (Permission::Only("Bash(psql:*)"), false),
        (Permission::AllBut("Bash(asm-exec:*)"), false),
        (Permission::AllBut("Bash(psql:*)"), true),
    ] {
        let house = house("mode = \"rewrite\"");
        let session = house.session(permission, call);
        assert_eq!(house.claude.ran("psql"), runs, "{}", session.log());
        assert_eq!(session.answer().refused, !runs, "{}", session.log());
    }
}

#[test]
#[ignore = "needs Claude Code: .ci/run installs it"]
fn what_is_not_certain_or_not_asked_for_is_denied() {
    for (settings, command) in
        [("mode = \"rewrite\"", format!("true && {CALL}")), ("mode = \"deny\"", CALL.to_owned())]
    {
        let house = house(settings);
        let session = house.session(Permission::Bypassed, &command);
        assert!(session.answer().refused && session.refused_by_hook(), "{}", session.log());
        assert!(session.answer().text.contains("asm-exec -- psql"), "{}", session.answer().text);
        assert!(!house.claude.ran("psql") && !house.claude.ran("aws"), "{}", session.log());
    }
}
