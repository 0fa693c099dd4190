//! Rules over files that are changed.

use super::matching::Answers;
use super::path;
use super::rule::WriteMatch;
use crate::fact::FileWrite;
use crate::value::Text;

/// Asks the parts of a file's change that a rule names.
pub(super) fn written(answers: &mut Answers, wanted: &WriteMatch, file: &FileWrite) {
    path::path(answers, wanted.path.as_ref(), &file.path);
    answers.ask_any("change", wanted.change.as_ref(), &Text::from(file.change.word()));
    answers.ask_any("text", wanted.text.as_ref(), &file.text);
}
