//! Brace expansion: `{a,b}` and `{1..3}`, made on a word's parts before anything else (Bash manual, 3.5.1).

use super::ast::{Part, Word};

/// Of more words than this, those that come first are made. What they begin with says what runs.
const MAX_WORDS: usize = 4_096;
/// Of more characters and parts than this in all of them, likewise.
const MAX_ITEMS: usize = 1 << 18;

/// One character of plain text, or a part that braces do not look into.
#[derive(Clone)]
enum Item {
    Char(char),
    Part(Part),
}

/// The words that `word` becomes; None where it has no braces to expand.
pub(super) fn expand(word: &Word) -> Option<Vec<Word>> {
    let opens = word.parts.iter().any(|part| matches!(part, Part::Plain(text) if text.contains('{')));
    if !opens {
        return None;
    }
    let items: Vec<Item> = word
        .parts
        .iter()
        .flat_map(|part| match part {
            Part::Plain(text) => text.chars().map(Item::Char).collect::<Vec<_>>(),
            other => vec![Item::Part(other.clone())],
        })
        .collect();
    let words = expand_items(&items, 0)?;
    (words.len() > 1 || words.first().is_some_and(|w| w.len() != items.len()))
        .then(|| words.into_iter().map(word_of).collect())
}

fn expand_items(items: &[Item], depth: u32) -> Option<Vec<Vec<Item>>> {
    if depth > 16 {
        // The rest stays as it is; what stands before it is expanded all the same.
        return Some(vec![items.to_vec()]);
    }
    let mut from = 0;
    while let Some(open) = (from..items.len()).find(|&i| is(items, i, '{')) {
        // `${` never reaches here: it is a part of its own.
        if let Some((alternatives, close)) = alternatives(items, open) {
            let mut words = Vec::new();
            let mut size = 0;
            let tails = expand_items(&items[close + 1..], depth + 1)?;
            for alternative in alternatives {
                for middle in expand_items(&alternative, depth + 1)? {
                    for tail in &tails {
                        if words.len() >= MAX_WORDS || size > MAX_ITEMS {
                            return Some(words);
                        }
                        words.push([&items[..open], &middle, tail].concat());
                        size += words.last().map_or(0, Vec::len);
                    }
                }
            }
            return Some(words);
        }
        from = open + 1;
    }
    Some(vec![items.to_vec()])
}

/// What stands between the braces that open at `open`, and where they close.
fn alternatives(items: &[Item], open: usize) -> Option<(Vec<Vec<Item>>, usize)> {
    let mut level = 0;
    let mut commas = Vec::new();
    let mut close = None;
    for (i, item) in items.iter().enumerate().skip(open + 1) {
        match item {
            Item::Char('{') => level += 1,
            Item::Char('}') if level == 0 => {
                close = Some(i);
                break;
            }
            Item::Char('}') => level -= 1,
            Item::Char(',') if level == 0 => commas.push(i),
            _ => {}
        }
    }
    let close = close?;
    if commas.is_empty() {
        let text: Option<String> = items[open + 1..close]
            .iter()
            .map(|item| if let Item::Char(c) = item { Some(*c) } else { None })
            .collect();
        return Some((sequence(&text?)?.into_iter().map(items_of).collect(), close));
    }
    let mut out = Vec::new();
    let mut start = open + 1;
    for end in commas.into_iter().chain([close]) {
        out.push(items[start..end].to_vec());
        start = end + 1;
    }
    Some((out, close))
}

/// A member of a sequence. The backslash in `{A..z}` quotes nothing, and is gone.
fn items_of(member: String) -> Vec<Item> {
    match member.as_str() {
        "\\" => vec![Item::Part(Part::Quoted(String::new()))],
        member => member.chars().map(Item::Char).collect(),
    }
}

/// `1..5`, `a..e`, `01..10..2`.
fn sequence(text: &str) -> Option<Vec<String>> {
    let mut parts = text.split("..");
    let (first, last) = (parts.next()?, parts.next()?);
    let step: i64 = match parts.next() {
        Some(step) => step.parse().ok()?,
        None => 1,
    };
    let step = step.abs().max(1);
    if parts.next().is_some() {
        return None;
    }
    let range = |from: i64, to: i64| -> Vec<i64> {
        let count = (((to - from).abs() / step) as usize).min(MAX_WORDS);
        (0..=count as i64).map(|i| if from <= to { from + i * step } else { from - i * step }).collect()
    };
    if let (Ok(from), Ok(to)) = (first.parse::<i64>(), last.parse::<i64>()) {
        if from.abs() > 1 << 40 || to.abs() > 1 << 40 {
            return None;
        }
        let padded =
            |s: &str| s.trim_start_matches('-').len() > 1 && s.trim_start_matches('-').starts_with('0');
        let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
        return Some(range(from, to).into_iter().map(|n| format!("{n:0width$}")).collect());
    }
    let one = |s: &str| -> Option<i64> {
        let mut chars = s.chars();
        let c = chars.next().filter(char::is_ascii_alphabetic)?;
        chars.next().is_none().then_some(c as i64)
    };
    let (from, to) = (one(first)?, one(last)?);
    Some(range(from, to).into_iter().filter_map(|n| char::from_u32(n as u32)).map(String::from).collect())
}

fn is(items: &[Item], i: usize, c: char) -> bool {
    matches!(items[i], Item::Char(found) if found == c)
}

fn word_of(items: Vec<Item>) -> Word {
    let mut parts: Vec<Part> = Vec::new();
    for item in items {
        match (parts.last_mut(), item) {
            (Some(Part::Plain(text)), Item::Char(c)) => text.push(c),
            // `$x{1,2}` is `$x1 $x2`.
            (Some(Part::Parameter(parameter)), Item::Char(c))
                if parameter.bare
                    && (c.is_ascii_alphanumeric() || c == '_')
                    && super::is_variable(&parameter.name) =>
            {
                parameter.name.push(c);
            }
            (_, Item::Char(c)) => parts.push(Part::Plain(c.to_string())),
            (_, Item::Part(part)) => parts.push(part),
        }
    }
    Word { parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_expand_as_in_bash() {
        for (text, expected) in [
            ("{a,b}c", Some("ac bc")),
            ("get-{secret,x}-value", Some("get-secret-value get-x-value")),
            ("{1..3}", Some("1 2 3")),
            ("{03..01}", Some("03 02 01")),
            ("{a..c}{1,2}", Some("a1 a2 b1 b2 c1 c2")),
            ("{a,{b,c}}", Some("a b c")),
            ("{a}", None),
            ("{a,b", None),
            ("x{}y", None),
            ("{,s}", Some(" s")),
        ] {
            let got = expand(&Word::plain(text)).map(|words| {
                words
                    .iter()
                    .map(|w| w.as_plain().unwrap_or_default().to_owned())
                    .collect::<Vec<_>>()
                    .join(" ")
            });
            assert_eq!(got.as_deref(), expected, "{text}");
        }
    }
}
