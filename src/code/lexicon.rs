//! How each language writes comments, strings, names and operators: data for the tokenizer and the reader.

use super::language::Language;

/// What a backslash means inside a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Nothing: it is a character like others, and does not hide a closing quote.
    None,
    /// It hides the next character from the scan but stays in the text (a raw string of Python).
    Raw,
    /// Only itself and the closing quote (single quotes of Perl, PHP, Ruby).
    Quote,
    /// `\n`, `\x41`, `\u0041`, `\101` and their kin.
    C,
    /// Not a backslash: the closing quote doubled is one quote (verbatim strings of C#, SQL).
    Doubled,
}

/// How code is put inside a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holes {
    /// Not at all.
    None,
    /// `${code}` (JavaScript).
    DollarBrace,
    /// `$name` and `${code}` (Kotlin).
    Dollar,
    /// `#{code}` (Ruby).
    Hash,
    /// `{code}`, and `{{` is a brace (Python, C#).
    Brace,
    /// `$name`, `{$code}`, `${name}` (PHP).
    Php,
    /// `$name`, `${name}`, `$h{key}`, `@{[ code ]}` (Perl).
    Perl,
}

/// What a quoted text is to the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A string.
    Text,
    /// A command for a shell (backticks).
    Command,
}

/// One form of string that is opened and closed by fixed marks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    pub open: &'static str,
    pub close: &'static str,
    pub escapes: Escapes,
    pub holes: Holes,
    /// Whether it may hold line ends.
    pub lines: bool,
    pub role: Role,
}

const fn quote(mark: &'static str, escapes: Escapes, holes: Holes, lines: bool) -> Quote {
    Quote { open: mark, close: mark, escapes, holes, lines, role: Role::Text }
}

const fn between(
    open: &'static str,
    close: &'static str,
    escapes: Escapes,
    holes: Holes,
    lines: bool,
) -> Quote {
    Quote { open, close, escapes, holes, lines, role: Role::Text }
}

const fn command(holes: Holes) -> Quote {
    Quote { open: "`", close: "`", escapes: Escapes::C, holes, lines: true, role: Role::Command }
}

/// Literals whose marks cannot be listed, because they are chosen by the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    /// Python's prefixes `r`, `b`, `f` and their combinations.
    PythonPrefix,
    /// `%q(…)`, `%w[…]`, `%x{…}`, `:symbol`, `<<~EOF`, `?c`.
    Ruby,
    /// `q(…)`, `qq{…}`, `qw(…)`, `qx(…)`, `m{…}`, `s/…/…/`, `<<"EOF"`.
    Perl,
    /// `<<<EOF`, `<<<'EOF'`.
    Php,
    /// `R"tag(…)tag"`.
    Cpp,
    /// `r#"…"#`, and `'a` as a lifetime.
    Rust,
    /// `[==[ … ]==]`.
    Lua,
    /// `r"(…)"`.
    R,
}

/// The lexical data of one language.
#[derive(Debug)]
pub(super) struct Lexicon {
    pub line_comments: &'static [&'static str],
    pub block_comments: &'static [(&'static str, &'static str)],
    /// Longest opening mark first.
    pub quotes: &'static [Quote],
    pub special: Option<Special>,
    /// Characters put before a name that are no part of it.
    pub sigils: &'static str,
    /// Characters that may begin and continue a name besides letters, digits and `_`.
    pub name_marks: &'static str,
    /// Operators that reach a member.
    pub members: &'static [&'static str],
    /// Operators that join two texts.
    pub joins: &'static [&'static str],
    /// Whether the end of a line ends a statement.
    pub newline_ends: bool,
    /// Whether `/` may open a pattern.
    pub patterns: bool,
    /// Whether a call may go without parentheses.
    pub bare_calls: bool,
    /// Whether neighbouring strings are one (`"a" "b"`).
    pub adjacent: bool,
    /// Whether a type stands before the name it declares.
    pub typed: bool,
    /// Whether indentation makes the blocks.
    pub indented: bool,
    /// How a named argument is written: `=`, `:`, or both in one string.
    pub named: &'static str,
}

const BASE: Lexicon = Lexicon {
    line_comments: &["//"],
    block_comments: &[("/*", "*/")],
    quotes: &[],
    special: None,
    sigils: "",
    name_marks: "",
    members: &["."],
    joins: &["+"],
    newline_ends: false,
    patterns: false,
    bare_calls: false,
    adjacent: false,
    typed: false,
    indented: false,
    named: "",
};

const C_STRING: Quote = quote("\"", Escapes::C, Holes::None, false);
const C_CHAR: Quote = quote("'", Escapes::C, Holes::None, false);

static PYTHON: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[
        quote("\"\"\"", Escapes::C, Holes::None, true),
        quote("'''", Escapes::C, Holes::None, true),
        C_STRING,
        C_CHAR,
    ],
    special: Some(Special::PythonPrefix),
    newline_ends: true,
    adjacent: true,
    indented: true,
    named: "=",
    ..BASE
};

