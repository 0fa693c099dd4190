//! Tools that pick parts of their input: head, tail, cut, grep, strings.

use super::bytes;
use super::call::{Call, Out, STEP, each_line, lines};
use super::options;
use super::regex::{self, Style};

/// `head` and `tail`.
pub(super) fn ends(call: &Call) -> Option<String> {
    let head = call.program == "head";
    // `-5`, `-5c`, and of tail `+5`: an old spelling of the first word.
    let mut words: Vec<&str> = call.words.to_vec();
    let mut old = String::new();
    let sign = |word: &str| word.starts_with('-') || (!head && word.starts_with('+'));
    if let Some(first) = words.first()
        && sign(first)
        && first[1..].starts_with(|c: char| c.is_ascii_digit())
    {
        let digits = first[1..].find(|c: char| !c.is_ascii_digit()).map_or(first.len(), |n| n + 1);
        let unit = match &first[digits..] {
            "" | "l" => 'n',
            "c" => 'c',
            _ => return None,
        };
        let plus = if first.starts_with('+') { "+" } else { "" };
        old = format!("-{unit}{plus}{}", &first[1..digits]);
        words.remove(0);
    }
    if !old.is_empty() {
        words.insert(0, &old);
    }
    let long = [("lines", 'n'), ("bytes", 'c'), ("quiet", 'q'), ("silent", 'q'), ("verbose", 'v')];
    let parsed = options::parse(&words, "n:c:qv", &long)?;
    let last = parsed.options.iter().rev().find(|(o, _)| matches!(o, 'n' | 'c'));
    let (unit, count) = last.copied().unwrap_or(('n', "10"));
    let labelled = parsed.has('v') || parsed.operands.len() > 1 && !parsed.has('q');
    let paths: &[&str] = if parsed.operands.is_empty() { &["-"] } else { &parsed.operands };
    let mut out = Out::default();
    for (at, path) in paths.iter().enumerate() {
        if labelled {
            let name = if *path == "-" { "standard input" } else { path };
            out.push(&format!("{}==> {name} <==\n", if at > 0 { "\n" } else { "" }))?;
        }
        let text = call.file(path)?;
        out.push(&end_of(&text, head, unit == 'c', count)?)?;
    }
    Some(out.done())
}

fn end_of(text: &str, head: bool, as_bytes: bool, count: &str) -> Option<String> {
    let from_start = !head && count.starts_with('+');
    let but_last = head && count.starts_with('-');
    let digits = count.strip_prefix(['+', '-']).unwrap_or(count);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count: usize = digits.parse().ok()?;
    let split = |units: usize| match (head, from_start, but_last) {
        (true, _, true) => units.saturating_sub(count),
        (true, _, false) => count.min(units),
        (false, true, _) => count.saturating_sub(1).min(units),
        (false, false, _) => units.saturating_sub(count),
    };
    if as_bytes {
        // An unknown part has a length that nobody knows; what lies before it has not.
        let known = text.char_indices().find(|(_, c)| bytes::unknown_number(*c).is_some()).map(|(i, _)| i);
        let all = bytes::of_text(&text[..known.unwrap_or(text.len())]);
        if known.is_some() && !(head && !but_last && count <= all.len()) {
            return None;
        }
        let at = split(all.len());
        return Some(bytes::to_text(if head { all[..at].to_vec() } else { all[at..].to_vec() }));
    }
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    let at = split(all.len());
    Some(if head { all[..at].concat() } else { all[at..].concat() })
}

