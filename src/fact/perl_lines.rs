//! What `perl -pe` prints over known lines, where its code only substitutes and transliterates.

use crate::shell::{self, Invocation};
use crate::trace::Trace;
use crate::value::Text;

/// The text that each statement makes of the one before; None where one is of another kind.
pub(super) fn printed(trace: &Trace, invocation: &Invocation, code: &str, chomps: bool) -> Option<Text> {
    let mut text = invocation.stdin.clone();
    if text.is_wholly_unknown() {
        return None;
    }
    let mut rest = code.trim();
    while !rest.is_empty() {
        let (words, after) = statement(rest, chomps)?;
        let argv = words.iter().map(|word| Text::from(word.as_str())).collect();
        let inside = Invocation { argv, stdin: text, captured: true, ..invocation.clone() };
        text = shell::printed(trace, &inside)?;
        rest = after.trim_start().trim_start_matches(';').trim_start();
    }
    Some(text)
}

/// The tool that does what the first statement does, and the code behind it.
fn statement(code: &str, chomps: bool) -> Option<(Vec<String>, &str)> {
    let reverse = ["$_=reverse", "$_ = reverse", "$_=scalar reverse", "$_ = scalar reverse"];
    if let Some(after) = reverse.iter().find_map(|word| code.strip_prefix(word)).filter(|_| chomps) {
        let after = after.trim_start().trim_start_matches("$_");
        return (after.is_empty() || after.starts_with(';')).then(|| (vec!["rev".to_owned()], after));
    }
    let (kind, quoted) = ["tr", "y", "s"].iter().find_map(|kind| Some((*kind, code.strip_prefix(kind)?)))?;
    let delimiter = quoted.chars().next().filter(|c| c.is_ascii_punctuation() && !"{([<_".contains(*c))?;
    let mut parts = vec![String::new()];
    let mut letters = quoted[1..].char_indices();
    let mut end = None;
    while let Some((at, c)) = letters.next() {
        if c == delimiter {
            if parts.len() == 2 {
                end = Some(at + 2);
                break;
            }
            parts.push(String::new());
        } else {
            let part = parts.last_mut()?;
            part.push(c);
            if c == '\\' {
                part.push(letters.next()?.1);
            }
        }
    }
    let after = &quoted[end?..];
    let flags: String = after.chars().take_while(char::is_ascii_alphabetic).collect();
    let after = &after[flags.len()..];
    let [from, to] = parts.as_slice() else { return None };
    if kind != "s" {
        let mut words = vec!["tr".to_owned()];
        match flags.as_str() {
            "" => {}
            "d" if to.is_empty() => {
                return Some((vec!["tr".to_owned(), "-d".to_owned(), from.clone()], after));
            }
            "s" => words.push("-s".to_owned()),
            _ => return None,
        }
        let to = if to.is_empty() { from } else { to };
        words.extend(["--".to_owned(), from.clone(), to.clone()]);
        return Some((words, after));
    }
    if !flags.chars().all(|flag| "gi".contains(flag)) || from.contains("(?") {
        return None;
    }
    // Perl names groups with a dollar sign, and has no other variable here.
    let mut with = String::new();
    let mut letters = to.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '$' => {
                let digit = letters.next().filter(char::is_ascii_digit)?;
                with.extend(['\\', digit]);
            }
            '@' => return None,
            // sed's mark for the whole match is none of Perl's.
            '&' => with.push_str("\\&"),
            c => with.push(c),
        }
    }
    let script = format!("s{delimiter}{from}{delimiter}{with}{delimiter}{flags}");
    Some((vec!["sed".to_owned(), "-E".to_owned(), "-e".to_owned(), script], after))
}
