//! A hook's command line, for the shell in which an agent runs it on Windows. Elsewhere that shell is POSIX's, and the line is
//! the one of the agent's own document.

/// A shell of Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// `cmd /C`.
    Cmd,
    /// PowerShell, with `-Command`.
    PowerShell,
}

impl Shell {
    /// The line that runs a program with these words. Where it gives no answer, the line's status refuses the call.
    pub fn line(self, program: &str, words: &str) -> String {
        match self {
            // Quotation marks change how cmd reads the whole line, so there are none where there need be none.
            Shell::Cmd if program.contains([' ', '&', '(', ')', '^', ';', ',', '=']) => {
                format!("\"{program}\" {words} || exit 2")
            }
            Shell::Cmd => format!("{program} {words} || exit 2"),
            Shell::PowerShell => format!(
                "& '{}' {words}; if ($LASTEXITCODE -in 0, 2) {{ exit $LASTEXITCODE }}; \
                 [Console]::Error.WriteLine('asm-guard gave no answer, so the call is refused.'); exit 2",
                program.replace('\'', "''")
            ),
        }
    }
}

/// The words of a line's first command, as a shell of Windows has them: a backslash is one, and quotation marks stand around
/// a word.
pub fn words(line: &str) -> Vec<String> {
    let mut rest = line.trim_start();
    rest = rest.strip_prefix("& ").unwrap_or(rest).trim_start();
    let mut words = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (word, behind) = match first {
            '\'' | '"' => match quoted(&rest[1..], first) {
                Some(quoted) => quoted,
                None => return Vec::new(),
            },
            ';' | '|' | '&' => break,
            _ => {
                let end = rest.find([' ', '\t', ';', '|', '&']).unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(word);
        rest = behind.trim_start();
    }
    words
}

/// What stands before the closing mark, which two of them are not, and what follows it.
fn quoted(text: &str, mark: char) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut rest = text;
    loop {
        let at = rest.find(mark)?;
        word.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix(mark) {
            Some(behind) => {
                word.push(mark);
                rest = behind;
            }
            None => return Some((word, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_the_program_and_its_words() {
        for program in
            [r"C:\bin\asm-guard.exe", r"C:\Program Files\it's\asm-guard.exe", r"\\server\bin\asm-guard.exe"]
        {
            for shell in [Shell::Cmd, Shell::PowerShell] {
                let line = shell.line(program, "hook --agent codex");
                let found = words(&line);
                assert_eq!(found[..3], [program, "hook", "--agent"], "{line}");
                assert!(line.ends_with("exit 2"), "{line}");
            }
        }
        assert_eq!(words("a hook; exit 2"), ["a", "hook"]);
        assert_eq!(words("\"unfinished"), Vec::<String>::new());
        assert_eq!(words(""), Vec::<String>::new());
    }
}
