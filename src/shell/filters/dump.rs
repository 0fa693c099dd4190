//! Dumps of bytes, made and undone: xxd, od, hexdump.

use super::bytes;
use super::call::{Call, Out};
use super::options;

/// `xxd`, both ways. It reads options in a way of its own: only their first letters count.
pub(super) fn xxd(call: &Call) -> Option<String> {
    let (mut reverse, mut plain, mut upper) = (false, false, false);
    let (mut columns, mut group, mut length, mut skip) = (None, None, None, 0usize);
    let mut files = Vec::new();
    let mut words = call.words.iter();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
            files.push(*word);
            continue;
        };
        let option = option.strip_prefix('-').unwrap_or(option);
        let mut number = |letter: usize| -> Option<usize> {
            let attached = option.get(letter..).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            attached.map_or_else(|| words.next().copied(), Some)?.parse().ok()
        };
        match option.as_bytes()[0] {
            b'r' => reverse = true,
            b'p' => plain = true,
            b'u' => upper = true,
            b'c' => columns = Some(number(1)?),
            b'g' => group = Some(number(1)?),
            b'l' => length = Some(number(1)?),
            b's' => skip = number(1)?,
            _ => return None,
        }
    }
    if files.len() > 1 {
        return None;
    }
    if reverse {
        let text = call.exact(&files)?;
        let bytes = if plain { plain_bytes(&text) } else { dumped_bytes(&text)? };
        return Some(bytes::to_text(bytes));
    }
    let all = call.bytes(&files)?;
    let all = all.get(skip..).unwrap_or_default();
    let all = &all[..length.unwrap_or(all.len()).min(all.len())];
    let digits = |bytes: &[u8]| -> String {
        bytes.iter().map(|b| if upper { format!("{b:02X}") } else { format!("{b:02x}") }).collect()
    };
    let mut out = Out::default();
    if plain {
        let width = columns.unwrap_or(30);
        if width == 0 {
            out.line(&digits(all))?;
        }
        for row in all.chunks(width.max(1)).filter(|_| width > 0) {
            out.line(&digits(row))?;
        }
        return Some(out.done());
    }
    let (columns, group) = (columns.unwrap_or(16).clamp(1, 256), group.unwrap_or(2));
    let group = if group == 0 { columns } else { group };
    let width = columns * 2 + columns.div_ceil(group);
    for (number, row) in all.chunks(columns).enumerate() {
        let groups: Vec<String> = row.chunks(group).map(digits).collect();
        let shown: String = row.iter().map(|b| printable(*b)).collect();
        out.line(&format!("{:08x}: {:width$} {shown}", skip + number * columns, groups.join(" ")))?;
    }
    Some(out.done())
}

fn printable(byte: u8) -> char {
    if matches!(byte, 0x20..0x7f) { byte as char } else { '.' }
}

/// Hexadecimal digits in pairs; whatever is none is passed over, and ends a pair that is begun.
fn plain_bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut high = None;
    for c in text.chars() {
        match (c.to_digit(16), high) {
            (Some(digit), Some(first)) => {
                out.push((first * 16 + digit) as u8);
                high = None;
            }
            (Some(digit), None) => high = Some(digit),
            (None, _) if c.is_whitespace() => {}
            (None, _) => high = None,
        }
    }
    out
}

/// A dump with places, as xxd prints it, read back.
fn dumped_bytes(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (place, rest) = line.split_once(':')?;
        let place = usize::from_str_radix(place.trim(), 16).ok()?;
        if place < out.len() || place > super::call::MAX_OUTPUT {
            return None;
        }
        out.resize(place, 0);
        // Two blanks part the digits from the characters.
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let digits = rest.find("  ").map_or(rest, |end| &rest[..end]);
        if digits.chars().any(|c| !c.is_ascii_hexdigit() && c != ' ') {
            return None;
        }
        out.extend(plain_bytes(digits));
    }
    Some(out)
}

/// How `od` shows the bytes of one row.
enum Format {
    Characters,
    Number { size: usize, radix: char },
}

