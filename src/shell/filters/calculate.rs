//! Tools that calculate: seq, expr, bc.

use super::bytes;
use super::call::{Call, Out};
use super::options;
use super::regex::{self, Style};

/// `seq` over whole numbers.
pub(super) fn seq(call: &Call) -> Option<String> {
    let negative =
        |word: &&str| word.strip_prefix('-').is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()));
    // A number below zero is no option.
    let mut end = 0;
    while let Some(word) = call.words.get(end).filter(|w| w.starts_with('-') && !negative(w)) {
        end += 1 + usize::from(matches!(*word, "-s" | "-f" | "--separator" | "--format"));
    }
    let (flags, numbers) = call.words.split_at_checked(end)?;
    let parsed =
        options::parse(flags, "ws:f:", &[("equal-width", 'w'), ("separator", 's'), ("format", 'f')])?;
    let numbers: Vec<i64> = numbers.iter().map(|w| w.parse().ok()).collect::<Option<_>>()?;
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return None,
    };
    let count = last.checked_sub(first)?.checked_div(step)?;
    if count >= 65_536 {
        return None;
    }
    let all: Vec<i64> = (0..=count).map(|n| first + n * step).collect();
    if (last - first).signum() * step.signum() < 0 {
        return Some(String::new());
    }
    let width = [first, last].iter().map(|n| n.to_string().len()).max()?;
    let mut out = Out::default();
    for (at, number) in all.iter().enumerate() {
        if at > 0 {
            out.push(parsed.value('s').unwrap_or("\n"))?;
        }
        out.push(&match parsed.value('f') {
            None if parsed.has('w') => format!("{number:0width$}"),
            None => number.to_string(),
            Some(format) => {
                let (before, rest) = format.split_once('%')?;
                let (spec, after) = rest.split_once(['g', 'f'])?;
                let plain = rest[spec.len()..].starts_with('g') || spec == ".0";
                if after.contains('%') || !plain {
                    return None;
                }
                let number = match spec {
                    "" | ".0" => number.to_string(),
                    spec => {
                        let width: usize = spec.strip_prefix('0')?.parse().ok().filter(|w| *w < 64)?;
                        format!("{number:0width$}")
                    }
                };
                format!("{before}{number}{after}")
            }
        })?;
    }
    out.push("\n")?;
    Some(out.done())
}

/// `expr`, where one thing is asked.
pub(super) fn expr(call: &Call) -> Option<String> {
    let words = call.words.strip_prefix(&["--"]).unwrap_or(call.words);
    let whole = |text: &str| text.parse::<i64>().ok();
    let answer = match words {
        ["length", text] => plain(text)?.len().to_string(),
        ["substr", text, from, count] => {
            let (from, count) = (usize::try_from(whole(from)?).ok()?, usize::try_from(whole(count)?).ok()?);
            if from == 0 { String::new() } else { plain(text)?.chars().skip(from - 1).take(count).collect() }
        }
        ["index", text, letters] => {
            let letters = plain(letters)?;
            plain(text)?.find(|c| letters.contains(c)).map_or(0, |at| at + 1).to_string()
        }
        ["match", text, pattern] | [text, ":", pattern] => matched(text, pattern)?,
        ["+", text] | [text] => (*text).to_owned(),
        [a, sign, b] => {
            if let (Some(x), Some(y)) = (whole(a), whole(b)) {
                match *sign {
                    "+" => x.checked_add(y)?.to_string(),
                    "-" => x.checked_sub(y)?.to_string(),
                    "*" => x.checked_mul(y)?.to_string(),
                    "/" => x.checked_div(y)?.to_string(),
                    "%" => x.checked_rem(y)?.to_string(),
                    "<" => u8::from(x < y).to_string(),
                    "<=" => u8::from(x <= y).to_string(),
                    ">" => u8::from(x > y).to_string(),
                    ">=" => u8::from(x >= y).to_string(),
                    "=" | "==" => u8::from(x == y).to_string(),
                    "!=" => u8::from(x != y).to_string(),
                    "|" => if x != 0 { *a } else { *b }.to_owned(),
                    "&" => if x != 0 && y != 0 { *a } else { "0" }.to_owned(),
                    _ => return None,
                }
            } else {
                match *sign {
                    "=" | "==" => u8::from(a == b).to_string(),
                    "!=" => u8::from(a != b).to_string(),
                    "|" => if a.is_empty() || *a == "0" { *b } else { *a }.to_owned(),
                    _ => return None,
                }
            }
        }
        _ => return None,
    };
    Some(answer + "\n")
}

