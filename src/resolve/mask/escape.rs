//! How programs spell a character inside of something: a URL, JSON, markup, a shell's word, a string literal.
//!
//! Each style puts the spelling of one character. Only what stands between the quotes is told; the quotes
//! themselves hold no secret.

/// Takes the characters of a spelling.
pub type Put<'a> = &'a mut dyn FnMut(char);

/// Percent-encoding (RFC 3986 §2.1).
#[derive(Clone, Copy)]
pub struct Percent {
    /// What stays as it is, beside letters and digits.
    pub keep: &'static str,
    /// Whether a space becomes `+`.
    pub plus: bool,
    /// Whether the hex digits are capitals.
    pub capitals: bool,
}

/// What the encoders in use keep, and whether they write a space as `+`.
pub const PERCENT: [(&str, bool); 11] = [
    // RFC 3986 §2.3, unreserved: curl, jq's @uri, Python's quote with safe='', PHP's rawurlencode.
    ("-._~", false),
    // Python's quote.
    ("-._~/", false),
    // encodeURIComponent (ECMA-262, "URI handling functions").
    ("-._~!*'()", false),
    // encodeURI, there too.
    ("-._~!*'();/?:@&=+$,#", false),
    // The userinfo, the query and the special-query percent-encode sets (URL Standard, "Percent-encoded bytes").
    ("-._~!*'()&+$,%", false),
    ("-._~!*'();/?:@&=+$,%[\\]^`{|}", false),
    ("-._~!*();/?:@&=+$,%[\\]^`{|}", false),
    // application/x-www-form-urlencoded (URL Standard), Java's URLEncoder.
    ("-._*", true),
    // Python's quote_plus, Go's QueryEscape; PHP's urlencode.
    ("-._~", true),
    ("-._", true),
    // Everything but letters and digits.
    ("", false),
];

/// Percent-encodes a character.
pub fn percent(c: char, style: Percent, put: Put<'_>) {
    match c {
        _ if c.is_ascii_alphanumeric() || style.keep.contains(c) => put(c),
        ' ' if style.plus => put('+'),
        _ => bytes(c, |byte| {
            put('%');
            hex(u32::from(byte), 2, style.capitals, put);
        }),
    }
}

/// JSON's string escapes (RFC 8259 §7), as far as encoders differ in them.
#[derive(Clone, Copy, Default)]
pub struct Json {
    /// `/` as `\/`: PHP, older Java libraries.
    pub slash: bool,
    /// Beyond ASCII as `\u00e9`: Python, PHP.
    pub ascii: bool,
    /// `<`, `>`, `&` as `\u003c`: Go, Rails.
    pub html: bool,
    /// Quotes, `+` and the backtick as `\u0022` too: .NET's System.Text.Json.
    pub wary: bool,
    /// The hex digits are capitals: Jackson, .NET.
    pub capitals: bool,
}

/// The encoders' styles.
pub fn json_styles() -> impl Iterator<Item = Json> {
    (0..16)
        .map(|bits: u8| Json {
            slash: bits & 1 != 0,
            ascii: bits & 2 != 0,
            html: bits & 4 != 0,
            wary: false,
            capitals: bits & 8 != 0,
        })
        .chain([Json { slash: false, ascii: true, html: true, wary: true, capitals: true }])
}

/// Writes a character as in a JSON string.
pub fn json(c: char, style: Json, put: Put<'_>) {
    let short = match c {
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\\' => '\\',
        '"' if !style.wary => '"',
        '/' if style.slash => '/',
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if style.html => 'u',
        '"' | '\'' | '+' | '`' if style.wary => 'u',
        '\0'..' ' => 'u',
        '\u{80}'.. if style.ascii => 'u',
        _ => return put(c),
    };
    if short != 'u' {
        put('\\');
        return put(short);
    }
    let mut units = [0; 2];
    for unit in c.encode_utf16(&mut units) {
        put('\\');
        put('u');
        hex(u32::from(*unit), 4, style.capitals, put);
    }
}

/// A JSON string inside of a JSON string, as logs of requests have it.
pub fn json_in_json(c: char, (inner, outer): (Json, Json), put: Put<'_>) {
    json(c, inner, &mut |c| json(c, outer, put));
}

