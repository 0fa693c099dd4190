//! `test`, `[` and `[[` over known texts. Anything else is not known, and both ways are walked.

use crate::value::Text;

/// The answer of `[[ … ]]`, where it is one comparison of known texts.
pub(super) fn extended(words: &[Text]) -> Option<bool> {
    comparison(words, true)
}

/// The answer of `test` and `[`, where it is one comparison of known texts.
pub(super) fn simple(words: &[Text]) -> Option<bool> {
    comparison(words, false)
}

fn comparison(words: &[Text], patterns: bool) -> Option<bool> {
    let words: Option<Vec<&str>> = words.iter().map(Text::literal).collect();
    match words?.as_slice() {
        ["!", rest @ ..] => {
            let rest: Vec<Text> = rest.iter().map(|&word| Text::from(word)).collect();
            comparison(&rest, patterns).map(|answer| !answer)
        }
        [word] => Some(!word.is_empty()),
        ["-z", word] => Some(word.is_empty()),
        ["-n", word] => Some(!word.is_empty()),
        [left, operator, right] => {
            let numbers = || Some((left.trim().parse::<i64>().ok()?, right.trim().parse::<i64>().ok()?));
            match *operator {
                // In `[[`, the quoting of the right side decides whether it is a pattern; here it is lost.
                "=" | "==" if !patterns || !right.contains(['*', '?', '[', '(']) => Some(left == right),
                "!=" if !patterns || !right.contains(['*', '?', '[', '(']) => Some(left != right),
                "-eq" => numbers().map(|(a, b)| a == b),
                "-ne" => numbers().map(|(a, b)| a != b),
                "-lt" => numbers().map(|(a, b)| a < b),
                "-le" => numbers().map(|(a, b)| a <= b),
                "-gt" => numbers().map(|(a, b)| a > b),
                "-ge" => numbers().map(|(a, b)| a >= b),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_comparisons_are_answered() {
        for (words, expected) in [
            (vec!["a", "=", "a"], Some(true)),
            (vec!["a", "!=", "a"], Some(false)),
            (vec!["!", "-z", ""], Some(false)),
            (vec!["3", "-lt", "10"], Some(true)),
            (vec!["-f", "x"], None),
            (vec!["a", "==", "a*"], None),
            (vec![], None),
        ] {
            let texts: Vec<Text> = words.iter().map(|w| Text::from(*w)).collect();
            assert_eq!(extended(&texts), expected, "{words:?}");
        }
        assert_eq!(simple(&[Text::unknown("$x"), Text::from("="), Text::from("a")]), None);
    }
}
