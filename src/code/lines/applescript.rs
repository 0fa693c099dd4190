//! AppleScript: `do shell script "…"`, and what is handed to Terminal (AppleScript Language Guide, "do shell script").

use super::Found;
use crate::bounds::Exceeded;

/// Commands whose text is one for a shell.
const SHELLS: [&str; 2] = ["do shell script", "do script"];

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    for (at, command) in SHELLS.iter().flat_map(|command| text.match_indices(command)) {
        found.budget.step()?;
        let line = text[..at].matches('\n').count() + 1;
        if let Some(shell) = quoted(text[at + command.len()..].trim_start()) {
            found.shell(&shell, line, text[at..].lines().next().unwrap_or_default());
        }
    }
    Ok(())
}

/// The text in quotes that `rest` begins with.
fn quoted(rest: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = rest.strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => return Some(out),
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
}
