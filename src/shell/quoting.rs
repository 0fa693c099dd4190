//! Text as bash itself would quote it: `${x@Q}`, `printf %q`, `declare -p`.

/// `${x@Q}`: single quotes, or `$'…'` where there are control characters.
pub(super) fn single(text: &str) -> String {
    if text.chars().any(char::is_control) {
        return ansi_c(text);
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// `printf %q`: backslashes, or `$'…'` where there are control characters.
pub(super) fn backslashed(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    if text.chars().any(char::is_control) {
        return ansi_c(text);
    }
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.char_indices() {
        let special = " \t\n'\"\\|&;()<>!{}*[]?^$`,".contains(c);
        let first = i == 0 && matches!(c, '#' | '~');
        let home = c == '~' && matches!(text[..i].chars().last(), Some(':' | '='));
        if special || first || home {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// `declare -p`: double quotes, or `$'…'` where there are control characters.
pub(super) fn double(text: &str) -> String {
    if text.chars().any(char::is_control) {
        return ansi_c(text);
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '$' | '`' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

fn ansi_c(text: &str) -> String {
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\u{1b}' => out.push_str("\\E"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' | '\'' => out.extend(['\\', c]),
            c if c.is_ascii_control() => out.push_str(&format!("\\{:03o}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_quoting_is_bashs() {
        for (text, q, b, d) in [
            ("", "''", "''", "\"\""),
            ("a b", "'a b'", "a\\ b", "\"a b\""),
            ("it's", "'it'\\''s'", "it\\'s", "\"it's\""),
            ("$x", "'$x'", "\\$x", "\"\\$x\""),
            ("a\tb\u{1}", "$'a\\tb\\001'", "$'a\\tb\\001'", "$'a\\tb\\001'"),
        ] {
            assert_eq!((single(text).as_str(), backslashed(text).as_str(), double(text).as_str()), (q, b, d));
        }
    }
}
