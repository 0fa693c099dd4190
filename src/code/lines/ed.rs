//! Commands of ed: those that hand a line to a shell, outside the text that is put in.

use super::Found;
use crate::bounds::Exceeded;

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    let mut typed = false;
    for (number, line) in text.lines().enumerate() {
        found.budget.step()?;
        if typed {
            typed = line != ".";
            continue;
        }
        let address = |c: char| c.is_ascii_digit() || ",;.$%+-' \t".contains(c);
        let command = line.trim_start_matches(address);
        // A command for each line that a pattern fits.
        let command = command.strip_prefix(['g', 'v']).and_then(behind_pattern).unwrap_or(command);
        // `r !cmd` reads what a command prints, `w !cmd` writes to one.
        let shell = command.strip_prefix(['r', 'w', 'e', 'E', 'W', 'f']).unwrap_or(command).trim_start();
        match shell.strip_prefix('!') {
            Some(shell) => found.shell(shell.trim_start_matches('!'), number + 1, line),
            None => typed = matches!(command.trim_end(), "a" | "i" | "c"),
        }
    }
    Ok(())
}

/// What stands behind a pattern between two marks, which are the first character.
fn behind_pattern(rest: &str) -> Option<&str> {
    let mark = rest.chars().next().filter(char::is_ascii_punctuation)?;
    rest[mark.len_utf8()..].split_once(mark).map(|(_, command)| command.trim_start())
}