/// `od` with the formats that show bytes or small numbers.
pub(super) fn od(call: &Call) -> Option<String> {
    let long = [
        ("address-radix", 'A'),
        ("format", 't'),
        ("output-duplicates", 'v'),
        ("width", 'w'),
        ("read-bytes", 'N'),
        ("skip-bytes", 'j'),
    ];
    let parsed = options::parse(call.words, "A:t:vw::N:j:bcdxo", &long)?;
    if parsed.operands.iter().any(|word| word.starts_with('+')) {
        return None;
    }
    let mut formats = Vec::new();
    let mut width: usize = 16;
    for (option, value) in &parsed.options {
        match option {
            'b' => formats.push(Format::Number { size: 1, radix: 'o' }),
            'c' => formats.push(Format::Characters),
            'd' => formats.push(Format::Number { size: 2, radix: 'u' }),
            'x' => formats.push(Format::Number { size: 2, radix: 'x' }),
            'o' => formats.push(Format::Number { size: 2, radix: 'o' }),
            't' => formats_of(value, &mut formats)?,
            'w' => {
                width =
                    if value.is_empty() { 32 } else { value.parse().ok().filter(|w| (1..=64).contains(w))? }
            }
            _ => {}
        }
    }
    if formats.is_empty() {
        formats.push(Format::Number { size: 2, radix: 'o' });
    }
    let sizes = formats.iter().map(|format| if let Format::Number { size, .. } = format { *size } else { 1 });
    if sizes.clone().any(|size| !width.is_multiple_of(size))
        || (formats.len() > 1 && !sizes.clone().all(|s| s == 1))
    {
        return None;
    }
    let skip = parsed.value('j').map_or(Some(0), |n| n.parse::<usize>().ok())?;
    let all = call.bytes(&parsed.operands)?;
    let all = all.get(skip..)?;
    let count = parsed.value('N').map_or(Some(all.len()), |n| n.parse::<usize>().ok())?;
    let all = &all[..count.min(all.len())];
    let place = |at: usize| match parsed.value('A') {
        Some("n") => Some(String::new()),
        Some("d") => Some(format!("{at:07}")),
        Some("x") => Some(format!("{at:06x}")),
        None | Some("o") => Some(format!("{at:07o}")),
        _ => None,
    };
    // With several formats all columns are as wide as the widest.
    let widest = formats.iter().map(Format::width).max()?;
    let mut out = Out::default();
    let mut starred = false;
    for (number, row) in all.chunks(width).enumerate() {
        let same = number > 0 && row.len() == width && *row == all[(number - 1) * width..number * width];
        if same && !parsed.has('v') {
            if !std::mem::replace(&mut starred, true) {
                out.line("*")?;
            }
            continue;
        }
        starred = false;
        for (nth, format) in formats.iter().enumerate() {
            let place = place(skip + number * width)?;
            out.push(&if nth == 0 { place } else { " ".repeat(place.len()) })?;
            out.line(&format.row(row, widest))?;
        }
    }
    let end = place(skip + all.len())?;
    if !end.is_empty() {
        out.line(&end)?;
    }
    Some(out.done())
}

fn formats_of(text: &str, formats: &mut Vec<Format>) -> Option<()> {
    let mut chars = text.chars().peekable();
    while let Some(kind) = chars.next() {
        if kind == 'c' {
            formats.push(Format::Characters);
            continue;
        }
        if !matches!(kind, 'x' | 'o' | 'u') {
            return None;
        }
        let size = match chars.next_if(|c| "124CS".contains(*c)) {
            Some('1' | 'C') => 1,
            Some('2' | 'S') => 2,
            _ => 4,
        };
        formats.push(Format::Number { size, radix: kind });
    }
    Some(())
}

impl Format {
    fn width(&self) -> usize {
        match self {
            Format::Characters => 3,
            Format::Number { size, radix: 'x' } => size * 2,
            Format::Number { size, radix: 'o' } => [3, 6, 0, 11][size - 1],
            Format::Number { size, .. } => [3, 5, 0, 10][size - 1],
        }
    }

