//! Database clients: their own commands that run a shell command or read a file (psql, sqlite3, mysql).

use super::{Found, after_word};
use crate::bounds::Exceeded;

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    for (number, line) in text.lines().enumerate() {
        found.budget.step()?;
        let number = number + 1;
        let trimmed = line.trim();
        let meta = trimmed.find("\\!").filter(|at| outside_quotes(&trimmed[..*at]));
        if let Some(at) = meta {
            found.shell(trimmed[at + 2..].trim_end_matches(';'), number, line);
            continue;
        }
        for word in [".shell", ".system", "system"] {
            if let Some(command) = after_word(trimmed, word) {
                // mysql's `system` is a command, `SYSTEM_USER()` and `system.x` are not.
                if command.starts_with([' ', '\t']) && !command.trim_start().starts_with(['=', '(']) {
                    found.shell(command.trim_end_matches(';'), number, line);
                }
            }
        }
        for word in [
            ".read",
            ".import",
            ".once",
            ".output",
            "\\o",
            "\\g",
            "\\gx",
            "\\w",
            "\\i",
            "\\ir",
            "\\include",
            "source",
            "\\.",
        ] {
            let Some(target) = after_word(trimmed, word) else { continue };
            let target = target.trim().trim_matches(['"', '\'']);
            match target.strip_prefix('|') {
                Some(command) => found.shell(command, number, line),
                None if matches!(word, ".once" | ".output" | "\\o" | "\\g" | "\\gx" | "\\w") => {}
                None => found.file(
                    target.split_whitespace().next().unwrap_or("").trim_end_matches(';'),
                    number,
                    line,
                ),
            }
        }
        programs(trimmed, number, line, found)?;
        backticks(trimmed, number, line, found)?;
    }
    Ok(())
}

/// `COPY … FROM PROGRAM '…'` of PostgreSQL, `EXEC xp_cmdshell '…'` of SQL Server.
fn programs(trimmed: &str, number: usize, line: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    let small = trimmed.to_ascii_lowercase();
    let ends = |word: &str| Some(small.find(word)? + word.len());
    let copy = small.contains("copy").then(|| ends(" program ")).flatten();
    let Some(end) = copy.or_else(|| ends("xp_cmdshell ")) else { return Ok(()) };
    let rest = trimmed[end..].trim_start().trim_start_matches(['n', 'N']);
    if let Some(quoted) = rest.strip_prefix('\'') {
        let mut command = String::new();
        let mut characters = quoted.chars().peekable();
        while let Some(c) = characters.next() {
            if c == '\'' && characters.next_if_eq(&'\'').is_none() {
                break;
            }
            command.push(c);
        }
        found.shell(&command, number, line);
    }
    Ok(())
}

/// `` \set x `command` `` of psql.
fn backticks(trimmed: &str, number: usize, line: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    if !trimmed.starts_with('\\') {
        return Ok(());
    }
    let mut rest = trimmed;
    while let Some((_, after)) = rest.split_once('`') {
        found.budget.step()?;
        let Some((command, after)) = after.split_once('`') else { break };
        found.shell(command, number, line);
        rest = after;
    }
    Ok(())
}

fn outside_quotes(before: &str) -> bool {
    before.bytes().filter(|b| *b == b'\'').count() % 2 == 0 && !before.contains("--")
}