fn plain(text: &str) -> Option<&str> {
    text.is_ascii().then_some(text)
}

/// What `text : pattern` is: the group, or how many characters match from the beginning.
fn matched(text: &str, pattern: &str) -> Option<String> {
    let regex = regex::compile(pattern, Style::default())?;
    // A pattern is anchored at the beginning.
    let found = regex.captures(text).filter(|found| found.get(0).is_some_and(|m| m.start() == 0));
    let grouped = regex.captures_len() > 1;
    // The leftmost match may begin later where one at the beginning is another.
    if found.is_none() && regex.is_match(text) {
        return None;
    }
    Some(match found {
        None if grouped => String::new(),
        None => "0".to_owned(),
        Some(found) if grouped => found.get(1).map_or("", |group| group.as_str()).to_owned(),
        Some(found) => plain(found.get(0)?.as_str())?.len().to_string(),
    })
}

/// `bc`: texts that are printed, and whole numbers in bases up to 16.
pub(super) fn bc(call: &Call) -> Option<String> {
    let parsed = options::parse(call.words, "qls", &[("quiet", 'q'), ("mathlib", 'l')])?;
    if parsed.has('l') || !parsed.operands.is_empty() {
        return None;
    }
    let text = call.exact(&[])?;
    let mut base = 10;
    let mut out = Out::default();
    for statement in statements(&text)? {
        let statement = statement.trim();
        if let Some(value) = statement.strip_prefix("obase=") {
            base = value.trim().parse().ok().filter(|base| (2..=16).contains(base))?;
        } else if let Some(words) = statement.strip_prefix("print ") {
            for word in words.split(',').map(str::trim) {
                match word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
                    Some(word) => out.push(&word.replace("\\n", "\n").replace("\\t", "\t"))?,
                    None => out.push(&in_base(whole(word)?, base))?,
                }
            }
        } else if let Some(word) = statement.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
            out.push(word)?;
        } else if !statement.is_empty() {
            out.line(&in_base(whole(statement)?, base))?;
        }
    }
    let out = out.done();
    // A text with another escape, and a number on several lines, are printed in ways of their own.
    if out.contains('\\') || lines_too_long(&out) { None } else { Some(out) }
}

fn lines_too_long(text: &str) -> bool {
    text.lines().any(|line| line.len() > 60)
}

fn statements(text: &str) -> Option<Vec<String>> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '"';
        match c {
            ';' | '\n' if !quoted => out.push(String::new()),
            ',' if quoted => return None,
            c => out.last_mut()?.push(c),
        }
    }
    (!quoted && !bytes::has_unknown(text)).then_some(out)
}

/// The value of an expression of whole numbers, `+`, `-`, `*` and parentheses.
fn whole(text: &str) -> Option<i64> {
    let letters: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    if letters.len() > 100 {
        return None;
    }
    let (value, rest) = sum(&letters)?;
    rest.is_empty().then_some(value)
}

fn sum(text: &[char]) -> Option<(i64, &[char])> {
    let (mut value, mut rest) = product(text)?;
    while let Some((sign @ ('+' | '-'), after)) = rest.split_first() {
        let (right, left_over) = product(after)?;
        value = if *sign == '+' { value.checked_add(right)? } else { value.checked_sub(right)? };
        rest = left_over;
    }
    Some((value, rest))
}

fn product(text: &[char]) -> Option<(i64, &[char])> {
    let (mut value, mut rest) = operand(text)?;
    while let Some(('*', after)) = rest.split_first() {
        let (right, left_over) = operand(after)?;
        value = value.checked_mul(right)?;
        rest = left_over;
    }
    Some((value, rest))
}

fn operand(text: &[char]) -> Option<(i64, &[char])> {
    match text.split_first()? {
        ('-', rest) => operand(rest).map(|(value, rest)| (-value, rest)),
        ('(', rest) => match sum(rest)? {
            (value, [')', rest @ ..]) => Some((value, rest)),
            _ => None,
        },
        _ => {
            let end = text.iter().position(|c| !c.is_ascii_digit()).unwrap_or(text.len());
            let digits: String = text[..end].iter().collect();
            Some((digits.parse().ok()?, &text[end..]))
        }
    }
}

fn in_base(number: i64, base: u64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789ABCDEF"[(rest % base) as usize]);
        rest /= base;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push(b'-');
    }
    digits.reverse();
    bytes::to_text(digits)
}
