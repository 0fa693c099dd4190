//! Extended patterns: `?(…)`, `*(…)`, `+(…)`, `@(…)` and `!(…)` (Bash manual, 3.5.8.1), by backtracking up to a bound.

/// Attempts after which it is not known whether a text matches.
const MAX_ATTEMPTS: u32 = 20_000;

/// Whether a group of an extended pattern stands anywhere.
pub(super) fn has_group(pattern: &[char]) -> bool {
    pattern.windows(2).any(|pair| pair[1] == '(' && matches!(pair[0], '?' | '*' | '+' | '@' | '!'))
}

/// Whether the whole of `text` matches.
pub(super) fn matches(pattern: &[char], text: &[char]) -> Option<bool> {
    Matcher { attempts: 0 }.whole(pattern, text)
}

struct Matcher {
    attempts: u32,
}

impl Matcher {
    fn whole(&mut self, pattern: &[char], text: &[char]) -> Option<bool> {
        self.attempts += 1;
        if self.attempts > MAX_ATTEMPTS {
            return None;
        }
        let Some(&first) = pattern.first() else { return Some(text.is_empty()) };
        if pattern.get(1) == Some(&'(')
            && matches!(first, '?' | '*' | '+' | '@' | '!')
            && let Some(close) = closing(pattern, 1)
        {
            return self.group(first, &alternatives(&pattern[2..close]), &pattern[close + 1..], text);
        }
        if first == '*' {
            for at in 0..=text.len() {
                if self.whole(&pattern[1..], &text[at..])? {
                    return Some(true);
                }
            }
            return Some(false);
        }
        match text.first().and_then(|c| super::one(pattern, 0, *c)) {
            Some(next) => self.whole(&pattern[next..], &text[1..]),
            None => Some(false),
        }
    }

    fn group(&mut self, kind: char, choices: &[&[char]], rest: &[char], text: &[char]) -> Option<bool> {
        for at in 0..=text.len() {
            let (taken, left) = text.split_at(at);
            let fits = match kind {
                '!' => !self.any(choices, taken)?,
                '@' => self.any(choices, taken)?,
                '?' => taken.is_empty() || self.any(choices, taken)?,
                '*' => taken.is_empty() || self.repeated(choices, taken)?,
                _ => self.repeated(choices, taken)?,
            };
            if fits && self.whole(rest, left)? {
                return Some(true);
            }
        }
        Some(false)
    }

    fn any(&mut self, choices: &[&[char]], text: &[char]) -> Option<bool> {
        for choice in choices {
            if self.whole(choice, text)? {
                return Some(true);
            }
        }
        Some(false)
    }

    /// One match or several, one after the other.
    fn repeated(&mut self, choices: &[&[char]], text: &[char]) -> Option<bool> {
        if self.any(choices, text)? {
            return Some(true);
        }
        for at in 1..text.len() {
            if self.any(choices, &text[..at])? && self.repeated(choices, &text[at..])? {
                return Some(true);
            }
        }
        Some(false)
    }
}

/// The place of the parenthesis that closes the one at `open`.
fn closing(pattern: &[char], open: usize) -> Option<usize> {
    let mut level = 0;
    let mut i = open;
    while let Some(c) = pattern.get(i) {
        match c {
            '\\' => i += 1,
            '(' => level += 1,
            ')' if level == 1 => return Some(i),
            ')' => level -= 1,
            _ => {}
        }
        i += 1;
    }
    None
}

fn alternatives(pattern: &[char]) -> Vec<&[char]> {
    let mut out = Vec::new();
    let (mut level, mut start, mut i) = (0, 0, 0);
    while let Some(c) = pattern.get(i) {
        match c {
            '\\' => i += 1,
            '(' => level += 1,
            ')' => level -= 1,
            '|' if level == 0 => {
                out.push(&pattern[start..i]);
                start = i + 1;
            }
            _ => {}
        }
        i += 1;
    }
    out.push(&pattern[start.min(pattern.len())..]);
    out
}
