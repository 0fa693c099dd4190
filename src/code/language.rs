//! The languages that are read, and the names by which the rules' data calls them.

/// A language of which programs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python 2 and 3.
    Python,
    /// JavaScript and TypeScript, in Node.js, Deno, Bun or zx.
    JavaScript,
    /// Ruby.
    Ruby,
    /// PHP, with or without its tags.
    Php,
    /// Perl.
    Perl,
    /// Go.
    Go,
    /// Java, and Groovy as far as it looks like it.
    Java,
    /// Kotlin.
    Kotlin,
    /// C#.
    CSharp,
    /// C and C++.
    Cpp,
    /// Rust.
    Rust,
    /// PowerShell, Windows' and the portable one.
    PowerShell,
    /// Lua.
    Lua,
    /// AWK.
    Awk,
    /// R.
    R,
    /// Tcl, and Expect.
    Tcl,
    /// A sed script.
    Sed,
    /// A makefile.
    Make,
    /// Ex commands and Vim script.
    Vim,
    /// The commands of a database client (psql, sqlite3, mysql) that reach a shell or a file.
    Sql,
    /// A GDB command file.
    Gdb,
    /// Emacs Lisp, Common Lisp, Scheme, Clojure and their kin.
    Lisp,
    /// Elixir.
    Elixir,
    /// Erlang.
    Erlang,
    /// Julia.
    Julia,
    /// OCaml.
    OCaml,
    /// Haskell.
    Haskell,
    /// Octave, and MATLAB.
    Octave,
    /// gnuplot.
    Gnuplot,
    /// The macro processor m4.
    M4,
    /// The line editor ed.
    Ed,
    /// Commands of a program that hands what follows `!` to a shell.
    Bang,
    /// AppleScript.
    AppleScript,
}

/// Every name of every language; the first of a language is its own.
const NAMES: &[(&str, Language)] = &[
    ("python", Language::Python),
    ("javascript", Language::JavaScript),
    ("typescript", Language::JavaScript),
    ("ruby", Language::Ruby),
    ("php", Language::Php),
    ("perl", Language::Perl),
    ("go", Language::Go),
    ("java", Language::Java),
    ("groovy", Language::Java),
    ("kotlin", Language::Kotlin),
    ("csharp", Language::CSharp),
    ("cpp", Language::Cpp),
    ("c", Language::Cpp),
    ("rust", Language::Rust),
    ("powershell", Language::PowerShell),
    ("lua", Language::Lua),
    ("awk", Language::Awk),
    ("r", Language::R),
    ("tcl", Language::Tcl),
    ("sed", Language::Sed),
    ("make", Language::Make),
    ("vim", Language::Vim),
    ("sql", Language::Sql),
    ("gdb", Language::Gdb),
    ("lisp", Language::Lisp),
    ("elixir", Language::Elixir),
    ("erlang", Language::Erlang),
    ("julia", Language::Julia),
    ("ocaml", Language::OCaml),
    ("haskell", Language::Haskell),
    ("octave", Language::Octave),
    ("gnuplot", Language::Gnuplot),
    ("m4", Language::M4),
    ("ed", Language::Ed),
    ("bang", Language::Bang),
    ("applescript", Language::AppleScript),
    ("osascript", Language::AppleScript),
];

impl Language {
    /// The language that the rules' data calls `name`, in any case.
    pub fn from_name(name: &str) -> Option<Language> {
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, language)| *language)
    }

    /// Its own name in the rules' data.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, language)| *language == self).map_or("", |(name, _)| name)
    }

    /// Every language, each once.
    pub fn all() -> impl Iterator<Item = Language> {
        let own =
            |(i, (_, language)): &(usize, &(&str, Language))| NAMES[..*i].iter().all(|(_, l)| l != language);
        NAMES.iter().enumerate().filter(own).map(|(_, (_, language))| *language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_languages_and_back() {
        assert_eq!(Language::from_name("TypeScript"), Some(Language::JavaScript));
        assert_eq!(Language::from_name("cobol"), None);
        for language in Language::all() {
            assert_eq!(Language::from_name(language.name()), Some(language));
        }
        assert_eq!(Language::all().count(), 33);
    }
}
