//! Files that a program writes with a constant text under a constant path: `open("x", "w").write("…")`,
//! `Path("x").write_text("…")`, `fs.writeFileSync("x", "…")`. What is computed in ways of its own is not looked at.

use super::language::Language;
use super::lexicon;
use crate::bounds::Budget;

/// A file, what is written to it, and whether behind what it held.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    /// Its path.
    pub path: String,
    /// The text.
    pub text: String,
    /// Whether the text is appended.
    pub append: bool,
}

/// Calls that are given a path and a text.
const WHOLE: &[(Language, &str, bool)] = &[
    (Language::JavaScript, "writeFileSync", false),
    (Language::JavaScript, "writeFile", false),
    (Language::JavaScript, "appendFileSync", true),
    (Language::Php, "file_put_contents", false),
    (Language::Ruby, "File.write", false),
    (Language::Ruby, "IO.write", false),
];

/// The files that `code` writes, in order.
pub fn written(language: Language, code: &str, budget: &Budget) -> Vec<Written> {
    if code.len() > MAX_CODE
        || !code.contains("write") && !code.contains("file_put") && !code.contains("appendFile")
    {
        return Vec::new();
    }
    let mut found: Vec<(usize, Written)> = Vec::new();
    for (_, name, append) in WHOLE.iter().filter(|(known, _, _)| *known == language) {
        for (at, arguments, _) in calls(code, name) {
            if let [path, text, ..] = arguments.as_slice()
                && let (Some(path), Some(text)) =
                    (constant(language, path, budget), constant(language, text, budget))
            {
                found.push((at, Written { path, text, append: *append }));
            }
        }
    }
    if language == Language::Python {
        python(code, budget, &mut found);
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, written)| written).collect()
}

fn python(code: &str, budget: &Budget, found: &mut Vec<(usize, Written)>) {
    let constant = |text: &str| constant(Language::Python, text, budget);
    for (at, arguments, after) in calls(code, "Path") {
        let text = after.strip_prefix(".write_text").and_then(arguments_of);
        if let (Some(path), Some((text, _))) = (arguments.first().and_then(|path| constant(path)), text)
            && let Some(text) = text.first().and_then(|text| constant(text))
        {
            found.push((at, Written { path, text, append: false }));
        }
    }
    for (at, arguments, after) in calls(code, "open") {
        let mode =
            arguments.get(1).map(|mode| mode.trim_start_matches("mode").trim_start_matches([' ', '=']));
        let (Some(path), Some(mode)) = (arguments.first().and_then(|p| constant(p)), mode.and_then(constant))
        else {
            continue;
        };
        if !mode.contains(['w', 'x', 'a']) {
            continue;
        }
        let append = mode.contains('a');
        if let Some((text, _)) = after.strip_prefix(".write").and_then(arguments_of) {
            if let Some(text) = text.first().and_then(|text| constant(text)) {
                found.push((at, Written { path, text, append }));
            }
            continue;
        }
        // `with open(…) as f`, `f = open(…)`: what is written to that name.
        let behind = after.trim_start().strip_prefix("as ").map(str::trim_start);
        let before = code[..at].trim_end().strip_suffix('=').map(str::trim_end);
        let word = |c: char| !(c.is_alphanumeric() || c == '_');
        let name = match (behind, before) {
            (Some(behind), _) => behind.split(word).next().unwrap_or(""),
            (None, Some(before)) => before.rsplit(word).next().unwrap_or(""),
            _ => "",
        };
        if name.is_empty() {
            continue;
        }
        let texts = calls(code, &format!("{name}.write")).into_iter().filter(|(place, _, _)| *place > at);
        for (nth, (place, text, _)) in texts.enumerate() {
            if let Some(text) = text.first().and_then(|text| constant(text)) {
                found.push((place, Written { path: path.clone(), text, append: append || nth > 0 }));
            }
        }
    }
}

/// The value of an argument, where it is a constant.
fn constant(language: Language, text: &str, budget: &Budget) -> Option<String> {
    let value = super::constant(language, lexicon::lexicon(language)?, text, budget).ok()?;
    value.literal().map(str::to_owned)
}

/// Every call of a name: where it stands, its arguments, and what follows.
fn calls<'c>(code: &'c str, name: &str) -> Vec<(usize, Vec<&'c str>, &'c str)> {
    let whole = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    code.match_indices(name)
        .filter(|(at, _)| whole(*at))
        .take(MAX_CALLS)
        .filter_map(|(at, _)| {
            arguments_of(&code[at + name.len()..]).map(|(arguments, after)| (at, arguments, after))
        })
        .collect()
}

/// Longer code is not looked at.
const MAX_CODE: usize = 1 << 16;
/// Calls of one name that are looked at.
const MAX_CALLS: usize = 64;

/// The arguments of a call whose parenthesis begins `text`, and what follows them.
fn arguments_of(text: &str) -> Option<(Vec<&str>, &str)> {
    let inner = text.strip_prefix('(')?;
    let mut arguments = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    let mut at = 0;
    while let Some(c) = inner[at..].chars().next() {
        match c {
            '\'' | '"' | '`' => {
                at = behind_quoted(inner, at)?;
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                if at > from {
                    arguments.push(inner[from..at].trim());
                }
                return Some((arguments, &inner[at + 1..]));
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                arguments.push(inner[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    None
}

/// Where the text in quotes that begins at `at` has ended.
fn behind_quoted(text: &str, at: usize) -> Option<usize> {
    let quote = text[at..].chars().next()?;
    let long: String = std::iter::repeat_n(quote, 3).collect();
    let end = if text[at..].starts_with(&long) { long } else { quote.to_string() };
    let mut at = at + end.len();
    while !text[at..].starts_with(&end) {
        let next = text[at..].chars().next()?;
        at += next.len_utf8();
        if next == '\\' {
            at += text[at..].chars().next()?.len_utf8();
        }
    }
    Some(at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_texts_are_seen_in_files() {
        use Language::{JavaScript, Php, Python, Ruby};
        for (language, code, expected) in [
            (Python, "open('x','w').write('a' + 'b')", "x=ab"),
            (Python, "with open(\"x\", \"w\") as f:\n    f.write('a, (b')\n    f.write('c')", "x=a, (b x+=c"),
            (Python, "f = open('x', mode='a')\nf.write('''a'b''')", "x+=a'b"),
            (Python, "from pathlib import Path; Path('x').write_text('a')", "x=a"),
            (Python, "print(open('x').read()); open('y').write", ""),
            (Python, "open(name, 'w').write('a')", ""),
            (JavaScript, "require('fs').writeFileSync('x', `a`)", "x=a"),
            (JavaScript, "fs.appendFileSync(\"x\", 'a' + 'b')", "x+=ab"),
            (Ruby, "File.write('x', 'a')", "x=a"),
            (Php, "file_put_contents('x', 'a');", "x=a"),
        ] {
            let found = written(language, code, &Budget::new());
            let shown: Vec<String> = found
                .iter()
                .map(|file| format!("{}{}={}", file.path, if file.append { "+" } else { "" }, file.text))
                .collect();
            assert_eq!(shown.join(" "), expected, "{code}");
        }
    }
}
