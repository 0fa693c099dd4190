//! Writes a script that is understood: innermost scripts first, each quoted for the one around it.

use std::collections::BTreeMap;
use std::ops::Range;

use zeroize::Zeroizing;

use super::Refused;
use super::spell::{self, Place};
use super::text::{Here, Kind, Level, Quote, Unit};

/// The most that a written script may hold. Quotes within quotes double at every level; a single argument of more
/// than 128 KiB is refused by Linux anyway (execve(2), MAX_ARG_STRLEN).
const MOST: usize = 8 << 20;

/// New texts for units, by their index.
type Edits = BTreeMap<usize, Zeroizing<String>>;

/// One of the two ways to write a reference.
pub(super) trait Way {
    /// The text for a reference; none where it stays.
    fn text(&self, place: Place, reference: usize) -> Result<Option<Zeroizing<String>>, Refused>;
    /// Whether the value itself is in that text.
    fn pastes(&self) -> bool;
}

/// As an expansion of a variable.
pub(super) struct Expansion<F>(pub(super) F);
/// As the value.
pub(super) struct Pasted<F>(pub(super) F);

impl<'a, F: Fn(usize) -> &'a str> Way for Expansion<F> {
    fn text(&self, place: Place, reference: usize) -> Result<Option<Zeroizing<String>>, Refused> {
        Ok(spell::expansion(place, (self.0)(reference)))
    }

    fn pastes(&self) -> bool {
        false
    }
}

impl<'a, F: Fn(usize) -> &'a str> Way for Pasted<F> {
    fn text(&self, place: Place, reference: usize) -> Result<Option<Zeroizing<String>>, Refused> {
        let value = (self.0)(reference);
        spell::check(reference, value)?;
        spell::value(place, value).map_err(|cause| Refused::at(reference, cause))
    }

    fn pastes(&self) -> bool {
        true
    }
}

/// The whole script, written.
pub(super) fn script(script: &str, level: &Level, way: &dyn Way) -> Result<Zeroizing<String>, Refused> {
    let originals = level
        .units
        .iter()
        .filter_map(|unit| match unit.kind {
            Kind::Reference(reference) => Some((reference, script.get(unit.outer.clone())?)),
            _ => None,
        })
        .collect();
    let edits = edits(level, way, &originals)?;
    let texts = || {
        level.units.iter().enumerate().map(|(at, unit)| match edits.get(&at) {
            Some(text) => text.as_str(),
            None => script.get(unit.outer.clone()).unwrap_or_default(),
        })
    };
    let mut written = Zeroizing::new(String::with_capacity(texts().map(str::len).sum()));
    texts().for_each(|text| written.push_str(text));
    Ok(written)
}

/// What changes in the units of one script.
fn edits(level: &Level, way: &dyn Way, originals: &BTreeMap<usize, &str>) -> Result<Edits, Refused> {
    let mut edits: Edits = level.fixes.iter().map(|(&at, text)| (at, Zeroizing::new(text.clone()))).collect();
    for here in &level.heres {
        if here.exact && !here.script && !way.pastes() {
            expand(level, here, &mut edits);
        }
    }
    for (&at, &place) in &level.places {
        let Kind::Reference(reference) = level.units[at].kind else { continue };
        if way.pastes() && place != Place::Comment {
            alike(level, at, reference)?;
            known(level, at, reference)?;
        }
        // A reference in a comment stays, quoted for the scripts around this one: its text may hold an apostrophe.
        let original = || Zeroizing::new(originals.get(&reference).copied().unwrap_or_default().to_owned());
        edits.insert(at, way.text(place, reference)?.unwrap_or_else(original));
    }
    for child in &level.children {
        if let (Some(first), Some(reference)) = (child.level.units.first(), active(&child.level)) {
            alike(level, first.outer.start, reference)?;
            if child.level.units.iter().any(|unit| unit.quote == Quote::Ansi) {
                // dash takes `$'…'` for a `$` and single quotes, so the script in it would be another one.
                return Err(Refused::at(
                    reference,
                    "a reference stands in a script that is quoted by $'…', which not all shells know: quote the \
                     script by '…' or \"…\".",
                ));
            }
            if way.pastes() {
                known(level, first.outer.start, reference)?;
            }
            if way.pastes() && child.backticks {
                // bash takes `"` and `{a,b}` within "`…`" for those of the double quotes around it.
                return Err(Refused::at(
                    reference,
                    "no value can be written in backticks within double quotes or a here-document, which shells \
                     read differently: write $(…) instead of `…`.",
                ));
            }
        }
        let within = self::edits(&child.level, way, originals)?;
        if child.elsewhere
            && !way.pastes()
            && let Some(reference) = active(&child.level)
        {
            return Err(Refused::at(
                reference,
                "a reference stands in text for a shell that this script starts without its environment (as another \
                 user, on another machine, or emptied): run that command under asm-exec itself (asm-exec -- ssh host …).",
            ));
        }
        lower(&child.level.units, within, &mut edits);
        let size: usize = edits.values().map(|text| text.len()).sum();
        if size > MOST {
            return Err(Refused::unreadable(
                "with its values quoted at every level it grows beyond all bounds",
            ));
        }
    }
    if way.pastes() {
        level.heres.iter().try_for_each(|here| ends_where_it_did(level, here, &edits))?;
    }
    Ok(edits)
}

