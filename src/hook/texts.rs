//! Changes the texts in JSON and leaves every other byte of it as it is: numbers, order, blanks, however deep.

/// What a text in JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The name of an object's member.
    Name,
    /// A value.
    Value,
}

/// JSON with texts changed where `change` gives another; None where none is. `json` must be JSON; half of a pair of surrogates
/// becomes U+FFFD in what `change` is shown.
pub(super) fn change(json: &str, mut change: impl FnMut(&str, Change) -> Option<String>) -> Option<String> {
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(quote) = json[at..].find('"') {
        let start = at + quote;
        let end = end(json, start);
        at = end;
        let what = if json[end..].trim_start().starts_with(':') { Change::Name } else { Change::Value };
        if let Some(text) = change(&decoded(&json[start..end]), what) {
            out.push_str(&json[copied..start]);
            out.push_str(&serde_json::Value::from(text).to_string());
            copied = end;
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&json[copied..]);
    Some(out)
}

/// Where the text that begins at a quote ends: behind its other quote.
fn end(json: &str, start: usize) -> usize {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(start + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

fn decoded(text: &str) -> String {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&without_halves(text))).unwrap_or_default()
}

/// A text in JSON with halves of pairs of surrogates replaced.
fn without_halves(text: &str) -> String {
    let unit = |text: &str| u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(escape) = rest.find('\\') {
        out.push_str(&rest[..escape]);
        rest = &rest[escape..];
        let (length, kept) = match unit(rest) {
            Some(0xd800..0xdc00) => match unit(&rest[6..]) {
                Some(0xdc00..0xe000) => (12, true),
                _ => (6, false),
            },
            Some(0xdc00..0xe000) => (6, false),
            _ => (2.min(rest.len()), true),
        };
        out.push_str(if kept { &rest[..length] } else { "\\ufffd" });
        rest = &rest[length..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_change() {
        let json = r#" {"a":"x", "n" : 1.50e3,"x":["x",{"deep":"\ud83d\ude00x\n"}],"big":12345678901234567890.0,"q":"\"x"} "#;
        let changed = change(json, |text, what| {
            (what == Change::Value && text.contains('x')).then(|| text.replace('x', "\"y\""))
        });
        let expected = r#" {"a":"\"y\"", "n" : 1.50e3,"x":["\"y\"",{"deep":"😀\"y\"\n"}],"big":12345678901234567890.0,"q":"\"\"y\""} "#;
        assert_eq!(changed.as_deref(), Some(expected));
        assert_eq!(change(json, |_, _| None), None);
        let deep = format!("{}\"x\"{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(change(&deep, |_, _| Some("y".into())), Some(deep.replace('x', "y")));
        assert_eq!(
            change("{\"x\":1}", |text, what| (what == Change::Name).then(|| text.repeat(2))).unwrap(),
            "{\"xx\":1}"
        );
    }

    #[test]
    fn halves_of_surrogates_cost_nothing_else() {
        for (json, expected) in [
            (r#""a\ud83dx""#, "a\u{fffd}x"),
            (r#""\ude00\ud83d\ude00\\ud83d""#, "\u{fffd}😀\\ud83d"),
            (r#""\ud83d\n\ud83d""#, "\u{fffd}\n\u{fffd}"),
        ] {
            let mut seen = String::new();
            change(json, |text, _| {
                seen.push_str(text);
                None
            });
            assert_eq!(seen, expected, "{json}");
        }
    }
}
