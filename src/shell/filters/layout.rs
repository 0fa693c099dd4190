//! Tools that lay lines out anew: cat with options, rev, nl, fold, expand, unexpand, paste.

use super::bytes;
use super::call::{Call, Out, each_line, lines};
use super::options;

/// `cat`.
pub(super) fn cat(call: &Call) -> Option<String> {
    let long = [
        ("show-all", 'A'),
        ("number-nonblank", 'b'),
        ("show-ends", 'E'),
        ("number", 'n'),
        ("squeeze-blank", 's'),
        ("show-tabs", 'T'),
        ("show-nonprinting", 'v'),
    ];
    let parsed = options::parse(call.words, "AbeEnstTuv", &long)?;
    let text = call.files(&parsed.operands)?;
    let has = |letters: &str| letters.chars().any(|letter| parsed.has(letter));
    let (ends, tabs, shown) = (has("AeE"), has("AtT"), has("Aetv"));
    if !has("AbeEnstTv") {
        return Some(text);
    }
    let (mut number, mut blank) = (0, false);
    let mut out = Out::default();
    for line in text.split_inclusive('\n') {
        let (line, ended) = line.strip_suffix('\n').map_or((line, false), |line| (line, true));
        if parsed.has('s') && line.is_empty() && ended && std::mem::replace(&mut blank, line.is_empty()) {
            continue;
        }
        blank = line.is_empty();
        if parsed.has('b') && !line.is_empty() || parsed.has('n') && !parsed.has('b') {
            number += 1;
            out.push(&format!("{number:6}\t"))?;
        }
        if shown || tabs {
            if bytes::has_unknown(line) {
                return None;
            }
            bytes::of_text(line).into_iter().try_for_each(|b| out.push(&visible(b, tabs, shown)))?;
        } else {
            out.push(line)?;
        }
        if ends && ended {
            // Newer versions show a carriage return before the end even without -v.
            if !shown && line.ends_with('\r') {
                return None;
            }
            out.push("$")?;
        }
        out.push(if ended { "\n" } else { "" })?;
    }
    Some(out.done())
}

fn visible(byte: u8, tabs: bool, shown: bool) -> String {
    match byte {
        b'\t' if tabs => "^I".to_owned(),
        b'\t' => "\t".to_owned(),
        _ if !shown => bytes::to_text(vec![byte]),
        0..32 => format!("^{}", (byte + 64) as char),
        127 => "^?".to_owned(),
        128.. => {
            format!("M-{}", if byte == 0x89 { "^I".to_owned() } else { visible(byte - 128, true, true) })
        }
        byte => (byte as char).to_string(),
    }
}

/// `rev`: each line backwards.
pub(super) fn rev(call: &Call) -> Option<String> {
    let parsed = options::parse(call.words, "", &[])?;
    each_line(&call.files(&parsed.operands)?, |line| Some(line.chars().rev().collect()))
}

/// `column -t`: fields set apart by two blanks, each column as wide as its widest field; without `-t` a single line
/// stays as it is.
pub(super) fn column(call: &Call) -> Option<String> {
    let long = [("table", 't'), ("separator", 's'), ("output-separator", 'o')];
    let parsed = options::parse(call.words, "ts:o:", &long)?;
    let text = call.exact(&parsed.operands)?;
    let rows: Vec<&str> = lines(&text).filter(|line| !line.trim().is_empty()).collect();
    let mut out = Out::default();
    if !parsed.has('t') {
        let [row] = rows.as_slice() else { return None };
        out.line(row)?;
        return Some(out.done());
    }
    let fields = |row: &str| -> Vec<String> {
        match parsed.value('s') {
            Some(marks) => row.split(|c| marks.contains(c)).map(str::to_owned).collect(),
            None => row.split([' ', '\t']).filter(|field| !field.is_empty()).map(str::to_owned).collect(),
        }
    };
    let rows: Vec<Vec<String>> = rows.into_iter().map(fields).collect();
    let mut widths: Vec<usize> = Vec::new();
    for (at, field) in rows.iter().flat_map(|row| row.iter().enumerate()) {
        widths.resize(widths.len().max(at + 1), 0);
        widths[at] = widths[at].max(field.chars().count());
    }
    for row in rows {
        let mut line = String::new();
        for (at, width) in widths.iter().enumerate() {
            let field = row.get(at).map_or("", String::as_str);
            line.push_str(field);
            if at + 1 < widths.len() {
                line.push_str(&" ".repeat(width - field.chars().count()));
                line.push_str(parsed.value('o').unwrap_or("  "));
            }
        }
        out.line(&line)?;
    }
    Some(out.done())
}

/// `nl`: numbers before lines.
pub(super) fn nl(call: &Call) -> Option<String> {
    let parsed =
        options::parse(call.words, "b:w:s:n:v:i:", &[("body-numbering", 'b'), ("number-width", 'w')])?;
    let count = |letter, default: usize| parsed.value(letter).map_or(Some(default), |n| n.parse().ok());
    let (width, step, mut number) = (count('w', 6)?.min(64), count('i', 1)?, count('v', 1)?);
    let separator = parsed.value('s').unwrap_or("\t");
    let all = match parsed.value('b') {
        None | Some("t") => false,
        Some("a") => true,
        _ => return None,
    };
    let text = call.files(&parsed.operands)?;
    let mut out = Out::default();
    for line in lines(&text) {
        if line.starts_with("\\:") {
            return None;
        }
        if line.is_empty() && !all {
            out.line(&" ".repeat(width + separator.chars().count()))?;
            continue;
        }
        let label = match parsed.value('n') {
            None | Some("rn") => format!("{number:width$}"),
            Some("ln") => format!("{number:<width$}"),
            Some("rz") => format!("{number:0width$}"),
            _ => return None,
        };
        out.line(&format!("{label}{separator}{line}"))?;
        number += step;
    }
    Some(out.done())
}

