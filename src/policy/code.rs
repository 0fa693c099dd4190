//! Rules over calls in code.

use super::matching::{Answers, any, either};
use super::rule::CodeMatch;
use crate::fact::CodeCall;
use crate::value::Text;

/// Asks the parts of a call that a rule names.
pub(super) fn code(answers: &mut Answers, wanted: &CodeMatch, call: &CodeCall) {
    answers.ask_any("language", wanted.language.as_ref(), &Text::from(call.language));
    answers.ask_any("call", wanted.call.as_ref(), &Text::from(call.call.as_str()));
    if let Some(argument) = &wanted.argument {
        answers.ask("argument", || either(call.arguments.iter().map(|given| any(argument, given))));
    }
}
