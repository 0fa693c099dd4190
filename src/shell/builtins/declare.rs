//! `declare`, `typeset`, `local`, `export` and `readonly`.

use std::rc::Rc;

use crate::shell::options::Options;
use crate::shell::run::{Flow, Run, Shell};
use crate::shell::state::{Slot, Variable, environment_value};
use crate::value::{Piece, Text, Value};

/// The attributes that options give or take.
#[derive(Default)]
struct Asked {
    given: String,
    taken: String,
}

impl Asked {
    fn read(arguments: &[Text]) -> Asked {
        let mut asked = Asked::default();
        for word in arguments.iter().filter_map(Text::literal) {
            if let Some(letters) = word.strip_prefix('-') {
                asked.given.push_str(letters);
            } else if let Some(letters) = word.strip_prefix('+') {
                asked.taken.push_str(letters);
            }
        }
        asked
    }

    fn gives(&self, letter: char) -> bool {
        self.given.contains(letter)
    }
}

/// Whether a builtin is asked to print variables: `export -p`, `declare -p NAME`, `declare -f`.
pub(super) fn shows(name: &str, arguments: &[Text]) -> bool {
    let option = |word: &Text| word.literal().is_some_and(|word| word.starts_with('-') && word != "--");
    let prints = |word: &Text| option(word) && word.known_prefix().contains('p');
    let functions = |word: &Text| option(word) && word.known_prefix().contains(['f', 'F']);
    arguments.iter().any(prints)
        || arguments.iter().all(option)
        || name != "export" && name != "readonly" && arguments.iter().any(functions)
}

impl Shell<'_, '_> {
    /// What `declare -p NAME…` prints, where that is known.
    pub(super) fn shown(&mut self, arguments: &[Text]) -> Option<Flow> {
        let asked = Asked::read(arguments);
        let names: Vec<&str> = arguments.iter().map(Text::literal).collect::<Option<_>>()?;
        let names: Vec<&str> = names.into_iter().filter(|name| !name.starts_with(['-', '+'])).collect();
        if names.is_empty() {
            return None;
        }
        if asked.given.contains(['f', 'F']) {
            let all = names.iter().all(|name| self.state.functions.get(name).is_some());
            let output = match (asked.gives('F'), all) {
                (true, true) => Text::from(names.iter().map(|name| format!("{name}\n")).collect::<String>()),
                (false, false) if names.len() == 1 => Text::from(""),
                _ => Text::unknown("output of declare"),
            };
            return Some(Flow { output: Value::One(output), status: Some(u8::from(!all)) });
        }
        let mut output = Text::from("");
        let mut status = Some(0);
        for name in names {
            match self.declaration(name) {
                Some(_) if self.is_plainly_unset(name) => status = Some(1),
                Some(text) => output = output.concat(text).concat(Text::from("\n")),
                None => return None,
            }
        }
        Some(Flow { status, ..Flow::prints(output) })
    }

    /// A variable that `unset` has removed is none; one that is declared without a value is.
    pub(in crate::shell) fn is_plainly_unset(&self, name: &str) -> bool {
        self.state.variables.get(name).is_some_and(|v| v.slot == Slot::Unset && v.letters().is_empty())
    }

    pub(super) fn declare(&mut self, builtin: &str, arguments: &[Text]) -> Run<Flow> {
        let mut asked = Asked::read(arguments);
        if asked.gives('f') {
            for name in arguments.iter().filter_map(Text::literal) {
                if let Some(defined) = self.state.functions.get(name).cloned() {
                    self.state.exported_functions.take_over(name, defined);
                }
            }
            return Ok(Flow::silent(Some(0)));
        }
        match builtin {
            "export" if asked.gives('n') => asked = Asked { given: String::new(), taken: "x".to_owned() },
            "export" => asked.given.push('x'),
            "readonly" => asked.given.push('r'),
            "local" if self.locals.is_empty() => return Ok(Flow::silent(Some(1))),
            _ => {}
        }
        let local = !matches!(builtin, "export" | "readonly") && !asked.gives('g') && !self.locals.is_empty();
        let mut status = Some(0);
        for word in arguments {
            if word.literal() == Some("-") && builtin == "local" {
                self.local_options();
                continue;
            }
            if word.literal().is_some_and(|word| word.starts_with(['-', '+'])) {
                continue;
            }
            let (name, value) = split_assignment(word);
            let Some(name) = name else { continue };
            let append = name.ends_with('+');
            let name = name.strip_suffix('+').unwrap_or(name).to_owned();
            let element = name.contains('[') && value.is_some();
            let base = name.split('[').next().unwrap_or_default().to_owned();
            if base.is_empty() || !crate::shell::is_variable(&base) {
                status = Some(1);
                continue;
            }
            if local {
                self.make_local(&base, value.is_none() || !append);
            }
            if self.state.variables.get(base.as_str()).is_some_and(|v| v.readonly) && value.is_some() {
                status = Some(1);
                continue;
            }
            if asked.gives('n') && !matches!(builtin, "export" | "readonly") {
                self.refer(&base, value);
                continue;
            }
            let target = if element { base.clone() } else { self.referred(&base, None)?.0 };
            self.state.change(&target, |variable| attributes(variable, &asked, false));
            match value {
                Some(value) => {
                    let (name, index) = self.place(&name)?;
                    if !self.assign_to(&name, index.as_ref(), Value::One(value), append)? {
                        status = Some(1);
                    }
                }
                // `export NAME` of a variable that only the environment knows.
                None if asked.gives('x') && self.only_in_environment(&target) => {
                    self.state.change(&target, |v| v.slot = Slot::Scalar(environment_value(&base)));
                }
                None => {}
            }
            self.state.change(&target, |variable| attributes(variable, &asked, true));
        }
        // `declare -A x=(…)` arrives here with the name alone, before its elements.
        Ok(Flow::silent(status))
    }

