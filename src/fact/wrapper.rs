//! Programs that run another command, as `rules/programs/wrappers.toml` describes them.

use super::options::{Argument, Options};
use super::reader::Reader;
use crate::knowledge::{self, Inner, Wrapper};
use crate::shell::{Invocation, Outcome};
use crate::trace::Trace;
use crate::value::{Piece, Text, Value};

/// Words of standard input that are tried as arguments, one invocation each.
const MAX_STDIN_WORDS: usize = 64;

/// Files that the command wrote of which each is tried as one that `find` finds.
const MAX_FILES_FOUND: usize = 16;

impl Reader {
    /// Follows a wrapper to its command; None where this entry does not fit the call.
    pub(super) fn wrapper(
        &mut self,
        trace: &Trace,
        name: &str,
        wrapper: &Wrapper,
        invocation: &Invocation,
    ) -> Option<Outcome> {
        let words = &invocation.argv[1..];
        let (label, words) = if wrapper.subcommand.is_empty() {
            (name.to_owned(), words)
        } else {
            let at = subcommand(wrapper, words)?;
            (format!("{name} {}", words[at.start].literal().unwrap_or_default()), &words[at.end..])
        };
        if words
            .iter()
            .take_while(|w| w.known_prefix().starts_with('-'))
            .any(|w| is_one_of(w, &wrapper.inert))
        {
            return Some(Outcome { output: None, entered: true });
        }
        for path in wrapper.runs_files.iter().flat_map(|glob| invocation.files.matching(glob)) {
            self.written_script(trace, &path, invocation);
        }
        if wrapper.configures {
            let operands: Vec<&Text> = words.iter().filter(|w| !w.known_prefix().starts_with('-')).collect();
            if let [key, value, ..] = operands.as_slice() {
                self.configured(trace, wrapper, &format!("{key}={value}"), invocation);
            }
            return None;
        }
        if wrapper.package_script {
            return self.package_script(trace, words, invocation);
        }
        let _through = trace.through(label);
        if wrapper.stdin_words
            && wrapper.inner == Inner::Rest
            && let Some(commands) = super::xargs::commands(words, &invocation.files, &invocation.stdin)
        {
            return Some(self.each_command(trace, &commands, invocation));
        }
        if !wrapper.starts.is_empty() {
            return Some(self.embedded(trace, wrapper, words, invocation));
        }
        let mut inner = Inside {
            reader: self,
            trace,
            wrapper,
            invocation,
            assigned: Vec::new(),
            outcome: Outcome::default(),
        };
        inner.options_and_command(words);
        // Without a command inside, the program is only itself: `sort` sorts.
        Some(std::mem::take(&mut inner.outcome))
    }

    /// A setting that names a command: `alias.x=!command`, `core.pager=command`, `ProxyCommand=command`.
    fn configured(
        &mut self,
        trace: &Trace,
        wrapper: &Wrapper,
        setting: &str,
        invocation: &Invocation,
    ) -> bool {
        let Some((key, command)) = setting.split_once(['=', ' ']) else { return false };
        let bang = command.strip_prefix('!');
        let key = key.to_lowercase();
        if bang.is_none() && !wrapper.config_keys.iter().any(|known| key.ends_with(known.as_str())) {
            return false;
        }
        let _through = trace.through(key);
        self.inner_shell(trace, invocation, &Text::from(bang.unwrap_or(command)), Vec::new());
        true
    }

    /// A script of a `package.json` that the command wrote: `npm run x`.
    fn package_script(&mut self, trace: &Trace, words: &[Text], invocation: &Invocation) -> Option<Outcome> {
        let Value::One(Text::Literal(package)) = invocation.files.get("package.json")? else { return None };
        let package: serde_json::Value = serde_json::from_str(&package).ok()?;
        let before = invocation.argv.len() - words.len();
        let name = words.iter().filter_map(Text::literal).find(|w| !w.starts_with('-'));
        let name = name.or_else(|| invocation.argv[before - 1].literal())?;
        let script = package["scripts"][name].as_str()?;
        let _through = trace.through(format!("package script {name}"));
        Some(self.inner_shell(trace, invocation, &Text::from(script), Vec::new()))
    }

    /// Commands that are started one after the other.
    fn each_command(&mut self, trace: &Trace, commands: &[Vec<Text>], invocation: &Invocation) -> Outcome {
        let mut output = Value::from("");
        for argv in commands.iter().take(MAX_STDIN_WORDS) {
            let printed = self.inner_command(trace, invocation, argv).output;
            if invocation.captured {
                let what = || Value::unknown(format!("output of {}", argv[0]));
                output = output.concat(printed.unwrap_or_else(what));
            }
        }
        if commands.len() > MAX_STDIN_WORDS {
            trace.step(|| format!("{} commands, of which {MAX_STDIN_WORDS} are followed", commands.len()));
            trace.note_partial();
            output = output.concat(Value::unknown("output of more commands"));
        }
        Outcome { output: Some(output), entered: true }
    }

