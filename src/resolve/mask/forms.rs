//! The spellings of a value: how it may stand in what a program prints.
//!
//! In: a value. Out: its [`Form`]s, wiped when dropped.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::SHORTEST;
use super::escape::{
    self, ENTITIES, Json, LITERALS, PERCENT, Percent, Put, QUOTES, backslashed, debug, dollar_quoted, entity,
    json, json_in_json, literal, percent, printf_q, single_quoted,
};

/// One spelling of a value.
pub struct Form {
    /// Its bytes.
    pub text: Zeroizing<Box<[u8]>>,
    /// The number of the label that replaces it.
    pub label: u32,
}

/// A line of a value counts by itself from this length on: a line of a key has 64, and shorter ones are likely to
/// stand in output that has nothing to do with the secret (`"engine": "mysql",`).
const SHORTEST_LINE: usize = 16;
/// A piece of an encoding counts from this length on; six bytes make eight characters of base64.
const SHORTEST_PIECE: usize = 8;
/// A text in base64 counts as such from this length on.
const SHORTEST_BASE64: usize = 16;
/// Columns after which base64 is broken: `base64` (RFC 2045 §6.8), `openssl base64` and PEM (RFC 7468 §2).
const BASE64_LINES: [usize; 2] = [76, 64];
/// Columns after which `xxd -p` breaks hex.
const HEX_LINE: usize = 60;
/// No style writes more than this for a byte: a control character in [`json_in_json`] has seven.
const MOST_PER_BYTE: usize = 7;

/// Adds the forms of a value, but for those that `common` says ordinary output is full of.
pub fn add(value: &str, label: u32, common: &dyn Fn(&str) -> bool, forms: &mut Vec<Form>) {
    let mut forms = Forms { all: forms, group: 0, label, specials: 0, scratch: Zeroizing::default() };
    // Without the newline that a file ends with: `$(…)` takes it away ("Command Substitution", Bash manual).
    let line = value.trim_end_matches(['\n', '\r']);
    for (number, text) in [value, line].into_iter().enumerate() {
        if (number == 0 || text != value) && !common(text) {
            forms.escaped(text);
            forms.encoded(text.as_bytes());
        }
    }
    // As `echo $x` prints it: the shell splits it at blanks, and `echo` puts one between the words.
    let mut words = Zeroizing::new(String::with_capacity(line.len()));
    for word in line.split_ascii_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    for text in [line.trim(), &words] {
        if text != line && !common(text) {
            forms.escaped(text);
        }
    }
    forms.lines(line);
    forms.decoded(line);
}

/// How a style writes one character of ASCII: [`MOST_PER_BYTE`] at most, and how many.
#[derive(Default, Clone, Copy)]
struct Spelling {
    bytes: [u8; MOST_PER_BYTE],
    length: u8,
}

impl Spelling {
    fn push(&mut self, c: char) {
        self.bytes[usize::from(self.length)] = u8::try_from(c).expect("what is in ASCII is spelled in ASCII");
        self.length += 1;
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// Collects forms.
struct Forms<'f> {
    all: &'f mut Vec<Form>,
    /// Where those of the text at hand begin.
    group: usize,
    label: u32,
    /// Which characters of ASCII the text at hand has, beside letters and digits.
    specials: u128,
    /// Where a form is written. It never grows while it holds one, for growing leaves a copy behind.
    scratch: Zeroizing<Vec<u8>>,
}

impl Forms<'_> {
    /// Keeps what stands in the scratch buffer from `from` to `to`, unless it is too short or there already.
    fn keep(&mut self, from: usize, to: usize) {
        let text = &self.scratch[from..to];
        if text.len() >= SHORTEST && !self.all[self.group..].iter().any(|form| **form.text == *text) {
            self.all.push(Form { text: Zeroizing::new(Box::from(text)), label: self.label });
        }
    }

