//! tr: characters for characters. GNU's knows bytes only.

use super::bytes;
use super::call::Call;
use super::options;

/// What `tr` prints.
pub(super) fn tr(call: &Call) -> Option<String> {
    // The first word that is no option ends them.
    let end = call.words.iter().position(|w| !w.starts_with('-') || *w == "-" || *w == "--");
    let (flags, sets) = call.words.split_at(end.unwrap_or(call.words.len()));
    let long = [("complement", 'c'), ("delete", 'd'), ("squeeze-repeats", 's'), ("truncate-set1", 't')];
    let parsed = options::parse(flags, "cCdst", &long)?;
    let sets = sets.strip_prefix(&["--"]).unwrap_or(sets);
    let complement = parsed.has('c') || parsed.has('C');
    let (delete, squeeze) = (parsed.has('d'), parsed.has('s'));
    let (first, second) = match sets {
        [first] => (*first, None),
        [first, second] => (*first, Some(*second)),
        _ => return None,
    };
    let lower_to_upper = first.contains("[:lower:]") && second.is_some_and(|s| s.contains("[:upper:]"));
    let upper_to_lower = first.contains("[:upper:]") && second.is_some_and(|s| s.contains("[:lower:]"));
    // A class in the second set is only allowed where cases are exchanged, or where it only says what to squeeze.
    if let Some(second) = second
        && second.contains("[:")
        && !lower_to_upper
        && !upper_to_lower
        && !delete
    {
        return None;
    }
    let mut from = set(first, None)?;
    if complement {
        from = (0..=255).filter(|byte| !from.contains(byte)).collect();
    }
    let to = match second {
        Some(second) => Some(set(second, Some(from.len()))?),
        None => None,
    };
    if !squeeze && delete == to.is_some() {
        return None;
    }
    // What each byte becomes.
    let mut map: Vec<Option<u8>> = (0..=255).map(Some).collect();
    if delete {
        from.iter().for_each(|byte| map[usize::from(*byte)] = None);
    } else if let Some(to) = &to {
        let last = *to.last()?;
        for (at, byte) in from.iter().enumerate() {
            match to.get(at) {
                Some(with) => map[usize::from(*byte)] = Some(*with),
                None if parsed.has('t') => {}
                None => map[usize::from(*byte)] = Some(last),
            }
        }
    }
    let mut squeezed = [false; 256];
    if squeeze {
        to.as_ref().unwrap_or(&from).iter().for_each(|byte| squeezed[usize::from(*byte)] = true);
    }
    let change = |text: &str| {
        let mut out: Vec<u8> = Vec::with_capacity(text.len());
        for byte in bytes::of_text(text).into_iter().filter_map(|byte| map[usize::from(byte)]) {
            if !(squeezed[usize::from(byte)] && out.last() == Some(&byte)) {
                out.push(byte);
            }
        }
        bytes::to_text(out)
    };
    // What is unknown stays so.
    let text = call.stdin()?;
    let mut out = String::new();
    for part in text.split_inclusive(|c| bytes::unknown_number(c).is_some()) {
        let known = part.trim_end_matches(|c| bytes::unknown_number(c).is_some());
        out.push_str(&change(known));
        out.push_str(&part[known.len()..]);
    }
    Some(out)
}

/// The bytes of a set, in order. `fill` is how long the set must become: `[x*]` stands for as many as are missing.
fn set(text: &str, fill: Option<usize>) -> Option<Vec<u8>> {
    let text = bytes::of_text(text);
    let mut out: Vec<u8> = Vec::new();
    let mut at = 0;
    let mut filled = None;
    while at < text.len() {
        if text[at..].starts_with(b"[:")
            && let Some(end) = text[at..].windows(2).position(|w| w == b":]")
        {
            out.extend(class(&text[at + 2..at + end])?);
            at += end + 2;
            continue;
        }
        if text[at..].starts_with(b"[=") {
            return None;
        }
        if text[at] == b'['
            && let Some(end) = text[at..].iter().position(|&b| b == b']')
            && let Some(star) = text[at..at + end].iter().position(|&b| b == b'*')
            && star > 1
        {
            let (letter, used) = unit(&text, at + 1)?;
            if used == at + star {
                let count = std::str::from_utf8(&text[at + star + 1..at + end]).ok()?;
                let radix = if count.starts_with('0') { 8 } else { 10 };
                match usize::from_str_radix(if count.is_empty() { "0" } else { count }, radix).ok()? {
                    0 if filled.is_none() && fill.is_some() => filled = Some((out.len(), letter)),
                    0 => return None,
                    count => out.extend(std::iter::repeat_n(letter, count.min(4096))),
                }
                at += end + 1;
                continue;
            }
        }
        let (low, next) = unit(&text, at)?;
        at = next;
        if text.get(at) == Some(&b'-') && at + 1 < text.len() {
            let (high, next) = unit(&text, at + 1)?;
            if low > high {
                return None;
            }
            out.extend(low..=high);
            at = next;
        } else {
            out.push(low);
        }
    }
    if let (Some((place, letter)), Some(fill)) = (filled, fill) {
        let missing = fill.saturating_sub(out.len());
        out.splice(place..place, std::iter::repeat_n(letter, missing));
    }
    Some(out)
}

/// One byte, perhaps escaped, and where the next begins.
fn unit(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let byte = *text.get(at)?;
    if byte != b'\\' {
        return Some((byte, at + 1));
    }
    let Some(escape) = text.get(at + 1) else { return Some((b'\\', at + 1)) };
    let simple = match escape {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'0'..=b'7' => {
            let digits = text[at + 1..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7'));
            let (value, count) = digits.fold((0u32, 0), |(v, n), b| (v * 8 + u32::from(b - b'0'), n + 1));
            return Some((u8::try_from(value).ok()?, at + 1 + count));
        }
        other => *other,
    };
    Some((simple, at + 2))
}

fn class(name: &[u8]) -> Option<Vec<u8>> {
    let is: fn(&u8) -> bool = match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |b| matches!(b, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |b| matches!(b, 0x20..0x7f),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |b| matches!(b, 9..=13 | b' '),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    };
    Some((0..=255).filter(is).collect())
}
