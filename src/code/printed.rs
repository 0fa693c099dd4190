//! What a short program prints, where that is a constant: `print("a" + "b")`, `console.log(atob("YQ=="))`.
//!
//! It is said only of a program that does nothing else: its statements run one after the other, and every call
//! is of a function whose result is known here. Of any other program nothing is said.

use super::language::Language;
use super::lookup::{Path, Table, table};
use super::object::{Args, Object, Val};
use super::reader::Reader;
use super::token::{Kind, Token};
use super::{lexicon, scope, tokenizer};
use crate::bounds::{Budget, Exceeded};
use crate::value::Value;

/// How a call puts its arguments on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Print {
    /// As they are, one behind the other.
    Plain,
    /// With spaces between, and a line end behind.
    Spaced,
    /// As they are, and a line end behind the last.
    Line,
    /// Each on a line of its own.
    Lines,
    /// By a format.
    Formatted,
    /// Python's `print`, with its `sep` and `end`.
    Python,
}

/// What is printed so far.
#[derive(Debug, Clone)]
pub(super) struct Output {
    text: Value,
    /// Whether nothing else can happen than what was understood.
    sure: bool,
}

type Row = (&'static str, Print);

const PYTHON: &[Row] = &[("print", Print::Python), ("sys.stdout.write", Print::Plain)];
const JAVASCRIPT: &[Row] =
    &[("console.log|info|debug", Print::Spaced), ("process.stdout.write", Print::Plain)];
const RUBY: &[Row] = &[
    ("puts", Print::Lines),
    ("print", Print::Plain),
    ("printf", Print::Formatted),
    ("STDOUT.puts", Print::Lines),
    ("stdout.puts", Print::Lines),
    ("STDOUT.print|write", Print::Plain),
    ("stdout.print|write", Print::Plain),
];
const PERL: &[Row] = &[("print", Print::Plain), ("say", Print::Line), ("printf", Print::Formatted)];
const PHP: &[Row] = &[("print|echo", Print::Plain), ("printf", Print::Formatted)];
const AWK: &[Row] = &[("print", Print::Spaced), ("printf", Print::Formatted)];

static PYTHON_PRINTS: Table<Print> = table!(Print, PYTHON);
static JAVASCRIPT_PRINTS: Table<Print> = table!(Print, JAVASCRIPT);
static RUBY_PRINTS: Table<Print> = table!(Print, RUBY);
static PERL_PRINTS: Table<Print> = table!(Print, PERL);
static PHP_PRINTS: Table<Print> = table!(Print, PHP);
static AWK_PRINTS: Table<Print> = table!(Print, AWK);

/// A longer program is not asked what it prints.
const MAX_PROGRAM: usize = 1 << 16;

/// Variables that change how others are printed.
const SEPARATORS: &[&str] = &["OFS", "ORS", "OFMT", "CONVFMT", "SUBSEP", "$,", "$\\", "$;", "$/", "$0"];

/// What the program `text` prints on its standard output, where that is a constant and all that it does.
pub fn printed(language: Language, text: &str, budget: &Budget) -> Option<Value> {
    prints(language)?;
    let lexicon = lexicon::lexicon(language).filter(|_| text.len() <= MAX_PROGRAM)?;
    let _level = budget.enter().ok()?;
    let tokens = tokenizer::tokens(text, lexicon, budget).ok()?;
    if !is_plain(language, text, &tokens) {
        return None;
    }
    let mut scope = scope::Scope::default();
    scope.output = Some(Output { text: Value::from(""), sure: true });
    Reader::new(text, language, lexicon, &tokens, budget, &mut scope).program().ok()?;
    let output = scope.output.take()?;
    let constant = output.sure
        && scope.effects.is_empty()
        && output.text.alternatives().iter().all(|text| text.literal().is_some());
    constant.then_some(output.text)
}

/// Whether nothing in the tokens changes what is printed elsewhere, or runs in a way of its own.
fn is_plain(language: Language, text: &str, tokens: &[Token]) -> bool {
    let word = |token: &Token| text.get(token.start..token.end).unwrap_or("");
    let known = tokens.iter().all(|token| match token.kind {
        Kind::Name => {
            let sigil = token.start > 0 && text.as_bytes()[token.start - 1] == b'$';
            let from = token.start - usize::from(sigil);
            // Perl's `reverse` turns a list round where it is printed, not a text.
            let by_context = language == Language::Perl && word(token) == "reverse";
            !by_context
                && !SEPARATORS.contains(&word(token))
                && !SEPARATORS.contains(&text.get(from..token.end).unwrap_or(""))
        }
        // Fractions and octal numbers are not printed as they are written.
        Kind::Number => {
            let digits = word(token);
            let hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
            hexadecimal
                || (digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0')))
        }
        Kind::Pattern | Kind::Command(_) => false,
        _ => true,
    });
    if !known {
        return false;
    }
    match language {
        // Text outside the tags is printed.
        Language::Php => !text.contains("?>") && (!text.contains("<?") || text.starts_with("<?php")),
        Language::Awk => is_begin(&word, tokens),
        _ => true,
    }
}

/// `BEGIN { … }`, and nothing else: what other blocks do depends on the input.
fn is_begin<'t>(word: &impl Fn(&Token) -> &'t str, tokens: &[Token]) -> bool {
    let tokens: Vec<&Token> = tokens.iter().filter(|t| !matches!(t.kind, Kind::Newline)).collect();
    let [first, open, .., last] = tokens.as_slice() else { return false };
    let braces = |kind: fn(&Kind) -> bool| {
        tokens.iter().filter(|t| kind(&t.kind) && matches!(word(t), "{" | "}")).count()
    };
    word(first) == "BEGIN"
        && word(open) == "{"
        && word(last) == "}"
        && braces(|kind| matches!(kind, Kind::Open)) == 1
        && braces(|kind| matches!(kind, Kind::Close)) == 1
}

fn prints(language: Language) -> Option<&'static Table<Print>> {
    Some(match language {
        Language::Python => &PYTHON_PRINTS,
        Language::JavaScript => &JAVASCRIPT_PRINTS,
        Language::Ruby => &RUBY_PRINTS,
        Language::Perl => &PERL_PRINTS,
        Language::Php => &PHP_PRINTS,
        Language::Awk => &AWK_PRINTS,
        _ => return None,
    })
}

