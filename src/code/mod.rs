//! Code in languages other than the shell, read without running it.
//!
//! In: the text of a program and its [`Language`]. Out: the [`Effect`]s it would have, of the kinds the guard
//! cares for: calls of an AWS SDK, processes it spawns, HTTP requests it sends, files it reads. Strings and
//! comments that only mention a name have no effect.
//!
//! ```
//! use asm_guard::{bounds::Budget, code::{self, EffectKind, Language}};
//!
//! let program = "import boto3\nboto3.client('secretsmanager').get_secret_value(SecretId='prod/db')";
//! let effects = code::effects(Language::Python, program, &Budget::new()).unwrap();
//! assert!(matches!(effects[0].kind, EffectKind::Aws { .. }));
//! ```

mod argument;
mod assignment;
mod aws;
mod call;
mod closure;
mod comment;
mod definition;
mod dispatch;
mod expression;
mod file;
mod fold;
mod follow;
mod format;
mod function;
mod http;
mod import;
mod input;
mod invoke;
mod joining;
mod language;
mod lexicon;
mod lines;
mod lisp;
mod literal;
mod lookup;
mod meaning;
mod member;
mod mocked;
mod object;
mod operand;
mod operation;
mod outcome;
mod powershell;
mod printed;
mod process;
mod reader;
mod request;
mod scope;
mod shell_line;
mod slice;
mod socket;
mod special;
mod spelling;
mod statement;
mod stdin;
mod tables;
mod tcl;
mod token;
mod tokenizer;
mod uncalled;
mod wanted;
mod words;
mod written;

use std::rc::Rc;

use crate::bounds::{Budget, Exceeded};
use crate::value::Value;

pub use crate::encoded::decode_encoded_command;
pub use language::Language;
pub(crate) use mocked::brings_mock;
pub use printed::printed;
pub use stdin::{with_input, with_line};
pub use wanted::Wanted;
pub use written::written;

/// More characters of a call than this are not shown.
const MAX_SNIPPET: usize = 160;

/// What a program would do, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What it would do.
    pub kind: EffectKind,
    /// The line of the call, from 1.
    pub line: usize,
    /// The call as written, on one line and cut to a readable length.
    pub snippet: String,
}

/// The kinds of effect that are understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectKind {
    /// A request to AWS through an SDK, a caching client or a helper such as `call_boto3`.
    Aws {
        /// The service in any spelling (`secretsmanager`, `SecretsManager`), unknown where it cannot be told.
        service: Value,
        /// The operation in any spelling (`get_secret_value`, `GetSecretValueCommand`).
        operation: Value,
        /// Parameters by name in the API's spelling where they are plain (`SecretId`), else as written.
        parameters: Vec<(String, Value)>,
        /// The region the client was made for, where it is said.
        region: Option<Value>,
    },
    /// A text handed to a shell (`os.system`, `shell=True`, backticks).
    Shell(Value),
    /// A program started with these arguments, no shell between; the first is the program.
    Spawn(Vec<Value>),
    /// An HTTP request.
    Http {
        /// The URL; without a scheme where the code gives host and port apart (`host:port/path`).
        url: Value,
        /// Headers as name and value.
        headers: Vec<(Value, Value)>,
    },
    /// A file that is read.
    Read(Value),
    /// A file gets a text, of which the command that is noted beside it tells the rules.
    Keep {
        /// Its path.
        path: Value,
        /// The text.
        text: Value,
    },
    /// A file that is written; only where someone asks for it, as are the next three.
    Write {
        /// Its path.
        path: Value,
        /// What is written.
        text: Value,
    },
    /// A file that is removed.
    Remove(Value),
    /// A file that gets another mode or owner.
    Mode(Value),
    /// A function is called.
    Call {
        /// The function, as a dotted path.
        path: String,
        /// Its arguments in order, those with a name last.
        arguments: Vec<Value>,
    },
}

/// Reads the program `text` and gives the effects it would have, in the order of its text.
///
/// It never fails on what it cannot read; it stops where a bound of `budget` is reached.
pub fn effects(language: Language, text: &str, budget: &Budget) -> Result<Vec<Effect>, Exceeded> {
    effects_with(language, text, budget, None)
}

/// The same, and the calls that someone asks for; those only in languages that are read as expressions.
pub fn effects_with(
    language: Language,
    text: &str,
    budget: &Budget,
    wanted: Option<Rc<Wanted>>,
) -> Result<Vec<Effect>, Exceeded> {
    let _level = budget.enter()?;
    match language {
        Language::PowerShell => powershell::effects(text, budget, wanted),
        Language::Tcl => tcl::effects(text, budget),
        Language::Lisp => lisp::effects(text, budget),
        _ => match lexicon::lexicon(language) {
            Some(lexicon) => {
                let found =
                    read(language, lexicon, &spelling::plain(language, text), budget, wanted)?.effects;
                Ok(mocked::without_mocked(language, text, found))
            }
            None => lines::effects(language, text, budget),
        },
    }
}

/// The constant path of keys, joined by dots, that the program reads from a JSON document it parsed.
///
/// `json.load(sys.stdin)["password"]` gives `password`, `JSON.parse(x).db.user` gives `db.user`; none where it
/// reads no key or several.
pub fn json_key(language: Language, text: &str) -> Option<String> {
    let lexicon = lexicon::lexicon(language)?;
    let scope = read(language, lexicon, text, &Budget::new(), None).ok()?;
    let longest = scope.json.iter().max_by_key(|path| path.len())?;
    let one_road = scope
        .json
        .iter()
        .all(|path| longest.strip_prefix(path.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('.')));
    if !one_road {
        return None;
    }
    Some(longest.strip_prefix(scope::JSON)?.trim_start_matches('.').to_owned())
}

/// Reads twice: the first time to learn what the names stand for, the second for the effects.
fn read(
    language: Language,
    lexicon: &'static lexicon::Lexicon,
    text: &str,
    budget: &Budget,
    wanted: Option<Rc<Wanted>>,
) -> Result<scope::Scope, Exceeded> {
    let tokens = tokenizer::tokens(text, lexicon, budget)?;
    let tokens = uncalled::without_uncalled(language, text, tokens);
    let mut scope = scope::Scope::default();
    scope.wanted = wanted;
    for reading in 0..2 {
        if reading == 1 {
            scope.second_reading();
        }
        let mut reader = reader::Reader::new(text, language, lexicon, &tokens, budget, &mut scope);
        reader.program()?;
    }
    Ok(scope)
}

/// The value of `text`, an expression.
fn constant(
    language: Language,
    lexicon: &'static lexicon::Lexicon,
    text: &str,
    budget: &Budget,
) -> Result<Value, Exceeded> {
    let tokens = tokenizer::tokens(text, lexicon, budget)?;
    let mut scope = scope::Scope::default();
    let mut reader = reader::Reader::new(text, language, lexicon, &tokens, budget, &mut scope);
    Ok(reader.expression()?.value())
}

/// `text[start..end]` on one line, cut to a readable length.
fn snippet(text: &str, start: usize, end: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    for c in text.get(start..end.max(start)).unwrap_or("").chars() {
        let c = if c.is_whitespace() || c.is_control() { ' ' } else { c };
        if c == ' ' && out.ends_with(' ') {
            continue;
        }
        if count == MAX_SNIPPET {
            out.push('…');
            break;
        }
        out.push(c);
        count += 1;
    }
    out
}
