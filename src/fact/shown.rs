//! What becomes of a value that a program gets: shown, handed on, or used.

use super::reader::Reader;
use super::resolver::Shown;
use super::{Fact, Finding, Output, Resolve, veil};
use crate::knowledge::{Handling, Program, Shows};
use crate::shell::{self, Invocation, Outcome, pattern};
use crate::trace::Trace;
use crate::value::{Piece, Text, Value};

/// Where a process's environment can be read as a file (proc(5)).
const ENVIRONMENTS: &str = "/proc/*/environ";

/// What a program puts on its output.
#[derive(Debug, Default)]
struct Exposed {
    /// A text with a value in it.
    value: Option<Text>,
    /// A variable of which only the environment knows what it holds.
    variable: Option<Text>,
}

impl Reader {
    /// Follows the values that a program gets to its output. `outcome` is what is known of it so far.
    pub(super) fn follow(
        &mut self,
        trace: &Trace,
        name: Option<&str>,
        invocation: &Invocation,
        outcome: Outcome,
    ) -> Outcome {
        let arguments = invocation.argv.get(1..).unwrap_or_default();
        let handling = name.and_then(|name| self.knowledge.handling(name, arguments));
        let Some(handling) = handling.filter(|handling| handling.idle || !handling.shows.is_empty()) else {
            self.note_use(name, &outcome);
            return outcome;
        };
        if outcome.entered || has_option(arguments, &handling.silent) {
            return outcome;
        }
        let exposed = self.exposed(&handling, invocation);
        if has_option(arguments, &handling.writes) {
            let paths = arguments.iter().filter_map(Text::literal).filter(|word| !word.starts_with('-'));
            if let Some(value) = exposed.value {
                for path in paths {
                    invocation
                        .files
                        .write(path.strip_prefix("of=").unwrap_or(path), Value::One(value.clone()));
                }
            }
            return outcome;
        }
        if !invocation.captured {
            self.put_out(trace, invocation, exposed);
            return outcome;
        }
        // Whoever reads it gets the value, as the tool makes it where that is known.
        let handed_on = match (exposed.value, exposed.variable) {
            (Some(value), _) => shell::printed(trace, invocation).filter(veil::is_in).unwrap_or(value),
            (None, Some(variable)) if handling.shows.contains(&Shows::Environment) => variable,
            _ => return outcome,
        };
        Outcome { output: Some(Value::One(handed_on)), entered: true }
    }

