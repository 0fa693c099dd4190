//! Tools that work on lines and characters: rev, tr, cut, head, tail, sed, awk, sort and kin.

/// The output of a line tool. `input` reads the files named, or standard input where none is.
pub(super) fn run(
    program: &str,
    words: &[&str],
    input: impl Fn(&[&str]) -> Option<String>,
) -> Option<String> {
    match program {
        "rev" => each_line(&input(words)?, |line| line.chars().rev().collect()),
        "tac" => {
            let text = input(words)?;
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            lines.reverse();
            Some(lines.concat())
        }
        "sort" if words.is_empty() || words == ["-u"] || words == ["-r"] => {
            let text = input(&[])?;
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            match words {
                ["-u"] => lines.dedup(),
                ["-r"] => lines.reverse(),
                _ => {}
            }
            Some(lines.iter().map(|line| format!("{line}\n")).collect())
        }
        "uniq" if words.is_empty() => {
            let text = input(&[])?;
            let mut lines: Vec<&str> = text.lines().collect();
            lines.dedup();
            Some(lines.iter().map(|line| format!("{line}\n")).collect())
        }
        "paste" if words.first().is_some_and(|w| w.starts_with("-s")) => {
            let words: Vec<&str> = words.iter().copied().filter(|w| *w != "-").collect();
            let delimiter = match words.as_slice() {
                ["-s"] => "\t",
                ["-s", "-d", delimiter] | ["-sd", delimiter] => delimiter,
                [joined] => joined.strip_prefix("-sd")?,
                ["-s", joined] => joined.strip_prefix("-d")?,
                _ => return None,
            };
            Some(input(&[])?.lines().collect::<Vec<_>>().join(delimiter) + "\n")
        }
        "grep" => grep(words, input),
        "tr" => translate(words, &input(&[])?),
        "cut" => cut(words, input),
        "head" | "tail" => ends(program == "head", words, input),
        "sed" => sed(words, input),
        "awk" | "gawk" | "mawk" => awk(words, input),
        _ => None,
    }
}

fn each_line(text: &str, change: impl Fn(&str) -> String) -> Option<String> {
    Some(
        text.split_inclusive('\n')
            .map(|line| match line.strip_suffix('\n') {
                Some(line) => change(line) + "\n",
                None => change(line),
            })
            .collect(),
    )
}

