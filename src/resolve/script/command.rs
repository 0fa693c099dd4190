//! What a command does with its words: some of them may be a script again.

use super::Refused;
use super::arguments;
use super::here::{PRODUCED, feeds, produced};
use super::lexer::{Frame, Lexer, level};
use super::text::{Kind, Quote, Unit};
use super::word::Word;
use crate::resolve::shells::{self, How};

impl Lexer {
    /// Examines a command that is read to its end.
    pub(super) fn examine(&mut self, frame: &mut Frame) -> Result<(), Refused> {
        let words = &frame.command.words;
        if words.is_empty() {
            return Ok(());
        }
        arguments::check(words)?;
        arguments::integers(words, &mut self.integers);
        let argv: Vec<String> = words.iter().map(|word| self.argument(word)).collect();
        let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
        for found in shells::scripts_in_shell(&argv) {
            self.script(&words[found.words], found.how)?;
        }
        if let Some(how) = shells::reads_script(&argv) {
            self.standard_input(frame, how)?;
        }
        // The file that a shell takes its script from: `bash <(echo REF)`.
        let sourced = shells::script_file(&argv).and_then(|at| frame.command.words.get(at));
        match sourced.and_then(produced) {
            Some(reference) => Err(Refused::evaluated(reference, PRODUCED)),
            None => Ok(()),
        }
    }

    /// A word's text; the user's own shell is known to be one.
    fn argument(&self, word: &Word) -> String {
        if let [Unit { kind: Kind::Unknown(None), outer, .. }] = word.units.as_slice() {
            let source: String = self.units[outer.clone()].iter().filter_map(Unit::char).collect();
            if matches!(source.as_str(), "$SHELL" | "${SHELL}" | "$BASH" | "${BASH}") {
                return "sh".into();
            }
        }
        let text = word.text();
        // `$none` may be nothing at all, and `` ``eval `` then is eval.
        let known = text.replace('\0', "");
        if known != text && shells::is_known(&known) { known } else { text }
    }

    /// Words that are a script, together.
    fn script(&mut self, words: &[Word], how: How) -> Result<(), Refused> {
        let Some(reference) = words.iter().find_map(Word::reference) else { return Ok(()) };
        if let Some(reference) = words.iter().find_map(produced) {
            return Err(Refused::evaluated(reference, PRODUCED));
        }
        if how == How::Foreign {
            return Err(Refused::at(reference, shells::FOREIGN));
        }
        let mut units = Vec::new();
        for word in words {
            if !units.is_empty() {
                units.push(Unit { kind: Kind::Char(' '), outer: 0..0, quote: Quote::Bare });
            }
            units.extend(word.units.iter().cloned());
        }
        let level = level(units, self.levels + 1)?;
        self.child(level, how == How::Pasted);
        Ok(())
    }

    /// What a shell reads that has no script among its arguments.
    fn standard_input(&mut self, frame: &mut Frame, how: How) -> Result<(), Refused> {
        frame.shell_seen = true;
        let command = &frame.command;
        if let Some(reference) = command.source {
            return Err(Refused::evaluated(reference, PRODUCED));
        }
        for &here in &command.heres {
            frame.pending[here].script = Some(how == How::Pasted);
            frame.pending[here].feeds |= how == How::Foreign;
        }
        for text in &command.texts {
            self.script(std::slice::from_ref(text), how)?;
        }
        if command.heres.is_empty() && command.texts.is_empty() {
            if let Some(reference) = frame.piped.or(frame.into_group) {
                return Err(feeds(reference));
            }
            for pending in frame.pending.iter_mut().filter(|pending| pending.piped || pending.into_group) {
                pending.feeds = true;
            }
        }
        Ok(())
    }

    /// An assignment before a command, or by itself.
    pub(super) fn assigned(&mut self, word: &Word) -> Result<(), Refused> {
        arguments::assignment(word, &self.integers)
    }
}