/// Carries edits of a script over to the one that it stands in.
fn lower(units: &[Unit], within: Edits, edits: &mut Edits) {
    for (at, text) in within {
        let unit = &units[at];
        for other in unit.outer.clone().skip(1) {
            edits.insert(other, Zeroizing::default());
        }
        if !unit.outer.is_empty() {
            edits.insert(unit.outer.start, spell::escape(&text, unit.quote));
        }
    }
}

/// A reference in a script that is written anew, so none in a comment.
fn active(level: &Level) -> Option<usize> {
    let own = level.places.iter().find_map(|(&at, &place)| match level.units[at].kind {
        Kind::Reference(reference) if place != Place::Comment => Some(reference),
        _ => None,
    });
    own.or_else(|| level.children.iter().find_map(|child| active(&child.level)))
}

/// Text that is a script again, or a value, is written only where every shell reads the quotes before it alike.
fn alike(level: &Level, at: usize, reference: usize) -> Result<(), Refused> {
    match level.ambiguous {
        Some(from) if from < at => Err(Refused::at(
            reference,
            "shells do not agree on the quotes before the reference (`$'…\\'…'`, or quotes within \"${…}\"), so \
             nothing can be written there: write these apostrophes as '\\'' in plain quotes.",
        )),
        _ => Ok(()),
    }
}

/// A value is pasted only where all that goes before it is known.
fn known(level: &Level, at: usize, reference: usize) -> Result<(), Refused> {
    if level.units[..at].iter().any(|unit| matches!(unit.kind, Kind::Unknown(_))) {
        return Err(Refused::at(
            reference,
            "an expansion goes before the reference into text that is a script again; it could hold a quote, so \
             no value can be written there: hand it over as an argument (sh -c '… \"$1\" …' sh \"$v\").",
        ));
    }
    Ok(())
}

/// Makes a here-document whose delimiter is quoted one that is expanded, with the same text.
fn expand(level: &Level, here: &Here, edits: &mut Edits) {
    let plain = |char: char| char.is_ascii_alphanumeric() || "_-.+".contains(char);
    let body = || level.units[here.body.clone()].iter().map(|unit| unit.char().unwrap_or('\0'));
    let mut word = here.word.clone();
    if word.is_empty() || !word.chars().all(plain) {
        let lines: Vec<String> = body().collect::<String>().lines().map(str::to_owned).collect();
        let free = |name: &String| !lines.iter().any(|line| line.trim_start_matches('\t') == name);
        word = (0..).map(|number| format!("END_OF_TEXT_{number}")).find(free).unwrap_or_default();
        // The empty delimiter's line has no unit but its end, which the body's last unit precedes.
        if here.end.is_empty() && here.end.end < level.units.len() {
            edits.insert(here.end.start, Zeroizing::new(format!("{word}\n")));
        }
        set(edits, here.end.clone(), &word);
    }
    set(edits, here.delimiter.clone(), &word);
    for at in here.body.clone() {
        if let Some(char @ ('\\' | '$' | '`')) = level.units[at].char() {
            edits.insert(at, Zeroizing::new(format!("\\{char}")));
        }
    }
}

/// Puts a text in place of several units.
fn set(edits: &mut Edits, units: Range<usize>, text: &str) {
    for (nth, at) in units.enumerate() {
        edits.insert(at, Zeroizing::new(if nth == 0 { text.to_owned() } else { String::new() }));
    }
}

/// A value may not end the here-document that it stands in, nor lose its tabs in one that takes them away.
fn ends_where_it_did(level: &Level, here: &Here, edits: &Edits) -> Result<(), Refused> {
    let mut start = true;
    let mut line = Zeroizing::new(String::with_capacity(here.word.len() + 1));
    // Whether the line can still become the delimiter; a longer one is not kept.
    let mut long = false;
    for at in here.body.clone() {
        let unit = &level.units[at];
        let own = unit.char().map(String::from).unwrap_or_default();
        let text = edits.get(&at).map_or(own.as_str(), |text| text.as_str());
        let reference = match unit.kind {
            Kind::Reference(reference) => Some(reference),
            _ => None,
        };
        for char in text.chars() {
            if here.tabs && start && char == '\t' {
                if let Some(reference) = reference {
                    return Err(Refused::at(
                        reference,
                        "the value has a tab at the beginning of a line, which `<<-` would take away: use `<<`.",
                    ));
                }
                continue;
            }
            start = char == '\n';
            if start {
                if !long && *line == here.word {
                    return Err(ended(reference));
                }
                line.clear();
                long = false;
            } else if line.len() + char.len_utf8() > here.word.len() {
                long = true;
            } else {
                line.push(char);
            }
        }
    }
    if !long && !here.word.is_empty() && *line == here.word { Err(ended(None)) } else { Ok(()) }
}

fn ended(reference: Option<usize>) -> Refused {
    Refused {
        reference,
        cause: "a value holds the line that ends the here-document it stands in: choose another delimiter."
            .into(),
    }
}