/// `grep` and `grep -v` with a pattern that is plain text, perhaps anchored.
fn grep(words: &[&str], input: impl Fn(&[&str]) -> Option<String>) -> Option<String> {
    let (invert, words) = match words {
        ["-v", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (pattern, files) = words.split_first()?;
    let (start, end) = (pattern.starts_with('^'), pattern.ends_with('$'));
    let plain = pattern.trim_start_matches('^').trim_end_matches('$');
    if plain.starts_with('-') || plain.contains(['.', '*', '[', ']', '\\', '^', '$']) {
        return None;
    }
    let matches = |line: &str| match (start, end) {
        (true, true) => line == plain,
        (true, false) => line.starts_with(plain),
        (false, true) => line.ends_with(plain),
        (false, false) => line.contains(plain),
    };
    let text = input(files)?;
    Some(text.lines().filter(|line| matches(line) != invert).map(|line| format!("{line}\n")).collect())
}

fn translate(words: &[&str], text: &str) -> Option<String> {
    match words {
        ["-d", set] => {
            let set = character_set(set)?;
            Some(text.chars().filter(|c| !set.contains(c)).collect())
        }
        ["-s", set] => {
            let set = character_set(set)?;
            let mut out = String::new();
            for c in text.chars() {
                if !(set.contains(&c) && out.ends_with(c)) {
                    out.push(c);
                }
            }
            Some(out)
        }
        [from, to] if !from.starts_with('-') || from.len() == 1 => {
            let (from, to) = (character_set(from)?, character_set(to)?);
            let last = *to.last()?;
            Some(
                text.chars()
                    .map(|c| match from.iter().rposition(|&f| f == c) {
                        Some(i) => to.get(i).copied().unwrap_or(last),
                        None => c,
                    })
                    .collect(),
            )
        }
        _ => None,
    }
}

fn character_set(set: &str) -> Option<Vec<char>> {
    let set = set
        .replace("[:lower:]", "a-z")
        .replace("[:upper:]", "A-Z")
        .replace("[:digit:]", "0-9")
        .replace("[:space:]", " \t\n\r\x0b\x0c")
        .replace("[:alpha:]", "A-Za-z");
    let decoded: Vec<char> = crate::shell::escape::printf(&set).chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while i < decoded.len() {
        if i + 2 < decoded.len() && decoded[i + 1] == '-' {
            let (low, high) = (decoded[i], decoded[i + 2]);
            if low > high || (high as u32 - low as u32) > 1_024 {
                return None;
            }
            out.extend(low..=high);
            i += 3;
        } else {
            out.push(decoded[i]);
            i += 1;
        }
    }
    Some(out)
}

fn cut(words: &[&str], input: impl Fn(&[&str]) -> Option<String>) -> Option<String> {
    let (mut delimiter, mut list, mut characters) = ('\t', None, false);
    let mut files = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let (option, attached) = word.split_at_checked(word.len().min(2)).unwrap_or((word, ""));
        let mut value = || if attached.is_empty() { rest.next().copied() } else { Some(attached) };
        match option {
            "-d" => delimiter = value()?.chars().next()?,
            "-f" => list = Some(value()?),
            "-c" | "-b" => {
                list = Some(value()?);
                characters = true;
            }
            "-s" => {}
            _ if option.starts_with('-') => return None,
            _ => files.push(*word),
        }
    }
    let mut ranges = Vec::new();
    for range in list?.split(',') {
        let (low, high) = range.split_once('-').unwrap_or((range, range));
        let low: usize = if low.is_empty() { 1 } else { low.parse().ok()? };
        let high: usize = if high.is_empty() { usize::MAX } else { high.parse().ok()? };
        ranges.push(low..=high);
    }
    let kept = |n: usize| ranges.iter().any(|range| range.contains(&(n + 1)));
    each_line(&input(&files)?, |line| {
        if characters {
            return line.chars().enumerate().filter(|(n, _)| kept(*n)).map(|(_, c)| c).collect();
        }
        if !line.contains(delimiter) {
            return line.to_owned();
        }
        let fields: Vec<&str> =
            line.split(delimiter).enumerate().filter(|(n, _)| kept(*n)).map(|(_, f)| f).collect();
        fields.join(&delimiter.to_string())
    })
}

fn ends(head: bool, words: &[&str], input: impl Fn(&[&str]) -> Option<String>) -> Option<String> {
    let (mut count, mut bytes) = ("10", false);
    let mut files = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-n" => count = rest.next()?,
            "-c" => {
                count = rest.next()?;
                bytes = true;
            }
            option if option.starts_with("-n") => count = &option[2..],
            option if option.starts_with("-c") => {
                count = &option[2..];
                bytes = true;
            }
            option if option.len() > 1 && option.starts_with('-') => count = &option[1..],
            path => files.push(path),
        }
    }
    let text = input(&files)?;
    let from_start = !head && count.starts_with('+');
    let but_last = head && count.starts_with('-');
    let count: usize = count.trim_start_matches(['+', '-']).parse().ok()?;
    let units: Vec<&str> = if bytes {
        text.char_indices().map(|(i, c)| &text[i..i + c.len_utf8()]).collect()
    } else {
        text.split_inclusive('\n').collect()
    };
    let split = match (head, from_start, but_last) {
        (true, _, true) => units.len().saturating_sub(count),
        (true, _, false) => count.min(units.len()),
        (false, true, _) => count.saturating_sub(1).min(units.len()),
        (false, false, _) => units.len().saturating_sub(count),
    };
    Some(if head { units[..split].concat() } else { units[split..].concat() })
}

