//! Tools that put lines in another order, or drop repeated ones: sort, uniq, tac. The order is that of bytes, as in
//! the C locale.

use std::cmp::Ordering;

use super::bytes;
use super::call::{Call, Out, lines};
use super::options;

/// `tac`: the lines, last first.
pub(super) fn tac(call: &Call) -> Option<String> {
    let parsed = options::parse(call.words, "", &[])?;
    let mut out = String::new();
    let paths: &[&str] = if parsed.operands.is_empty() { &["-"] } else { &parsed.operands };
    for path in paths {
        let text = call.file(path)?;
        out.extend(text.split_inclusive('\n').rev());
    }
    Some(out)
}

#[derive(Clone, Copy, Default)]
struct Manner {
    numeric: bool,
    reverse: bool,
    fold: bool,
    blanks: bool,
}

struct Key {
    from: (usize, usize),
    to: Option<(usize, usize)>,
    manner: Option<Manner>,
}

/// `sort`.
pub(super) fn sort(call: &Call) -> Option<String> {
    let long = [
        ("numeric-sort", 'n'),
        ("reverse", 'r'),
        ("unique", 'u'),
        ("key", 'k'),
        ("field-separator", 't'),
        ("ignore-case", 'f'),
        ("ignore-leading-blanks", 'b'),
        ("stable", 's'),
        ("output", 'o'),
    ];
    let parsed = options::parse(call.words, "nrufbsk:t:o:", &long)?;
    let manner = Manner {
        numeric: parsed.has('n'),
        reverse: parsed.has('r'),
        fold: parsed.has('f'),
        blanks: parsed.has('b'),
    };
    let separator = match parsed.value('t') {
        Some("\\0") => return None,
        Some(text) => Some(text.chars().next().filter(|c| text.len() == 1 && c.is_ascii())?),
        None => None,
    };
    let keys: Vec<Key> = parsed
        .options
        .iter()
        .filter(|(o, _)| *o == 'k')
        .map(|(_, key)| read_key(key))
        .collect::<Option<_>>()?;
    let text = call.files(&parsed.operands)?;
    let mut all: Vec<&str> = lines(&text).collect();
    // Where an unknown part decides the order is not known.
    if all.len() > 1 && bytes::has_unknown(&text) {
        return None;
    }
    for _ in 0..all.len() / 16 {
        call.budget.step().ok()?;
    }
    let by_keys = |a: &&str, b: &&str| -> Ordering {
        if keys.is_empty() {
            return compare(a, b, manner);
        }
        for key in &keys {
            let manner = key.manner.unwrap_or(manner);
            let ordering = compare(key.of(a, separator, manner), key.of(b, separator, manner), manner);
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    };
    all.sort_by(|a, b| {
        by_keys(a, b).then_with(|| {
            // The last resort is the whole line.
            if parsed.has('s') || parsed.has('u') {
                return Ordering::Equal;
            }
            if manner.reverse { b.cmp(a) } else { a.cmp(b) }
        })
    });
    if parsed.has('u') {
        all.dedup_by(|a, b| by_keys(a, b) == Ordering::Equal);
    }
    let mut out = Out::default();
    for line in all {
        out.line(line)?;
    }
    let out = out.done();
    if let Some(path) = parsed.value('o') {
        call.invocation.files.write(path, call.text(out).into());
        return Some(String::new());
    }
    Some(out)
}

fn read_key(text: &str) -> Option<Key> {
    let mut manner = Manner::default();
    let mut own = false;
    let mut place = |text: &str| -> Option<(usize, usize)> {
        let letters = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        for letter in letters.chars() {
            own = true;
            match letter {
                'n' => manner.numeric = true,
                'r' => manner.reverse = true,
                'f' => manner.fold = true,
                'b' => manner.blanks = true,
                _ => return None,
            }
        }
        let numbers = &text[..text.len() - letters.len()];
        let (field, character) = numbers.split_once('.').unwrap_or((numbers, "0"));
        Some((field.parse().ok().filter(|n| *n > 0)?, character.parse().ok()?))
    };
    let (from, to) = text.split_once(',').map_or((text, None), |(from, to)| (from, Some(to)));
    let from = place(from)?;
    let to = match to {
        Some(to) => Some(place(to)?),
        None => None,
    };
    Some(Key { from, to, manner: own.then_some(manner) })
}

impl Key {
    fn of<'l>(&self, line: &'l str, separator: Option<char>, manner: Manner) -> &'l str {
        let fields = fields(line, separator);
        let start = match fields.get(self.from.0 - 1) {
            Some((start, end)) => {
                let start = if manner.blanks { skip_blanks(line, *start) } else { *start };
                (start + self.from.1.saturating_sub(1)).min(*end.max(&start)).min(line.len())
            }
            None => line.len(),
        };
        let end = match self.to {
            None => line.len(),
            Some((field, 0)) => fields.get(field - 1).map_or(line.len(), |(_, end)| *end),
            Some((field, character)) => match fields.get(field - 1) {
                Some((start, end)) => {
                    let start = if manner.blanks { skip_blanks(line, *start) } else { *start };
                    (start + character).min(*end)
                }
                None => line.len(),
            },
        };
        line.get(start..end.max(start)).unwrap_or("")
    }
}