/// `fold`: long lines broken.
pub(super) fn fold(call: &Call) -> Option<String> {
    // `-20` is an old spelling of `-w 20`.
    let words: Vec<String> = call
        .words
        .iter()
        .map(|w| {
            let digits =
                w.strip_prefix('-').filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
            digits.map_or_else(|| (*w).to_owned(), |digits| format!("-w{digits}"))
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let parsed = options::parse(&words, "bsw:", &[("bytes", 'b'), ("spaces", 's'), ("width", 'w')])?;
    let width: usize = parsed.value('w').map_or(Some(80), |w| w.parse().ok()).filter(|w| *w > 0)?;
    let text = call.exact(&parsed.operands)?;
    if !text.is_ascii() || text.contains(['\r', '\x08']) {
        return None;
    }
    // The column behind a letter.
    let behind = |column: usize, c: char| {
        if c == '\t' && !parsed.has('b') { column - column % 8 + 8 } else { column + 1 }
    };
    each_line(&text, |line| {
        let mut out = String::new();
        let mut row = String::new();
        let mut column = 0;
        for c in line.chars() {
            if behind(column, c) > width && !row.is_empty() {
                let blank = row.rfind([' ', '\t']).filter(|_| parsed.has('s')).map(|n| n + 1);
                let rest = row.split_off(blank.unwrap_or(row.len()));
                out.push_str(&row);
                out.push('\n');
                column = rest.chars().fold(0, behind);
                row = rest;
                // What was carried over may fill a row by itself.
                if behind(column, c) > width && !row.is_empty() {
                    out.push_str(&std::mem::take(&mut row));
                    out.push('\n');
                    column = 0;
                }
            }
            column = behind(column, c);
            row.push(c);
        }
        Some(out + &row)
    })
}

/// `expand` and `unexpand`: tabs and blanks.
pub(super) fn tabs(call: &Call) -> Option<String> {
    let parsed = options::parse(call.words, "it:a", &[("initial", 'i'), ("tabs", 't'), ("all", 'a')])?;
    let stop: usize =
        parsed.value('t').map_or(Some(8), |t| t.parse().ok()).filter(|t| (1..=64).contains(t))?;
    let text = call.exact(&parsed.operands)?;
    if !text.is_ascii() || text.contains('\x08') {
        return None;
    }
    if call.program == "expand" {
        return each_line(&text, |line| {
            let (mut out, mut initial) = (String::new(), true);
            let mut column = 0;
            for c in line.chars() {
                initial &= matches!(c, ' ' | '\t');
                if c == '\t' && (initial || !parsed.has('i')) {
                    let missing = stop - column % stop;
                    out.push_str(&" ".repeat(missing));
                    column += missing;
                } else {
                    out.push(c);
                    column += if c == '\t' { stop - column % stop } else { 1 };
                }
            }
            Some(out)
        });
    }
    // Only blanks at the start are turned, and only whole runs; anything else is left to the tool.
    if parsed.has('a') || parsed.has('t') || parsed.has('i') {
        return None;
    }
    each_line(&text, |line| {
        let blanks = line.find(|c| c != ' ').unwrap_or(line.len());
        if line[blanks..].starts_with('\t') {
            return None;
        }
        Some(format!("{}{}{}", "\t".repeat(blanks / 8), " ".repeat(blanks % 8), &line[blanks..]))
    })
}

/// `paste`: lines side by side, or one behind the other.
pub(super) fn paste(call: &Call) -> Option<String> {
    let parsed = options::parse(call.words, "sd:", &[("serial", 's'), ("delimiters", 'd')])?;
    let mut delimiters: Vec<String> = Vec::new();
    let mut letters = parsed.value('d').unwrap_or("\t").chars();
    while let Some(c) = letters.next() {
        delimiters.push(match c {
            '\\' => match letters.next()? {
                'n' => "\n".to_owned(),
                't' => "\t".to_owned(),
                '0' => String::new(),
                '\\' => "\\".to_owned(),
                _ => return None,
            },
            c => c.to_string(),
        });
    }
    if delimiters.is_empty() {
        delimiters.push(String::new());
    }
    let operands: &[&str] = if parsed.operands.is_empty() { &["-"] } else { &parsed.operands };
    let between = |n: usize| delimiters[n % delimiters.len()].as_str();
    let mut out = Out::default();
    if parsed.has('s') {
        for (at, path) in operands.iter().enumerate() {
            let text = if at > 0 && *path == "-" { String::new() } else { call.file(path)? };
            for (n, line) in lines(&text).enumerate() {
                out.push(if n > 0 { between(n - 1) } else { "" })?;
                out.push(line)?;
            }
            out.push("\n")?;
        }
        return Some(out.done());
    }
    let texts: Vec<String> = operands.iter().map(|path| call.file(path)).collect::<Option<_>>()?;
    // Every `-` takes the next line of the same input.
    let mut columns: Vec<std::collections::VecDeque<&str>> =
        texts.iter().map(|text| lines(text).collect()).collect();
    let shared = operands.iter().position(|path| *path == "-");
    loop {
        let mut row = String::new();
        let mut any = false;
        for (at, path) in operands.iter().enumerate() {
            let from = if *path == "-" { shared? } else { at };
            row.push_str(if at > 0 { between(at - 1) } else { "" });
            if let Some(line) = columns[from].pop_front() {
                any = true;
                row.push_str(line);
            }
        }
        if !any {
            return Some(out.done());
        }
        out.line(&row)?;
    }
}
