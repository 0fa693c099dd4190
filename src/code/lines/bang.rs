//! Commands of programs for which a line that begins with `!` is one for a shell (less, sftp, ftp), and of dc, where
//! the rest of any line behind `!` is.

use super::Found;
use crate::bounds::Exceeded;

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    for (number, line) in text.lines().enumerate() {
        found.budget.step()?;
        // `!<`, `!=` and `!>` compare.
        let Some((before, rest)) =
            line.split_once('!').filter(|(_, rest)| !rest.starts_with(['<', '=', '>']))
        else {
            continue;
        };
        // A string of dc, which is run later.
        let rest = match rest.rsplit_once(']') {
            Some((inside, _)) if before.contains('[') => inside,
            _ => rest,
        };
        let starts = before.chars().all(|c| !c.is_alphabetic() || before.len() == 1);
        if starts {
            found.shell(rest.trim_start_matches('!'), number + 1, line);
        }
    }
    Ok(())
}
