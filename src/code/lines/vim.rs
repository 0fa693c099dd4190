//! Ex commands: `:!`, filters, `system()`, and the languages built into Vim.

use super::{Found, after_word};
use crate::bounds::Exceeded;
use crate::code::language::Language;
use crate::code::lexicon;

/// Commands whose arguments are code of another language.
const LANGUAGES: &[(&str, Language)] = &[
    ("python3", Language::Python),
    ("python", Language::Python),
    ("pythonx", Language::Python),
    ("py3", Language::Python),
    ("py", Language::Python),
    ("pyx", Language::Python),
    ("ruby", Language::Ruby),
    ("perl", Language::Perl),
    ("lua", Language::Lua),
];

/// Commands that read a file.
const FILES: &[&str] =
    &["edit", "e", "read", "r", "source", "so", "split", "sp", "vsplit", "tabedit", "tabe", "view", "sview"];

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        found.budget.step()?;
        // `python << EOF` takes lines up to its tag.
        if let Some((before, tag)) = line.split_once("<<") {
            let word = before.trim().trim_start_matches(':');
            if let Some((_, language)) = LANGUAGES.iter().find(|(name, _)| *name == word.trim()) {
                let tag = tag.trim().trim_start_matches("trim").trim();
                let tag = if tag.is_empty() { "." } else { tag };
                let mut code = String::new();
                for (_, line) in lines.by_ref() {
                    found.budget.step()?;
                    if line.trim() == tag {
                        break;
                    }
                    code.push_str(line);
                    code.push('\n');
                }
                found.code(*language, &code, number + 1, line)?;
                continue;
            }
        }
        command(line, number + 1, found)?;
    }
    Ok(())
}

/// Reads one Ex command, and those that a bar puts behind it.
fn command(line: &str, number: usize, found: &mut Found<'_>) -> Result<(), Exceeded> {
    let _level = found.budget.enter()?;
    let mut rest = line.trim_start_matches([' ', '\t', ':']);
    if rest.starts_with('"') {
        return Ok(());
    }
    // Words that only say how the next command runs.
    while let Some(after) = [
        "silent!",
        "silent",
        "sil!",
        "sil",
        "noautocmd",
        "keepalt",
        "verbose",
        "call",
        "au VimEnter *",
        "autocmd VimEnter *",
    ]
    .iter()
    .find_map(|word| after_word(rest, word))
    {
        found.budget.step()?;
        rest = after.trim_start_matches([' ', '\t', ':']);
    }
    let address =
        |c: char| c.is_ascii_digit() || matches!(c, '%' | ',' | '.' | '$' | '\'' | '<' | '>' | ' ' | '+');
    let bare = rest.trim_start_matches(address);
    if let Some(shell) = bare.strip_prefix('!') {
        found.shell(shell.trim_start_matches('!'), number, line);
        return Ok(());
    }
    for word in ["read", "r", "write", "w"] {
        let Some(after) = after_word(bare, word) else { continue };
        if let Some(shell) = after.trim_start().strip_prefix('!') {
            found.shell(shell, number, line);
            return Ok(());
        }
    }
    for word in ["terminal", "term", "make", "cexpr system"] {
        let Some(after) = after_word(bare, word) else { continue };
        if word.starts_with("term") && !after.trim().is_empty() {
            let shell = after.trim().trim_start_matches('+');
            found.shell(shell, number, line);
            return Ok(());
        }
    }
    for (word, language) in LANGUAGES {
        if let Some(code) = after_word(bare, word) {
            return found.code(*language, code.trim_start(), number, line);
        }
    }
    for word in FILES {
        if let Some(path) = after_word(bare, word)
            && path.starts_with(' ')
        {
            found.file(path, number, line);
            return Ok(());
        }
    }
    for word in ["execute", "exe", "exec", "normal!", "normal", "norm"] {
        let Some(after) = after_word(bare, word) else { continue };
        if word.starts_with("norm") {
            return command(after, number, found);
        }
        let value = crate::code::constant(Language::Vim, lexicon::vim(), after, found.budget)?;
        for text in value.alternatives() {
            command(text.literal().unwrap_or(text.known_prefix()), number, found)?;
        }
    }
    if bare.contains('(') {
        let scope = crate::code::read(Language::Vim, lexicon::vim(), bare, found.budget, None)?;
        for effect in scope.effects {
            found.push(effect.kind, number, line);
        }
    }
    // A bar puts another command behind.
    match bare.split_once('|') {
        Some((_, next)) if !bare.contains(['"', '\'']) => command(next, number, found),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::Budget;
    use crate::code::EffectKind;

    #[test]
    fn a_comment_runs_nothing() {
        let budget = Budget::new();
        let mut found = Found { budget: &budget, effects: Vec::new() };
        read("\" :!ls", &mut found).unwrap();
        assert_eq!(found.effects, []);
        read(":silent !ls", &mut found).unwrap();
        assert!(matches!(found.effects[0].kind, EffectKind::Shell(_)));
    }
}
