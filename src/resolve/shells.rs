//! Finds the scripts among a command's arguments: what a shell will read as code.
//!
//! In: an argument vector, in which a NUL stands for what is not known. Out: which of its words are a script, and
//! whether its shell gets the environment of the caller, so that a value can be handed over in a variable.

mod options;
#[cfg(test)]
mod tests;

use std::ops::Range;

use options::{behind_options, operands, wrapper};

/// Words of an argument vector that are a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The words. Where they are several, they are a script when joined by spaces, as the program itself does; one
    /// word with that text means the same to it.
    pub words: Range<usize>,
    /// How references in it are to be written.
    pub how: How,
}

/// How references in a script are to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As expansions: the shell has the caller's environment.
    Expansion,
    /// As quoted values: it may have another.
    Pasted,
    /// Not at all: its quotes are not those of sh. The sentence is [`FOREIGN`].
    Foreign,
}

/// Why no reference is written into a script of a shell that is not like sh.
pub const FOREIGN: &str = "a reference stands in text that may be a script, for a program that is not known or a shell \
     whose quotes are not those of sh, or in one word with the option (--command=…), so its value could run as code: \
     put the reference in an environment variable (NAME='{{…}}' asm-exec …) and use that, or use sh -c SCRIPT.";

/// Shells that read the language of sh, without a version behind the name.
const SHELLS: [&str; 15] = [
    "sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "rzsh", "rksh", "pdksh", "lksh", "oksh",
    "posh", "yash",
];
/// Shells with quotes of their own.
const FOREIGN_SHELLS: [&str; 8] = ["fish", "csh", "tcsh", "nu", "elvish", "xonsh", "pwsh", "powershell"];
/// Programs whose option `-c` takes a script for a shell.
const SCRIPT_OPTION: [&str; 5] = ["su", "runuser", "script", "flock", "expect"];

/// The scripts in an argument vector that is run without a shell.
pub fn scripts(argv: &[&str]) -> Vec<Found> {
    Search { argv, found: Vec::new() }.all(false)
}

/// The scripts in a command of a script, whose first word may be a builtin command.
pub fn scripts_in_shell(argv: &[&str]) -> Vec<Found> {
    Search { argv, found: Vec::new() }.all(true)
}

/// Whether a command is a shell that reads its script from its standard input, and how references in that are written.
pub fn reads_script(argv: &[&str]) -> Option<How> {
    let mut how = How::Expansion;
    let mut at = 0;
    while let Some(&word) = argv.get(at) {
        if matches!(word, "." | "source") && at == 0 {
            return argv.get(1).filter(|file| is_standard_input(file)).map(|_| how);
        }
        if matches!(base(word), "at" | "batch") && at == 0 {
            return Some(How::Pasted);
        }
        let foreign = is_foreign(word);
        if is_shell(word) || foreign {
            let shell = shell_options(argv, at);
            let file = argv.get(shell.operand);
            if shell.script {
                return file.and_then(|script| hands_on(script, how));
            }
            if shell.reads_input || file.is_none_or(|file| is_standard_input(file)) {
                return Some(if foreign { How::Foreign } else { how });
            }
            return None;
        }
        if base(word) == "ssh" {
            let (_, command) = ssh_command(argv, at);
            return match &argv[command..] {
                [] => Some(How::Pasted),
                words => hands_on(&words.join(" "), How::Pasted),
            };
        }
        match wrapped(argv, at) {
            Some((next, keeps)) => {
                if !keeps {
                    how = How::Pasted;
                }
                at = next;
            }
            None => {
                how = How::Pasted;
                at += 1;
            }
        }
    }
    None
}

/// Whether a script hands its standard input to a shell: `ssh host 'bash -s'`.
fn hands_on(script: &str, how: How) -> Option<How> {
    let of_name = |char: char| char.is_ascii_alphanumeric() || "_./-".contains(char);
    if script.chars().all(|char| of_name(char) || char == ' ') {
        let words: Vec<&str> = script.split_whitespace().collect();
        let found = reads_script(&words)?;
        return Some(if found == How::Expansion { how } else { found });
    }
    // More than one plain command: which of them reads it is not known.
    let words = script.split(|char| !of_name(char));
    let mut shells =
        words.filter(|word| is_shell(word) || is_foreign(word) || matches!(*word, "eval" | "source"));
    shells.next().map(|_| How::Foreign)
}

