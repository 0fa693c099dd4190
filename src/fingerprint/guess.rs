//! How hard a value is to guess, as far as its characters tell.

use std::collections::BTreeSet;

/// Letters of one case in a row that are taken for a word.
const WORD: usize = 4;
/// The bits of a word: it is one of some two thousand that come to people's minds.
const WORD_BITS: f64 = 11.0;

/// How many bits a value seems to have: as many characters as differ, each out of the kinds that occur, and its words.
///
/// What repeats or counts (`aaaa`, `1234`) adds nothing, and a word adds [`WORD_BITS`] however long it is. So it is low for what
/// people make up of words and years. That a value was printed somewhere, it cannot see.
pub(super) fn bits(value: &str) -> f64 {
    let chars: Vec<char> = value.chars().collect();
    let (mut words, mut rest, mut differing, mut at) = (BTreeSet::new(), Vec::new(), BTreeSet::new(), 0);
    while at < chars.len() {
        let word = word(&chars[at..]);
        if word >= WORD {
            words.insert(chars[at..at + word].iter().map(char::to_ascii_lowercase).collect::<Vec<_>>());
            at += word;
            continue;
        }
        rest.push(chars[at]);
        let counts = at > 0 && (chars[at] as u32).abs_diff(chars[at - 1] as u32) <= 1;
        if !counts {
            differing.insert(chars[at]);
        }
        at += 1;
    }
    type Is = fn(&char) -> bool;
    let kinds: [(Is, f64); 4] = [
        (char::is_ascii_lowercase, 26.0),
        (char::is_ascii_uppercase, 26.0),
        (char::is_ascii_digit, 10.0),
        (|c| !c.is_ascii_alphanumeric(), 33.0),
    ];
    let alphabet: f64 = kinds.iter().filter(|(is, _)| rest.iter().any(is)).map(|(_, size)| size).sum();
    let number = |length: usize| f64::from(u32::try_from(length).unwrap_or(u32::MAX));
    number(differing.len()) * alphabet.max(2.0).log2() + number(words.len()) * WORD_BITS
}

/// How many letters of one case there are at the beginning; the first may be a capital.
fn word(chars: &[char]) -> usize {
    let Some(first) = chars.first().filter(|first| first.is_alphabetic()) else { return 0 };
    let capitals = first.is_uppercase() && chars.get(1).is_some_and(|second| second.is_uppercase());
    let same = |c: &&char| if capitals { c.is_uppercase() } else { c.is_lowercase() };
    1 + chars[1..].iter().take_while(same).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_make_up_has_few_bits() {
        let cases = [
            ("", 0, 0, "nothing"),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", 0, 20, "one letter"),
            ("1234567890123456", 0, 20, "it counts"),
            ("0123456789abcdef0123456789abcdef", 0, 40, "it counts"),
            ("correcthorsebatterystaple", 0, 20, "one word as far as can be seen"),
            ("correct-horse/battery staple", 40, 63, "four words"),
            ("Summer2026!Prod#1", 40, 63, "words and a year"),
            ("Passw0rd1234", 0, 40, "a word and what counts"),
            ("Summer2026Summer2026", 0, 40, "twice the same"),
            ("9d8c7b6a-1f2e-4c3d-8b7a-0e1d2c3b4a59", 64, 110, "a UUID"),
            ("3f9a1c7e5b2d8064af13c9e7b5d28460", 64, 90, "hexadecimal"),
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 90, 250, "a key of AWS"),
            ("aB3$xY7!qW9@", 64, 80, "twelve characters of all kinds"),
            ("p&ss/w0rd-0f-Prod-DB", 64, 110, "words in disguise: more than they have"),
        ];
        for (value, least, most, why) in cases {
            let bits = bits(value);
            assert!((f64::from(least)..=f64::from(most)).contains(&bits), "{value}: {bits} bits; {why}");
        }
    }
}
