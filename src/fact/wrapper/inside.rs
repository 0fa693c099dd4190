//! A wrapper's command line: its options, and the command behind them.

use super::super::options::{Argument, Options, without_start};
use super::super::reader::Reader;
use super::is_one_of;
use crate::knowledge::{Inner, Knowledge, Wrapper};
use crate::shell::{Invocation, Outcome};
use crate::trace::Trace;
use crate::value::{Piece, Text, Value};

/// A wrapper being followed.
pub(super) struct Inside<'a> {
    pub(super) reader: &'a mut Reader,
    pub(super) trace: &'a Trace,
    pub(super) wrapper: &'a Wrapper,
    pub(super) invocation: &'a Invocation,
    /// `NAME=value` before the command.
    pub(super) assigned: Vec<(String, Value)>,
    pub(super) outcome: Outcome,
}

impl Inside<'_> {
    pub(super) fn options_and_command(&mut self, words: &[Text]) {
        let wrapper = self.wrapper;
        let takes_value = |name: &str| {
            let listed = |list: &[String]| list.iter().any(|known| known == name);
            !listed(&wrapper.flags)
                && (listed(&wrapper.value_options)
                    || listed(&wrapper.shell_options)
                    || listed(&wrapper.split_options)
                    || listed(&wrapper.command_options)
                    || listed(&wrapper.image_options)
                    || listed(&wrapper.tunnel_options)
                    || listed(&wrapper.config_options))
        };
        let mut program = None;
        let mut replaced = wrapper.replace_default.clone();
        let mut at = 0;
        let mut skipped = 0;
        let mut saw_shell_text = false;
        let mut first_operand: Option<Text> = None;
        loop {
            // Behind the host, the file or the image, most programs take no more options of their own.
            let done = wrapper.skip > 0 && skipped >= wrapper.skip && !wrapper.options_after;
            if done && at < words.len() && words[at].literal() != Some("--") {
                self.command(&words[at..], program, replaced, first_operand, saw_shell_text);
                return;
            }
            let read = Options { value: &takes_value, stop: true }.read(&words[at..]);
            let mut next = words.len();
            for argument in &read {
                match argument {
                    Argument::Option { name, value, next } => {
                        if let Some(text) = value {
                            saw_shell_text |= self.option(name, text, &words[(at + next).min(words.len())..]);
                        }
                        if wrapper.image_options.contains(name) {
                            program = value
                                .as_ref()
                                .and_then(Text::literal)
                                .and_then(|image| self.reader.knowledge.image(image))
                                .map(Text::from);
                        }
                        if wrapper.command_options.contains(name) {
                            program.clone_from(value);
                        }
                        if wrapper.replace_options.contains(name) {
                            replaced = Some(value.as_ref().map_or("{}".to_owned(), Text::to_string));
                        }
                    }
                    Argument::Operand { at: operand, word } => {
                        next = at + operand;
                        let literal = word.literal().unwrap_or_default();
                        let assignment = wrapper.assignments && is_assignment(word);
                        let meaningless = wrapper.skip_words.iter().any(|w| w == literal);
                        let counted = skipped < wrapper.skip || wrapper.options_anywhere;
                        if assignment {
                            self.assign(word);
                        }
                        if assignment || meaningless || counted {
                            if counted && !assignment && !meaningless {
                                skipped += 1;
                                first_operand.get_or_insert_with(|| word.clone());
                            }
                            next += 1;
                        } else {
                            self.command(&words[next..], program, replaced, first_operand, saw_shell_text);
                            return;
                        }
                    }
                    Argument::Dashes { at: dashes } => {
                        next = at + dashes + 1;
                        if skipped < wrapper.skip && wrapper.inner == Inner::AfterDashesOrRest {
                            skipped = wrapper.skip;
                        }
                        let ready = skipped >= wrapper.skip || wrapper.skip_optional;
                        if ready && !wrapper.assignments || wrapper.inner == Inner::AfterDashes {
                            self.command(&words[next..], program, replaced, first_operand, saw_shell_text);
                            return;
                        }
                    }
                }
            }
            if next >= words.len() || next <= at {
                let none: &[Text] = &[];
                self.command(none, program, replaced, first_operand, saw_shell_text);
                return;
            }
            at = next;
        }
    }

    /// An option that holds a command. True where its value was shell text.
    fn option(&mut self, name: &str, value: &Text, after: &[Text]) -> bool {
        let is = |list: &[String]| list.iter().any(|known| known == name);
        if is(&self.wrapper.shell_options) {
            // tar's `--checkpoint-action=exec=command`.
            let prefix = value.known_prefix().find("exec=").map_or(0, |at| at + "exec=".len());
            self.shell(&without_start(value, prefix));
            return true;
        }
        if is(&self.wrapper.tunnel_options) {
            self.reader.tunnel(self.trace, value, &self.invocation.to_string());
        }
        if is(&self.wrapper.config_options) {
            return self.reader.configured(self.trace, self.wrapper, &value.to_string(), self.invocation);
        }
        if is(&self.wrapper.split_options) {
            let mut argv: Vec<Text> = match value.literal() {
                // `\_` is a space to env.
                Some(text) => shlex::split(&text.replace("\\_", " "))
                    .unwrap_or_default()
                    .into_iter()
                    .map(Text::from)
                    .collect(),
                None => vec![value.clone()],
            };
            argv.extend(after.iter().cloned());
            let start = argv.iter().position(|w| !is_assignment(w)).unwrap_or(argv.len());
            for word in &argv[..start] {
                self.assign(word);
            }
            self.run(&argv[start..]);
            return true;
        }
        false
    }

    /// The command at the end of the words.
    fn command(
        &mut self,
        words: &[Text],
        program: Option<Text>,
        replaced: Option<String>,
        first_operand: Option<Text>,
        saw_shell_text: bool,
    ) {
        let wrapper = self.wrapper;
        let mut words: Vec<Text> = words.to_vec();
        if wrapper.image {
            let image = first_operand.as_ref().and_then(Text::literal);
            let image = image.and_then(|image| self.reader.knowledge.image(image));
            if let Some(entry) = program.or_else(|| image.map(Text::from)) {
                words.insert(0, entry);
            }
        } else if let Some(program) = program
            && !words
                .iter()
                .find(|w| w.literal() != Some("--"))
                .is_some_and(|word| is_known_program(word, &self.reader.knowledge))
        {
            let at = words.iter().position(|w| w.literal() == Some("--")).map_or(0, |at| at + 1);
            words.insert(at, program);
        }
        let mut after: Option<Vec<Text>> = None;
        if let Some(end) = words.iter().position(|w| is_one_of(w, &wrapper.ends)) {
            let operator = words[end].clone();
            if operator.literal() != Some("::::") {
                after = Some(words[end + 1..].to_vec());
            }
            words.truncate(end);
        }
        if wrapper.stdin_words && words.is_empty() && after.is_none() {
            // parallel without a command: each line is one.
            let stdin = self.invocation.stdin.clone();
            if wrapper.inner == Inner::Shell {
                self.shell(&stdin);
            }
            return;
        }
        if wrapper.stdin_shell && wrapper.inner == Inner::None && !saw_shell_text {
            let prefix = wrapper.stdin_prefix.as_str();
            let stdin = self.invocation.stdin.clone().map_literals(|text| match wrapper.stdin_schedule {
                true => without_times(text),
                false => with_prefix(text, prefix),
            });
            self.shell(&stdin);
            return;
        }
        if words.is_empty() && after.is_none() {
            if wrapper.skip_optional && !saw_shell_text || wrapper.stdin_shell {
                // `su`, `ssh host` and `at now` read commands from standard input.
                let stdin = self.invocation.stdin.clone();
                self.shell(&stdin);
            }
            return;
        }
        if wrapper.stdin_words {
            self.with_words(words, replaced, after);
            return;
        }
        self.inner(&words);
    }

    pub(super) fn inner(&mut self, words: &[Text]) {
        match self.wrapper.inner {
            Inner::None | Inner::ShellArguments => {}
            Inner::Rest | Inner::AfterDashes => self.run(words),
            Inner::AfterDashesOrRest => {
                let start = words.iter().position(|w| w.literal() == Some("--")).map_or(0, |at| at + 1);
                self.run(&words[start..]);
            }
            Inner::Search => {
                let known = |word: &Text| is_known_program(word, &self.reader.knowledge);
                let start = words.iter().position(|w| w.literal() == Some("--")).map(|at| at + 1);
                let start = start.or_else(|| words.iter().position(known)).unwrap_or(0);
                self.run(&words[start..]);
            }
            Inner::Shell => {
                let text = joined(words);
                self.shell(&text);
            }
            Inner::ShellEach => {
                for word in words {
                    self.shell(word);
                }
                let text = joined(words);
                self.shell(&text);
            }
        }
    }

    /// Notes `NAME=value` before the command.
    fn assign(&mut self, word: &Text) {
        if let Some((name, _)) = word.known_prefix().split_once('=') {
            let value = without_start(word, name.len() + 1);
            self.assigned.push((name.to_owned(), Value::One(value)));
        }
    }

    fn run(&mut self, argv: &[Text]) {
        if argv.is_empty() {
            return;
        }
        if self.assigned.is_empty() {
            self.outcome = self.reader.inner_command(self.trace, self.invocation, argv);
            return;
        }
        let mut environment = self.invocation.environment.clone();
        environment.retain(|(known, _)| !self.assigned.iter().any(|(name, _)| name == known));
        environment.append(&mut self.assigned.clone());
        let with = Invocation { environment, ..self.invocation.clone() };
        self.outcome = self.reader.inner_command(self.trace, &with, argv);
    }

    pub(super) fn shell(&mut self, text: &Text) {
        self.outcome = self.reader.inner_shell(self.trace, self.invocation, text, Vec::new());
    }
}

