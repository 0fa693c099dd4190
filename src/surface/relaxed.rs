//! Objects and lists that a text holds: JSON, and what is nearly JSON: JSON5 with comments, a Python dict's `repr`, a
//! fenced block, plain `key: value` lines.

use serde_json::{Map, Value};

/// Levels that are read.
const MAX_LEVELS: u32 = 32;

/// The object, the list or the quoted text that a text holds; None where it is only a text.
pub(super) fn parse(text: &str) -> Option<Value> {
    let text = without_fence(text.trim());
    match text.bytes().next()? {
        b'{' | b'[' | b'"' => {}
        b'/' | b'#' => {}
        _ => return lines(text),
    }
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        // A text in quotes is worth another look, a number is not.
        return (!value.is_number()).then_some(value);
    }
    let mut parser = Parser { rest: text };
    parser.blanks();
    if !parser.rest.starts_with(['{', '[']) {
        return None;
    }
    parser.value(0)
}

/// What stands between the marks of a fenced block.
fn without_fence(text: &str) -> &str {
    let body = text.strip_prefix("```").and_then(|rest| rest.split_once('\n'));
    body.map_or(text, |(_, body)| body.trim_end().strip_suffix("```").unwrap_or(body).trim())
}

/// `key: value` lines, as YAML writes them; where each stands in the tree is not looked at.
fn lines(text: &str) -> Option<Value> {
    let is_key = |key: &str| {
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    let mut object = Map::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, value) = line.strip_prefix("- ").unwrap_or(line).split_once(':')?;
        if !is_key(key) || !(value.is_empty() || value.starts_with([' ', '\t'])) {
            return None;
        }
        let value = value.trim();
        let quoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
        object.insert(key.to_owned(), Value::from(quoted.unwrap_or(value)));
    }
    (!object.is_empty()).then_some(Value::Object(object))
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    /// Skips white space, commas and comments.
    fn blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            let comment = match () {
                () if self.rest.starts_with("//") || self.rest.starts_with('#') => self.rest.find('\n'),
                () if self.rest.starts_with("/*") => self.rest.find("*/").map(|at| at + 1),
                () => return,
            };
            self.rest = comment.and_then(|end| self.rest.get(end + 1..)).unwrap_or_default();
        }
    }

    fn take(&mut self, what: char) -> bool {
        self.blanks();
        match self.rest.strip_prefix(what) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, level: u32) -> Option<Value> {
        if level > MAX_LEVELS {
            return None;
        }
        if self.take('{') {
            let mut object = Map::new();
            while !self.take('}') {
                let key = self.scalar()?;
                if !self.take(':') {
                    return None;
                }
                object.insert(key, self.value(level + 1)?);
            }
            return Some(Value::Object(object));
        }
        if self.take('[') {
            let mut list = Vec::new();
            while !self.take(']') {
                list.push(self.value(level + 1)?);
            }
            return Some(Value::Array(list));
        }
        self.scalar().map(Value::String)
    }

    /// A text in quotes of any kind, or a bare word.
    fn scalar(&mut self) -> Option<String> {
        self.blanks();
        // Python's prefixes: `u'…'`, `b"…"`.
        let bare = self.rest.trim_start_matches(['u', 'b', 'r', 'f']);
        let text = if bare.starts_with(['"', '\'']) { bare } else { self.rest };
        let quote = text.chars().next()?;
        if !matches!(quote, '"' | '\'' | '`') {
            let end = text.find(|c: char| c.is_whitespace() || ",:{}[]".contains(c)).unwrap_or(text.len());
            self.rest = &text[end..];
            return (end > 0).then(|| text[..end].to_owned());
        }
        let mut out = String::new();
        let mut chars = text[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next()?.1 {
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'r' => out.push('\r'),
                    '\n' => {}
                    'u' => {
                        let code =
                            text.get(at + 3..at + 7).and_then(|hex| u32::from_str_radix(hex, 16).ok())?;
                        out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                        chars.nth(3);
                    }
                    other => out.push(other),
                },
                c if c == quote => {
                    self.rest = &text[at + 1 + c.len_utf8()..];
                    return Some(out);
                }
                c => out.push(c),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_nearly_json_reads_as_json() {
        let expected = json!({ "a": "x y", "b": ["1", "z"] });
        for text in [
            r#"{"a": "x y", "b": ["1", "z"]}"#,
            "{'a': 'x y', 'b': ['1', u'z']}",
            "{a: \"x y\", b: [1, `z`,],}",
            "// note\n{ /* here */ 'a': 'x y', # there\n 'b': ['1', 'z'] }",
            "```json\n{\"a\": \"x y\", \"b\": [\"1\", \"z\"]}\n```",
            r"{'a': 'x\u0020y', 'b': ['1', 'z']}",
        ] {
            assert_eq!(parse(text).as_ref(), Some(&expected), "{text}");
        }
        assert_eq!(parse("a: x\n  b: 'y z'\n"), Some(json!({ "a": "x", "b": "y z" })));
        assert_eq!(parse("\"{}\""), Some(json!("{}")));
        for text in
            ["", "plain text", "see: https://example.com and more\nof it", "{{x}}", "{'a': ", "[", "12"]
        {
            assert!(parse(text).is_none_or(|value| value == json!({})), "{text}");
        }
        assert_eq!(parse(&"[".repeat(10_000)), None);
    }
}
