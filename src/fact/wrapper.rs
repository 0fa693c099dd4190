//! Programs that run another command, as `rules/programs/wrappers.toml` describes them.

mod inside;
mod words;

use super::options::{Argument, Options};
use super::reader::Reader;
use crate::knowledge::{Inner, Knowledge, Program, Wrapper};
use crate::shell::{Invocation, Outcome};
use crate::trace::Trace;
use crate::value::{Text, Value};

use inside::{Inside, joined};
pub(super) use words::replace;
use words::{MAX_STDIN_WORDS, placeholder};

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
        for path in wrapper.runs_files.iter().flat_map(|glob| invocation.files.matching_rule(glob)) {
            self.written_script(trace, &path, invocation);
        }
        if wrapper.configures {
            let operands: Vec<&Text> = words.iter().filter(|w| !w.known_prefix().starts_with('-')).collect();
            if let [key, value, ..] = operands.as_slice() {
                self.configured(trace, wrapper, &format!("{key}={value}"), invocation);
            }
            return None;
        }
        let _through = trace.through(label);
        if wrapper.stdin_words
            && wrapper.inner == Inner::Rest
            && let Some(started) = super::xargs::commands(words, &invocation.files, &invocation.stdin)
        {
            let outcome = self.each_command(trace, &started.commands, invocation);
            if started.certain {
                return Some(outcome);
            }
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
        if wrapper.tunnel_keys.contains(&key) {
            self.tunnel(trace, &Text::from(command), &invocation.to_string());
            return false;
        }
        if bang.is_none() && !wrapper.config_keys.iter().any(|known| key.ends_with(known.as_str())) {
            return false;
        }
        let _through = trace.through(key);
        self.inner_shell(trace, invocation, &Text::from(bang.unwrap_or(command)), Vec::new());
        true
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
            let action = words.len() - rest.len() + start;
            rest = &rest[start + 1..];
            let end = rest.iter().position(|w| is_one_of(w, &wrapper.ends)).unwrap_or(rest.len());
            let command: Vec<Text> = rest[..end].iter().map(|word| placeholder(word, "{}")).collect();
            // Files that the command wrote may be among those that are found.
            let names_a_file =
                rest[..end].iter().any(|word| word.literal().is_some_and(|w| w.contains("{}")));
            let written = if names_a_file { invocation.files.matching_rule("*") } else { Vec::new() };
            for path in written.iter().take(MAX_FILES_FOUND) {
                let path = Text::from(if path.contains('/') { path.clone() } else { format!("./{path}") });
                let words: Vec<Text> = rest[..end].iter().map(|word| replace(word, "{}", &path)).collect();
                self.inner_command(trace, invocation, &words);
            }
            if names_a_file {
                for path in self.files_found(words, action, invocation) {
                    let words: Vec<Text> =
                        rest[..end].iter().map(|word| replace(word, "{}", &path)).collect();
                    self.inner_command(trace, invocation, &words);
                }
            }
            if !command.is_empty() {
                outcome = match wrapper.inner {
                    Inner::ShellArguments => {
                        let argv: Vec<Text> = std::iter::once(Text::from("bash")).chain(command).collect();
                        self.inner_command(trace, invocation, &argv)
                    }
                    Inner::Shell => {
                        let text = match wrapper.backslashes {
                            true => joined(&command).map_literals(|text| text.replace('\\', "/")),
                            false => joined(&command),
                        };
                        self.inner_shell(trace, invocation, &text, Vec::new())
                    }
                    _ => self.inner_command(trace, invocation, &command),
                };
            }
            rest = &rest[end..];
        }
        Outcome { entered: true, ..outcome }
    }
}

impl Reader {
    /// The files that `find` may find, of those that a rule judges the writing of.
    fn files_found(&mut self, words: &[Text], action: usize, invocation: &Invocation) -> Vec<Text> {
        let within = invocation.files.folder();
        if !self.may_be_found(&words[..action], within) {
            return Vec::new();
        }
        let found = super::found::found(words, action);
        let mut paths: Vec<Text> = found.iter().flat_map(|at| self.reached(at, within)).collect();
        paths.truncate(MAX_FILES_FOUND);
        paths
    }
}

/// The command that a program of which nothing is known would start, as far as its words tell: what follows `--`, where that
/// begins with a program that is known, or a whole command line of the AWS CLI. Queues, waiters and retriers of all kinds
/// take one so; a text in which one is mentioned is a word of its own.
pub(super) fn likely_command<'a>(
    name: &str,
    invocation: &'a Invocation,
    knowledge: &Knowledge,
) -> Option<&'a [Text]> {
    let words = &invocation.argv[1..];
    let is_one = |word: &Text| word.literal().is_some_and(|word| word == "--" || word.contains("aws"));
    if !words.iter().any(is_one) || knowledge.is_program(name) || knowledge.handling(name, words).is_some() {
        return None;
    }
    if let Some(dashes) = words.iter().position(|word| word.literal() == Some("--")) {
        let command = &words[dashes + 1..];
        let begins = command.first().is_some_and(|word| inside::is_known_program(word, knowledge));
        return (begins && command.len() > 1).then_some(command);
    }
    let start = words.iter().position(|word| is_aws_cli(word, knowledge))?;
    let command = &words[start..];
    let is_option = |word: &Text| word.known_prefix().starts_with("--");
    (command.len() > 3 && command.iter().any(is_option)).then_some(command)
}

fn is_aws_cli(word: &Text, knowledge: &Knowledge) -> bool {
    let name = word.literal().map(|path| path.rsplit('/').next().unwrap_or(path));
    name.filter(|name| name.contains("aws"))
        .is_some_and(|name| knowledge.programs(name).iter().any(|known| matches!(known, Program::AwsCli(_))))
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
