//! Fingerprints of values: enough to know a value again where it stands in a text, and no more.
//!
//! In: a value and the key of a session. Out: a [`Fingerprint`], which can be kept. A [`Masker`] finds in texts what
//! fingerprints are of, and puts their labels there.
//!
//! ```text
//! value, key ─► guess: might it be guessed? ─► Fingerprint ─► store
//!                                                               │
//! text ─► view: as JSON, URLs, base64 … read it ─► rolling ─► Masker ─► text with labels
//! ```
//!
//! Who has the key and a fingerprint can try guesses, so that of a value that might be guessed none is made
//! (`docs/output-guard.md` has the analysis and the figures).

mod guess;
mod masker;
mod rolling;
pub mod store;
#[cfg(test)]
mod tests;
mod view;

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use masker::{Known, Masker};
use rolling::{Rolling, TAG_BITS};

/// Rounds of the slow hash: a few milliseconds.
const ROUNDS: u32 = 20_000;
/// The bits that a value must seem to have for a fingerprint to be made of it.
const LEAST_BITS: f64 = 64.0;
/// The least characters that can seem to have them.
pub const SHORTEST: usize = 10;
/// A longer value is not fingerprinted, in bytes.
pub const LONGEST: usize = 64 << 10;

/// What a session's fingerprints are made with.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key of these bytes, which nobody must be able to guess.
    pub fn new(bytes: [u8; 32]) -> Key {
        Key(Zeroizing::new(bytes))
    }

    /// The HMAC of a text. Each use has texts of its own.
    fn mac(&self, text: &[u8]) -> [u8; 32] {
        // An HMAC takes a key of any length (RFC 2104, section 2).
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0).expect("any length is a key's");
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

/// What is kept of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Its length, in bytes.
    pub length: usize,
    /// Twenty bits of a fast hash, by which places in a text are chosen.
    tag: u32,
    /// A slow hash in hexadecimal, by which a place is confirmed.
    slow: String,
    /// What takes its place.
    pub label: String,
}

impl Fingerprint {
    /// The fingerprint of a value. None where it has fewer than `min_length` characters, may be guessed, or has more than
    /// [`LONGEST`] bytes.
    pub fn of(value: &str, label: &str, min_length: usize, key: &Key) -> Option<Fingerprint> {
        let length = value.len();
        if length > LONGEST
            || value.chars().count() < min_length.max(SHORTEST)
            || guess::bits(value) < LEAST_BITS
        {
            return None;
        }
        let (tag, slow) = (Rolling::new(key, length).of(value.as_bytes()), slow(value.as_bytes(), key));
        Some(Fingerprint { length, tag, slow, label: label.to_owned() })
    }

    /// Whether it can be one, whoever wrote it.
    fn is_sound(&self) -> bool {
        (SHORTEST..=LONGEST).contains(&self.length)
            && self.tag >> TAG_BITS == 0
            && self.label.len() <= 4 << 10
    }
}

/// PBKDF2 of a value, of which the session's key makes the salt.
fn slow(value: &[u8], key: &Key) -> String {
    let mut out = [0; 16];
    pbkdf2::pbkdf2_hmac::<Sha256>(value, &key.mac(b"slow"), ROUNDS, &mut out);
    format!("{:032x}", u128::from_be_bytes(out))
}
