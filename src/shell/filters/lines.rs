//! Tools that work on lines and characters: rev, tr, cut, head, tail, sed, awk, sort and kin.

/// The output of a line tool. `input` reads the files named, or standard input where none is.
pub(super) fn run(program: &str, words: &[&str], input: impl Fn(&[&str]) -> Option<String>) -> Option<String> {
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
            let joined = words.join("");
            let delimiter = joined.strip_prefix("-sd").or_else(|| joined.strip_prefix("-s-d")).unwrap_or("\t");
            let delimiter = delimiter.trim_end_matches('-');
            Some(input(&[])?.lines().collect::<Vec<_>>().join(delimiter) + "\n")
        }
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
        let (option, attached) = word.split_at(word.len().min(2));
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
        let fields: Vec<&str> = line.split(delimiter).enumerate().filter(|(n, _)| kept(*n)).map(|(_, f)| f).collect();
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

/// `sed` with `s` commands whose pattern is plain text or anchored, and `y`.
fn sed(words: &[&str], input: impl Fn(&[&str]) -> Option<String>) -> Option<String> {
    let mut scripts = Vec::new();
    let mut files = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-e" | "--expression" => scripts.push(*rest.next()?),
            "-E" | "-r" => {}
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
        let mut parts = command[kind.len_utf8() + separator.len_utf8()..].split(separator);
        let (from, to, flags) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        match (kind, flags) {
            ('s', "" | "g") => {
                let literal = from.trim_start_matches('^').trim_end_matches('$');
                let plain = |s: &str| !s.contains(['.', '*', '[', ']', '\\', '^', '$', '+', '?', '(', ')', '{', '|']);
                if !plain(literal) || to.contains(['&', '\\']) {
                    return None;
                }
                let (start, end) = (from.starts_with('^'), from.ends_with('$'));
                text = each_line(&text, |line| match (start, end) {
                    (true, true) if line == literal => to.to_owned(),
                    (true, false) => line.strip_prefix(literal).map_or(line.to_owned(), |rest| format!("{to}{rest}")),
                    (false, true) => line.strip_suffix(literal).map_or(line.to_owned(), |rest| format!("{rest}{to}")),
                    (false, false) if flags == "g" => line.replace(literal, to),
                    (false, false) => line.replacen(literal, to, 1),
                    _ => line.to_owned(),
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
    let which: Vec<&str> = if field.is_empty() { vec!["$0"] } else { field.split(',').map(str::trim).collect() };
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