    /// Commands in the middle of the words: `find … -exec sh -c … ;`.
    fn embedded(
        &mut self,
        trace: &Trace,
        wrapper: &Wrapper,
        words: &[Text],
        invocation: &Invocation,
    ) -> Outcome {
        let mut outcome = Outcome { output: None, entered: true };
        let mut rest = words;
        while let Some(start) = rest.iter().position(|w| is_one_of(w, &wrapper.starts)) {
            rest = &rest[start + 1..];
            let end = rest.iter().position(|w| is_one_of(w, &wrapper.ends)).unwrap_or(rest.len());
            let command: Vec<Text> = rest[..end].iter().map(|word| placeholder(word, "{}")).collect();
            // Files that the command wrote may be among those that are found.
            let names_a_file =
                rest[..end].iter().any(|word| word.literal().is_some_and(|w| w.contains("{}")));
            let written = if names_a_file { invocation.files.matching("*") } else { Vec::new() };
            for path in written.iter().take(MAX_FILES_FOUND) {
                let path = Text::from(if path.contains('/') { path.clone() } else { format!("./{path}") });
                let words: Vec<Text> = rest[..end].iter().map(|word| replace(word, "{}", &path)).collect();
                self.inner_command(trace, invocation, &words);
            }
            if !command.is_empty() {
                outcome = if wrapper.inner == Inner::ShellArguments {
                    let argv: Vec<Text> = std::iter::once(Text::from("bash")).chain(command).collect();
                    self.inner_command(trace, invocation, &argv)
                } else {
                    self.inner_command(trace, invocation, &command)
                };
            }
            rest = &rest[end..];
        }
        Outcome { entered: true, ..outcome }
    }
}

/// A wrapper being followed.
struct Inside<'a> {
    reader: &'a mut Reader,
    trace: &'a Trace,
    wrapper: &'a Wrapper,
    invocation: &'a Invocation,
    /// `NAME=value` before the command.
    assigned: Vec<(String, Value)>,
    outcome: Outcome,
}

