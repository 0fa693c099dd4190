//! A digest of a call's input: the same input has the same digest, on one machine and for one user.
//!
//! It is keyed. What an agent sends is guessed too easily from a plain digest: the command is in the same line but for a
//! password, and lines go to pipelines that many read. The key stays in the state folder, beside the log.

use std::io::{self, Read, Write};
use std::path::Path;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::private;
use crate::regular::{self, Links};

/// Bytes of a key.
const LENGTH: usize = 32;

/// `hmac-sha256:` and the digest in hexadecimal.
pub(super) fn of(key: &[u8; LENGTH], input: &[u8]) -> String {
    // An HMAC takes a key of any length (RFC 2104, section 2).
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key's");
    hmac.update(input);
    format!("hmac-sha256:{}", hex(&hmac.finalize().into_bytes()))
}

/// The key in a file, in hexadecimal. Where there is none, one is made; of several processes that do so at once, all get the
/// one that was first.
///
/// # Errors
/// When it can neither be read nor made, or is no key.
pub(crate) fn key(path: &Path) -> io::Result<[u8; LENGTH]> {
    match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path)?;
            read(path)
        }
        result => result,
    }
}

fn read(path: &Path) -> io::Result<[u8; LENGTH]> {
    let file = regular::open(path, Links::Refused)?;
    private::is_own(&file)?;
    let mut text = String::new();
    file.take(4 * LENGTH as u64).read_to_string(&mut text)?;
    from_hex(text.trim()).ok_or_else(|| io::Error::other("it holds no key"))
}

fn make(path: &Path) -> io::Result<()> {
    let mut key = [0; LENGTH];
    getrandom::fill(&mut key)?;
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    // Readable by its owner alone from the start, and whole before it has its name.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{}", hex(&key))?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<[u8; LENGTH]> {
    if text.len() != 2 * LENGTH || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; LENGTH];
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 1 of RFC 4231, section 4.2, with its key of twenty bytes filled up with zeros, which is the same key.
    #[test]
    fn a_digest_is_hmac_sha256() {
        let mut key = [0; LENGTH];
        key[..20].fill(0x0b);
        let expected = "hmac-sha256:b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(of(&key, b"Hi There"), expected);
    }

    #[test]
    fn a_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| key(&path).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        assert_ne!(keys[0], [0; LENGTH]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::write(&path, "no key").unwrap();
        assert!(key(&path).is_err());
    }
}
