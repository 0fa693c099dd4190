//! Whether a rule matches a fact, where parts of the fact may not be known.

use globset::GlobBuilder;
use regex::{Regex, RegexBuilder};

use super::condition::Told;
use super::rule::{AwsMatch, HttpMatch, OneOrMany, Pattern, Rule};
use super::verdict::Decision;
use crate::fact::{AwsCall, Fact, HostClass, HttpRequest};
use crate::knowledge;
use crate::shell::pattern;
use crate::value::{Piece, Text};

/// That a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// What it decides.
    pub decision: Decision,
    /// The parts that could not be known.
    pub unknown: Vec<String>,
}

/// Whether a part of a fact is what a rule wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unknown,
}

/// What the parts of a fact that a rule names have answered.
#[derive(Debug, Default)]
pub(super) struct Answers {
    asked: usize,
    unknown: Vec<String>,
    no: bool,
}

impl Answers {
    /// Asks a part, unless another has answered no: a pattern may be costly to compile.
    pub(super) fn ask(&mut self, part: &str, answer: impl FnOnce() -> Answer) {
        if self.no {
            return;
        }
        self.asked += 1;
        match answer() {
            Answer::Yes => {}
            Answer::No => self.no = true,
            Answer::Unknown => self.unknown.push(part.to_owned()),
        }
    }

    /// Asks a part that a rule need not name whether it is one of these.
    pub(super) fn ask_any(&mut self, part: &str, patterns: Option<&OneOrMany>, text: &Text) {
        if let Some(patterns) = patterns {
            self.ask(part, || any(patterns, text));
        }
    }

    /// What they say together.
    pub(super) fn told(self) -> Told {
        let answer = match (self.no, self.unknown.is_empty()) {
            (true, _) => Answer::No,
            (false, true) => Answer::Yes,
            (false, false) => Answer::Unknown,
        };
        Told { answer, asked: self.asked, unknown: self.unknown }
    }
}

impl Rule {
    /// What the rule decides of a fact; None where it does not match.
    pub fn matches(&self, fact: &Fact) -> Option<Match> {
        let decision = self.decision.decision()?;
        let Told { answer, asked, unknown } = self.when.of(fact);
        if answer == Answer::No {
            return None;
        }
        // Where nothing is known of a request, nothing speaks for the rule. That asm-exec runs is known.
        let is_request = matches!(fact, Fact::Aws(_) | Fact::Http(_));
        if is_request && unknown.len() == asked && !unknown.is_empty() {
            return None;
        }
        let decision =
            unknown.iter().try_fold(decision, |least, part| Some(least.min(self.unknown.of(part)?)))?;
        Some(Match { decision, unknown })
    }
}

pub(super) fn aws(answers: &mut Answers, wanted: &AwsMatch, call: &AwsCall) {
    answers.ask_any("service", wanted.service.as_ref(), &call.service);
    answers.ask_any("operation", wanted.operation.as_ref(), &call.operation);
    for (name, patterns) in &wanted.parameters {
        answers.ask(name, || call.parameter(name).map_or(Answer::No, |value| any(patterns, value)));
    }
}

pub(super) fn http(answers: &mut Answers, wanted: &HttpMatch, request: &HttpRequest) {
    let to = (&request.host, request.class, &request.port);
    place(answers, wanted.host.as_ref(), wanted.port.as_ref(), to);
    answers.ask_any("path", wanted.path.as_ref(), &request.path);
    answers.ask_any("query", wanted.query.as_ref(), &request.query);
}

/// The host and the port that something leads to.
pub(super) fn place(
    answers: &mut Answers,
    hosts: Option<&OneOrMany>,
    ports: Option<&OneOrMany>,
    (host, class, port): (&Text, HostClass, &Text),
) {
    if let Some(hosts) = hosts {
        let matches = |pattern: &Pattern| match pattern {
            Pattern::Glob(name) if name == "loopback" => match class {
                HostClass::Loopback => Answer::Yes,
                HostClass::Other => Answer::No,
                HostClass::Unknown => Answer::Unknown,
            },
            pattern => one(pattern, &host.clone().map_literals(str::to_lowercase)),
        };
        answers.ask("host", || either(hosts.patterns().iter().map(matches)));
    }
    if let Some(ports) = ports {
        let matches = |pattern: &Pattern| match pattern {
            Pattern::Glob(name) if name == "agent" => literal(&knowledge::agent().port.to_string(), port),
            pattern => one(pattern, port),
        };
        answers.ask("port", || either(ports.patterns().iter().map(matches)));
    }
}

pub(super) fn any(patterns: &OneOrMany, text: &Text) -> Answer {
    either(patterns.patterns().iter().map(|pattern| one(pattern, text)))
}