/// The file that a command reads its script from: an index into the vector.
pub fn script_file(argv: &[&str]) -> Option<usize> {
    let mut at = 0;
    while let Some(&word) = argv.get(at) {
        if at == 0 && matches!(word, "." | "source") {
            return (argv.len() > 1).then_some(1);
        }
        if is_shell(word) || is_foreign(word) {
            let shell = shell_options(argv, at);
            return (!shell.script && !shell.reads_input && shell.operand < argv.len())
                .then_some(shell.operand);
        }
        at = wrapped(argv, at).map_or(at + 1, |(next, _)| next);
    }
    None
}

/// A walk over an argument vector.
struct Search<'a> {
    argv: &'a [&'a str],
    found: Vec<Found>,
}

impl Search<'_> {
    fn all(mut self, in_shell: bool) -> Vec<Found> {
        let mut how = How::Expansion;
        let mut at = 0;
        let mut in_shell = in_shell;
        while let Some(&word) = self.argv.get(at) {
            if in_shell && let Some(next) = self.builtin(word, at) {
                at = next;
                how = How::Pasted;
                in_shell = false;
                continue;
            }
            // What is not known may be nothing, and the next word the command.
            in_shell =
                in_shell && (matches!(word, "command" | "builtin") || word.chars().all(|char| char == '\0'));
            if let Some(next) = self.program(word, at, how) {
                at = next;
                // What follows is the script's own arguments; a script in them runs who knows where.
                how = How::Pasted;
                continue;
            }
            match wrapped(self.argv, at) {
                Some((next, keeps)) => {
                    if !keeps {
                        how = How::Pasted;
                    }
                    at = next;
                }
                None => {
                    how = How::Pasted;
                    at += 1;
                }
            }
        }
        self.found
    }

    /// A builtin command with a script; where its words end.
    fn builtin(&mut self, word: &str, at: usize) -> Option<usize> {
        let dashes = usize::from(self.argv.get(at + 1) == Some(&"--"));
        let first = at + 1 + dashes;
        let end = match word {
            "eval" => self.argv.len(),
            "trap" => (first + 1).min(self.argv.len()),
            _ => return None,
        };
        self.push(first..end, How::Expansion);
        Some(end)
    }

    /// A program with a script among its arguments; where that ends.
    fn program(&mut self, word: &str, at: usize, how: How) -> Option<usize> {
        let argv = self.argv;
        let name = base(word);
        let foreign = is_foreign(word);
        // A program that is not known, with `-c`, may be a shell.
        let unknown = how == How::Expansion && word.contains('\0');
        if is_shell(word) || foreign || unknown {
            let shell = shell_options(argv, at);
            if !shell.script || shell.operand >= argv.len() {
                return None;
            }
            self.push(shell.operand..shell.operand + 1, if foreign || unknown { How::Foreign } else { how });
            return Some(shell.operand + 1);
        }
        match name {
            "ssh" | "autossh" | "slogin" | "dbclient" => {
                let (_, command) = ssh_command(argv, at);
                self.push(command..argv.len(), How::Pasted);
                Some(argv.len())
            }
            "watch" => {
                let first = operands(argv, at + 1, "nqs", &["--interval", "--equexit"]);
                self.push(first..argv.len(), how);
                Some(argv.len())
            }
            "parallel" => {
                let first = operands(argv, at + 1, "aCdEIjJLnNPSU", &["--jobs", "--arg-file", "--colsep"]);
                let end = argv.iter().position(|word| word.starts_with(":::")).unwrap_or(argv.len());
                self.push(first.min(end)..end, How::Pasted);
                Some(end)
            }
            name if SCRIPT_OPTION.contains(&name) => {
                let (script, attached) = script_option(argv, at + 1)?;
                let how = match name {
                    // An option with its script in the same word cannot be quoted by itself.
                    _ if attached => How::Foreign,
                    "expect" => How::Foreign,
                    _ => How::Pasted,
                };
                self.push(script..script + 1, how);
                Some(script + 1)
            }
            _ => None,
        }
    }

    fn push(&mut self, words: Range<usize>, how: How) {
        if words.start < words.end {
            self.found.push(Found { words, how });
        }
    }
}

/// A shell's options.
struct ShellOptions {
    /// Whether `-c` is among them.
    script: bool,
    /// Whether `-s` is.
    reads_input: bool,
    /// Its first operand: the script of `-c`, or a file's name.
    operand: usize,
}

