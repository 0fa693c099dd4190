//! Effects as they are noted, and completed by what is called later on the object they made.

use super::http::is_header_call;
use super::object::{Args, Object, Val};
use super::process::split_words;
use super::reader::Reader;
use super::{Effect, EffectKind, aws, operation};
use crate::bounds::Exceeded;
use crate::value::Value;

impl<'t> Reader<'t> {
    /// Notes an effect of the call that began at the token `start`.
    pub(super) fn emit(&mut self, kind: EffectKind, start: usize) -> usize {
        let (line, snippet) = self.outer.clone().unwrap_or_else(|| self.place(start));
        self.scope.effects.push(Effect { kind, line, snippet });
        self.scope.effects.len() - 1
    }

    pub(super) fn emit_shell(&mut self, command: Value, start: usize) {
        self.emit(EffectKind::Shell(command), start);
    }

    /// The line and the words of the tokens from `start` to here.
    pub(super) fn place(&self, start: usize) -> (usize, String) {
        // No one sees the effects of the first reading.
        if !self.scope.for_effects {
            return (0, String::new());
        }
        let Some(first) = self.tokens.get(start.min(self.at.saturating_sub(1))) else {
            return (1, String::new());
        };
        let last = self.tokens.get(self.at.saturating_sub(1)).unwrap_or(first);
        (first.line, super::snippet(self.text, first.start, last.end))
    }

    /// Lets a call on what an effect resulted in complete that effect: `.arg("x")`, `.header("a", "b")`.
    pub(super) fn completed(&mut self, callee: &Object, args: &Args) -> Result<(), Exceeded> {
        let Some(Val::Object(receiver)) = &callee.receiver else { return Ok(()) };
        let Some(name) = callee.name.as_ref().and_then(Value::literal).map(str::to_owned) else {
            return Ok(());
        };
        // `request.Header.Set(…)` completes the request too.
        let outer = receiver.receiver.as_ref().and_then(Val::object).and_then(|o| o.effect);
        if let Some(effect) = receiver.effect.or(outer) {
            self.budget.produce(16)?;
            self.complete_with(effect, &name, &args.positional);
            return Ok(());
        }
        // `client.send(command)`: the command is sent in the client's region.
        let region = aws::region_of(receiver);
        let sent = args.positional.first().and_then(Val::object).and_then(|o| o.effect);
        if let (Some(found), Some(sent)) = (region, sent)
            && let Some(Effect { kind: EffectKind::Aws { region: region @ None, .. }, .. }) =
                self.scope.effects.get_mut(sent)
        {
            *region = Some(found);
        }
        Ok(())
    }

    /// Completes an effect with what `name` was given.
    pub(super) fn complete_with(&mut self, effect: usize, name: &str, values: &[Val]) {
        self.sent_by(effect, name, values);
        let Some(Effect { kind, .. }) = self.scope.effects.get_mut(effect) else { return };
        match (kind, values) {
            (EffectKind::Spawn(argv), values @ [_, _, ..]) if matches!(name, "args" | "WithArguments") => {
                argv.extend(values.iter().map(Val::value));
            }
            (EffectKind::Spawn(argv), [value])
                if matches!(
                    name,
                    "arg" | "args" | "Arguments" | "ArgumentList" | "Add" | "WithArguments"
                ) =>
            {
                match value {
                    Val::List(list, _) => argv.extend(list.iter().map(Val::value)),
                    value if matches!(name, "Arguments" | "WithArguments") => {
                        argv.extend(split_words(&value.value()))
                    }
                    value => argv.push(value.value()),
                }
            }
            (EffectKind::Spawn(_) | EffectKind::Shell(_), values)
                if matches!(name, "Stdin" | "stdin" | "input") =>
            {
                self.fed(effect, values);
            }
            (EffectKind::Spawn(argv), [value]) if name == "FileName" => argv.insert(0, value.value()),
            (EffectKind::Http { headers, .. }, [key, value]) if is_header_call(name) => {
                headers.push((key.value(), value.value()))
            }
            (EffectKind::Http { headers, .. }, [Val::Dict(entries, _)]) if is_header_call(name) => {
                headers.extend(entries.iter().map(|(k, v)| (k.clone(), v.value())));
            }
            (EffectKind::Aws { parameters, .. }, [value])
                if name.starts_with(|c: char| c.is_alphabetic())
                    && operation::is_parameter(name)
                    && parameters.len() < 64 =>
            {
                parameters.push((operation::parameter(name), value.value()));
            }
            _ => {}
        }
    }
}
