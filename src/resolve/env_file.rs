//! `--env-file`: variables, one a line, whose values may hold references.
//!
//! ```text
//! # the application's database
//! DB_HOST=db.example.com
//! DB_PASSWORD={{resolve:secretsmanager:prod/db:SecretString:password}}
//! export GREETING="two\nlines"
//! ```
//!
//! What stands behind `=` is the value, to the end of the line and without the spaces around it. In single quotes
//! it is taken as it is; in double quotes `\n`, `\t`, `\r`, `\"`, `\\` and `\$` have their meanings. Nothing is expanded.

/// The variables of a file, in their order.
///
/// # Errors
/// A sentence that names the line and says what is wrong with it. It does not show the line, which may hold a value.
pub fn variables(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut variables = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let variable = variable(line).map_err(|error| format!("line {}: {error}", number + 1))?;
        variables.push(variable);
    }
    Ok(variables)
}

fn variable(line: &str) -> Result<(String, String), String> {
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let Some((name, value)) = line.split_once('=') else {
        return Err("there is no `=`: a line is NAME=value, or a comment that begins with #".to_owned());
    };
    let name = name.trim_end();
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(good) {
        return Err(
            "before `=` has to stand a name of letters, digits and `_` that does not begin with a digit"
                .to_owned(),
        );
    }
    if value.contains('\0') {
        return Err("it holds a NUL byte, which no variable can".to_owned());
    }
    Ok((name.to_owned(), unquoted(value.trim())?))
}

fn unquoted(value: &str) -> Result<String, String> {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        return Ok(value.to_owned());
    };
    let inside = &value[1..];
    let mut out = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => {
                let after = inside[at + 1..].trim_start();
                return match after.is_empty() || after.starts_with('#') {
                    true => Ok(out),
                    false => Err("text follows the closing quote".to_owned()),
                };
            }
            '\\' if quote == '"' => match chars.next() {
                Some((_, 'n')) => out.push('\n'),
                Some((_, 't')) => out.push('\t'),
                Some((_, 'r')) => out.push('\r'),
                Some((_, c @ ('"' | '\\' | '$'))) => out.push(c),
                Some((_, c)) => out.extend(['\\', c]),
                None => break,
            },
            c => out.push(c),
        }
    }
    Err(format!("the quote {quote} is not closed on its line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_variables() {
        let text = "\u{feff}# comment\n\n A=1\r\nexport B = two words # kept \nC='{{resolve:secretsmanager:a}}' # note\n\
                    D=\"x\\ty\\\\\\\"\\$\\q\"\nE=\nF=a=b\nA=again\nG.h-i=\"\"\n";
        let expected = [
            ("A", "1"),
            ("B", "two words # kept"),
            ("C", "{{resolve:secretsmanager:a}}"),
            ("D", "x\ty\\\"$\\q"),
            ("E", ""),
            ("F", "a=b"),
            ("A", "again"),
            ("G.h-i", ""),
        ];
        assert_eq!(
            variables(text).unwrap(),
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn a_bad_line_is_named_and_not_shown() {
        for (text, error) in [
            ("A=1\nhunter2", "line 2: there is no `=`"),
            ("=hunter2", "line 1: before `=`"),
            ("1A=hunter2", "line 1: before `=`"),
            ("A B=hunter2", "line 1: before `=`"),
            ("A='hunter2", "line 1: the quote ' is not closed"),
            ("A=\"hunter2\\\"", "line 1: the quote \" is not closed"),
            ("A='x' hunter2", "line 1: text follows"),
            ("A=hunter2\0", "line 1: it holds a NUL"),
        ] {
            let message = variables(text).unwrap_err();
            assert!(message.contains(error) && !message.contains("hunter2"), "{text:?}: {message}");
        }
    }
}
