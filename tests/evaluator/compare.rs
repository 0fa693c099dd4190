//! What the evaluator computes, and whether it allows what bash did.

use asm_guard::shell::{self, Host, Invocation, Setup};
use asm_guard::trace::Trace;
use asm_guard::value::{Piece, Text, Value};

/// How a computed record stands to bash's.
pub enum Outcome {
    /// The same words, all of them known.
    Same,
    /// bash's words are among what is left open, for this reason.
    Within(String),
    /// Something else.
    Differs,
}

#[derive(Default)]
struct Recorder(Vec<Vec<Text>>);

impl Host for Recorder {
    fn invoke(&mut self, _: &Trace, invocation: &Invocation) -> shell::Outcome {
        if invocation.argv.first().and_then(Text::literal) != Some("rec") {
            return shell::Outcome::default();
        }
        let words = invocation.argv[1..].iter().cloned().map(Text::unmatched).collect();
        self.0.push(words);
        shell::Outcome { output: Some(Value::from("")), entered: true }
    }

    fn status(&self, invocation: &Invocation) -> Option<u8> {
        (invocation.argv.first().and_then(Text::literal) == Some("rec")).then_some(0)
    }
}

/// What the recorder gets, and whether a bound left something out.
fn evaluate(program: &str) -> Result<(Vec<Vec<Text>>, bool), String> {
    let mut recorder = Recorder::default();
    // As the runner does it: a subshell that evaluates a text.
    let text = format!("( eval {} )", shell::quoted(&format!("{}\n{program}", super::bash::PROLOGUE)));
    let setup = Setup {
        environment: super::bash::ENVIRONMENT
            .iter()
            .map(|(n, v)| ((*n).to_owned(), Value::from(*v)))
            .collect(),
        stdin: Value::from(""),
        ..Setup::default()
    };
    let trace = Trace::new();
    match shell::run(&text, setup, &trace, &mut recorder) {
        Ok(_) => Ok((recorder.0, trace.is_partial())),
        Err(exceeded) => Err(exceeded.to_string()),
    }
}

/// Compares what is computed of a program with what bash recorded.
pub fn judge(program: &str, argvs: &[Vec<String>]) -> Outcome {
    let (computed, partial) = match evaluate(program) {
        Ok(computed) => computed,
        Err(bound) => return Outcome::Within(format!("bound: {bound}")),
    };
    if computed.len() == argvs.len()
        && computed.iter().zip(argvs).all(|(words, argv)| is_exactly(words, argv))
    {
        return Outcome::Same;
    }
    let mut rest = argvs.iter();
    let mut next = rest.next();
    for words in &computed {
        // What is not known may be so in every turn of a loop.
        let often = words.iter().any(|word| word.literal().is_none());
        while next.is_some_and(|argv| may_be(words, argv)) {
            next = rest.next();
            if !often {
                break;
            }
        }
    }
    if next.is_some() {
        return if partial {
            Outcome::Within("bound: understood in part".to_owned())
        } else {
            Outcome::Differs
        };
    }
    let unknown = computed.iter().flatten().find_map(|word| match word {
        Text::Literal(_) => None,
        Text::Mixed(pieces) => pieces.iter().find_map(|piece| match piece {
            Piece::Unknown(unknown) => Some(unknown.what.clone()),
            _ => None,
        }),
    });
    match unknown {
        Some(what) => Outcome::Within(format!("unknown: {}", kind(&what))),
        None => Outcome::Within("more than one way".to_owned()),
    }
}

/// Both records, for a person.
pub fn show(program: &str, argvs: &[Vec<String>]) -> String {
    let computed = match evaluate(program) {
        Ok((computed, _)) => {
            computed.iter().map(|words| line(words.iter().map(Text::to_string))).collect::<Vec<_>>()
        }
        Err(bound) => vec![bound],
    };
    let real: Vec<String> = argvs.iter().map(|argv| line(argv.iter().cloned())).collect();
    format!("bash:      {}\nevaluated: {}", real.join(" ; "), computed.join(" ; "))
}

fn line(words: impl Iterator<Item = String>) -> String {
    words.map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" ")
}

fn is_exactly(words: &[Text], argv: &[String]) -> bool {
    words.len() == argv.len() && words.iter().zip(argv).all(|(word, real)| word.literal() == Some(real))
}

/// Whether words with unknown parts may become these arguments.
fn may_be(words: &[Text], argv: &[String]) -> bool {
    match words.split_first() {
        None => argv.is_empty(),
        Some((word, rest)) if word.may_split() => (0..=argv.len()).any(|n| may_be(rest, &argv[n..])),
        Some((word, rest)) => argv
            .split_first()
            .is_some_and(|(real, others)| text_may_be(&word.clone().pieces(), real) && may_be(rest, others)),
    }
}

fn text_may_be(pieces: &[Piece], real: &str) -> bool {
    match pieces.split_first() {
        None => real.is_empty(),
        Some((Piece::Literal(text) | Piece::Glob(text), rest)) => {
            real.strip_prefix(text.as_str()).is_some_and(|real| text_may_be(rest, real))
        }
        Some((Piece::Unknown(_), rest)) => {
            real.char_indices().map(|(at, _)| at).chain([real.len()]).any(|at| text_may_be(rest, &real[at..]))
        }
    }
}

/// What an unknown is called, without the names and texts in it.
fn kind(what: &str) -> String {
    match what.split_once(' ') {
        Some((first, _)) => format!("{first} …"),
        None => what.to_owned(),
    }
}