fn skip_blanks(line: &str, from: usize) -> usize {
    line[from..].find(|c| c != ' ' && c != '\t').map_or(line.len(), |n| from + n)
}

/// Where each field begins and ends. Without a separator a field begins with the blanks before it.
fn fields(line: &str, separator: Option<char>) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = 0;
    loop {
        let end = match separator {
            Some(separator) => line[start..].find(separator).map(|n| start + n),
            None => {
                let word = skip_blanks(line, start);
                line[word..].find([' ', '\t']).map(|n| word + n)
            }
        };
        match end {
            Some(end) => {
                out.push((start, end));
                start = end + usize::from(separator.is_some());
            }
            None => {
                out.push((start, line.len()));
                return out;
            }
        }
    }
}

fn compare(a: &str, b: &str, manner: Manner) -> Ordering {
    let trim = |text: &str| text.trim_start_matches([' ', '\t']).to_owned();
    let ordering = if manner.numeric {
        number(a).total_cmp(&number(b))
    } else {
        let ready = |text: &str| {
            let text = if manner.blanks { trim(text) } else { text.to_owned() };
            if manner.fold { text.to_ascii_uppercase() } else { text }
        };
        match (manner.blanks, manner.fold) {
            (false, false) => a.cmp(b),
            _ => ready(a).cmp(&ready(b)),
        }
    };
    if manner.reverse { ordering.reverse() } else { ordering }
}

/// The number that a text begins with; 0 where there is none.
fn number(text: &str) -> f64 {
    let text = text.trim_start_matches([' ', '\t']);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mut dot = false;
    let end = digits
        .find(|c: char| !(c.is_ascii_digit() || c == '.' && !std::mem::replace(&mut dot, true)))
        .unwrap_or(digits.len());
    let value: f64 = digits[..end].parse().unwrap_or(0.0);
    // Minus nothing is nothing.
    if text.starts_with('-') && value != 0.0 { -value } else { value }
}

/// `uniq`.
pub(super) fn uniq(call: &Call) -> Option<String> {
    let long = [("count", 'c'), ("repeated", 'd'), ("unique", 'u'), ("ignore-case", 'i')];
    let parsed = options::parse(call.words, "cdui", &long)?;
    if parsed.operands.len() > 1 {
        return None;
    }
    let text = call.files(&parsed.operands)?;
    let mut groups: Vec<(usize, &str)> = Vec::new();
    for line in lines(&text) {
        match groups.last_mut() {
            Some((count, last)) if *last == line || parsed.has('i') && last.eq_ignore_ascii_case(line) => {
                *count += 1;
            }
            _ => groups.push((1, line)),
        }
    }
    let mut out = Out::default();
    for (count, line) in groups {
        if parsed.has('d') && count == 1 || parsed.has('u') && count > 1 {
            continue;
        }
        let label = if parsed.has('c') { format!("{count:7} ") } else { String::new() };
        out.line(&format!("{label}{line}"))?;
    }
    Some(out.done())
}
