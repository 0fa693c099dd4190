//! Compilers over sources that the command itself wrote. What they write is kept as a script of those sources, so that
//! running it is read as running them.

use super::options::{Argument, Options};
use super::reader::Reader;
use crate::knowledge::Interpreter;
use crate::shell::Invocation;
use crate::value::{Text, Value};

/// Sources of one program that are put together.
const MAX_SOURCES: usize = 32;

impl Reader {
    /// Notes what a compiler writes. Of sources on disk nothing is kept: that is a program of its own.
    pub(super) fn compiled(&mut self, compiler: &Interpreter, runner: &str, invocation: &Invocation) {
        if invocation.files.is_empty() && invocation.stdin.is_wholly_unknown() {
            return;
        }
        let mut words = &invocation.argv[1..];
        if let Some(subcommand) = &compiler.script_subcommand {
            let Some(at) = words.iter().position(|word| word.literal() == Some(subcommand)) else { return };
            words = &words[at + 1..];
        }
        let is = |list: &[String], name: &str| list.iter().any(|known| known == name);
        let takes_value =
            |name: &str| is(&compiler.output_options, name) || is(&compiler.value_options, name);
        let mut output = None;
        let mut sources: Vec<(String, Value)> = Vec::new();
        for argument in (Options { value: &takes_value, stop: false }).read(words) {
            match argument {
                Argument::Option { name, value: Some(value), .. } if is(&compiler.output_options, &name) => {
                    output = value.literal().map(str::to_owned);
                }
                Argument::Operand { word, .. } => {
                    let path = word.literal().unwrap_or_default();
                    let text = match path {
                        "-" | "/dev/stdin" => Some(Value::One(invocation.stdin.clone())),
                        path => invocation.files.get(path),
                    };
                    sources.extend(text.map(|text| (path.to_owned(), text)));
                }
                Argument::Option { .. } | Argument::Dashes { .. } => {}
            }
        }
        if sources.is_empty() {
            let written =
                compiler.default_sources.iter().flat_map(|glob| invocation.files.matching_rule(glob));
            sources = written.filter_map(|path| Some((path.clone(), invocation.files.get(&path)?))).collect();
        }
        sources.truncate(MAX_SOURCES);
        let Some((first, _)) = sources.first() else { return };
        let stem = first.rsplit_once('.').map_or(first.as_str(), |(stem, _)| stem);
        let default = || match compiler.default_output.strip_prefix('*') {
            Some(ending) => format!("{stem}{ending}"),
            None => compiler.default_output.clone(),
        };
        let output = output.unwrap_or_else(default);
        let start = Value::One(Text::from(format!("#!{runner}\n")));
        let text =
            sources.into_iter().fold(start, |all, (_, text)| all.concat(text).concat(Value::from("\n")));
        invocation.files.write(&output, text);
    }
}
