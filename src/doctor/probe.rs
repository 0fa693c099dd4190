//! Whether a configured hook really answers: it is run as the client would run it, with a fetch that must be denied
//! and with a harmless call that must pass.

use std::io::ErrorKind;
use std::path::Path;

use serde_json::Value;

use super::finding::Finding;
use super::process::Ran;

pub use super::manner::Manner;

/// The name of this check.
const CHECK: &str = "answer";
/// The session that probes name, so that a log can tell them from an agent's calls.
pub const SESSION: &str = "asm-guard-doctor";
/// A call that every set of rules denies.
const FETCH: &str = "aws secretsmanager get-secret-value --secret-id asm-guard/doctor";
/// A call that no set of rules minds.
const HARMLESS: &str = "true";

/// The event of a call that must be denied, as the agent of this manner sends it.
pub fn fetch(manner: &Manner, folder: &Path) -> Vec<u8> {
    (manner.event)(folder, FETCH).to_string().into_bytes()
}

/// The event of a call that must pass.
pub fn harmless(manner: &Manner, folder: &Path) -> Vec<u8> {
    (manner.event)(folder, HARMLESS).to_string().into_bytes()
}

/// What a hook made of both probes. `hook` names it for people, and `mend` is how the guard is installed there.
pub fn check(manner: &Manner, hook: &str, fetch: &Ran, harmless: Option<&Ran>, mend: &str) -> Vec<Finding> {
    let denied = denial(manner, hook, fetch, mend);
    let well = denied.severity == super::Severity::Ok;
    let mut findings = vec![denied];
    if let Some(harmless) = harmless.filter(|_| well) {
        findings.extend(passing(manner, hook, harmless, mend));
    }
    findings
}

fn denial(manner: &Manner, hook: &str, ran: &Ran, mend: &str) -> Finding {
    let error = |message: String| Finding::error(CHECK, message, mend);
    let (status, stdout, stderr) = match ran {
        Ran::Ended { status, stdout, stderr } => (*status, stdout.as_str(), stderr.as_str()),
        failed => return error(failure(hook, failed)),
    };
    match (Answer::of(manner, stdout), status) {
        (Answer::Silence, 2) if manner.decision.is_none() && !stderr.trim().is_empty() => {
            Finding::ok(CHECK, format!("{hook} denies a fetch."))
        }
        (Answer::Deny, 2) => Finding::ok(CHECK, format!("{hook} denies a fetch.")),
        (Answer::Deny, status) => Finding::warning(
            CHECK,
            format!("{hook} denies a fetch, but exits with {status}, where 2 is what every client honours."),
            mend,
        ),
        (Answer::Silence, 2) => Finding::warning(
            CHECK,
            format!("{hook} denies a fetch by its exit status alone, so the model hears no safe command."),
            mend,
        ),
        (Answer::Silence, 0) => error(format!("{hook} lets a fetch pass: it exits with 0 and says nothing.")),
        (Answer::Other(decision), _) => {
            error(format!("{hook} lets a fetch pass: it answers \"{decision}\", where a denial is due."))
        }
        (Answer::Silence, status) => error(format!("{hook} crashes: it exits with {status} and no answer.")),
        (Answer::Garbage, _) => error(format!(
            "{hook} answers what is not one JSON object with a decision, and a client that cannot read an \
             answer runs the tool."
        )),
    }
}

fn passing(manner: &Manner, hook: &str, ran: &Ran, mend: &str) -> Option<Finding> {
    let error = |message: String| Some(Finding::error(CHECK, message, mend));
    match ran {
        Ran::Ended { status: 0, stdout, .. } if Answer::of(manner, stdout) == Answer::Silence => None,
        Ran::Ended { status: 2, .. } => error(format!("{hook} refuses a harmless call as well.")),
        Ran::Ended { status, .. } => error(format!(
            "{hook} does not let a harmless call pass in silence: it exits with {status}, or says something."
        )),
        failed => error(failure(hook, failed)),
    }
}

fn failure(hook: &str, ran: &Ran) -> String {
    match ran {
        Ran::NotStarted(ErrorKind::NotFound, _) => format!("{hook} cannot be run: there is no such program."),
        Ran::NotStarted(ErrorKind::PermissionDenied, _) => {
            format!("{hook} cannot be run: it is not executable.")
        }
        Ran::NotStarted(_, why) => format!("{hook} cannot be run: {why}."),
        Ran::TimedOut(after) => {
            format!("{hook} does not answer: it was still running after {} s.", after.as_secs_f32())
        }
        Ran::Signal(signal) => format!("{hook} crashes: signal {signal} ended it."),
        Ran::Ended { status, .. } => format!("{hook} exits with {status}."),
    }
}

/// What standard output says.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Silence,
    Deny,
    /// A decision that is no denial.
    Other(String),
    Garbage,
}

