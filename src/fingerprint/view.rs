//! A text as what reads it would have it: with the escapes of JSON, URLs, markup and shells undone, with its base64 and its
//! hexadecimal decoded.
//!
//! A value is looked for in each view, so that one fingerprint of it serves for all its spellings. Each byte of a view knows
//! which bytes of the text it came from; those are what is masked.

use std::ops::Range;

/// Ends a piece of a view that what follows does not continue. No text has this byte (RFC 3629, section 3).
const BREAK: u8 = 0xff;
/// The least digits that a value has in base64, and in hexadecimal.
const LEAST_BASE64: usize = 14;
const LEAST_HEX: usize = 20;
/// Digits from which on a line goes on in the next: `xxd -p` breaks after 60, PEM after 64, `base64` after 76.
const LONG_LINE: usize = 60;

/// A text in one reading.
pub(super) struct View {
    /// What is read.
    pub(super) bytes: Vec<u8>,
    /// From where in the text to where each byte comes; None where each is itself.
    from: Option<Vec<(u32, u32)>>,
}

impl View {
    /// The text as it stands there.
    fn plain(text: &str) -> View {
        View { bytes: text.as_bytes().to_vec(), from: None }
    }

    fn empty() -> View {
        View { bytes: Vec::new(), from: Some(Vec::new()) }
    }

    /// Where in the text these bytes came from.
    pub(super) fn range(&self, bytes: Range<usize>) -> Range<usize> {
        match &self.from {
            Some(from) => from[bytes.start].0 as usize..from[bytes.end - 1].1 as usize,
            None => bytes,
        }
    }

    /// Adds a byte that came from these bytes of another view.
    fn put(&mut self, byte: u8, source: &View, range: Range<usize>) {
        let range = source.range(range);
        self.bytes.push(byte);
        if let Some(from) = &mut self.from {
            // An event, and so a text, has at most four MiB.
            from.push((range.start as u32, range.end as u32));
        }
    }
}

/// Shows every view of a text, one after the other.
pub(super) fn each(text: &str, mut show: impl FnMut(&View)) {
    let plain = View::plain(text);
    show(&plain);
    let unescaped = undo(&plain, b"\\", backslash);
    // JSON inside of JSON.
    let twice = unescaped.as_ref().and_then(|view| undo(view, b"\\", backslash));
    let decoded_url = undo(&plain, b"%", percent);
    let form =
        undo(&plain, b"%+", |rest| percent(rest).or_else(|| rest.starts_with(b"+").then(|| (1, vec![b' ']))));
    let others = [twice, form, undo(&plain, b"&", entity), undo(&plain, b"'\"", quotes)];
    for view in [Some(&plain), unescaped.as_ref(), decoded_url.as_ref()].into_iter().flatten() {
        if view.from.is_some() {
            show(view);
        }
        digits(view, LEAST_BASE64, base64_digit).iter().for_each(|run| show(&decoded(view, run, 6)));
        digits(view, LEAST_HEX, hex_digit).iter().for_each(|run| show(&decoded(view, run, 4)));
    }
    others.iter().flatten().for_each(show);
}

/// What stands for something else at the beginning of a text: how long it is, and what it stands for.
type Escape = Option<(usize, Vec<u8>)>;

/// A view with escapes undone, which begin with one of these bytes. None where there are none.
fn undo(view: &View, begin: &[u8], escape: impl Fn(&[u8]) -> Escape) -> Option<View> {
    view.bytes.iter().position(|byte| begin.contains(byte))?;
    let (mut out, mut at, mut undone) = (View::empty(), 0, false);
    while let Some(&byte) = view.bytes.get(at) {
        let found = if begin.contains(&byte) { escape(&view.bytes[at..]) } else { None };
        let (length, bytes) = match &found {
            Some((length, bytes)) => (*length, bytes.as_slice()),
            None => (1, std::slice::from_ref(&byte)),
        };
        undone |= found.is_some();
        bytes.iter().for_each(|byte| out.put(*byte, view, at..at + length));
        at += length;
    }
    undone.then_some(out)
}

/// A backslash, as in JSON (RFC 8259, section 7), in C and its children, and in shells.
fn backslash(rest: &[u8]) -> Escape {
    let one = |byte: u8| Some((2, vec![byte]));
    match *rest.get(1)? {
        b'n' => one(b'\n'),
        b't' => one(b'\t'),
        b'r' => one(b'\r'),
        b'b' => one(8),
        b'f' => one(12),
        b'x' => number(&rest[2..], 2, 16).map(|byte| (4, vec![byte as u8])).or_else(|| one(b'x')),
        b'u' if rest.get(2) == Some(&b'{') => {
            let length = rest[3..].iter().take(7).position(|byte| *byte == b'}')?;
            let code = number(&rest[3..], length, 16)?;
            Some((4 + length, utf8(code)?))
        }
        b'u' => unit(rest).or_else(|| one(b'u')),
        b'U' => number(&rest[2..], 8, 16).and_then(|code| Some((10, utf8(code)?))).or_else(|| one(b'U')),
        b'0'..=b'7' => {
            let length = rest[1..].iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            Some((1 + length, vec![number(&rest[1..], length, 8)? as u8]))
        }
        other => one(other),
    }
}