fn shell_options(argv: &[&str], shell: usize) -> ShellOptions {
    let mut found = ShellOptions { script: false, reads_input: false, operand: shell + 1 };
    let foreign = is_foreign(argv[shell]);
    while let Some(&word) = argv.get(found.operand) {
        if word == "-" || word == "--" {
            found.operand += 1;
            break;
        }
        let long = word.strip_prefix("--");
        if let Some(long) = long {
            found.script |= long == "command" || long == "commands";
            found.operand += 1 + usize::from(matches!(long, "rcfile" | "init-file" | "emulate"));
        } else if word.starts_with(['-', '+']) {
            let letters = &word[1..];
            let script = word.starts_with('-') && (letters.contains('c') || letters.contains('\0'))
                || foreign && letters.eq_ignore_ascii_case("command");
            found.script |= script;
            found.reads_input |= word.starts_with('-') && letters.contains('s') && !foreign;
            // Each `o` takes the name of an option.
            let names = letters.chars().filter(|letter| matches!(letter, 'o' | 'O')).count();
            found.operand += 1 + if foreign { 0 } else { names };
        } else {
            break;
        }
    }
    found
}

/// Where ssh's host and the command for it stand.
fn ssh_command(argv: &[&str], ssh: usize) -> (usize, usize) {
    // ssh(1), "Synopsis": the options with an argument. They may follow the host as well.
    let with_argument = "BbcDEeFIiJLlmOoPpQRSWw";
    let host = operands(argv, ssh + 1, with_argument, &[]);
    let command = operands(argv, (host + 1).min(argv.len()), with_argument, &[]);
    (host, command)
}

/// The option `-c` of a program that is not a shell: its script's word, and whether the option is in that word.
fn script_option(argv: &[&str], start: usize) -> Option<(usize, bool)> {
    for (at, word) in argv.iter().enumerate().skip(start) {
        for long in ["--command", "--session-command"] {
            if *word == long {
                return (at + 1 < argv.len()).then_some((at + 1, false));
            }
            if word.strip_prefix(long).is_some_and(|rest| rest.starts_with('=')) {
                return Some((at, true));
            }
        }
        if let Some(letters) = word.strip_prefix('-')
            && !letters.starts_with('-')
            && let Some(letter) = letters.find('c')
        {
            if letter + 1 < letters.len() {
                return Some((at, true));
            }
            return (at + 1 < argv.len()).then_some((at + 1, false));
        }
    }
    None
}

/// The command that a program runs with its own environment, and whether it keeps all of that.
fn wrapped(argv: &[&str], at: usize) -> Option<(usize, bool)> {
    let name = base(argv[at]);
    if matches!(name, "busybox" | "toybox") {
        return Some((at + 1, true));
    }
    if name == "find" {
        let exec = |word: &&str| matches!(*word, "-exec" | "-execdir" | "-ok" | "-okdir");
        return argv[at..].iter().position(exec).map(|offset| (at + offset + 1, true));
    }
    let wrapper = wrapper(name)?;
    let mut next = behind_options(&wrapper, argv, at + 1);
    let options = &argv[at + 1..next.min(argv.len())];
    let cleared = options.iter().any(|option| {
        wrapper.clears.iter().any(|clear| clear == option)
            || wrapper.clears.iter().any(|clear| {
                let letter = clear.strip_prefix('-').filter(|letter| letter.len() == 1);
                letter.is_some_and(|letter| {
                    option.starts_with('-') && !option.starts_with("--") && option.contains(letter)
                })
            })
    });
    next += wrapper.skip;
    if wrapper.assignments {
        while argv.get(next).is_some_and(|word| word.contains('=')) {
            next += 1;
        }
    }
    Some((next.max(at + 1), !cleared))
}

/// Whether a word as a command makes a script of its arguments.
pub fn is_known(word: &str) -> bool {
    matches!(word, "eval" | "trap" | "ssh" | "watch" | "parallel" | "find" | "source" | ".")
        || is_shell(word)
        || is_foreign(word)
        || SCRIPT_OPTION.contains(&base(word))
        || wrapper(base(word)).is_some()
}

/// A program's name without its folder.
fn base(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Its name without a login shell's dash, zsh's sign for a path, and a version: `-bash`, `=sh`, `zsh-5.9`.
fn family(word: &str) -> &str {
    let name = base(word);
    let name = name.strip_prefix(['-', '=']).unwrap_or(name);
    name.trim_end_matches(|char: char| char.is_ascii_digit() || matches!(char, '.' | '-' | '+'))
}

fn is_shell(word: &str) -> bool {
    SHELLS.contains(&family(word))
}

fn is_foreign(word: &str) -> bool {
    FOREIGN_SHELLS.contains(&family(word))
}

fn is_standard_input(file: &str) -> bool {
    matches!(file, "-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")
}
