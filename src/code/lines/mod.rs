//! Languages whose commands are lines: sed scripts, makefiles, Ex commands, the commands of database clients
//! and of GDB, ed, m4, AppleScript, and of programs that hand a line to a shell. Of each, only what reaches a shell, a file or
//! another language is read.

mod applescript;
mod bang;
mod ed;
mod gdb;
mod gnuplot;
mod m4;
mod make;
mod sed;
mod sql;
mod vim;

use super::language::Language;
use super::{Effect, EffectKind};
use crate::bounds::{Budget, Exceeded};
use crate::value::Value;

/// Reads `text`, a program in one of these languages.
pub(super) fn effects(language: Language, text: &str, budget: &Budget) -> Result<Vec<Effect>, Exceeded> {
    let mut found = Found { budget, effects: Vec::new() };
    match language {
        Language::Sed => sed::read(text, &mut found)?,
        Language::Make => make::read(text, &mut found)?,
        Language::Vim => vim::read(text, &mut found)?,
        Language::Sql => sql::read(text, &mut found)?,
        Language::Gdb => gdb::read(text, &mut found)?,
        Language::Gnuplot => gnuplot::read(text, &mut found)?,
        Language::M4 => m4::read(text, &mut found)?,
        Language::Ed => ed::read(text, &mut found)?,
        Language::Bang => bang::read(text, &mut found)?,
        Language::AppleScript => applescript::read(text, &mut found)?,
        _ => {}
    }
    Ok(found.effects)
}

/// What was found so far, and the bounds on finding more.
struct Found<'b> {
    budget: &'b Budget,
    effects: Vec<Effect>,
}

impl Found<'_> {
    /// Notes an effect of `source`, which stands on `line`.
    fn push(&mut self, kind: EffectKind, line: usize, source: &str) {
        self.effects.push(Effect { kind, line, snippet: super::snippet(source, 0, source.len()) });
    }

    fn shell(&mut self, command: &str, line: usize, source: &str) {
        let command = command.trim();
        if !command.is_empty() {
            self.push(EffectKind::Shell(Value::from(command)), line, source);
        }
    }

    fn file(&mut self, path: &str, line: usize, source: &str) {
        let path = path.trim().trim_matches(['\'', '"']);
        if !path.is_empty() {
            self.push(EffectKind::Read(Value::from(path)), line, source);
        }
    }

    /// Notes the effects of `code`, which `source` on `line` runs in another language.
    fn code(&mut self, language: Language, code: &str, line: usize, source: &str) -> Result<(), Exceeded> {
        for effect in super::effects(language, code, self.budget)? {
            self.push(effect.kind, line, source);
        }
        Ok(())
    }
}

/// The rest of `line` behind `word`, in any case, where it is the line's first word.
fn after_word<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let start = line.get(..word.len())?;
    let rest = &line[word.len()..];
    let ends = rest.is_empty() || !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
    (start.eq_ignore_ascii_case(word) && ends).then_some(rest)
}
