//! Programs that run another with the environment they have, and how their options are skipped.

/// A program that runs another.
pub(super) struct Wrapper {
    pub(super) name: &'static str,
    /// Short options with an argument.
    pub(super) short: &'static str,
    /// Long options with an argument in the next word.
    pub(super) long: &'static [&'static str],
    /// Operands before the command.
    pub(super) operands: usize,
    /// Options that take the environment away.
    pub(super) clears: &'static [&'static str],
}

const fn wrapper(
    name: &'static str,
    short: &'static str,
    long: &'static [&'static str],
    operands: usize,
) -> Wrapper {
    Wrapper { name, short, long, operands, clears: &[] }
}

/// Their manuals' options (GNU coreutils, findutils, util-linux; POSIX; bash for `exec`, `command`, `builtin`).
pub(super) const WRAPPERS: [Wrapper; 17] = [
    Wrapper {
        name: "env",
        // -S splits a text into words: whatever is in it, the command is not known.
        short: "uCS",
        long: &["--unset", "--chdir", "--split-string"],
        operands: 0,
        clears: &["-", "-i", "-S", "--ignore-environment", "--split-string"],
    },
    Wrapper { name: "exec", short: "a", long: &[], operands: 0, clears: &["-c"] },
    wrapper("command", "", &[], 0),
    wrapper("builtin", "", &[], 0),
    wrapper("nice", "n", &["--adjustment"], 0),
    wrapper("nohup", "", &[], 0),
    wrapper("setsid", "", &[], 0),
    wrapper("stdbuf", "ioe", &["--input", "--output", "--error"], 0),
    wrapper("ionice", "cn", &["--class", "--classdata"], 0),
    wrapper("chrt", "TPD", &["--sched-runtime", "--sched-period", "--sched-deadline"], 1),
    wrapper("taskset", "", &[], 1),
    wrapper("timeout", "ks", &["--kill-after", "--signal"], 1),
    wrapper("time", "of", &["--output", "--format"], 0),
    wrapper(
        "xargs",
        "aIdEJLnPRsS",
        &[
            "--arg-file",
            "--delimiter",
            "--max-lines",
            "--max-args",
            "--max-chars",
            "--max-procs",
            "--process-slot-var",
        ],
        0,
    ),
    wrapper("setarch", "", &[], 0),
    wrapper("unshare", "", &[], 0),
    wrapper("catchsegv", "", &[], 0),
];

/// The first operand behind options.
pub(super) fn operands(argv: &[&str], start: usize, short: &str, long: &[&str]) -> usize {
    let mut at = start;
    while let Some(&word) = argv.get(at) {
        if word == "--" {
            return at + 1;
        }
        if word.starts_with("--") {
            at += 1 + usize::from(long.contains(&word));
        } else if let Some(letters) = word.strip_prefix('-') {
            // The first letter with an argument takes the rest of the word, or the next.
            let takes = letters.char_indices().find(|(_, letter)| short.contains(*letter));
            let next = takes.is_some_and(|(letter, found)| letter + found.len_utf8() == letters.len());
            at += 1 + usize::from(next);
        } else {
            return at;
        }
    }
    argv.len()
}