impl Inside<'_> {
    fn options_and_command(&mut self, words: &[Text]) {
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
                                .and_then(knowledge::image)
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
                        let counted = skipped < wrapper.skip;
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
            self.shell(&super::options::without_start(value, prefix));
            return true;
        }
        if is(&self.wrapper.tunnel_options) {
            let agent = knowledge::hosts().agent.port.to_string();
            let parts: Vec<&str> = value.literal().unwrap_or_default().split(':').collect();
            if parts.len() >= 3 && parts.last() == Some(&agent.as_str()) {
                self.reader.tunnels.push(parts[parts.len() - 3].to_owned());
            }
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
            let image = first_operand.as_ref().and_then(Text::literal).and_then(knowledge::image);
            if let Some(entry) = program.or_else(|| image.map(Text::from)) {
                words.insert(0, entry);
            }
        } else if let Some(program) = program
            && !words.iter().find(|w| w.literal() != Some("--")).is_some_and(is_known_program)
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
            let stdin = self.invocation.stdin.clone();
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

    fn inner(&mut self, words: &[Text]) {
        match self.wrapper.inner {
            Inner::None | Inner::ShellArguments => {}
            Inner::Rest | Inner::AfterDashes => self.run(words),
            Inner::AfterDashesOrRest => {
                let start = words.iter().position(|w| w.literal() == Some("--")).map_or(0, |at| at + 1);
                self.run(&words[start..]);
            }
            Inner::Search => {
                let start = words.iter().position(|w| w.literal() == Some("--")).map(|at| at + 1);
                let start = start.or_else(|| words.iter().position(is_known_program)).unwrap_or(0);
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

    /// Commands whose last arguments come from elsewhere: xargs, parallel.
    fn with_words(&mut self, words: Vec<Text>, replaced: Option<String>, after: Option<Vec<Text>>) {
        let sources: Vec<Vec<Text>> = match &after {
            Some(words) => {
                words.split(|w| matches!(w.literal(), Some(":::" | ":::+"))).map(<[Text]>::to_vec).collect()
            }
            None => Vec::new(),
        };
        if sources.len() > 1 {
            // `{1}` and `{2}` stand for the words of each source.
            let values: Vec<Value> = sources.into_iter().map(Value::any).collect();
            for combination in super::effects::combinations(&values) {
                let command: Vec<Text> = words
                    .iter()
                    .map(|word| {
                        combination.iter().enumerate().fold(word.clone(), |word, (i, value)| {
                            replace(&word, &format!("{{{}}}", i + 1), value)
                        })
                    })
                    .collect();
                let numbered = command != words;
                let all: Vec<Text> =
                    if numbered { command } else { words.iter().cloned().chain(combination).collect() };
                self.inner(&all);
            }
            return;
        }
        let given: Vec<Text> = match after {
            Some(words) => words,
            None => match self.invocation.stdin.literal() {
                Some(text) if text.contains('\0') => {
                    text.split('\0').filter(|w| !w.is_empty()).map(Text::from).collect()
                }
                Some(text) if replaced.is_some() => text.lines().map(Text::from).collect(),
                Some(text) => {
                    text.split_whitespace().map(|w| Text::from(w.trim_matches(['"', '\'']))).collect()
                }
                None => vec![Text::Mixed(vec![Piece::Unknown(crate::value::Unknown {
                    what: "words from standard input".to_owned(),
                    splits: true,
                })])],
            },
        };
        let Some(mark) = replaced.filter(|mark| words.iter().any(|w| w.to_string().contains(mark.as_str())))
        else {
            if self.wrapper.inner == Inner::Shell && words.is_empty() {
                // `parallel ::: 'command' 'command'`: each word is a command.
                given.iter().take(MAX_STDIN_WORDS).for_each(|word| self.inner(std::slice::from_ref(word)));
                return;
            }
            let mut all = words.clone();
            all.extend(given.iter().take(MAX_STDIN_WORDS).cloned());
            self.inner(&all);
            // One at a time, too: `xargs -n1`, `parallel`.
            for word in given.iter().take(MAX_STDIN_WORDS).filter(|_| given.len() > 1) {
                let one: Vec<Text> = words.iter().chain(std::iter::once(word)).cloned().collect();
                self.inner(&one);
            }
            return;
        };
        for word in given.iter().take(MAX_STDIN_WORDS) {
            let command: Vec<Text> = words.iter().map(|text| replace(text, &mark, word)).collect();
            self.inner(&command);
        }
    }

    /// Notes `NAME=value` before the command.
    fn assign(&mut self, word: &Text) {
        if let Some((name, _)) = word.known_prefix().split_once('=') {
            let value = super::options::without_start(word, name.len() + 1);
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

    fn shell(&mut self, text: &Text) {
        self.outcome = self.reader.inner_shell(self.trace, self.invocation, text, Vec::new());
    }
}

/// Where a wrapper's subcommand stands among the words; options may stand between its parts.
fn subcommand(wrapper: &Wrapper, words: &[Text]) -> Option<std::ops::Range<usize>> {
    let takes_value =
        |name: &str| wrapper.value_options.iter().chain(&wrapper.config_options).any(|known| known == name);
    wrapper.subcommand.iter().find_map(|sequence| {
        let mut start = None;
        let mut at = 0;
        for expected in sequence {
            let read = Options { value: &takes_value, stop: true }.read(words.get(at..)?);
            let Some(Argument::Operand { at: operand, word }) = read.last() else { return None };
            if word.literal() != Some(expected) {
                return None;
            }
            at += operand + 1;
            start = Some(start.unwrap_or(at - 1));
        }
        Some(start?..at)
    })
}

fn is_one_of(word: &Text, list: &[String]) -> bool {
    word.literal().is_some_and(|literal| list.iter().any(|known| known == literal))
}

fn is_known_program(word: &Text) -> bool {
    word.literal().is_some_and(|literal| knowledge::is_program(literal.rsplit('/').next().unwrap_or(literal)))
}

fn is_assignment(word: &Text) -> bool {
    word.known_prefix()
        .split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && crate::shell::is_variable(name))
}

fn joined(words: &[Text]) -> Text {
    let mut pieces = Vec::new();
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            pieces.push(Piece::Literal(" ".to_owned()));
        }
        pieces.extend(word.clone().pieces());
    }
    Text::from_pieces(pieces)
}

/// `{}` stands for a file that is not known.
fn placeholder(word: &Text, mark: &str) -> Text {
    match word.literal() {
        Some(literal) if literal.contains(mark) => replace(word, mark, &Text::unknown("a file found")),
        _ => word.clone(),
    }
}

fn replace(text: &Text, mark: &str, with: &Text) -> Text {
    let Text::Literal(literal) = text else { return text.clone() };
    let mut pieces = Vec::new();
    for (i, part) in literal.split(mark).enumerate() {
        if i > 0 {
            pieces.extend(with.clone().pieces());
        }
        if !part.is_empty() {
            pieces.push(Piece::Literal(part.to_owned()));
        }
    }
    Text::from_pieces(pieces)
}
