//! Words that are no plain names, and what each of them is to the reader.

use super::lookup::{Path, Table, table};

/// What a word may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Roles(u16);

impl Roles {
    /// Begins a statement and means nothing here by itself.
    pub(super) const STEPPED: Roles = Roles(1);
    /// Stands before an operand and changes nothing about it.
    pub(super) const PREFIX: Roles = Roles(2);
    /// An operand is due behind it, so that `/` opens a pattern there.
    pub(super) const DUE: Roles = Roles(4);
    /// Stands between operands, or behind the last one.
    pub(super) const INFIX: Roles = Roles(8);
    /// Defines the function that its next name names.
    pub(super) const DEFINES: Roles = Roles(16);
    /// Names a type of the program's own.
    pub(super) const TYPE: Roles = Roles(32);
    /// Begins a statement that is read in its own way.
    pub(super) const OPENS: Roles = Roles(64);
    /// No operand in AWK.
    pub(super) const AWK: Roles = Roles(128);
    /// An operator that reaches a member.
    pub(super) const MEMBER: Roles = Roles(256);

    const fn and(self, other: Roles) -> Roles {
        Roles(self.0 | other.0)
    }

    /// Whether it is one of these.
    pub(super) fn any(self, of: Roles) -> bool {
        self.0 & of.0 != 0
    }

    /// Whether a statement may begin with it in a way of its own.
    pub(super) fn begins(self) -> bool {
        self.any(Roles::STEPPED.and(Roles::DEFINES).and(Roles::TYPE).and(Roles::OPENS))
    }
}

const STEPPED: Roles = Roles::STEPPED;
const PREFIX: Roles = Roles::PREFIX;
const DUE: Roles = Roles::DUE;
const INFIX: Roles = Roles::INFIX;
const OPENS: Roles = Roles::OPENS;
const AWK: Roles = Roles::AWK;
const DECLARES: Roles = STEPPED.and(PREFIX);

const ROWS: &[(&str, Roles)] = &[
    (
        "const|let|var|val|my|our|local|final|static|async|try|switch|match|go|defer|mut|unsafe|BEGIN|ref|dyn",
        DECLARES,
    ),
    ("await|yield|case|when|throw|typeof|void|not", DECLARES.and(DUE)),
    ("if|while|do|in", DECLARES.and(DUE).and(INFIX).and(AWK)),
    ("else|delete", DECLARES.and(DUE).and(AWK)),
    ("unless", DECLARES.and(DUE).and(INFIX)),
    ("out|stackalloc|defined|move|co_await", PREFIX),
    ("and|or", PREFIX.and(DUE).and(INFIX)),
    ("return", OPENS.and(PREFIX).and(DUE).and(AWK)),
    ("import|from|use|require", OPENS),
    ("for", OPENS.and(INFIX).and(AWK)),
    ("foreach", OPENS.and(INFIX)),
    (
        "public|private|protected|internal|readonly|override|suspend|virtual|abstract|declare|lazy|lateinit",
        STEPPED,
    ),
    (
        "export|default|elif|elsif|elseif|catch|except|finally|ensure|begin|done|with|using|raise|assert|del",
        STEPPED,
    ),
    ("global|nonlocal|pub|open|echo|lambda|END|loop|pass|break|continue|is|endif|co|throws|die", STEPPED),
    ("until|then", STEPPED.and(DUE).and(INFIX)),
    ("rescue|end", STEPPED.and(INFIX)),
    ("new", STEPPED.and(DUE)),
    ("def|fn|func|fun|sub|defp", Roles::DEFINES),
    ("function", Roles::DEFINES.and(AWK)),
    ("class|interface|struct|enum|trait|impl|namespace|package|module|record|type", Roles::TYPE),
    ("of|split|grep|puts", DUE),
    ("print", DUE.and(AWK)),
    ("x", DUE.and(INFIX)),
    ("eq|ne|lt|gt|le|ge|cmp|xor|isa", INFIX),
    ("getline|printf|exit|next", AWK),
];

static WORDS: Table<Roles> = table!(Roles, ROWS);

/// What `word` may be, none of them for a plain name.
pub(super) fn roles(word: &str) -> Roles {
    // The longest of them has ten letters.
    if word.len() > 10 { Roles::default() } else { WORDS.find(Path::name(word)).unwrap_or_default() }
}