/// Each line with what it needs before it, where it is not there.
fn with_prefix(text: &str, prefix: &str) -> String {
    if prefix.is_empty() {
        return text.to_owned();
    }
    let line =
        |line: &str| if line.starts_with(prefix) { line.to_owned() } else { format!("{prefix}{line}") };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Each line of a crontab without the times before its command (crontab(5)).
fn without_times(text: &str) -> String {
    let command = |line: &str| {
        let line = line.trim_start();
        let fields = match line.chars().next() {
            Some('@') => 1,
            Some(c) if c.is_ascii_digit() || c == '*' => 5,
            _ => 0,
        };
        (0..fields)
            .fold(line, |rest, _| rest.split_once([' ', '\t']).map_or("", |(_, rest)| rest.trim_start()))
            .to_owned()
    };
    text.split('\n').map(command).collect::<Vec<_>>().join("\n")
}

pub(super) fn is_known_program(word: &Text, knowledge: &Knowledge) -> bool {
    word.literal().is_some_and(|literal| knowledge.is_program(literal.rsplit('/').next().unwrap_or(literal)))
}

fn is_assignment(word: &Text) -> bool {
    word.known_prefix()
        .split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && crate::shell::is_variable(name))
}

pub(super) fn joined(words: &[Text]) -> Text {
    let mut pieces = Vec::new();
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            pieces.push(Piece::Literal(" ".to_owned()));
        }
        pieces.extend(word.clone().pieces());
    }
    Text::from_pieces(pieces)
}
