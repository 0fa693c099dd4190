//! GDB command files: `shell`, `!`, `pipe`, `python`, and calls of `system` in the program that is debugged.

use super::{Found, after_word};
use crate::bounds::Exceeded;
use crate::code::language::Language;

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), Exceeded> {
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        found.budget.step()?;
        let (number, trimmed) = (number + 1, line.trim());
        if let Some(command) = trimmed.strip_prefix('!').or_else(|| after_word(trimmed, "shell")) {
            found.shell(command, number, line);
        } else if let Some(rest) = trimmed.strip_prefix('|').or_else(|| after_word(trimmed, "pipe")) {
            if let Some((_, command)) = rest.split_once('|') {
                found.shell(command, number, line);
            }
        } else if let Some(path) = after_word(trimmed, "source") {
            found.file(path, number, line);
        } else if let Some(code) =
            ["python", "py", "python-interactive", "pi"].iter().find_map(|word| after_word(trimmed, word))
        {
            if !code.trim().is_empty() {
                found.code(Language::Python, code.trim_start(), number, line)?;
                continue;
            }
            let mut block = String::new();
            for (_, line) in lines.by_ref() {
                found.budget.step()?;
                if line.trim() == "end" {
                    break;
                }
                block.push_str(line);
                block.push('\n');
            }
            found.code(Language::Python, &block, number, line)?;
        } else if let Some(expression) = ["call", "print", "p", "printf", "set", "output", "eval"]
            .iter()
            .find_map(|word| after_word(trimmed, word))
        {
            let expression = expression.replace("(int)", " ").replace("(void)", " ");
            found.code(Language::Cpp, &expression, number, line)?;
        }
    }
    Ok(())
}