/// `cut`.
pub(super) fn cut(call: &Call) -> Option<String> {
    let long = [
        ("bytes", 'b'),
        ("characters", 'c'),
        ("fields", 'f'),
        ("delimiter", 'd'),
        ("only-delimited", 's'),
        ("complement", '①'),
        ("output-delimiter", '②'),
    ];
    let parsed = options::parse(call.words, "b:c:f:d:sn①②:", &long)?;
    let list = parsed.value('f').or(parsed.value('b')).or(parsed.value('c'))?;
    let fields = parsed.has('f');
    if fields && (parsed.has('b') || parsed.has('c')) {
        return None;
    }
    let mut ranges = Vec::new();
    for range in list.split([',', ' ']) {
        let (low, high) = range.split_once('-').unwrap_or((range, range));
        let low: usize = if low.is_empty() { 1 } else { low.parse().ok()? };
        let high: usize = if high.is_empty() { usize::MAX } else { high.parse().ok()? };
        if low == 0 || low > high || range == "-" {
            return None;
        }
        ranges.push(low..=high);
    }
    let kept = |n: usize| ranges.iter().any(|range| range.contains(&(n + 1))) != parsed.has('①');
    let text = call.files(&parsed.operands)?;
    let mut out = Out::default();
    for line in lines(&text) {
        if !fields {
            // What is known before the first unknown part may still be counted.
            if bytes::has_unknown(line) || parsed.has('②') {
                return None;
            }
            // busybox and BSD count characters where GNU counts bytes.
            if parsed.has('c') && !line.is_ascii() {
                return None;
            }
            let all = bytes::of_text(line);
            let picked = all.iter().enumerate().filter(|(n, _)| kept(*n)).map(|(_, b)| *b).collect();
            out.line(&bytes::to_text(picked))?;
            continue;
        }
        let delimiter = parsed.value('d').unwrap_or("\t");
        let mut letters = delimiter.chars();
        let letter = letters.next().unwrap_or('\0');
        if letters.next().is_some() || !letter.is_ascii() {
            return None;
        }
        if !line.contains(letter) {
            if !parsed.has('s') {
                out.line(line)?;
            }
            continue;
        }
        let between = parsed.value('②').map_or_else(|| letter.to_string(), str::to_owned);
        let picked = line.split(letter).enumerate().filter(|(n, _)| kept(*n)).map(|(_, f)| f);
        out.line(&picked.collect::<Vec<_>>().join(&between))?;
    }
    Some(out.done())
}

