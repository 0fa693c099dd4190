//! Finding forms in a text, fast.
//!
//! Nearly all of a text is no secret, so what counts is to pass over it quickly: the four bytes at each place are
//! hashed, and one bit of a small table says whether any form begins so. Where the bit is set, the forms that do
//! begin with these four bytes lie side by side in a sorted list and are compared. Unlike an automaton, which has a
//! state for each byte of each form, this is built in the time it takes to sort the forms.

use zeroize::Zeroizing;

use super::SHORTEST;
use super::forms::Form;

/// As many bits as the hash has values; 8 KiB, which stay in the nearest cache.
const BITS: usize = 1 << 16;
/// Places looked at together: a branch for each would cost more than the look-up.
const STRIDE: usize = 8;

/// The forms, ready to be looked for.
pub struct Matcher {
    /// In order of their bytes.
    forms: Vec<Form>,
    /// The first four bytes of each, as a number that sorts as they do.
    starts: Zeroizing<Vec<u32>>,
    /// Which hashes of four bytes begin a form.
    begins: Box<[u64; BITS / 64]>,
}

/// What begins at a place.
#[derive(Default)]
pub struct Found<'m> {
    /// The longest form that stands there.
    pub complete: Option<&'m Form>,
    /// The shortest form that the text, as far as it goes, is the beginning of.
    pub partial: Option<&'m Form>,
}

impl Matcher {
    /// A matcher of these forms. Of those with the same bytes the first stays.
    pub fn new(mut forms: Vec<Form>) -> Matcher {
        forms.sort_unstable_by(|one, other| one.text.cmp(&other.text).then(one.label.cmp(&other.label)));
        forms.dedup_by(|one, other| one.text == other.text);
        let mut starts = Zeroizing::new(Vec::with_capacity(forms.len()));
        let mut begins = Box::new([0; BITS / 64]);
        for form in &forms {
            let start = *form.text.first_chunk().expect("a form has four bytes at least");
            starts.push(u32::from_be_bytes(start));
            let hash = hash(&start);
            begins[hash / 64] |= 1 << (hash % 64);
        }
        Matcher { forms, starts, begins }
    }

    /// The next place from `from` on where a form may begin, or may be cut off by the end of the text.
    pub fn candidate(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        if self.forms.is_empty() {
            return None;
        }
        // Strides of eight places; each needs the three bytes after it too.
        let strides = rest.windows(STRIDE + SHORTEST - 1).step_by(STRIDE);
        let mut passed = 0;
        for stride in strides {
            if stride.windows(SHORTEST).fold(0, |any, window| any | self.begins(window)) & 1 != 0 {
                break;
            }
            passed += STRIDE;
        }
        let rest = &rest[passed..];
        let place = rest.windows(SHORTEST).position(|window| self.begins(window) & 1 != 0).or_else(|| {
            let last = rest.len().saturating_sub(SHORTEST - 1);
            (last..rest.len()).find(|&place| !self.beginning_like(&rest[place..]).is_empty())
        })?;
        Some(from + passed + place)
    }

    /// What stands at the beginning of a text.
    pub fn at(&self, text: &[u8]) -> Found<'_> {
        let mut found = Found::default();
        for form in self.beginning_like(text) {
            if text.starts_with(&form.text) {
                // A longer one sorts after its own beginning.
                found.complete = Some(form);
            } else if form.text.starts_with(text)
                && found.partial.is_none_or(|shortest| form.text.len() < shortest.text.len())
            {
                found.partial = Some(form);
            }
        }
        found
    }

    /// The forms that begin with the text's first four bytes, or with the text where it is shorter.
    fn beginning_like(&self, text: &[u8]) -> &[Form] {
        let (mut low, mut high) = ([0; SHORTEST], [u8::MAX; SHORTEST]);
        for ((low, high), byte) in low.iter_mut().zip(&mut high).zip(text) {
            (*low, *high) = (*byte, *byte);
        }
        let from = self.starts.partition_point(|start| *start < u32::from_be_bytes(low));
        let many = self.starts[from..].partition_point(|start| *start <= u32::from_be_bytes(high));
        &self.forms[from..from + many]
    }

    /// Whether a form may begin with these four bytes, in the lowest bit.
    #[inline(always)]
    fn begins(&self, window: &[u8]) -> u64 {
        let hash = hash(&[window[0], window[1], window[2], window[3]]);
        self.begins[hash / 64] >> (hash % 64)
    }
}

/// Sixteen bits of four bytes: those in the middle of the product with 2³² over the golden ratio depend on all of
/// them (Knuth, The Art of Computer Programming, vol. 3, §6.4).
#[inline(always)]
fn hash(window: &[u8; SHORTEST]) -> usize {
    (u32::from_le_bytes(*window).wrapping_mul(0x9E37_79B1) >> 16) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(forms: &[&str]) -> Matcher {
        let form = |(label, text): (usize, &&str)| Form {
            text: Zeroizing::new(Box::from(text.as_bytes())),
            label: u32::try_from(label).unwrap(),
        };
        Matcher::new(forms.iter().enumerate().map(form).collect())
    }

    #[test]
    fn the_longest_that_is_there_and_the_shortest_that_may_come() {
        let forms = matcher(&["abcd", "abcdef", "abcdefghij", "abcdefgh", "abxx", "zzzz", "abcd"]);
        let cases = [
            ("abcd", Some(0), Some(1), "the first of two alike; two more bytes could be another"),
            ("abcde", Some(0), Some(1), "the shorter of two that could come"),
            ("abcdef", Some(1), Some(3), "the longer of two that are there"),
            ("abcdefgh-", Some(3), None, "nothing more can come"),
            ("abcdefghij", Some(2), None, "the longest"),
            ("ab", None, Some(0), "two bytes of several"),
            ("abx", None, Some(4), "three bytes of one"),
            ("z", None, Some(5), "one byte"),
            ("abcx", None, None, "another fourth byte"),
            ("y", None, None, "none begins so"),
        ];
        for (text, complete, partial, why) in cases {
            let found = forms.at(text.as_bytes());
            let label = |form: Option<&Form>| form.map(|form| form.label);
            assert_eq!((label(found.complete), label(found.partial)), (complete, partial), "{text}: {why}");
        }
    }

    #[test]
    fn a_place_is_found_wherever_it_lies() {
        let forms = matcher(&["needle", "\u{ff}\0\u{ff}\0"]);
        for before in 0..40 {
            for after in 0..40 {
                let text = format!("{}needle{}", ".".repeat(before), ".".repeat(after));
                assert_eq!(forms.candidate(text.as_bytes(), 0), Some(before), "{text}");
                assert_eq!(forms.candidate(text.as_bytes(), before), Some(before), "{text}");
                assert_eq!(forms.candidate(text.as_bytes(), before + 1), None, "{text}");
            }
            for part in 1..6 {
                let text = format!("{}{}", ".".repeat(before), &"needle"[..part]);
                assert_eq!(forms.candidate(text.as_bytes(), 0), Some(before), "{text}");
            }
        }
        assert_eq!(forms.candidate(b"", 0), None);
        assert_eq!(matcher(&[]).candidate(b"needle", 0), None);
    }
}
