//! Files that a call reads.

use std::rc::Rc;

use super::http::{headers, http};
use super::object::{Args, Object, Val};
use super::reader::Reader;
use super::{EffectKind, Language};
use crate::bounds::Exceeded;
use crate::value::Value;

impl Reader<'_> {
    /// Perl's and Ruby's `open`, where a file may be a command.
    pub(super) fn open(&mut self, args: &Rc<Args>, start: usize) -> Result<Option<Val>, Exceeded> {
        let texts: Vec<&Val> = args.positional.iter().filter(|v| v.is_known()).collect();
        let at = if self.language == Language::Perl { 1 } else { 0 };
        let Some(first) = args.positional.get(at).map(Val::value) else { return Ok(None) };
        let mode = first.literal().unwrap_or(first.alternatives()[0].known_prefix()).trim().to_owned();
        let kind = if matches!(mode.as_str(), "-|" | "|-") {
            let argv: Vec<Value> = args
                .positional
                .get(at + 1..)
                .unwrap_or(&[])
                .iter()
                .flat_map(|v| match v {
                    Val::List(list, _) => list.iter().map(Val::value).collect(),
                    other => vec![other.value()],
                })
                .collect();
            if argv.len() == 1 { EffectKind::Shell(argv[0].clone()) } else { EffectKind::Spawn(argv) }
        } else if let Some(command) = mode.strip_prefix('|').or_else(|| mode.strip_suffix('|')) {
            EffectKind::Shell(first.literal().map_or(first.clone(), |_| Value::from(command.trim())))
        } else if mode.starts_with('>') || mode.starts_with("+>") {
            return Ok(None);
        } else if self.language == Language::Perl {
            let Some(path) = args.positional.get(2).or(args.positional.get(1)) else { return Ok(None) };
            let path = path.value();
            EffectKind::Read(path.map(|t| t.map_literals(|s| s.trim_start_matches('<').trim().to_owned())))
        } else if mode.contains("://") {
            http(first, headers(args))
        } else if !texts.is_empty() && reads(args) {
            EffectKind::Read(first)
        } else {
            return Ok(None);
        };
        let effect = self.emit(kind, start);
        let made = Object { effect: Some(effect), path: "stream()".to_owned(), ..Object::default() }.into();
        if self.language == Language::Perl {
            self.handle(args.positional.first(), &made);
        }
        Ok(Some(made))
    }
}

/// Whether a file is opened to be read: no mode, or one without writing.
pub(super) fn reads(args: &Args) -> bool {
    let mode = args.get(1, &["mode"]).and_then(Val::literal);
    !mode.is_some_and(|mode| mode.len() <= 3 && mode.starts_with(['w', 'a', 'x']))
}

/// A file's name, from its text or from the object that holds it.
pub(super) fn file(val: &Val) -> Value {
    match val {
        Val::Object(object) => match object.args.positional.first() {
            Some(Val::Text(text)) => text.clone(),
            _ => val.value(),
        },
        other => other.value(),
    }
}