impl Reader<'_> {
    /// Something was read that may print, or keep others from running: nothing is said of the output.
    pub(super) fn unsure(&mut self) {
        if let Some(output) = &mut self.scope.output {
            output.sure = false;
        }
    }

    /// Notes what a call of `callee` prints; none where it is no call that prints, or no one asks.
    pub(super) fn print(
        &mut self,
        callee: &Object,
        path: Path<'_>,
        args: &Args,
    ) -> Result<Option<Val>, Exceeded> {
        if self.scope.output.is_none() {
            return Ok(None);
        }
        // A library that is loaded by its name alone prints nothing.
        let loads = self.language == Language::Ruby && callee.path == "require";
        if loads
            && args.positional.first().and_then(Val::literal).is_some_and(|name| !name.contains(['/', '.']))
        {
            return Ok(Some(Val::list(Vec::new())));
        }
        let Some(print) = prints(self.language).and_then(|table| table.find(path)) else {
            self.unsure();
            return Ok(None);
        };
        // A variable of the program by this name is another thing.
        if callee.receiver.is_none() && self.scope.lookup(&callee.path).is_some() {
            self.unsure();
        }
        match self.shown(print, args)? {
            Some(text) => {
                if let Some(output) = self.scope.output.take() {
                    let (before, sure) = (output.text, output.sure);
                    let text = self.join(before, text)?;
                    self.scope.output = Some(Output { text, sure });
                }
            }
            None => self.unsure(),
        }
        Ok(Some(Val::list(Vec::new())))
    }

    /// What is printed of `args`.
    fn shown(&mut self, print: Print, args: &Args) -> Result<Option<Value>, Exceeded> {
        let mut between = if print == Print::Spaced { Value::from(" ") } else { Value::from("") };
        let mut end = Value::from(if matches!(print, Print::Spaced | Print::Line) { "\n" } else { "" });
        if print == Print::Python {
            (between, end) = (Value::from(" "), Value::from("\n"));
        }
        for (name, value) in &args.named {
            match (print, name.as_str()) {
                (Print::Python, "sep") => between = value.value(),
                (Print::Python, "end") => end = value.value(),
                (Print::Python, "flush") => {}
                _ => return Ok(None),
            }
        }
        // A list is printed in pieces where nothing stands between them, else in a form of its own.
        let mut texts = Vec::new();
        for value in &args.positional {
            match value {
                Val::Text(text) => texts.push(text.clone()),
                Val::List(values, _) if matches!(print, Print::Plain | Print::Line | Print::Lines) => {
                    if self.language == Language::Ruby && print == Print::Plain {
                        return Ok(None);
                    }
                    texts.extend(values.iter().map(Val::value));
                }
                _ => return Ok(None),
            }
        }
        // Without arguments the last line read is printed, or an empty line.
        if texts.is_empty() && print != Print::Python {
            return Ok(None);
        }
        if print == Print::Formatted {
            let Some(format) = texts[0].literal().map(str::to_owned) else { return Ok(None) };
            let values: Vec<Val> = texts[1..].iter().cloned().map(Val::Text).collect();
            // Only plain places are understood to the letter.
            let plain = format.replace("%%", "").split('%').skip(1).all(|rest| rest.starts_with(['s', 'd']));
            return Ok(plain.then_some(self.percent_format(&format, &values, &Val::unknown())?.value()));
        }
        // Node.js reads a first text with `%` as a format.
        if self.language == Language::JavaScript
            && texts.len() > 1
            && texts[0].literal().is_none_or(|first| first.contains('%'))
        {
            return Ok(None);
        }
        let mut out = Value::from("");
        for (at, text) in texts.into_iter().enumerate() {
            self.budget.step()?;
            if print == Print::Lines {
                let ended = text.literal().is_some_and(|text| text.ends_with('\n'));
                out = self.join(out, text)?;
                if !ended {
                    out = self.join(out, Value::from("\n"))?;
                }
                continue;
            }
            if at > 0 {
                out = self.join(out, between.clone())?;
            }
            out = self.join(out, text)?;
        }
        Ok(Some(self.join(out, end)?))
    }

    /// `echo a, b;` and `print a;` of PHP, behind the word.
    pub(super) fn php_echo(&mut self) -> Result<(), Exceeded> {
        loop {
            self.budget.step()?;
            let value = self.expression()?;
            let args = Args { positional: vec![value], named: Vec::new() };
            self.print(&Object::default(), Path::new("echo"), &args)?;
            if self.word_at(0) != "," {
                return Ok(());
            }
            self.at += 1;
        }
    }
}