/// `grep`, where it prints lines or the matching parts of them.
pub(super) fn grep(call: &Call) -> Option<String> {
    let long = [
        ("extended-regexp", 'E'),
        ("fixed-strings", 'F'),
        ("basic-regexp", 'G'),
        ("perl-regexp", 'P'),
        ("ignore-case", 'i'),
        ("invert-match", 'v'),
        ("regexp", 'e'),
        ("word-regexp", 'w'),
        ("line-regexp", 'x'),
        ("count", 'c'),
        ("only-matching", 'o'),
        ("max-count", 'm'),
        ("line-number", 'n'),
        ("no-filename", 'h'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("no-messages", 's'),
        ("text", 'a'),
        ("line-buffered", 'u'),
    ];
    let parsed = options::parse(call.words, "EFGPivwxconhqsyaue:m:", &long)?;
    let mut operands = parsed.operands.clone();
    let mut patterns: Vec<&str> = parsed.options.iter().filter(|(o, _)| *o == 'e').map(|(_, v)| *v).collect();
    if patterns.is_empty() {
        patterns.push(if operands.is_empty() { return None } else { operands.remove(0) });
    }
    if parsed.has('q') {
        return Some(String::new());
    }
    // Each file's name stands before its lines.
    if operands.len() > 1 && !parsed.has('h') {
        return None;
    }
    let text = call.files(&operands)?;
    let (only, invert) = (parsed.has('o'), parsed.has('v'));
    let fixed = parsed.has('F') || call.program == "fgrep";
    let extended = parsed.has('E') || call.program == "egrep";
    let mut expressions = Vec::new();
    for pattern in patterns.iter().flat_map(|pattern| pattern.split('\n')) {
        let style = Style {
            extended,
            ignore_case: parsed.has('i') || parsed.has('y'),
            test_only: !only,
            ..Style::default()
        };
        expressions.push(if fixed {
            regex::compile(&plain(pattern), Style { extended: false, ..style })?
        } else if parsed.has('P') {
            perl(pattern, style.ignore_case)?
        } else {
            regex::compile(pattern, style)?
        });
    }
    if only && expressions.len() > 1 {
        return None;
    }
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let fits = |line: &str, from: usize, to: usize| {
        (!parsed.has('x') || (from == 0 && to == line.len()))
            && (!parsed.has('w') || !(line[..from].ends_with(word) || line[to..].starts_with(word)))
    };
    if (parsed.has('x') || parsed.has('w')) && patterns.iter().any(|p| p.contains(['*', '?', '+', '{', '|']))
    {
        return None;
    }
    let most = parsed.value('m').map_or(Some(usize::MAX), |m| m.parse().ok())?;
    let mut out = Out::default();
    let mut count = 0;
    for (number, line) in lines(&text).enumerate() {
        call.spend(STEP)?;
        if count >= most {
            break;
        }
        let found = expressions.iter().any(|re| re.find_iter(line).any(|m| fits(line, m.start(), m.end())));
        if found == invert {
            continue;
        }
        count += 1;
        let label = if parsed.has('n') { format!("{}:", number + 1) } else { String::new() };
        if parsed.has('c') || only && invert {
            continue;
        }
        if only {
            for found in
                expressions[0].find_iter(line).filter(|m| !m.is_empty() && fits(line, m.start(), m.end()))
            {
                out.line(&format!("{label}{}", found.as_str()))?;
            }
        } else {
            out.line(&format!("{label}{line}"))?;
        }
    }
    if parsed.has('c') {
        out.line(&count.to_string())?;
    }
    Some(out.done())
}

/// A plain text as a basic regular expression.
fn plain(text: &str) -> String {
    text.chars().flat_map(|c| ['\\', c].into_iter().skip(usize::from(!"\\.*[]^$".contains(c)))).collect()
}

/// A Perl pattern; the crate's syntax is Perl's, without what looks around or back.
pub(super) fn perl(pattern: &str, ignore_case: bool) -> Option<::regex::Regex> {
    if pattern.len() > 400 || pattern.contains("\\K") || pattern.contains("\\Q") || pattern.contains("[[:") {
        return None;
    }
    // Without its tables for case the crate folds no Unicode; ASCII will do.
    let text = if ignore_case { format!("(?i-u:{pattern})") } else { pattern.to_owned() };
    ::regex::RegexBuilder::new(&text).size_limit(1 << 18).build().ok()
}

/// `strings`: runs of at least four printable characters.
pub(super) fn strings(call: &Call) -> Option<String> {
    let parsed = options::parse(call.words, "an:", &[("all", 'a'), ("bytes", 'n')])?;
    let least: usize = parsed.value('n').map_or(Some(4), |n| n.parse().ok())?;
    let mut out = Out::default();
    let all = call.bytes(&parsed.operands)?;
    for run in all.split(|b| !matches!(b, b'\t' | 0x20..0x7f)).filter(|run| run.len() >= least) {
        out.line(&bytes::to_text(run.to_vec()))?;
    }
    Some(out.done())
}

/// `colrm`: columns taken out of every line.
pub(super) fn column_remove(call: &Call) -> Option<String> {
    let numbers: Vec<usize> = call.words.iter().map(|w| w.parse().ok()).collect::<Option<_>>()?;
    let (first, last) = match numbers.as_slice() {
        [first] => (*first, usize::MAX),
        [first, last] => (*first, *last),
        _ => return None,
    };
    each_line(&call.exact(&[])?, |line| {
        if !line.is_ascii() || line.contains(['\t', '\x08']) {
            return None;
        }
        Some(
            line.chars()
                .enumerate()
                .filter(|(n, _)| !(first..=last).contains(&(n + 1)))
                .map(|(_, c)| c)
                .collect(),
        )
    })
}
