//! A keyed hash over every window of a text, in one pass (Rabin and Karp, "Efficient randomized pattern-matching
//! algorithms"). It chooses places to look at closely; it confirms nothing.

use super::Key;

/// A prime to which two residues multiplied fit into 128 bits, and by which dividing is adding: 2^61 − 1.
const PRIME: u64 = (1 << 61) - 1;
/// The bits of a tag, the highest of a hash.
pub(super) const TAG_BITS: u32 = 20;

/// The hash of windows of one length.
pub(super) struct Rolling {
    base: u64,
    /// What each byte adds to the hash where it is the first of the window, once the window has grown by one.
    leaving: Box<[u64; 256]>,
    length: usize,
}

impl Rolling {
    pub(super) fn new(key: &Key, length: usize) -> Rolling {
        let digest = key.mac(b"rolling");
        let number = u64::from_be_bytes(*digest.first_chunk().expect("a digest is longer"));
        let base = (number % PRIME).max(1 << 32);
        let power = (0..length).fold(1, |power, _| times(power, base));
        let mut leaving = Box::new([0; 256]);
        for (byte, leaving) in (0..).zip(leaving.iter_mut()) {
            *leaving = times(power, byte + 1);
        }
        Rolling { base, leaving, length }
    }

    /// The tag of a text that is one window.
    pub(super) fn of(&self, window: &[u8]) -> u32 {
        tag(window.iter().fold(0, |hash, byte| self.pushed(hash, *byte)))
    }

    /// Tells where each window begins, and its hash.
    pub(super) fn over(&self, text: &[u8], mut tell: impl FnMut(usize, u64)) {
        if self.length == 0 || text.len() < self.length {
            return;
        }
        let mut hash = text[..self.length].iter().fold(0, |hash, byte| self.pushed(hash, *byte));
        tell(0, hash);
        for (at, (first, next)) in text.iter().zip(&text[self.length..]).enumerate() {
            hash = reduced(self.pushed(hash, *next) + PRIME - self.leaving[usize::from(*first)]);
            tell(at + 1, hash);
        }
    }

    fn pushed(&self, hash: u64, byte: u8) -> u64 {
        reduced(times(hash, self.base) + u64::from(byte) + 1)
    }
}

/// The tag of a hash.
pub(super) fn tag(hash: u64) -> u32 {
    (hash >> (61 - TAG_BITS)) as u32
}

/// Two residues multiplied.
fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    reduced((product as u64 & PRIME) + (product >> 61) as u64)
}

/// The residue of a number below twice the prime.
fn reduced(number: u64) -> u64 {
    if number >= PRIME { number - PRIME } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_the_same_tag_wherever_it_stands() {
        let text: Vec<u8> = (0..3000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for length in [1, 10, 64, 3000] {
            let rolling = Rolling::new(&Key::new([9; 32]), length);
            let mut windows = 0;
            rolling.over(&text, |at, hash| {
                assert!(hash < PRIME);
                assert_eq!(tag(hash), rolling.of(&text[at..at + length]), "{length} at {at}");
                windows += 1;
            });
            assert_eq!(windows, 3001 - length);
        }
        Rolling::new(&Key::new([9; 32]), 3001).over(&text, |_, _| panic!("the text is shorter"));
    }

    #[test]
    fn another_key_has_other_tags() {
        let tag = |key: u8| Rolling::new(&Key::new([key; 32]), 16).of(b"0123456789abcdef");
        let tags: std::collections::BTreeSet<u32> = (0..64).map(tag).collect();
        assert!(tags.len() > 60, "{tags:?}");
    }
}
