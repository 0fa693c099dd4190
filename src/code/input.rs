//! What a program writes to the processes it starts: their standard input, which a shell runs.

use super::object::{Args, Object, Val};
use super::reader::Reader;
use super::{Effect, EffectKind};
use crate::value::{Text, Value};

/// More of what is written to one process than this is not kept.
const MAX_INPUT: usize = 1 << 16;

/// Arguments that are the input of the process that a call starts.
const INPUTS: &[&str] = &["input", "stdin_data", "stdin", "stdinText", "_in"];

/// A process that is written to.
#[derive(Debug)]
pub(super) struct Process {
    /// Its command, as a shell would be given it.
    command: Value,
    /// What was written to it so far.
    input: Value,
}

impl Reader<'_> {
    /// The effect of the process or the connection that `val` is, or is a stream of.
    pub(super) fn stream(&self, val: &Val) -> Option<usize> {
        let object = val.object()?;
        let outer = object.receiver.as_ref().and_then(Val::object);
        let effect = object.effect.or(outer.and_then(|outer| outer.effect))?;
        self.is_stream(effect).then_some(effect)
    }

    /// Whether what was started there can be written to.
    pub(super) fn is_stream(&self, effect: usize) -> bool {
        self.scope.sockets.contains_key(&effect) || self.is_process(effect)
    }

    pub(super) fn is_process(&self, effect: usize) -> bool {
        let kind = self.scope.effects.get(effect).map(|effect| &effect.kind);
        matches!(kind, Some(EffectKind::Shell(_) | EffectKind::Spawn(_)))
    }

    /// Sees what a call that starts a process gives it to read.
    pub(super) fn given_input(&mut self, effect: usize, args: &Args) {
        if let Some(input @ Val::Text(_)) = args.by_name(INPUTS) {
            self.fed(effect, std::slice::from_ref(input));
        }
    }

    /// `name` is the stream of the process that the call just made started.
    pub(super) fn handle(&mut self, name: Option<&Val>, made: &Val) {
        if let (Some(Val::Object(handle)), Some(effect)) = (name, self.stream(made))
            && !handle.path.is_empty()
            && !handle.path.contains('.')
        {
            let stream = Object { path: "stream()".to_owned(), effect: Some(effect), ..Object::default() };
            self.scope.assign(&handle.path, stream.into());
        }
    }

    /// Sees `values` written to the process of `effect`: from here on it is the command with this input.
    pub(super) fn fed(&mut self, effect: usize, values: &[Val]) {
        let Some(Effect { kind, .. }) = self.scope.effects.get_mut(effect) else { return };
        let texts = values.iter().filter(|val| matches!(val, Val::Text(_))).map(Val::value);
        let Some(text) = texts.reduce(Value::concat) else { return };
        let process = self.scope.inputs.entry(effect).or_insert_with(|| Process {
            command: match kind {
                EffectKind::Shell(text) => Value::from("{ ").concat(text.clone()).concat(Value::from("\n}")),
                EffectKind::Spawn(argv) => quoted_words(argv),
                _ => Value::from(""),
            },
            input: Value::from(""),
        });
        if process.input.alternatives().iter().any(|text| text.known_len() > MAX_INPUT) {
            return;
        }
        process.input = process.input.clone().concat(text);
        *kind = EffectKind::Shell(with_input(process.command.clone(), process.input.clone()));
    }
}

/// `command` with `input` on its standard input, as a shell would be given it.
pub(super) fn with_input(command: Value, input: Value) -> Value {
    command.concat(Value::from(" <<< ")).concat(quoted(input))
}

/// A program and its arguments, as a shell would be given them.
pub(super) fn quoted_words(argv: &[Value]) -> Value {
    let words = argv.iter().cloned().map(quoted);
    words.reduce(|a, b| a.concat(Value::from(" ")).concat(b)).unwrap_or_else(|| Value::from(":"))
}

/// `text` in single quotes.
fn quoted(text: Value) -> Value {
    let inside = text.map(|text| text.map_literals(|literal| literal.replace('\'', "'\\''")));
    Value::from("'").concat(inside).concat(Value::One(Text::from("'")))
}
