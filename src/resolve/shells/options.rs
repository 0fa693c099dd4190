//! Programs that run another with the environment they have, and how their options are skipped.

use crate::knowledge::{Knowledge, Program, Wrapper};

/// What `rules/programs/wrappers.toml` knows of a program that hands its environment on; None of any other.
pub(super) fn wrapper(name: &str) -> Option<Wrapper> {
    Knowledge::default().programs(name).into_iter().find_map(|program| match program {
        Program::Wrapper(wrapper) if wrapper.keeps_environment => Some(wrapper),
        _ => None,
    })
}

/// The first operand behind a wrapper's own options.
pub(super) fn behind_options(wrapper: &Wrapper, argv: &[&str], start: usize) -> usize {
    let valued = wrapper.value_options.iter().chain(&wrapper.split_options).map(String::as_str);
    let (long, short): (Vec<&str>, Vec<&str>) = valued.partition(|option| option.starts_with("--"));
    let letters: String = short.iter().map(|option| option.trim_start_matches('-')).collect();
    operands(argv, start, &letters, &long)
}

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
