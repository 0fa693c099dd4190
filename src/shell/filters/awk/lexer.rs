//! awk's tokens.

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    Name(String),
    /// A name right before its parenthesis.
    Call(String),
    Keyword(&'static str),
    Builtin(&'static str),
    Sign(&'static str),
    Newline,
    End,
}

const KEYWORDS: &[&str] = &[
    "BEGIN", "END", "function", "func", "if", "else", "while", "do", "for", "in", "print", "printf", "next",
    "nextfile", "exit", "break", "continue", "return", "delete", "getline",
];
const BUILTINS: &[&str] = &[
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "int", "tolower", "toupper",
    "system", "close", "fflush", "sqrt",
];
/// Functions that only some know, or whose result nobody can know.
const OTHERS: &[&str] = &[
    "gensub",
    "strtonum",
    "systime",
    "strftime",
    "mktime",
    "asort",
    "asorti",
    "rand",
    "srand",
    "exp",
    "log",
    "sin",
    "cos",
    "atan2",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
    "compl",
    "patsplit",
    "typeof",
    "isarray",
    "switch",
    "BEGINFILE",
    "ENDFILE",
];
const SIGNS: &[&str] = &[
    "**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", "!~",
    ">>", "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":",
    "~", "$", "=",
];

/// The tokens of a program; None where one is not understood.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out: Vec<Token> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r']);
        if let Some(after) = rest.strip_prefix("\\\n") {
            rest = after;
            continue;
        }
        let Some(first) = rest.chars().next() else { break };
        let (token, after) = match first {
            '#' => {
                rest = rest.find('\n').map_or("", |at| &rest[at..]);
                continue;
            }
            '\n' => (Token::Newline, &rest[1..]),
            '"' => text_token(&rest[1..])?,
            '/' if !ends_operand(out.last()) => regex_token(&rest[1..])?,
            c if c.is_ascii_digit() || c == '.' => number_token(rest)?,
            c if c.is_ascii_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                if OTHERS.contains(&name) {
                    return None;
                }
                let known = |list: &[&'static str]| list.iter().find(|known| **known == name).copied();
                let token = match (known(KEYWORDS), known(BUILTINS)) {
                    (Some("func"), _) => Token::Keyword("function"),
                    (Some(keyword), _) => Token::Keyword(keyword),
                    (_, Some(builtin)) => Token::Builtin(builtin),
                    _ if after.starts_with('(') => Token::Call(name.to_owned()),
                    _ => Token::Name(name.to_owned()),
                };
                (token, after)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
                let after = &rest[sign.len()..];
                let sign = match *sign {
                    "**" => "^",
                    "**=" => "^=",
                    sign => sign,
                };
                (Token::Sign(sign), after)
            }
        };
        out.push(token);
        rest = after;
    }
    out.push(Token::End);
    Some(out)
}

/// Whether an operand ends here, so that a slash divides.
fn ends_operand(token: Option<&Token>) -> bool {
    match token {
        Some(Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Name(_) | Token::Builtin(_)) => {
            true
        }
        Some(Token::Sign(sign)) => matches!(*sign, ")" | "]" | "$" | "++" | "--"),
        _ => false,
    }
}

fn text_token(text: &str) -> Option<(Token, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((Token::Text(out), &text[at + 1..])),
            '\n' => return None,
            '\\' => {
                let (_, escape) = chars.next()?;
                match escape {
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'r' => out.push('\r'),
                    'a' => out.push('\x07'),
                    'b' => out.push('\x08'),
                    'f' => out.push('\x0c'),
                    'v' => out.push('\x0b'),
                    '\\' | '"' | '/' => out.push(escape),
                    '\n' => {}
                    '0'..='7' => {
                        let mut value = escape.to_digit(8)?;
                        for _ in 0..2 {
                            let Some(digit) = chars.clone().next().and_then(|(_, c)| c.to_digit(8)) else {
                                break;
                            };
                            value = value * 8 + digit;
                            chars.next();
                        }
                        out.push(u8::try_from(value).ok().filter(u8::is_ascii)? as char);
                    }
                    // gawk and mawk read at most two hexadecimal digits.
                    'x' => {
                        let mut value = 0;
                        let mut count = 0;
                        while let Some(digit) = chars.clone().next().and_then(|(_, c)| c.to_digit(16)) {
                            value = value * 16 + digit;
                            count += 1;
                            chars.next();
                            if count == 2 {
                                break;
                            }
                        }
                        if count == 0 {
                            return None;
                        }
                        out.push(u8::try_from(value).ok().filter(u8::is_ascii)? as char);
                    }
                    // Others keep the backslash, or drop it.
                    '.' | '$' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '&'
                    | 's' | 'w' | 'S' | 'W' | 'd' => {
                        out.push('\\');
                        out.push(escape);
                    }
                    _ => return None,
                }
            }
            c => out.push(c),
        }
    }
    None
}

fn regex_token(text: &str) -> Option<(Token, &str)> {
    let mut out = String::new();
    let mut in_brackets = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '/' if !in_brackets => return Some((Token::Regex(out), &text[at + 1..])),
            '\n' => return None,
            '\\' => {
                let (_, next) = chars.next()?;
                if next != '/' {
                    out.push('\\');
                }
                out.push(next);
            }
            // Whether a slash in brackets ends the expression is not the same to all.
            '/' => return None,
            c => {
                in_brackets = match c {
                    '[' => true,
                    ']' => false,
                    _ => in_brackets,
                };
                out.push(c);
            }
        }
    }
    None
}

fn number_token(text: &str) -> Option<(Token, &str)> {
    let end = super::number::prefix(text).len();
    if end == 0 || text[end..].starts_with(['x', 'X']) {
        return None;
    }
    Some((Token::Number(text[..end].parse().ok()?), &text[end..]))
}