/// `\u00e9`, or the two of them that make one character.
fn unit(rest: &[u8]) -> Escape {
    let high = number(&rest[2..], 4, 16)?;
    if let Some(bytes) = utf8(high) {
        return Some((6, bytes));
    }
    let low = number(rest[6..].strip_prefix(b"\\u")?, 4, 16)?;
    let mut chars = char::decode_utf16([u16::try_from(high).ok()?, u16::try_from(low).ok()?]);
    Some((12, utf8(chars.next()?.ok()?.into())?))
}

/// `%2F` (RFC 3986, section 2.1).
fn percent(rest: &[u8]) -> Escape {
    let byte = number(rest.strip_prefix(b"%")?, 2, 16)?;
    Some((3, vec![byte as u8]))
}

/// A character reference (HTML Standard, "Character references"), of those that encoders write.
fn entity(rest: &[u8]) -> Escape {
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let name = &rest[1..end];
    let bytes = match name {
        b"amp" => vec![b'&'],
        b"lt" => vec![b'<'],
        b"gt" => vec![b'>'],
        b"quot" => vec![b'"'],
        b"apos" => vec![b'\''],
        [b'#', b'x' | b'X', digits @ ..] => utf8(number(digits, digits.len(), 16)?)?,
        [b'#', digits @ ..] => utf8(number(digits, digits.len(), 10)?)?,
        _ => return None,
    };
    Some((end + 1, bytes))
}

/// A quote inside of quotes: as shells have it, and doubled, as CSV and SQL have it.
fn quotes(rest: &[u8]) -> Escape {
    let spellings: [(&[u8], u8); 4] =
        [(b"'\\''", b'\''), (b"'\"'\"'", b'\''), (b"''", b'\''), (b"\"\"", b'"')];
    let (spelling, quote) = spellings.iter().find(|(spelling, _)| rest.starts_with(spelling))?;
    Some((spelling.len(), vec![*quote]))
}

/// The number that so many digits at the beginning make.
fn number(text: &[u8], length: usize, base: u32) -> Option<u32> {
    let digits = std::str::from_utf8(text.get(..length)?).ok()?;
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    u32::from_str_radix(digits, base).ok()
}

fn utf8(code: u32) -> Option<Vec<u8>> {
    Some(char::from_u32(code)?.to_string().into_bytes())
}

/// Where a digit stands, and what it is worth.
type Digit = (usize, u8);

/// The runs of digits that are long enough to hold a value, over line ends where lines are long.
fn digits(view: &View, least: usize, worth: impl Fn(u8) -> Option<u8>) -> Vec<Vec<Digit>> {
    let bytes = &view.bytes;
    let (mut runs, mut run, mut line) = (Vec::new(), Vec::new(), 0);
    let mut at = 0;
    while at < bytes.len() {
        if let Some(worth) = worth(bytes[at]) {
            run.push((at, worth));
            (line, at) = (line + 1, at + 1);
            continue;
        }
        let end = if bytes[at..].starts_with(b"\r\n") { 2 } else { 1 };
        let goes_on = matches!(bytes[at], b'\r' | b'\n') && line >= LONG_LINE;
        if !goes_on && run.len() >= least {
            runs.push(std::mem::take(&mut run));
        }
        if !goes_on {
            run.clear();
        }
        (line, at) = (0, at + end);
    }
    if run.len() >= least {
        runs.push(run);
    }
    runs
}

/// The bytes of a run of digits of so many bits, from each digit on with which they may begin.
fn decoded(view: &View, run: &[Digit], bits: usize) -> View {
    let mut out = View::empty();
    // A byte begins every eight bits: in base64 in three of four digits, in hexadecimal in every second.
    let period = if bits == 6 { 4 } else { 2 };
    for begin in 0..period.min(run.len()) {
        let run = &run[begin..];
        let bytes = run.len() * bits / 8;
        for byte in 0..bytes {
            let (first, last) = (byte * 8 / bits, (byte * 8 + 7) / bits);
            let worth =
                run[first..=last].iter().fold(0_u32, |sum, (_, worth)| sum << bits | u32::from(*worth));
            let beyond = (last + 1) * bits - (byte + 1) * 8;
            out.put((worth >> beyond) as u8, view, run[first].0..run[last].0 + 1);
        }
        if bytes > 0 {
            out.put(BREAK, view, run[0].0..run[0].0 + 1);
        }
    }
    out
}

/// Both alphabets (RFC 4648, sections 4 and 5).
fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}