/// `sed` with `s` and `y` commands.
fn sed(words: &[&str], input: impl Fn(&[&str]) -> Option<String>) -> Option<String> {
    let mut extended = false;
    let mut scripts = Vec::new();
    let mut files = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-e" | "--expression" => scripts.push(*rest.next()?),
            "-E" | "-r" => extended = true,
            option if option.starts_with('-') => return None,
            script if scripts.is_empty() => scripts.push(script),
            path => files.push(path),
        }
    }
    let mut text = input(&files)?;
    for command in scripts.iter().flat_map(|script| script.split(['\n', ';'])).map(str::trim) {
        if command.is_empty() {
            continue;
        }
        let kind = command.chars().next()?;
        let separator = command[kind.len_utf8()..].chars().next()?;
        let parts = unescaped_parts(&command[kind.len_utf8() + separator.len_utf8()..], separator);
        let [from, to, flags] = parts.as_slice() else { return None };
        let flags = flags.as_str();
        match (kind, flags) {
            ('s', "" | "g") => {
                let pattern = regex::Regex::new(&rust_pattern(from, extended)?).ok()?;
                let with = to.replace('$', "$$").replace('&', "${0}").replace("\\/", "/");
                if with.contains('\\') {
                    return None;
                }
                text = each_line(&text, |line| match flags {
                    "g" => pattern.replace_all(line, with.as_str()).into_owned(),
                    _ => pattern.replace(line, with.as_str()).into_owned(),
                })?;
            }
            ('y', "") => {
                let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
                if from.len() != to.len() {
                    return None;
                }
                text = text.chars().map(|c| from.iter().position(|&f| f == c).map_or(c, |i| to[i])).collect();
            }
            _ => return None,
        }
    }
    Some(text)
}

/// The parts of `s/…/…/…`, at separators that no backslash quotes.
fn unescaped_parts(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let last = parts.len() - 1;
        if c == '\\' && chars.peek() == Some(&separator) {
            parts[last].extend(chars.next());
        } else if c == '\\' {
            parts[last].push(c);
            parts[last].extend(chars.next());
        } else if c == separator {
            parts.push(String::new());
        } else {
            parts[last].push(c);
        }
    }
    parts
}

/// A basic regular expression in the syntax of the regex crate; extended ones are near enough as they are.
fn rust_pattern(pattern: &str, extended: bool) -> Option<String> {
    if pattern.len() > 200 {
        return None;
    }
    if extended {
        return Some(pattern.to_owned());
    }
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '+' | '?' | '(' | ')' | '{' | '}' | '|' => {
                out.push('\\');
                out.push(c);
            }
            '\\' => match chars.next()? {
                c @ ('+' | '?' | '(' | ')' | '{' | '}' | '|') => out.push(c),
                c => {
                    out.push('\\');
                    out.push(c);
                }
            },
            c => out.push(c),
        }
    }
    Some(out)
}

/// `awk '{print $n}'`, with `-F`.
fn awk(words: &[&str], input: impl Fn(&[&str]) -> Option<String>) -> Option<String> {
    let (mut separator, mut program) = (None, None);
    let mut files = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-F" => separator = rest.next()?.chars().next(),
            option if option.starts_with("-F") => separator = option[2..].chars().next(),
            option if option.starts_with('-') => return None,
            text if program.is_none() => program = Some(text),
            path => files.push(path),
        }
    }
    let body = program?.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let field = body.strip_prefix("print")?.trim();
    let which: Vec<&str> =
        if field.is_empty() { vec!["$0"] } else { field.split(',').map(str::trim).collect() };
    let mut columns = Vec::new();
    for field in which {
        match field.strip_prefix('$')? {
            "NF" => columns.push(usize::MAX),
            number => columns.push(number.parse().ok()?),
        }
    }
    let mut out = String::new();
    for line in input(&files)?.lines() {
        let fields: Vec<&str> = match separator {
            Some(separator) => line.split(separator).collect(),
            None => line.split_whitespace().collect(),
        };
        let printed: Vec<&str> = columns
            .iter()
            .map(|&n| match n {
                0 => line,
                usize::MAX => fields.last().copied().unwrap_or(""),
                n => fields.get(n - 1).copied().unwrap_or(""),
            })
            .collect();
        out.push_str(&printed.join(" "));
        out.push('\n');
    }
    Some(out)
}
