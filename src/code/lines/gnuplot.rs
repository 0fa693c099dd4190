//! gnuplot: `!` at the start of a line, names of files that are pipes, and `system`.

use super::Found;
use crate::bounds::Exceeded;
use crate::code::language::Language;
use crate::code::lexicon;

/// What a file's name begins with that is a command: its output is plotted, or it is given the plot.
const PIPES: [&str; 6] = ["'<", "\"<", "'|", "\"|", "' <", "\" <"];

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    for (number, line) in text.lines().enumerate() {
        found.budget.step()?;
        if let Some(command) = line.trim_start().strip_prefix('!') {
            found.shell(command, number + 1, line);
        } else if line.trim_start().starts_with('#') {
            continue;
        }
        for pipe in PIPES {
            let mark = &pipe[..1];
            if let Some((_, rest)) = line.split_once(pipe) {
                found.shell(rest.split(mark).next().unwrap_or(rest), number + 1, line);
            }
        }
    }
    let scope = crate::code::read(Language::Gnuplot, lexicon::gnuplot(), text, found.budget, None)?;
    for effect in scope.effects {
        found.push(effect.kind, effect.line, &effect.snippet);
    }
    Ok(())
}