    fn row(&self, row: &[u8], width: usize) -> String {
        match self {
            Format::Characters => row.iter().map(|b| format!(" {:>width$}", named(*b))).collect(),
            Format::Number { size, radix } => row
                .chunks(*size)
                .map(|unit| {
                    let value = unit.iter().rev().fold(0u64, |value, b| value << 8 | u64::from(*b));
                    let own = self.width();
                    let digits = match radix {
                        'x' => format!("{value:0own$x}"),
                        'o' => format!("{value:0own$o}"),
                        _ => value.to_string(),
                    };
                    format!(" {digits:>width$}")
                })
                .collect(),
        }
    }
}

/// A byte as `od -c` shows it.
fn named(byte: u8) -> String {
    match byte {
        0 => "\\0".to_owned(),
        7 => "\\a".to_owned(),
        8 => "\\b".to_owned(),
        9 => "\\t".to_owned(),
        10 => "\\n".to_owned(),
        11 => "\\v".to_owned(),
        12 => "\\f".to_owned(),
        13 => "\\r".to_owned(),
        0x20..0x7f => (byte as char).to_string(),
        byte => format!("{byte:03o}"),
    }
}

/// `hexdump -C`, and formats of one unit of one byte: `-ve '1/1 "%02x"'`.
pub(super) fn hexdump(call: &Call) -> Option<String> {
    let parsed = options::parse(
        call.words,
        "Cve:n:s:",
        &[("canonical", 'C'), ("format", 'e'), ("no-squeezing", 'v')],
    )?;
    if parsed.has('n') || parsed.has('s') {
        return None;
    }
    let all = call.bytes(&parsed.operands)?;
    let mut out = Out::default();
    if parsed.has('C') || call.program == "hd" {
        if parsed.has('e') {
            return None;
        }
        let mut starred = false;
        for (number, row) in all.chunks(16).enumerate() {
            if number > 0
                && row.len() == 16
                && *row == all[(number - 1) * 16..number * 16]
                && !parsed.has('v')
            {
                if !std::mem::replace(&mut starred, true) {
                    out.line("*")?;
                }
                continue;
            }
            starred = false;
            let hex: Vec<String> = row.iter().map(|b| format!("{b:02x}")).collect();
            let (left, right) = hex.split_at(hex.len().min(8));
            let shown: String = row.iter().map(|b| printable(*b)).collect();
            let digits = format!("{:<23}  {:<23}", left.join(" "), right.join(" "));
            out.line(&format!("{:08x}  {digits}  |{shown}|", number * 16))?;
        }
        if !all.is_empty() {
            out.line(&format!("{:08x}", all.len()))?;
        }
        return Some(out.done());
    }
    if !parsed.has('v') && all.windows(2).any(|pair| pair[0] == pair[1]) {
        return None;
    }
    let [('e', format)] = parsed.options.iter().filter(|(o, _)| *o == 'e').copied().collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let format = format.trim();
    let unit = ["1/1", "/1"].iter().find_map(|unit| format.strip_prefix(unit))?;
    let text = unit.trim().strip_prefix('"')?.strip_suffix('"')?;
    let (before, conversion) = text.split_once('%')?;
    if before.contains('\\') || conversion.contains(['%', '"']) {
        return None;
    }
    let (kind, after) =
        [("02x", 'x'), ("02X", 'X'), ("x", 'y'), ("c", 'c'), ("d", 'd'), ("u", 'd'), ("03o", 'o')]
            .iter()
            .find_map(|(spelling, kind)| Some((*kind, conversion.strip_prefix(spelling)?)))?;
    let after = after.replace("\\n", "\n");
    if after.contains('\\') || (kind == 'd' && conversion.starts_with('d') && !all.is_ascii()) {
        return None;
    }
    // Blanks at the end are not printed behind the last unit.
    if after.ends_with([' ', '\n', '\t']) {
        return None;
    }
    for byte in all {
        out.push(before)?;
        out.push(&match kind {
            'x' => format!("{byte:02x}"),
            'X' => format!("{byte:02X}"),
            'y' => format!("{byte:x}"),
            'c' if byte.is_ascii() => (byte as char).to_string(),
            'd' => byte.to_string(),
            'o' => format!("{byte:03o}"),
            _ => return None,
        })?;
        out.push(&after)?;
    }
    Some(out.done())
}