impl Answer {
    fn of(manner: &Manner, stdout: &str) -> Answer {
        if stdout.trim().is_empty() {
            return Answer::Silence;
        }
        let Ok(answer @ Value::Object(_)) = serde_json::from_str(stdout) else { return Answer::Garbage };
        if manner.empty_passes && answer.as_object().is_some_and(serde_json::Map::is_empty) {
            return Answer::Silence;
        }
        if manner.names.is_some_and(|(place, event)| answer.pointer(place) != Some(&Value::from(event))) {
            return Answer::Garbage;
        }
        match manner.decision.and_then(|place| answer.pointer(place)?.as_str()) {
            Some("deny" | "block") => Answer::Deny,
            Some(decision) => Answer::Other(decision.to_owned()),
            None => Answer::Garbage,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::doctor::Severity;
    use crate::doctor::manner::{self, CLAUDE};

    fn ended(status: i32, stdout: &str) -> Ran {
        Ran::Ended { status, stdout: stdout.to_owned(), stderr: String::new() }
    }

    fn decision(word: &str) -> String {
        json!({ "hookSpecificOutput": { "hookEventName": "PreToolUse", "permissionDecision": word } })
            .to_string()
    }

    #[test]
    fn the_answers_to_a_fetch_are_told_apart() {
        let not_started = |kind| Ran::NotStarted(kind, "busy".to_owned());
        for (ran, severity, part) in [
            (ended(2, &decision("deny")), Severity::Ok, "denies a fetch."),
            (ended(0, &decision("deny")), Severity::Warning, "exits with 0"),
            (ended(2, ""), Severity::Warning, "exit status alone"),
            (ended(0, ""), Severity::Error, "lets a fetch pass"),
            (ended(0, &decision("allow")), Severity::Error, "\"allow\""),
            (ended(0, &decision("ask")), Severity::Error, "\"ask\""),
            (ended(101, ""), Severity::Error, "crashes: it exits with 101"),
            (ended(2, &format!("note\n{}", decision("deny"))), Severity::Error, "not one JSON object"),
            (ended(2, &decision("deny").repeat(2)), Severity::Error, "not one JSON object"),
            (ended(2, r#"{"decision":"block"}"#), Severity::Error, "not one JSON object"),
            (Ran::Signal(11), Severity::Error, "signal 11"),
            (Ran::TimedOut(Duration::from_secs(3)), Severity::Error, "after 3 s"),
            (not_started(ErrorKind::NotFound), Severity::Error, "no such program"),
            (not_started(ErrorKind::PermissionDenied), Severity::Error, "not executable"),
            (not_started(ErrorKind::Other), Severity::Error, "busy"),
        ] {
            let [finding] = check(&CLAUDE, "It", &ran, None, "mend").try_into().expect("one finding");
            assert_eq!(finding.severity, severity, "{ran:?}: {finding:?}");
            assert!(finding.message.contains(part), "{ran:?}: {finding:?}");
        }
    }

    #[test]
    fn a_harmless_call_must_pass_in_silence() {
        let denied = ended(2, &decision("deny"));
        for (ran, faulty) in [
            (ended(0, ""), false),
            (ended(2, &decision("deny")), true),
            (ended(0, &decision("allow")), true),
            (ended(1, ""), true),
            (Ran::Signal(6), true),
        ] {
            let findings = check(&CLAUDE, "It", &denied, Some(&ran), "mend");
            assert_eq!(findings.len() == 2, faulty, "{findings:?}");
        }
    }
    #[test]
    fn each_agent_is_answered_in_its_own_words() {
        let deny = r#"{"permissionDecision":"deny"}"#;
        let block = r#"{"decision":"block","hookSpecificOutput":{"hookEventName":"BeforeTool"}}"#;
        for (name, ran, severity) in [
            ("codex", ended(2, &decision("deny")), Severity::Ok),
            ("codex", ended(2, deny), Severity::Error),
            ("gemini", ended(2, block), Severity::Ok),
            ("gemini", ended(2, &decision("deny")), Severity::Error),
            ("copilot", ended(2, deny), Severity::Ok),
            ("copilot", ended(0, r#"{"permissionDecision":"ask"}"#), Severity::Error),
            ("cursor", ended(2, r#"{"permission":"deny"}"#), Severity::Ok),
            ("cursor", ended(0, "{}"), Severity::Error),
            ("kiro", Ran::Ended { status: 2, stdout: String::new(), stderr: "no".to_owned() }, Severity::Ok),
            ("kiro", ended(2, ""), Severity::Warning),
            ("kiro", ended(0, ""), Severity::Error),
        ] {
            let manner = manner::of(name).expect(name);
            let [finding] = check(manner, "It", &ran, None, "mend").try_into().expect("one finding");
            assert_eq!(finding.severity, severity, "{name} {ran:?}: {finding:?}");
        }
        let cursor = manner::of("cursor").expect("cursor");
        let denied = ended(2, r#"{"permission":"deny"}"#);
        assert_eq!(check(cursor, "It", &denied, Some(&ended(0, "{}")), "mend").len(), 1);
        assert_eq!(
            check(&CLAUDE, "It", &ended(2, &decision("deny")), Some(&ended(0, "{}")), "mend").len(),
            2
        );
    }
}
