//! A script as a row of units, in which a reference is one opaque character.
//!
//! A script that stands inside another (`sh -c '…'`, `eval "…"`, backticks) is a row of units as well; each of them
//! knows the units of the script around it that it was made of, and how they are quoted there.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Refused;
use super::spell::Place;

/// One character of a script, or what stands for a character.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    /// Where it stands: bytes of the script, or units of the script around it.
    pub(super) outer: Range<usize>,
    /// How it is quoted in the script around it.
    pub(super) quote: Quote,
}

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A character.
    Char(char),
    /// The reference of this number.
    Reference(usize),
    /// What the shell puts in place of an expansion: unknown text. With the first reference that goes into it.
    Unknown(Option<usize>),
}

/// How a unit is quoted in the script around it: what has to be done to text that is put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// Not at all.
    Bare,
    /// In `"…"`.
    Double,
    /// In `'…'`.
    Single,
    /// In `$'…'`.
    Ansi,
    /// In backticks.
    Backtick,
    /// In the body of a here-document that is expanded.
    Here,
    /// In the body of a here-document that is taken as it is, and the script that is on the command line itself.
    Exact,
}

/// A script that is understood: where its references stand, and the scripts within it.
#[derive(Debug, Default)]
pub(super) struct Level {
    pub(super) units: Vec<Unit>,
    /// How each reference is written that is a word of this script's own, by its unit.
    pub(super) places: BTreeMap<usize, Place>,
    /// Characters that have to be written otherwise because of a reference beside them, by their unit.
    pub(super) fixes: BTreeMap<usize, String>,
    /// Bodies of here-documents that hold references.
    pub(super) heres: Vec<Here>,
    /// Scripts within this one.
    pub(super) children: Vec<Child>,
    /// The unit from which on shells read this script differently.
    pub(super) ambiguous: Option<usize>,
}

/// A script within a script.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) level: Level,
    /// Whether it runs without the environment of the script around it.
    pub(super) elsewhere: bool,
    /// Whether it stands in backticks within double quotes.
    pub(super) backticks: bool,
}

/// A here-document with references in its body.
#[derive(Debug)]
pub(super) struct Here {
    /// The units of its delimiter's word.
    pub(super) delimiter: Range<usize>,
    /// The units of its body.
    pub(super) body: Range<usize>,
    /// The units of the line that ends it, without the line's end.
    pub(super) end: Range<usize>,
    /// What that line says.
    pub(super) word: String,
    /// `<<-`: tabs at the beginning of lines are taken away.
    pub(super) tabs: bool,
    /// The delimiter is quoted, and nothing in the body is expanded.
    pub(super) exact: bool,
    /// The body is a script, for a shell that reads it from its standard input.
    pub(super) script: bool,
}

/// The units of a script on the command line.
pub(super) fn units(script: &str, references: &[Range<usize>]) -> Result<Vec<Unit>, Refused> {
    let mut order: Vec<usize> = (0..references.len()).collect();
    order.sort_by_key(|&number| references[number].start);
    let mut units = Vec::with_capacity(script.len());
    let mut at = 0;
    let chars = |units: &mut Vec<Unit>, range: Range<usize>| {
        let text = script.get(range.clone())?;
        units.extend(text.char_indices().map(|(offset, char)| {
            let start = range.start + offset;
            Unit { kind: Kind::Char(char), outer: start..start + char.len_utf8(), quote: Quote::Exact }
        }));
        Some(())
    };
    for number in order {
        let range = references[number].clone();
        if range.start >= range.end || script.get(range.clone()).is_none() {
            return Err(Refused::at(number, "the reference is not where it was said to be in the script."));
        }
        chars(&mut units, at..range.start)
            .ok_or_else(|| Refused::at(number, "the reference overlaps the one before it."))?;
        at = range.end;
        units.push(Unit { kind: Kind::Reference(number), outer: range, quote: Quote::Exact });
    }
    chars(&mut units, at..script.len());
    Ok(units)
}

/// The first reference among units.
pub(super) fn first_reference(units: &[Unit]) -> Option<usize> {
    units.iter().find_map(|unit| match unit.kind {
        Kind::Reference(number) => Some(number),
        Kind::Unknown(number) => number,
        Kind::Char(_) => None,
    })
}

impl Unit {
    /// The character that it is.
    pub(super) fn char(&self) -> Option<char> {
        match self.kind {
            Kind::Char(char) => Some(char),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_one_unit() {
        let units = units("é{{r}}b", std::slice::from_ref(&(2..7))).expect("units");
        let kinds: Vec<Kind> = units.iter().map(|unit| unit.kind).collect();
        assert_eq!(kinds, [Kind::Char('é'), Kind::Reference(0), Kind::Char('b')]);
        assert_eq!(units[2].outer, 7..8);
    }

    #[test]
    fn ranges_that_are_none() {
        for references in [&[(0, 9)][..], &[(0, 3), (2, 4)], &[(2, 2)], &[(1, 3)]] {
            let references: Vec<Range<usize>> = references.iter().map(|&(start, end)| start..end).collect();
            assert!(units("é345", &references).is_err(), "{references:?}");
        }
    }
}