    /// A program other than a shell, a wrapper or one that shows text: what it does with a value is its own affair.
    fn note_use(&mut self, name: Option<&str>, outcome: &Outcome) {
        let is_itself = |program: &Program| {
            !matches!(
                program,
                Program::Wrapper(_) | Program::Shell(_) | Program::Alias(_) | Program::Resolver(_)
            )
        };
        let programs = name.map(|name| self.knowledge.programs(name)).unwrap_or_default();
        if (!outcome.entered || programs.iter().any(is_itself))
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.used = true;
        }
    }

    fn exposed(&self, handling: &Handling, invocation: &Invocation) -> Exposed {
        let arguments = invocation.argv.get(1..).unwrap_or_default();
        let mut exposed = Exposed::default();
        let mut environment =
            arguments.iter().any(|word| names_environment(word, &handling.environment_words));
        for shows in &handling.shows {
            match shows {
                Shows::Arguments => arguments.iter().for_each(|word| exposed.text(word)),
                Shows::Input => {
                    exposed.text(&invocation.stdin);
                    environment |= is_environment(&invocation.stdin);
                    for path in arguments.iter().map(Text::to_string) {
                        environment |= pattern::matches(ENVIRONMENTS, &path);
                        if let Some(held) = invocation.files.get(&path) {
                            held.alternatives().iter().for_each(|text| exposed.text(text));
                        }
                    }
                }
                Shows::Environment => environment = true,
            }
        }
        if environment {
            self.environment(handling, invocation, &mut exposed);
        }
        exposed
    }

    /// What a program shows of its environment: the variables that it names, or all.
    fn environment(&self, handling: &Handling, invocation: &Invocation, exposed: &mut Exposed) {
        let scope = self.scopes.last();
        let names: Vec<&str> = match handling.shows.as_slice() {
            [Shows::Environment] => {
                let words = invocation.argv[1..].iter().filter_map(Text::literal);
                words.filter(|word| shell::is_variable(word)).collect()
            }
            _ => Vec::new(),
        };
        let set = |name: &str| invocation.environment.iter().find(|(known, _)| known == name);
        let holding = |(name, value): &(String, Value)| {
            let text = value.alternatives().iter().find(|text| veil::is_in(text))?;
            Some((name.clone(), text.clone()))
        };
        if names.is_empty() {
            if let Some((name, value)) = invocation.environment.iter().find_map(holding) {
                exposed.value = Some(Text::from(format!("{name}=")).concat(value));
            } else if scope.is_some_and(|scope| scope.references) {
                // References in shell text reach it as variables.
                exposed.value = Some(Text::from(veil::value("the environment")));
            } else if scope.is_some() {
                exposed.variable = Some(Text::unknown("$environment"));
            }
            return;
        }
        for name in names {
            match set(name) {
                Some(variable) => {
                    exposed.value = holding(variable).map(|(_, value)| value).or(exposed.value.take())
                }
                None if scope.is_some() => exposed.variable = Some(Text::unknown(format!("${name}"))),
                None => {}
            }
        }
    }

    /// Something goes straight to the tool's output.
    fn put_out(&mut self, trace: &Trace, invocation: &Invocation, exposed: Exposed) {
        let shown = || Shown {
            program: invocation.argv.first().cloned().unwrap_or_else(|| Text::from("")),
            evidence: invocation.to_string(),
            route: trace.route(),
        };
        if exposed.value.is_some() {
            self.find_shown(trace, shown(), Output::Value);
        } else if exposed.variable.is_some()
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.perhaps.get_or_insert_with(shown);
        }
    }

    /// A program whose code prints a value, and what it prints.
    pub(super) fn printed_by_code(
        &mut self,
        trace: &Trace,
        invocation: &Invocation,
        value: Text,
    ) -> Option<Value> {
        if invocation.captured {
            return Some(Value::One(value));
        }
        self.put_out(trace, invocation, Exposed { value: Some(value), variable: None });
        None
    }

    /// Text is written to a path that is an output of the tool, such as `/dev/stderr`.
    pub(super) fn written_to_output(&mut self, trace: &Trace, path: &Text, text: &Value) {
        if veil::is_in_value(text) && is_output(&path.to_string()) {
            let shown = Shown { program: path.clone(), evidence: format!("> {path}"), route: trace.route() };
            self.find_shown(trace, shown, Output::Value);
        }
    }

    pub(super) fn find_shown(&mut self, trace: &Trace, shown: Shown, output: Output) {
        let fact = Fact::Resolve(Resolve {
            program: veil::lifted(shown.program),
            options: Vec::new(),
            variables: Vec::new(),
            output,
        });
        if self.findings.has(&fact, None) {
            return;
        }
        trace.step(|| format!("fact: {}", fact.shown()));
        let evidence = veil::shown(&shown.evidence);
        self.findings.add(Finding {
            fact,
            evidence,
            route: shown.route,
            origin: None,
            reference: None,
            instead: None,
        });
    }
}

impl Exposed {
    fn text(&mut self, text: &Text) {
        if veil::is_in(text) {
            self.value.get_or_insert_with(|| text.clone());
        } else if holds_variable(text) {
            self.variable.get_or_insert_with(|| text.clone());
        }
    }
}

/// Whether a part of a text is what some variable holds.
pub(super) fn holds_variable(text: &Text) -> bool {
    let Text::Mixed(pieces) = text else { return false };
    pieces.iter().any(|piece| matches!(piece, Piece::Unknown(unknown) if unknown.what.contains('$')))
}

/// Whether a text is what is read from `/proc/self/environ`.
fn is_environment(text: &Text) -> bool {
    let Text::Mixed(pieces) = text else { return false };
    let is = |what: &str| pattern::matches(&format!("contents of {ENVIRONMENTS}"), what);
    pieces.iter().any(|piece| matches!(piece, Piece::Unknown(unknown) if is(&unknown.what)))
}

/// Whether a filter names its environment: `env.X`, `$ENV.X`, but not the key `.env`.
fn names_environment(word: &Text, names: &[String]) -> bool {
    let text = word.known_prefix();
    names.iter().any(|name| {
        text.match_indices(name.as_str()).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + name.len()..].chars().next();
            let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-');
            !before.is_some_and(|c| part(c) || matches!(c, '.' | '"')) && !after.is_some_and(part)
        })
    })
}

/// Whether one of these options is given: as a word, with a value attached, or in a bundle of letters.
fn has_option(words: &[Text], options: &[String]) -> bool {
    let given = |word: &str, option: &str| match option.strip_prefix('-') {
        Some(letter) if letter.len() == 1 => word.strip_prefix('-').is_some_and(|letters| {
            let bundle = letters.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            bundle.contains(letter)
        }),
        _ if option.ends_with('=') => word.starts_with(option),
        _ => word == option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('=')),
    };
    words.iter().filter_map(Text::literal).any(|word| options.iter().any(|option| given(word, option)))
}

/// Whether what is written to a path comes out where the tool's output does.
pub(super) fn is_output(path: &str) -> bool {
    matches!(
        path,
        "-" | "/dev/stdout"
            | "/dev/stderr"
            | "/dev/tty"
            | "/dev/console"
            | "/dev/fd/1"
            | "/dev/fd/2"
            | "/proc/self/fd/1"
            | "/proc/self/fd/2"
    )
}