    /// Begins with a new text, whose forms take no more room than this.
    fn begin(&mut self, text: &[u8], room: usize) {
        self.group = self.all.len();
        self.specials = text
            .iter()
            .filter(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
            .fold(0, |set, byte| set | 1 << byte);
        if self.scratch.capacity() < room {
            self.scratch = Zeroizing::new(Vec::with_capacity(room));
        }
    }

    /// A text as it is and as programs write it inside of something.
    fn escaped(&mut self, text: &str) {
        self.begin(text.as_bytes(), text.len() * MOST_PER_BYTE);
        self.write(text, |c, scratch| push(scratch, c));
        // Letters and digits look alike everywhere.
        if self.specials == 0 && text.is_ascii() {
            return;
        }
        for (keep, plus) in PERCENT {
            for capitals in [true, false] {
                self.spell(text, |c, put| percent(c, Percent { keep, plus, capitals }, put));
            }
        }
        for style in escape::json_styles() {
            self.spell(text, |c, put| json(c, style, put));
        }
        let ascii = |ascii| Json { ascii, ..Json::default() };
        for (inner, outer) in [(false, false), (false, true), (true, true)] {
            self.spell(text, |c, put| json_in_json(c, (ascii(inner), ascii(outer)), put));
        }
        for style in ENTITIES {
            self.spell(text, |c, put| entity(c, style, put));
        }
        for quote in QUOTES {
            self.spell(text, |c, put| single_quoted(c, quote, put));
        }
        // The doubled quote of CSV.
        self.spell(text, |c, put| if c == '"' { "\"\"".chars().for_each(put) } else { put(c) });
        // Between double quotes ("Double Quotes", Bash manual), without and with history expansion's mark; then
        // between the single quotes of Perl, PHP and JavaScript, where a newline stays what it is.
        for these in ["\"$`\\", "\"$`\\!", "'\\", "\"\\"] {
            self.spell(text, |c, put| backslashed(c, these, put));
        }
        let mut before = None;
        self.write(text, |c, scratch| printf_q(c, before.replace(c), &mut |c| push(scratch, c)));
        for ascii in [false, true] {
            self.spell(text, |c, put| dollar_quoted(c, ascii, put));
        }
        for style in LITERALS {
            self.spell(text, |c, put| literal(c, style, put));
        }
        self.spell(text, debug);
    }

    /// Keeps a text in a style that spells each character by itself, letters and digits as they are.
    fn spell(&mut self, text: &str, mut style: impl FnMut(char, Put<'_>)) {
        // Most styles leave most texts as they are. That is seen from the characters there are, and the spellings of
        // those serve for the whole text; only what is beyond ASCII is put to the style each time.
        let mut spellings = [Spelling::default(); 128];
        let mut changed = !text.is_ascii();
        let mut left = self.specials;
        while left != 0 {
            let byte = left.trailing_zeros() as u8;
            left &= left - 1;
            let spelling = &mut spellings[usize::from(byte)];
            style(char::from(byte), &mut |c| spelling.push(c));
            changed |= spelling.bytes() != [byte];
        }
        if !changed {
            return;
        }
        self.write(text, |c, scratch| match spellings.get(c as usize).map(Spelling::bytes) {
            Some([]) => scratch.push(c as u8),
            Some(spelling) => scratch.extend_from_slice(spelling),
            None => style(c, &mut |c| push(scratch, c)),
        });
    }

    /// Keeps a text as this writes it, character by character.
    fn write(&mut self, text: &str, mut each: impl FnMut(char, &mut Vec<u8>)) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let room = scratch.capacity();
        scratch.clear();
        text.chars().for_each(|c| each(c, &mut scratch));
        debug_assert_eq!(scratch.capacity(), room, "no style needs more than MOST_PER_BYTE");
        self.scratch = scratch;
        self.keep(0, self.scratch.len());
    }

    /// Bytes in base64 and in hex.
    fn encoded(&mut self, bytes: &[u8]) {
        // Two bytes before, for the places that a group of three leaves; the newline of `echo "$x" | base64` after.
        let mut around = Zeroizing::new(Vec::with_capacity(bytes.len() + 3));
        around.extend_from_slice(&[0; 2]);
        around.extend_from_slice(bytes);
        around.extend_from_slice(b"\n");
        let end = around.len() - 1;

        self.begin(b"+/", around.len() * 2 * MOST_PER_BYTE);
        for padded in [&STANDARD, &URL_SAFE] {
            for text in [&around[2..end], &around[2..]] {
                let length = self.base64(padded, text);
                self.keep(0, length);
            }
        }
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            for text in [&around[2..end], &around[2..]] {
                let length = self.base64(engine, text);
                self.keep_base64(0, length);
            }
            // Of a longer text that holds the value after one, two or three bytes (`user:password`): the characters
            // whose six bits are all the value's.
            for before in 0..3 {
                self.base64(engine, &around[2 - before..end]);
                let (from, to) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
                if to >= from + SHORTEST_PIECE {
                    self.keep_base64(from, to);
                }
            }
        }
        for capitals in [false, true] {
            self.hex(bytes, capitals);
            self.keep(0, self.scratch.len());
        }
        self.broken(&around[2..]);
    }

