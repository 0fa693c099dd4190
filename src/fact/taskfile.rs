//! The tasks of a Taskfile (taskfile.dev), as lists of commands by name.
//!
//! A Taskfile is YAML, of which people write this much: a name, below it `cmds` or `cmd`, whose items are commands, blocks of
//! them, or the names of other tasks. Those, and what a task depends on, come out as `@name`.

use serde_json::{Map, Value};

/// Every task with its commands; what is written in another way has none.
pub(super) fn tasks(text: &str) -> Value {
    let mut tasks: Map<String, Value> = Map::new();
    let mut lines = text.lines().peekable();
    while lines.next_if(|line| line.trim_end() != "tasks:").is_some() {}
    lines.next();
    let mut margin = None;
    let mut name = String::new();
    // How far the key is indented whose items are commands.
    let mut listing: Option<usize> = None;
    while let Some(line) = lines.next() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if indent == 0 && !content.starts_with('-') {
            break;
        }
        let margin = *margin.get_or_insert(indent);
        let (item, content) = match content.strip_prefix("- ") {
            Some(content) => (true, content.trim_start()),
            None => (false, content),
        };
        let (key, value) = entry(content).unwrap_or(("", content));
        // A block, whose lines stand deeper than what it belongs to.
        let value = if matches!(value, "|" | "|-" | "|+" | ">" | ">-" | ">+") {
            let deeper =
                |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() > indent;
            let mut block = String::new();
            while let Some(line) = lines.next_if(deeper) {
                block.push_str(line.trim());
                block.push('\n');
            }
            block
        } else {
            unquoted(value).to_owned()
        };
        let mut run = |command: String| {
            if let Some(Value::Array(commands)) = tasks.get_mut(&name)
                && !command.is_empty()
            {
                commands.push(Value::from(command));
            }
        };
        if !item && indent == margin {
            unquoted(key).clone_into(&mut name);
            tasks.insert(name.clone(), Value::from(Vec::<Value>::new()));
            listing = value.is_empty().then_some(indent);
            if let Some(Value::Array(commands)) = tasks.get_mut(&name)
                && !value.is_empty()
            {
                commands.push(Value::from(value));
            }
            continue;
        }
        match (item, key) {
            (false, "cmds" | "deps") => {
                listing = Some(indent);
                for other in
                    value.trim_matches(['[', ']']).split(',').map(str::trim).filter(|other| !other.is_empty())
                {
                    run(format!("@{}", unquoted(other)));
                }
            }
            (_, "cmd") => run(value),
            (_, "task") if item || listing.is_some() => run(format!("@{value}")),
            (true, "") if listing.is_some() => run(value),
            (false, _) if !key.is_empty() => {
                listing = listing.filter(|list| indent > *list && *list > margin)
            }
            _ => {}
        }
    }
    Value::Object(tasks)
}

/// `key: value`, where the key is a word.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?;
    let is_word =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.' | '*' | '\'' | '"' | '/');
    (!key.is_empty() && key.chars().all(is_word)).then_some((key, value.trim()))
}

fn unquoted(text: &str) -> &str {
    let inside = |mark: char| text.strip_prefix(mark)?.strip_suffix(mark);
    inside('\'').or_else(|| inside('"')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_task_has_its_commands() {
        let text = "version: '3'\nvars:\n  x: 1\ntasks:\n  default:\n    deps: [lint, 'db:up']\n    cmds:\n      - task: build\n  \
                    lint: golangci-lint run\n  build:\n    desc: Build all\n    sources:\n      - '**/*.go'\n    cmds:\n      - \
                    go build ./...\n      - cmd: echo done\n        silent: true\n      - |\n        set -e\n        ls\n  'db:up':\n    \
                    cmd: docker compose up -d\n    silent: true\n";
        let expected = serde_json::json!({
            "default": ["@lint", "@db:up", "@build"],
            "lint": ["golangci-lint run"],
            "build": ["go build ./...", "echo done", "set -e\nls\n"],
            "db:up": ["docker compose up -d"],
        });
        assert_eq!(super::tasks(text), expected);
    }
}
