//! Words that are syntax where the grammar looks for them (bash(1), "RESERVED WORDS").

/// Where a reserved word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Where a command begins: it opens a compound one.
    Opens,
    /// Where a command would begin: it ends the list of commands before it.
    Closes,
    /// Inside the command that expects it.
    Inside,
}

/// Each with where it stands.
const RESERVED: [(&str, Role); 22] = [
    ("{", Role::Opens),
    ("if", Role::Opens),
    ("while", Role::Opens),
    ("until", Role::Opens),
    ("for", Role::Opens),
    ("select", Role::Opens),
    ("case", Role::Opens),
    ("function", Role::Opens),
    ("[[", Role::Opens),
    ("coproc", Role::Opens),
    ("time", Role::Opens),
    ("!", Role::Opens),
    ("}", Role::Closes),
    ("then", Role::Closes),
    ("else", Role::Closes),
    ("elif", Role::Closes),
    ("fi", Role::Closes),
    ("do", Role::Closes),
    ("done", Role::Closes),
    ("esac", Role::Closes),
    ("in", Role::Inside),
    ("]]", Role::Inside),
];

/// The length of `function`.
pub(super) const LONGEST: usize = 8;

/// By the byte that a word begins with, a bit for each reserved word that begins so: it is asked at every command.
const BEGIN: [u32; 256] = {
    let mut begin = [0; 256];
    let mut at = 0;
    while at < RESERVED.len() {
        begin[RESERVED[at].0.as_bytes()[0] as usize] |= 1 << at;
        at += 1;
    }
    begin
};

/// Whether a reserved word begins with a byte.
pub(super) fn may_begin(byte: u8) -> bool {
    BEGIN[usize::from(byte)] != 0
}

/// The reserved word that a word is.
pub(super) fn reserved(word: &[u8]) -> Option<(&'static str, Role)> {
    let mut left = BEGIN[usize::from(*word.first()?)];
    while left != 0 {
        let known = RESERVED[left.trailing_zeros() as usize];
        if known.0.as_bytes() == word {
            return Some(known);
        }
        left &= left - 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_and_nothing_else() {
        for known in RESERVED {
            assert_eq!(reserved(known.0.as_bytes()), Some(known));
            assert!(may_begin(known.0.as_bytes()[0]) && known.0.len() <= LONGEST);
        }
        for other in ["", "i", "iff", "don", "dones", "]", "echo"] {
            assert_eq!(reserved(other.as_bytes()), None, "{other}");
        }
        assert!(!may_begin(b'g'));
    }
}