/// How `"` and `'` are written in markup, where they are.
pub const ENTITIES: [(&str, &str); 7] = [
    // In text.
    ("\"", "'"),
    // In attributes.
    ("&quot;", "'"),
    // PHP's htmlspecialchars, lodash; Python's html.escape; XML's own; Go's html package.
    ("&quot;", "&#39;"),
    ("&quot;", "&#039;"),
    ("&quot;", "&#x27;"),
    ("&quot;", "&apos;"),
    ("&#34;", "&#39;"),
];

/// Writes a character as in HTML or XML.
pub fn entity(c: char, (double, single): (&str, &str), put: Put<'_>) {
    let text = match c {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => double,
        '\'' => single,
        _ => return put(c),
    };
    text.chars().for_each(put);
}

/// What ends a single-quoted part, gives a quote, and begins the next: Bash's `${x@Q}` and `set -x`; Python's
/// shlex.quote. Then the doubled quote of SQL, YAML and PowerShell.
pub const QUOTES: [&str; 3] = ["'\\''", "'\"'\"'", "''"];

/// Writes a character as between single quotes.
pub fn single_quoted(c: char, quote: &str, put: Put<'_>) {
    if c == '\'' { quote.chars().for_each(put) } else { put(c) }
}

/// Puts a backslash before these characters.
pub fn backslashed(c: char, these: &str, put: Put<'_>) {
    if these.contains(c) {
        put('\\');
    }
    put(c);
}

/// What Bash's `printf %q` puts a backslash before (sh_backslash_quote in lib/sh/shquote.c; tilde and `#` depend on
/// what is before them).
pub fn printf_q(c: char, before: Option<char>, put: Put<'_>) {
    let special = match c {
        '#' => before.is_none(),
        '~' => matches!(before, None | Some(':' | '=')),
        _ => " \t!\"$&'()*,;<>?[\\]^`{|}".contains(c),
    };
    if special {
        put('\\');
    }
    put(c);
}

/// Writes a character as Bash does between `$'` and `'` (ansic_quote, there too). In the C locale what is beyond
/// ASCII is not printable, and is written in octal.
pub fn dollar_quoted(c: char, ascii: bool, put: Put<'_>) {
    let short = match c {
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'E',
        '\\' | '\'' => c,
        _ if c.is_ascii_control() || ascii && !c.is_ascii() => {
            return bytes(c, |byte| {
                put('\\');
                for shift in [6, 3, 0] {
                    put(char::from(b'0' + (byte >> shift & 7)));
                }
            });
        }
        _ => return put(c),
    };
    put('\\');
    put(short);
}

/// String literals as `repr` and its kin print them.
#[derive(Clone, Copy)]
pub struct Literal {
    /// The quote that gets a backslash, where one does.
    pub quote: Option<char>,
    /// Beyond ASCII as `\xc3\xa9`, as of bytes.
    pub bytes: bool,
}

/// Python's `repr` of text and of bytes, between double and single quotes.
pub const LITERALS: [Literal; 4] = [
    Literal { quote: None, bytes: false },
    Literal { quote: Some('\''), bytes: false },
    Literal { quote: None, bytes: true },
    Literal { quote: Some('\''), bytes: true },
];

/// Writes a character as in a string literal.
pub fn literal(c: char, style: Literal, put: Put<'_>) {
    let short = match c {
        '\t' => 't',
        '\n' => 'n',
        '\r' => 'r',
        '\\' => '\\',
        _ if style.quote == Some(c) => c,
        _ if c.is_ascii_control() || style.bytes && !c.is_ascii() => {
            return bytes(c, |byte| {
                put('\\');
                put('x');
                hex(u32::from(byte), 2, false, put);
            });
        }
        _ => return put(c),
    };
    put('\\');
    put(short);
}

/// Writes a character as Rust's `Debug` of a string does.
pub fn debug(c: char, put: Put<'_>) {
    match c {
        '\'' => put(c),
        _ if c.is_ascii() || c.is_control() => c.escape_debug().for_each(put),
        _ => put(c),
    }
}

fn bytes(c: char, each: impl FnMut(u8)) {
    let mut utf8 = [0; 4];
    c.encode_utf8(&mut utf8).bytes().for_each(each);
}

fn hex(number: u32, digits: u32, capitals: bool, put: Put<'_>) {
    for place in (0..digits).rev() {
        let digit = char::from_digit(number >> (4 * place) & 15, 16).expect("four bits are a hex digit");
        put(if capitals { digit.to_ascii_uppercase() } else { digit });
    }
}
