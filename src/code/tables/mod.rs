//! What the calls of each language mean: one table a language, all of them data.

mod compiled;
mod javascript;
mod perl;
mod php;
mod python;
mod ruby;
mod small;

use super::language::Language;
use super::meaning::{From, Meaning, Row};

/// The argument at a position.
const fn argument(at: usize) -> From {
    From::Argument(at, &[])
}

/// Calls that mean the same in whatever language they are written.
pub(super) const COMMON: &[Row] = &[
    ("call_boto3", Meaning::AwsDescribed),
    ("*.call_boto3|callBoto3|call_aws_api", Meaning::AwsDescribed),
    ("*._make_api_call|getCommand|makeRequest|executeAsync", Meaning::AwsRequest(0)),
];

/// The table of `language`.
pub(super) fn table(language: Language) -> &'static [Row] {
    match language {
        Language::Python => python::TABLE,
        Language::JavaScript => javascript::TABLE,
        Language::Ruby => ruby::TABLE,
        Language::Php => php::TABLE,
        Language::Perl => perl::TABLE,
        Language::Go => compiled::GO,
        Language::Java | Language::Kotlin => compiled::JVM,
        Language::CSharp => compiled::CSHARP,
        Language::Cpp => compiled::CPP,
        Language::Rust => compiled::RUST,
        Language::Lua => small::LUA,
        Language::Awk => small::AWK,
        Language::R => small::R,
        Language::PowerShell => compiled::CSHARP,
        Language::Vim => small::VIM,
        _ => &[],
    }
}