static JAVASCRIPT: Lexicon = Lexicon {
    line_comments: &["//", "#!"],
    quotes: &[C_STRING, C_CHAR, quote("`", Escapes::C, Holes::DollarBrace, true)],
    name_marks: "$#",
    members: &[".", "?."],
    newline_ends: true,
    patterns: true,
    ..BASE
};

static RUBY: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[("\n=begin", "\n=end"), ("\n__END__", "\u{0}")],
    quotes: &[
        quote("\"", Escapes::C, Holes::Hash, true),
        quote("'", Escapes::Quote, Holes::None, true),
        command(Holes::Hash),
    ],
    special: Some(Special::Ruby),
    sigils: "@$",
    members: &[".", "&.", "::"],
    newline_ends: true,
    patterns: true,
    bare_calls: true,
    adjacent: true,
    named: ":",
    ..BASE
};

static PHP: Lexicon = Lexicon {
    line_comments: &["//", "#"],
    quotes: &[
        quote("\"", Escapes::C, Holes::Php, true),
        quote("'", Escapes::Quote, Holes::None, true),
        command(Holes::Php),
    ],
    special: Some(Special::Php),
    sigils: "$",
    members: &["->", "?->", "::", "\\"],
    joins: &["."],
    named: ":",
    ..BASE
};

static PERL: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[
        ("\n=pod", "\n=cut"),
        ("\n=head", "\n=cut"),
        ("\n=over", "\n=cut"),
        ("\n=begin", "\n=cut"),
        ("\n__END__", "\u{0}"),
        ("\n__DATA__", "\u{0}"),
    ],
    quotes: &[
        quote("\"", Escapes::C, Holes::Perl, true),
        quote("'", Escapes::Quote, Holes::None, true),
        command(Holes::Perl),
    ],
    special: Some(Special::Perl),
    sigils: "$@%&",
    members: &["->", "::"],
    joins: &["."],
    patterns: true,
    bare_calls: true,
    ..BASE
};

static GO: Lexicon = Lexicon {
    quotes: &[C_STRING, C_CHAR, quote("`", Escapes::None, Holes::None, true)],
    newline_ends: true,
    ..BASE
};

static JAVA: Lexicon = Lexicon {
    quotes: &[quote("\"\"\"", Escapes::C, Holes::None, true), C_STRING, C_CHAR],
    members: &[".", "::", "?."],
    typed: true,
    named: ":",
    ..BASE
};

static KOTLIN: Lexicon = Lexicon {
    quotes: &[
        quote("\"\"\"", Escapes::None, Holes::Dollar, true),
        quote("\"", Escapes::C, Holes::Dollar, false),
        C_CHAR,
    ],
    members: &[".", "?.", "!!.", "::"],
    newline_ends: true,
    named: "=",
    ..BASE
};

static CSHARP: Lexicon = Lexicon {
    // A line that begins with `#` is for the compiler or the script's host.
    line_comments: &["//", "#"],
    quotes: &[
        between("$\"\"\"", "\"\"\"", Escapes::None, Holes::Brace, true),
        quote("\"\"\"", Escapes::None, Holes::None, true),
        between("$@\"", "\"", Escapes::Doubled, Holes::Brace, true),
        between("@$\"", "\"", Escapes::Doubled, Holes::Brace, true),
        between("@\"", "\"", Escapes::Doubled, Holes::None, true),
        between("$\"", "\"", Escapes::C, Holes::Brace, false),
        C_STRING,
        C_CHAR,
    ],
    members: &[".", "?.", "::"],
    typed: true,
    named: ":",
    ..BASE
};

static CPP: Lexicon = Lexicon {
    quotes: &[C_STRING, C_CHAR],
    special: Some(Special::Cpp),
    members: &[".", "->", "::"],
    adjacent: true,
    typed: true,
    ..BASE
};

static RUST: Lexicon = Lexicon {
    quotes: &[
        between("b\"", "\"", Escapes::C, Holes::None, true),
        quote("\"", Escapes::C, Holes::None, true),
    ],
    special: Some(Special::Rust),
    members: &[".", "::"],
    ..BASE
};

static LUA: Lexicon = Lexicon {
    line_comments: &["--"],
    block_comments: &[("--[[", "]]"), ("--[=[", "]=]"), ("--[==[", "]==]")],
    quotes: &[C_STRING, C_CHAR],
    special: Some(Special::Lua),
    members: &[".", ":"],
    joins: &[".."],
    ..BASE
};

static AWK: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[C_STRING],
    sigils: "$",
    joins: &[],
    newline_ends: true,
    patterns: true,
    ..BASE
};

