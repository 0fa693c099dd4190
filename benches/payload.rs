//! What is sent to the programs: one event a payload, as Claude Code would send it, and the answer it must get.
//!
//! The commands are whole scripts of the kind people write (functions, loops, `case`, heredocs, pipelines,
//! quotes, variables), kept as files so that bash and an editor can check them.

use crate::process::Ended;
use serde_json::{Value, json};

/// The size of the largest command, which only has to be decided or refused in time.
const HUGE: usize = 1 << 20;

/// An event and the answer that it must get.
pub(crate) struct Payload {
    pub(crate) name: &'static str,
    /// Length of the command inside the event.
    pub(crate) command_bytes: usize,
    /// The event as it goes to stdin.
    pub(crate) event: Vec<u8>,
    answer: Answer,
}

/// Which answers are right.
#[derive(Clone, Copy)]
enum Answer {
    /// Nothing on stdout, exit status 0.
    Allow,
    /// One JSON object that blocks, exit status 2.
    Deny,
    /// Either of the two.
    AllowOrDeny,
}

impl Payload {
    /// One everyday command.
    pub(crate) fn small() -> Payload {
        Payload::new("small", include_str!("payloads/small.sh"), Answer::Allow)
    }

    /// A deployment script of 2 KB.
    pub(crate) fn script_2k() -> Payload {
        Payload::new("2 KB script", include_str!("payloads/script-2k.sh"), Answer::Allow)
    }

    /// A toolbox of 17 KB.
    pub(crate) fn script_17k() -> Payload {
        Payload::new("17 KB script", include_str!("payloads/script-17k.sh"), Answer::Allow)
    }

    /// A fetch. It is here so that a guard which allows everything cannot look fast.
    pub(crate) fn fetch() -> Payload {
        Payload::new("a fetch", include_str!("payloads/fetch.sh"), Answer::Deny)
    }

    /// The toolbox again and again, cut at 1 MiB wherever that falls, as an agent might paste a log of it.
    pub(crate) fn huge() -> Payload {
        // Run twice, a script of read-only variables ends at the first of them.
        let script = include_str!("payloads/script-17k.sh").replace("readonly ", "declare ");
        let mut command = script.repeat(HUGE / script.len() + 1);
        command.truncate(HUGE);
        Payload::new("1 MiB", &command, Answer::AllowOrDeny)
    }

    fn new(name: &'static str, command: &str, answer: Answer) -> Payload {
        let event = json!({
            "session_id": "5a0f6a52-7f0a-4c8e-9a55-1f3d4f2f9b10",
            "transcript_path": "/home/dev/.claude/projects/shop/5a0f6a52.jsonl",
            "cwd": "/home/dev/shop",
            "prompt_id": "8d1c2f0e",
            "permission_mode": "default",
            "hook_event_name": "PreToolUse",
            "tool_name": "Bash",
            "tool_input": { "command": command, "description": "Run the script", "timeout": 120_000 },
            "tool_use_id": "toolu_01A09q90qw90lq917835lq9",
        });
        Payload { name, command_bytes: command.len(), event: event.to_string().into_bytes(), answer }
    }

    /// Whether asm-guard answered as it must; if not, what it did instead.
    pub(crate) fn check(&self, ended: &Ended) -> Result<(), String> {
        let right = match self.answer {
            Answer::Allow => allowed(ended),
            Answer::Deny => denied(ended),
            Answer::AllowOrDeny => allowed(ended) || denied(ended),
        };
        if right { Ok(()) } else { Err(format!("{}: wrong answer: {ended}", self.name)) }
    }
}

fn allowed(ended: &Ended) -> bool {
    ended.code == Some(0) && ended.stdout.is_empty()
}

fn denied(ended: &Ended) -> bool {
    let Ok(reply) = serde_json::from_slice::<Value>(&ended.stdout) else { return false };
    ended.code == Some(2)
        && reply["decision"] == "block"
        && reply["hookSpecificOutput"]["permissionDecision"] == "deny"
}
