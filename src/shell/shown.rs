//! Commands that do no more than show text on a terminal. It is the same to the guard, whichever of its alternatives it is.

use std::rc::Rc;

use super::ast::{AndOr, Command, Kind, List, Part, Pipeline, Redirect, RedirectKind, Simple, Word};
use super::builtins::traps::Trap;
use super::run::Shell;
use super::state::{Defined, State};

impl Shell<'_, '_> {
    /// Whether a command that begins in this state only shows text, or calls a function that does:
    /// `warn "only $free left"`.
    pub(super) fn only_shows(&self, begin: &State, simple: &Simple, redirects: &[Redirect]) -> bool {
        if self.capturing || !redirects.iter().all(to_terminal) || !begin.aliases.is_empty() {
            return false;
        }
        let Some(name) = simple.words.first().and_then(Word::as_plain) else { return false };
        match begin.functions.get(name).map(Rc::as_ref) {
            None => prints(simple),
            Some(Defined { bodies, always: true }) => match bodies.as_slice() {
                [body] => is_of_shows(begin, body),
                _ => false,
            },
            Some(_) => false,
        }
    }
}

/// Whether no trap that may run inside a function looks at what that was called with.
fn traps_see_no_arguments(state: &State) -> bool {
    let inside = |trap: &&Trap| matches!(trap.name.as_str(), "ERR" | "DEBUG" | "RETURN");
    state.rare.traps.iter().filter(inside).all(|trap| {
        let text = trap.text.literal().map(|text| text.replace("$LINENO", "").replace("$?", ""));
        text.is_some_and(|text| !text.contains(['$', '`']))
    })
}

/// Whether a function's body shows text that holds its arguments, and perhaps leaves.
fn is_of_shows(state: &State, body: &Command) -> bool {
    let shows = |item: &AndOr| {
        let [(_, Pipeline { stages, .. })] = item.pipelines.as_slice() else { return false };
        let [Command { kind: Kind::Simple(simple), redirects }] = stages.as_slice() else { return false };
        let name = simple.words.first().and_then(Word::as_plain);
        let builtin = name.is_some_and(|name| state.functions.get(name).is_none());
        let leaves = matches!(name, Some("exit" | "return"))
            && simple.words.iter().all(|word| word.as_plain().is_some());
        builtin
            && simple.assignments.is_empty()
            && redirects.iter().all(to_terminal)
            && (leaves || prints(simple) && !simple.words.iter().any(|word| runs(&word.parts)))
    };
    match &body.kind {
        Kind::Group(List { items }) if traps_see_no_arguments(state) => {
            body.redirects.iter().all(to_terminal) && items.iter().all(shows)
        }
        _ => false,
    }
}

/// Whether a command is `echo`, or `printf` that sets no variable.
fn prints(simple: &Simple) -> bool {
    let word = |at: usize| simple.words.get(at).and_then(Word::as_plain);
    word(0) == Some("echo") || word(0) == Some("printf") && word(1) != Some("-v")
}

fn to_terminal(redirect: &Redirect) -> bool {
    match &redirect.kind {
        RedirectKind::Duplicate(to) => matches!(to.as_plain(), Some("1" | "2")),
        RedirectKind::Write(path) => {
            matches!(path.as_plain(), Some("/dev/null" | "/dev/stderr" | "/dev/tty"))
        }
        _ => false,
    }
}

/// Whether expanding a word may run commands, or set a variable.
fn runs(parts: &[Part]) -> bool {
    parts.iter().any(|part| match part {
        Part::Plain(_) | Part::Quoted(_) => false,
        Part::Double(parts) => runs(parts),
        Part::Parameter(parameter) => {
            parameter.operator.is_some() || parameter.index.is_some() || parameter.indirect
        }
        Part::Substitution(_) | Part::Arithmetic(_) | Part::Process { .. } => true,
    })
}
