//! Which handlers in a settings file are the guard's own.

use serde_json::Value;

use super::line;

/// What the guard's program is called.
const NAMES: [&str; 2] = ["asm-guard", "asm-guard.exe"];
/// The fields in which agents' handlers have their command.
const COMMANDS: [&str; 3] = ["command", "bash", "powershell"];
/// The field of a group of handlers that holds them.
pub const HANDLERS: &str = "hooks";

/// The command of a handler.
pub fn command(handler: &Value) -> Option<&str> {
    COMMANDS.iter().find_map(|name| handler.get(name)?.as_str())
}

/// The program of a handler that is the guard's: it runs `asm-guard hook`, with a shell or without. A command that merely
/// speaks of it is its author's.
pub fn program(handler: &Value) -> Option<String> {
    let command = command(handler)?;
    if let Some(arguments) = handler.get("args").and_then(Value::as_array) {
        return guard(command, arguments.first()?.as_str()?);
    }
    let of = |words: Vec<String>| guard(words.first()?, words.get(1)?);
    shlex::split(command).and_then(of).or_else(|| of(line::words(command)))
}

/// A program, if it is the guard and is asked as a hook.
fn guard(program: &str, word: &str) -> Option<String> {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    (word == "hook" && NAMES.contains(&name)).then(|| program.to_owned())
}

/// The handlers of an entry in an event's list: those of a group, or the entry itself.
pub fn handlers(entry: &Value) -> &[Value] {
    match entry.get(HANDLERS) {
        Some(Value::Array(handlers)) => handlers,
        _ => std::slice::from_ref(entry),
    }
}

/// The program of the first handler of the guard in a whole document.
pub fn first_program(document: &Value) -> Option<String> {
    let events = document.get("hooks")?.as_object()?;
    let entries = events.values().filter_map(Value::as_array).flatten();
    entries.flat_map(handlers).find_map(program)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_handler_of_the_guard_is_known() {
        for (handler, expected) in [
            (json!({"command": "/opt/asm-guard", "args": ["hook"]}), Some("/opt/asm-guard")),
            (json!({"command": "/o p/asm-guard", "args": ["hook"]}), Some("/o p/asm-guard")),
            (json!({"command": "'/o p/asm-guard' hook --agent codex"}), Some("/o p/asm-guard")),
            (json!({"bash": "asm-guard hook --agent copilot"}), Some("asm-guard")),
            (json!({"command": r#""C:\p\asm-guard.exe" hook"#}), Some(r"C:\p\asm-guard.exe")),
            (
                json!({"command": r"C:\p\asm-guard.exe hook --agent codex || exit 2"}),
                Some(r"C:\p\asm-guard.exe"),
            ),
            (
                json!({"powershell": r"& 'C:\it''s\asm-guard.exe' hook; exit 2"}),
                Some(r"C:\it's\asm-guard.exe"),
            ),
            (json!({"command": "/opt/asm-guard", "args": ["doctor"]}), None),
            (json!({"command": "/opt/asm-guard"}), None),
            (json!({"command": "notify.sh /opt/asm-guard hook"}), None),
            (json!({"command": "/opt/not-asm-guard hook"}), None),
            (json!({"command": "unfinished 'asm-guard hook"}), None),
            (json!({"command": 3}), None),
            (json!("asm-guard hook"), None),
        ] {
            assert_eq!(program(&handler).as_deref(), expected, "{handler}");
        }
    }
}
