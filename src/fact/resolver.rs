//! asm-exec: what it is told, and the command that it starts with values in the place of references.

use super::reader::Reader;
use super::{Fact, Output, Place, Resolve, reference, shown, veil};
use crate::knowledge::Resolver;
use crate::shell::{Invocation, Outcome};
use crate::trace::Trace;
use crate::value::{Text, Value};

/// A command that asm-exec started, while it is followed.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Whether there is anything to resolve in what it is given.
    pub(super) references: bool,
    /// Whether a program in it did something other than to show text.
    pub(super) used: bool,
    /// The first program in it that shows text which cannot be known.
    pub(super) perhaps: Option<Shown>,
}

/// That a program shows something.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) program: Text,
    pub(super) evidence: String,
    pub(super) route: Vec<String>,
}

/// asm-exec's own command line.
#[derive(Debug, Default)]
struct CommandLine<'a> {
    /// Its options, as they are written.
    options: Vec<Text>,
    /// Values by option.
    values: Vec<(String, Text)>,
    /// The command.
    command: &'a [Text],
}

impl<'a> CommandLine<'a> {
    /// Options end at `--`, or at the first word that is none.
    fn read(resolver: &Resolver, words: &'a [Text]) -> CommandLine<'a> {
        let mut line = CommandLine::default();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            if word.literal() == Some("--") {
                at += 1;
                break;
            }
            let prefix = word.known_prefix();
            let dashes_follow = || words[at..].iter().any(|word| word.literal() == Some("--"));
            // `asm-exec $OPTIONS -- COMMAND`
            let perhaps = prefix.is_empty() && word.literal().is_none() && dashes_follow();
            let option = prefix.starts_with('-') && word.literal() != Some("-");
            if !perhaps && !option {
                break;
            }
            at += 1;
            line.options.push(word.clone());
            let (name, attached) = match prefix.split_once('=') {
                Some((name, _)) => (name, Some(super::options::without_start(word, name.len() + 1))),
                None => (prefix, None),
            };
            if resolver.value_options.iter().any(|known| known == name) {
                let value = attached.or_else(|| {
                    at += 1;
                    words.get(at - 1).cloned()
                });
                line.values.extend(value.map(|value| (name.to_owned(), value)));
            }
        }
        line.command = words.get(at..).unwrap_or_default();
        line
    }

    fn has(&self, options: &[String]) -> bool {
        self.options.iter().any(|word| word.literal().is_some_and(|word| options.iter().any(|o| o == word)))
    }

    fn values_of<'l>(&'l self, options: &'l [String]) -> impl Iterator<Item = &'l Text> {
        self.values.iter().filter(|(name, _)| options.contains(name)).map(|(_, value)| value)
    }
}

impl Reader {
    /// Follows asm-exec to its command.
    pub(super) fn resolver(
        &mut self,
        trace: &Trace,
        name: &str,
        resolver: &Resolver,
        invocation: &Invocation,
    ) -> Outcome {
        let silent = Outcome { output: None, entered: true };
        let line = CommandLine::read(resolver, &invocation.argv[1..]);
        if line.has(&resolver.help) {
            return silent;
        }
        self.resolvers += 1;
        let mut environment = invocation.environment.clone();
        let variables = environment.clone();
        for path in line.values_of(&resolver.env_file).filter_map(Text::literal) {
            if let Some(Value::One(Text::Literal(text))) = invocation.files.get(path) {
                environment.extend(text.lines().filter_map(assignment));
            }
        }
        let with = variables.iter().map(|(name, value)| format!("{name}={} ", shell_word(value)));
        let evidence = format!("{}{invocation}", with.collect::<String>());
        let fact = Resolve {
            program: line.command.first().cloned().unwrap_or_else(|| Text::from("")),
            options: line.options.clone(),
            variables,
            output: Output::Hidden,
        };
        self.find(trace, Fact::Resolve(fact), evidence, None);
        if line.has(&resolver.dry) {
            return silent;
        }
        let _through = trace.through(name);
        self.fill(trace, resolver, &line, invocation);
        if line.command.is_empty() {
            return silent;
        }
        // What is on standard input is not resolved. A program that only shows it is no use all the same.
        if reference::is_in(&invocation.stdin) {
            self.find_unresolved(trace, invocation, Place::Input);
        }
        let in_environment =
            || environment.iter().any(|(_, value)| value.alternatives().iter().any(reference::is_in));
        self.scopes.push(Scope {
            references: line.command.iter().any(reference::is_in)
                || in_environment()
                || line.values_of(&resolver.env_file).next().is_some(),
            ..Scope::default()
        });
        let argv: Vec<Text> = line.command.iter().cloned().map(veil::resolved).collect();
        let inner = Invocation {
            environment: environment
                .into_iter()
                .map(|(name, value)| (name, value.map(veil::resolved)))
                .collect(),
            stdin: veil::resolved(invocation.stdin.clone()),
            ..invocation.clone()
        };
        let output = self.inner_command(trace, &inner, &argv).output;
        let scope = self.scopes.pop().unwrap_or_default();
        let only_shows = !scope.used;
        if let Some(shown) = scope.perhaps.filter(|_| only_shows) {
            self.find_shown(trace, shown, Output::Unknown);
        }
        let masked = |text: Text| {
            // Where nothing but showing is done, what a variable holds is there to be seen.
            let meant = only_shows && shown::holds_variable(&text);
            veil::masked(if meant { Text::from(veil::value(&text.to_string())) } else { text })
        };
        Outcome { output: output.map(|output| output.map(masked)), entered: true }
    }

    /// `--template FILE --out FILE`: a file with values in it.
    fn fill(&mut self, trace: &Trace, resolver: &Resolver, line: &CommandLine, invocation: &Invocation) {
        let Some(out) = line.values_of(&resolver.out).last() else { return };
        let template = line.values_of(&resolver.template).last().and_then(Text::literal);
        let known = template.and_then(|path| invocation.files.get(path));
        let filled = match known.map(|text| text.map(veil::resolved)) {
            Some(text) => text,
            None => Value::from(veil::value("{{resolve:…}}")),
        };
        let path = out.to_string();
        if shown::is_output(&path) {
            self.written_to_output(trace, out, &filled);
        } else {
            invocation.files.write(&path, filled);
        }
    }
}

/// A line of a file of variables.
fn assignment(line: &str) -> Option<(String, Value)> {
    let line = line.trim().strip_prefix("export ").unwrap_or(line.trim());
    let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    let value = value.trim();
    let bare = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(value);
    Some((name.trim().to_owned(), Value::from(bare)))
}

fn shell_word(value: &Value) -> String {
    match value.literal() {
        Some(text) => crate::shell::quoted(text),
        None => format!("\"{value}\""),
    }
}