static R: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[quote("\"", Escapes::C, Holes::None, true), quote("'", Escapes::C, Holes::None, true)],
    special: Some(Special::R),
    members: &["$", "::", "@", ":::", "."],
    joins: &[],
    newline_ends: true,
    named: "=",
    ..BASE
};

static ELIXIR: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[
        quote("\"\"\"", Escapes::C, Holes::Hash, true),
        between("~c\"", "\"", Escapes::C, Holes::Hash, true),
        between("~s\"", "\"", Escapes::C, Holes::Hash, true),
        between("~S\"", "\"", Escapes::None, Holes::None, true),
        between("~s(", ")", Escapes::C, Holes::Hash, true),
        between("~c(", ")", Escapes::C, Holes::Hash, true),
        quote("\"", Escapes::C, Holes::Hash, true),
        quote("'", Escapes::C, Holes::Hash, true),
    ],
    joins: &["<>", "++"],
    newline_ends: true,
    bare_calls: true,
    named: ":",
    ..BASE
};

static ERLANG: Lexicon = Lexicon {
    line_comments: &["%"],
    block_comments: &[],
    quotes: &[quote("\"", Escapes::C, Holes::None, true), C_CHAR],
    members: &[":"],
    joins: &["++"],
    adjacent: true,
    ..BASE
};

static JULIA: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[("#=", "=#")],
    quotes: &[
        quote("\"\"\"", Escapes::C, Holes::Dollar, true),
        quote("\"", Escapes::C, Holes::Dollar, true),
        C_CHAR,
        command(Holes::Dollar),
    ],
    joins: &["*"],
    newline_ends: true,
    named: "=",
    ..BASE
};

static OCAML: Lexicon = Lexicon {
    line_comments: &[],
    block_comments: &[("(*", "*)")],
    quotes: &[
        between("{|", "|}", Escapes::None, Holes::None, true),
        quote("\"", Escapes::C, Holes::None, true),
    ],
    joins: &["^"],
    bare_calls: true,
    ..BASE
};

static HASKELL: Lexicon = Lexicon {
    line_comments: &["--"],
    block_comments: &[("{-", "-}")],
    quotes: &[C_STRING],
    joins: &["++", "<>"],
    newline_ends: true,
    bare_calls: true,
    ..BASE
};

static OCTAVE: Lexicon = Lexicon {
    line_comments: &["%", "#"],
    block_comments: &[],
    quotes: &[C_STRING, quote("'", Escapes::Doubled, Holes::None, false)],
    newline_ends: true,
    bare_calls: true,
    adjacent: true,
    ..BASE
};

static GNUPLOT: Lexicon = Lexicon {
    line_comments: &["#"],
    block_comments: &[],
    quotes: &[C_STRING, quote("'", Escapes::Doubled, Holes::None, false), command(Holes::None)],
    members: &[],
    joins: &["."],
    newline_ends: true,
    bare_calls: true,
    ..BASE
};

/// PowerShell has a reader of its own; what it shares with others needs little of this.
pub(super) static POWERSHELL: Lexicon = Lexicon { newline_ends: true, ..BASE };

static VIM: Lexicon = Lexicon {
    line_comments: &[],
    block_comments: &[],
    quotes: &[C_STRING, quote("'", Escapes::Doubled, Holes::None, false)],
    joins: &[".", ".."],
    members: &[],
    newline_ends: true,
    ..BASE
};

/// For the expressions of gnuplot; its commands are read line by line.
pub(super) fn gnuplot() -> &'static Lexicon {
    &GNUPLOT
}

/// For the expressions of Vim script; its commands are read line by line.
pub(super) fn vim() -> &'static Lexicon {
    &VIM
}

/// The lexical data of a language that the shared tokenizer reads; none for those with a reader of their own.
pub(super) fn lexicon(language: Language) -> Option<&'static Lexicon> {
    Some(match language {
        Language::Python => &PYTHON,
        Language::JavaScript => &JAVASCRIPT,
        Language::Ruby => &RUBY,
        Language::Php => &PHP,
        Language::Perl => &PERL,
        Language::Go => &GO,
        Language::Java => &JAVA,
        Language::Kotlin => &KOTLIN,
        Language::CSharp => &CSHARP,
        Language::Cpp => &CPP,
        Language::Rust => &RUST,
        Language::Lua => &LUA,
        Language::Awk => &AWK,
        Language::R => &R,
        Language::Elixir => &ELIXIR,
        Language::Erlang => &ERLANG,
        Language::Julia => &JULIA,
        Language::OCaml => &OCAML,
        Language::Haskell => &HASKELL,
        Language::Octave => &OCTAVE,
        Language::PowerShell
        | Language::Tcl
        | Language::Lisp
        | Language::Gnuplot
        | Language::M4
        | Language::Ed
        | Language::Bang
        | Language::AppleScript
        | Language::Sed
        | Language::Make
        | Language::Vim
        | Language::Sql
        | Language::Gdb => return None,
    })
}