pub(super) fn either(answers: impl Iterator<Item = Answer>) -> Answer {
    answers.fold(Answer::No, |so_far, answer| match (so_far, answer) {
        (Answer::Yes, _) | (_, Answer::Yes) => Answer::Yes,
        (Answer::Unknown, _) | (_, Answer::Unknown) => Answer::Unknown,
        _ => Answer::No,
    })
}

pub(super) fn one(pattern: &Pattern, text: &Text) -> Answer {
    match pattern {
        Pattern::Glob(glob) if !glob.contains(['*', '?', '[', '{']) => literal(glob, text),
        Pattern::Glob(glob) => glob_matches(glob, text),
        Pattern::Regex { regex } => match text.literal() {
            // Compiled where it is met, so that a rule that no fact reaches costs nothing.
            Some(text) => match compiled(regex) {
                Ok(regex) if regex.is_match(text) => Answer::Yes,
                Ok(_) => Answer::No,
                Err(_) => Answer::Unknown,
            },
            None => Answer::Unknown,
        },
    }
}

/// The memory that a regular expression may take, in bytes. It is compiled in a hook's time.
const MAX_REGEX: usize = 256 << 10;

/// A regular expression over a whole text.
pub(super) fn compiled(regex: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&format!("^(?:{regex})$")).size_limit(MAX_REGEX).build()
}

fn literal(wanted: &str, text: &Text) -> Answer {
    match text {
        Text::Literal(text) if text == wanted => Answer::Yes,
        Text::Literal(_) => Answer::No,
        Text::Mixed(pieces) if pattern::matches(&wildcard(pieces), wanted) => Answer::Unknown,
        Text::Mixed(_) => Answer::No,
    }
}

/// A text with a character that is in no pattern in the place of what is unknown.
fn with_any(pieces: &[Piece]) -> String {
    pieces.iter().fold(String::new(), |out, piece| match piece {
        Piece::Literal(text) => out + text,
        Piece::Glob(_) | Piece::Unknown(_) => out + "\u{fffc}",
    })
}

/// A text as a pattern that every text it may be matches.
fn wildcard(pieces: &[Piece]) -> String {
    pieces.iter().fold(String::new(), |mut out, piece| {
        match piece {
            Piece::Literal(text) => {
                for c in text.chars() {
                    if "*?[]\\".contains(c) {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
            Piece::Glob(glob) => out.push_str(glob),
            Piece::Unknown(_) => out.push('*'),
        }
        out
    })
}

fn glob_matches(glob: &str, text: &Text) -> Answer {
    let fixed = &glob[..glob.find(['*', '?', '[', '{']).unwrap_or(glob.len())];
    if let Text::Mixed(pieces) = text {
        let known = text.known_prefix();
        if !known.starts_with(fixed) && !fixed.starts_with(known) {
            return Answer::No;
        }
        // Where it matches with a character in the place of the unknown that nothing but `*` takes, it matches whatever that is.
        let taken = || pattern::matches(glob, &with_any(pieces));
        return if !glob.contains(['?', '[', '{']) && taken() { Answer::Yes } else { Answer::Unknown };
    }
    let Some(text) = text.literal() else { return Answer::Unknown };
    if !text.starts_with(fixed) {
        // No need to compile anything.
        return Answer::No;
    }
    match GlobBuilder::new(glob).literal_separator(false).build() {
        Ok(glob) if glob.compile_matcher().is_match(text) => Answer::Yes,
        Ok(_) => Answer::No,
        Err(_) => Answer::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::Glob(text.to_owned())
    }

    #[test]
    fn parts_match_wholly_perhaps_or_not() {
        let unknown = || Text::unknown("$x");
        for (wanted, text, expected) in [
            ("get-secret-value", Text::from("get-secret-value"), Answer::Yes),
            ("get-secret-value", Text::from("get-secret"), Answer::No),
            ("get-secret-value", unknown(), Answer::Unknown),
            ("get-secret-value", Text::from("get-").concat(unknown()), Answer::Unknown),
            ("get-secret-value", Text::from("list-").concat(unknown()), Answer::No),
            ("/v1/*", Text::from("/v1/a/b"), Answer::Yes),
            ("/v1/*", Text::from("/v1/").concat(unknown()), Answer::Yes),
            ("/v1/*", Text::from("/v2/").concat(unknown()), Answer::No),
            ("/v1/*", unknown(), Answer::Unknown),
            ("{a,b}*", Text::from("bx"), Answer::Yes),
        ] {
            assert_eq!(one(&pattern(wanted), &text), expected, "{wanted} against {text}");
        }
        let regex = Pattern::Regex { regex: "get-.*-value".to_owned() };
        assert_eq!(one(&regex, &Text::from("get-secret-value")), Answer::Yes);
        assert_eq!(one(&regex, &Text::from("x-get-secret-value")), Answer::No);
        let glob = Text::from_pieces([Piece::Glob("get-secret-v*".to_owned())]);
        assert_eq!(one(&pattern("get-secret-value"), &glob), Answer::Unknown);
    }
}
