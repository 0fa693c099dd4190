//! Files that are read, of those that a rule asks for: by the shell, by programs that show or copy what they are
//! given, by HTTP clients that send them, by code, and by tools of their own.

use super::reader::Reader;
use super::{Fact, FileRead};
use crate::knowledge::HttpClient;
use crate::shell::Invocation;
use crate::trace::Trace;
use crate::value::Text;

impl Reader {
    /// A file is read; a fact only where a rule asks for it.
    pub(super) fn file_read(&mut self, trace: &Trace, path: &Text, evidence: impl Fn() -> String) {
        if let Some(path) = self.interests.read(path) {
            self.find(trace, Fact::File(FileRead { path: Text::from(path) }), evidence(), None);
        }
        if !self.interests.adds_read() {
            return;
        }
        for path in self.places(path, None) {
            if self.interests.in_read(&path) {
                self.find(trace, Fact::File(FileRead { path }), evidence(), None);
            }
        }
    }

    /// What a program reads that shows or copies the files it is given.
    pub(super) fn files_of(&mut self, trace: &Trace, name: &str, invocation: &Invocation) {
        let arguments = invocation.argv.get(1..).unwrap_or_default();
        let Some(handling) = self.knowledge.handling(name, arguments) else { return };
        let Some(mut before) = handling.files_after else { return };
        let last = arguments.len() - 1;
        let (mut is_pattern, mut number_follows) = (false, false);
        for (at, word) in arguments.iter().enumerate() {
            let prefix = word.known_prefix();
            if is_pattern {
                // `-e PATTERN` stands for the operand that comes before the files.
                (is_pattern, before) = (false, 0);
            } else if prefix.starts_with('-') && prefix != "-" {
                number_follows = true;
                is_pattern = before > 0 && matches!(prefix, "-e" | "--regexp" | "--expression");
            } else if before > 0 {
                // The number of `-A 2` is no operand.
                let number = number_follows && prefix.bytes().all(|b| b.is_ascii_digit());
                before -= usize::from(!number);
            } else if !(handling.last_is_written && at == last) {
                self.file_read(trace, &named(word), || invocation.to_string());
            }
        }
    }

    /// What an HTTP client sends: `-T FILE`, `-d @FILE`, `-F name=@FILE`, `file://FILE`.
    pub(super) fn files_sent(&mut self, trace: &Trace, client: &HttpClient, invocation: &Invocation) {
        let mut is_file = false;
        for word in &invocation.argv[1..] {
            let text = word.known_prefix();
            let attached = text.split_once('=').filter(|(name, _)| client.file.iter().any(|f| f == name));
            let path = if is_file {
                Some(text)
            } else if let Some((_, path)) = attached {
                Some(path)
            } else {
                let marks = ["file://localhost", "file://", "@", "=<"];
                marks.iter().find_map(|mark| text.split_once(mark).map(|(_, path)| path))
            };
            is_file = client.file.iter().any(|option| option == text || is_bundled(text, option));
            if let Some(path) = path.filter(|_| word.literal().is_some()) {
                // `-F 'f=@FILE;type=text/plain'`
                let path = path.split(';').next().unwrap_or(path);
                self.file_read(trace, &Text::from(path), || invocation.to_string());
            }
        }
    }
}

/// Whether a bundle of letters ends in an option: `-sT`.
fn is_bundled(word: &str, option: &str) -> bool {
    let letters = |text: &str| text.len() > 1 && text.starts_with('-') && !text.starts_with("--");
    letters(word) && letters(option) && option.len() == 2 && word.ends_with(&option[1..])
}

/// The file that a word names: dd's `if=FILE`, `--arg-file=FILE`, or the word itself.
fn named(word: &Text) -> Text {
    match word.known_prefix().split_once('=') {
        Some((name, _)) if !name.contains('/') => super::options::without_start(word, name.len() + 1),
        _ => word.clone(),
    }
}
