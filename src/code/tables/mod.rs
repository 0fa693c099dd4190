//! What the calls of each language mean: one table a language, all of them data.

mod compiled;
mod javascript;
mod perl;
mod php;
mod processes;
mod python;
mod ruby;
mod small;

use super::language::Language;
use super::lookup::{Path, Table, table};
use super::meaning::{From, Meaning, Row};

/// The argument at a position.
const fn argument(at: usize) -> From {
    From::Argument(at, &[])
}

/// Calls that mean the same in whatever language they are written.
const ANYWHERE: &[Row] = &[
    ("call_boto3", Meaning::AwsDescribed),
    ("*.call_boto3|callBoto3|call_aws_api", Meaning::AwsDescribed),
    (
        "*._make_api_call|getCommand|makeRequest|makeUnauthenticatedRequest|executeAsync",
        Meaning::AwsRequest(0),
    ),
];

static COMMON: Table<Meaning> = table!(Meaning, ANYWHERE);
static PYTHON: Table<Meaning> = table!(Meaning, python::TABLE);
static JAVASCRIPT: Table<Meaning> = table!(Meaning, javascript::TABLE);
static RUBY: Table<Meaning> = table!(Meaning, ruby::TABLE);
static PHP: Table<Meaning> = table!(Meaning, php::TABLE);
static PERL: Table<Meaning> = table!(Meaning, perl::TABLE);
static GO: Table<Meaning> = table!(Meaning, compiled::GO);
static JVM: Table<Meaning> = table!(Meaning, compiled::JVM);
static CSHARP: Table<Meaning> = table!(Meaning, compiled::CSHARP);
static CPP: Table<Meaning> = table!(Meaning, compiled::CPP);
static RUST: Table<Meaning> = table!(Meaning, compiled::RUST);
static LUA: Table<Meaning> = table!(Meaning, small::LUA);
static AWK: Table<Meaning> = table!(Meaning, small::AWK);
static R: Table<Meaning> = table!(Meaning, small::R);
static VIM: Table<Meaning> = table!(Meaning, small::VIM);
static BEAM: Table<Meaning> = table!(Meaning, processes::BEAM);
static JULIA: Table<Meaning> = table!(Meaning, processes::JULIA);
static OCAML: Table<Meaning> = table!(Meaning, processes::OCAML);
static HASKELL: Table<Meaning> = table!(Meaning, processes::HASKELL);
static OCTAVE: Table<Meaning> = table!(Meaning, processes::OCTAVE);

/// Modules of Python whose members are the programs of their names (`sh.aws`, `plumbum.cmd.aws`).
pub(super) const PROGRAMS: &[&str] = &["sh.", "plumbum.cmd.", "plumbum.local."];

/// What a call of `path` means in `language`.
pub(super) fn meaning(language: Language, path: Path<'_>) -> Option<Meaning> {
    let own = match language {
        Language::Python => &PYTHON,
        Language::JavaScript => &JAVASCRIPT,
        Language::Ruby => &RUBY,
        Language::Php => &PHP,
        Language::Perl => &PERL,
        Language::Go => &GO,
        Language::Java | Language::Kotlin => &JVM,
        Language::CSharp | Language::PowerShell => &CSHARP,
        Language::Cpp => &CPP,
        Language::Rust => &RUST,
        Language::Lua => &LUA,
        Language::Awk => &AWK,
        Language::R => &R,
        Language::Vim => &VIM,
        Language::Elixir | Language::Erlang => &BEAM,
        Language::Julia => &JULIA,
        Language::OCaml => &OCAML,
        Language::Haskell => &HASKELL,
        Language::Octave | Language::Gnuplot => &OCTAVE,
        _ => return COMMON.find(path),
    };
    own.find(path).or_else(|| COMMON.find(path))
}