    fn only_in_environment(&self, name: &str) -> bool {
        self.state.variables.get(name).is_some_and(|v| v.slot == Slot::Unset)
    }

    /// `local -`: the options come back when the function ends.
    fn local_options(&mut self) {
        let options: Options = self.state.options;
        if let Some(frame) = self.locals.last_mut() {
            frame.options.get_or_insert(options);
        }
    }

    /// Makes a variable local to the function being run; a new one holds nothing.
    fn make_local(&mut self, name: &str, fresh: bool) {
        let before = self.state.variables.get(name).cloned();
        let Some(frame) = self.locals.last_mut() else { return };
        if frame.variables.contains_key(name) {
            return;
        }
        frame.variables.insert(name.to_owned(), before);
        if fresh {
            self.state.restore(name, Some(Rc::new(Variable::unset())));
        }
    }

    /// `declare -n NAME=TARGET`.
    fn refer(&mut self, name: &str, target: Option<Text>) {
        let mut variable = match self.state.variables.get(name) {
            Some(variable) => Variable::clone(variable),
            None => Variable::unset(),
        };
        variable.reference = true;
        if let Some(target) = target {
            variable.slot = Slot::Scalar(Value::One(target));
        }
        self.state.restore(name, Some(Rc::new(variable)));
    }
}

/// Gives a variable what was asked for; what holds only once it has its value comes `after`.
fn attributes(variable: &mut Variable, asked: &Asked, after: bool) {
    if after {
        variable.readonly |= asked.gives('r');
        variable.exported = (variable.exported || asked.gives('x')) && !asked.taken.contains('x');
        return;
    }
    variable.integer = (variable.integer || asked.gives('i')) && !asked.taken.contains('i');
    if asked.gives('u') || asked.gives('l') {
        variable.capitals = if asked.gives('u') == asked.gives('l') { None } else { Some(asked.gives('u')) };
    }
    if asked.taken.contains(['u', 'l']) {
        variable.capitals = None;
    }
    let keyed = asked.gives('A');
    if keyed || asked.gives('a') {
        let before = std::mem::replace(&mut variable.slot, Slot::Unset);
        variable.slot = match before {
            slot @ (Slot::Indexed(_) | Slot::Keyed(_)) => slot,
            Slot::Scalar(value) if keyed => Slot::Keyed([("0".to_owned(), value)].into()),
            Slot::Scalar(value) => Slot::Indexed([(0, value)].into()),
            Slot::Unset if keyed => Slot::Keyed(Default::default()),
            Slot::Unset => Slot::Indexed(Default::default()),
        };
    }
}

/// The name left of the first `=` and what stands right of it.
fn split_assignment(word: &Text) -> (Option<&str>, Option<Text>) {
    let prefix = word.known_prefix();
    match prefix.split_once('=') {
        None => (word.literal(), None),
        Some((name, _)) => {
            let mut pieces = word.clone().pieces();
            if let Some(Piece::Literal(first)) = pieces.first_mut() {
                first.drain(..=name.len());
            }
            let pieces =
                pieces.into_iter().filter(|piece| !matches!(piece, Piece::Literal(text) if text.is_empty()));
            (Some(name), Some(Text::from_pieces(pieces)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_split_at_the_first_equals_sign() {
        let word = Text::from("a=b=").concat(Text::unknown("$x"));
        let (name, value) = split_assignment(&word);
        assert_eq!((name, value.map(|v| v.to_string())), (Some("a"), Some("b=‹$x›".to_owned())));
    }
}