    /// The lines in which tools print long encodings. The last line differs with the newline at the end.
    fn broken(&mut self, with_newline: &[u8]) {
        let bytes = &with_newline[..with_newline.len() - 1];
        for text in [bytes, with_newline] {
            for columns in BASE64_LINES {
                self.group = self.all.len();
                let length = self.base64(&STANDARD, text);
                self.keep_lines(length, columns);
            }
        }
        self.group = self.all.len();
        self.hex(bytes, false);
        self.keep_lines(self.scratch.len(), HEX_LINE);
    }

    fn keep_lines(&mut self, length: usize, columns: usize) {
        if length <= columns {
            return;
        }
        for from in (0..length).step_by(columns) {
            let to = length.min(from + columns);
            if to - from >= SHORTEST_PIECE {
                // Two lines of one text are hardly ever alike, and the matcher drops what is there twice.
                self.group = self.all.len();
                self.keep(from, to);
            }
        }
    }

    /// Writes base64 into the scratch buffer, and says how long it is.
    fn base64(&mut self, engine: &impl base64::Engine, bytes: &[u8]) -> usize {
        self.scratch.clear();
        self.scratch.resize(bytes.len().div_ceil(3) * 4, 0);
        let length = engine.encode_slice(bytes, &mut self.scratch).expect("three bytes make four characters");
        self.scratch.truncate(length);
        length
    }

    /// Keeps base64, also as in a URL's query and in JSON that writes `\/`.
    fn keep_base64(&mut self, from: usize, to: usize) {
        self.keep(from, to);
        let text = Zeroizing::new(Vec::from(&self.scratch[from..to]));
        let Ok(text) = std::str::from_utf8(&text) else { return };
        if text.contains(['+', '/']) {
            for capitals in [true, false] {
                self.spell(text, |c, put| percent(c, Percent { keep: "-_", plus: false, capitals }, put));
            }
            self.spell(text, |c, put| backslashed(c, "/", put));
        }
    }

    fn hex(&mut self, bytes: &[u8], capitals: bool) {
        let digits = if capitals { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        self.scratch.clear();
        for byte in bytes {
            self.scratch.extend([byte >> 4, byte & 15].map(|digit| digits[usize::from(digit)]));
        }
    }

    /// Each line of a text by itself: a key is printed with indentation, or with `\n` for its newlines. The frame of a
    /// PEM file is no secret (RFC 7468 §2).
    fn lines(&mut self, text: &str) {
        if !text.contains('\n') && !text.contains("\\n") {
            return;
        }
        for line in text.split('\n').flat_map(|line| line.split("\\n")).map(str::trim) {
            let frame = line.starts_with("-----BEGIN") || line.starts_with("-----END");
            let ruled = !line.contains(char::is_alphanumeric);
            if line.len() >= SHORTEST_LINE && !frame && !ruled {
                self.escaped(line);
            }
        }
    }

    /// What a value holds that is itself base64, as SecretBinary is given: programs decode it and print that.
    fn decoded(&mut self, text: &str) {
        if text.len() < SHORTEST_BASE64 {
            return;
        }
        let mut bytes = Zeroizing::new(vec![0; text.len()]);
        let Ok(length) = STANDARD
            .decode_slice(text, &mut bytes)
            .or_else(|_| URL_SAFE_NO_PAD.decode_slice(text.trim_end_matches('='), &mut bytes))
        else {
            return;
        };
        bytes.truncate(length);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let line = text.trim_end_matches(['\n', '\r']);
            self.escaped(line);
            self.lines(line);
        } else {
            self.begin(&[], bytes.len());
            self.scratch.clear();
            self.scratch.extend_from_slice(&bytes);
            self.keep(0, self.scratch.len());
        }
        self.encoded(&bytes);
    }
}

fn push(scratch: &mut Vec<u8>, c: char) {
    scratch.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests;
