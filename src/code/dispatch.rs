//! Calls made in a roundabout way: functions that are handed over, applied to a list, kept with some of their
//! arguments, or named by a text.

use super::EffectKind;
use super::aws::{self, region_of};
use super::language::Language;
use super::meaning::Meaning;
use super::object::{Args, Object, Val};
use super::operation;
use super::reader::Reader;
use super::tables::PROGRAMS;
use crate::bounds::Exceeded;
use crate::value::Value;

/// Functions that look at the function they are given, keep it or replace it, and do not call it.
const LOOKING: &[&str] = &[
    "hasattr",
    "callable",
    "help",
    "print",
    "repr",
    "str",
    "type",
    "id",
    "dir",
    "vars",
    "isinstance",
    "issubclass",
    "signature",
    "getsource",
    "getsourcelines",
    "getsourcefile",
    "getfile",
    "getdoc",
    "getfullargspec",
    "getmembers",
    "ismethod",
    "isfunction",
    "iscoroutinefunction",
    "bool",
    "hash",
    "len",
    "format",
    "object",
    "create_autospec",
    "patch",
    "Mock",
    "MagicMock",
    "wraps",
    "update_wrapper",
    "spyOn",
    "stub",
    "mocked",
    "mock",
    "expect",
    "assertTrue",
    "assertIsNotNone",
    "assertEqual",
    "log",
    "info",
    "debug",
    "warn",
    "error",
    "puts",
    "p",
    "pp",
    "pprint",
    "inspect",
    "append",
    "push",
    "add",
    "var_dump",
    "print_r",
    "is_callable",
    "method_exists",
    "write",
    "dump",
    "dumps",
    "String",
    "Boolean",
    "equal",
    "ok",
    "assert",
    "on",
    "typeof",
    "register",
    "str_replace",
];

impl Reader<'_> {
    /// What a roundabout call comes to; `None` where it is none that is understood.
    pub(super) fn dispatched(
        &mut self,
        meaning: Meaning,
        callee: &Object,
        args: &Args,
        start: usize,
    ) -> Result<Option<Val>, Exceeded> {
        let kept = &callee.args;
        match meaning {
            Meaning::Applied => {
                let function = match &callee.receiver {
                    Some(method @ Val::Object(object)) if object.receiver.is_some() => Some(method),
                    _ => args.positional.first(),
                };
                let Some(function) = function.cloned() else { return Ok(None) };
                let mut given = Args { positional: Vec::new(), named: args.named.clone() };
                match args.positional.last() {
                    Some(Val::List(list, _)) => given.positional = list.as_ref().clone(),
                    Some(map @ Val::Dict(..)) => given.positional.push(map.clone()),
                    _ => {}
                }
                self.call(&function, given, start).map(Some)
            }
            Meaning::CallPartial => {
                let Some((function, first)) = kept.positional.split_first() else { return Ok(None) };
                let given = Args {
                    positional: first.iter().chain(&args.positional).cloned().collect(),
                    named: kept.named.iter().chain(&args.named).cloned().collect(),
                };
                self.call(function, given, start).map(Some)
            }
            Meaning::CallNamed => {
                let (Some((name, rest)), Some(owner)) =
                    (kept.positional.split_first(), args.positional.first())
                else {
                    return Ok(None);
                };
                let member = self.method(owner, name.value())?;
                let given = Args { positional: rest.to_vec(), named: kept.named.clone() };
                self.call(&member, given, start).map(Some)
            }
            Meaning::MemberNamed => match (kept.positional.first(), args.positional.first()) {
                (Some(name), Some(owner)) => self.member(owner, name.value()).map(Some),
                _ => Ok(None),
            },
            Meaning::CallByName | Meaning::FunctionNamed => {
                let Some((name, rest)) = args.positional.split_first() else { return Ok(None) };
                let Some(name) = name.literal() else { return Ok(None) };
                let function = self.variable(name)?;
                if matches!(meaning, Meaning::FunctionNamed) {
                    return Ok(Some(function));
                }
                let given = Args { positional: rest.to_vec(), named: args.named.clone() };
                self.call(&function, given, start).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// A call of a program that a module of Python has as a member, perhaps with words before it:
    /// `sh.git.log("-1")`.
    pub(super) fn program_member(&self, callee: &Object, args: &Args) -> Option<EffectKind> {
        if self.language != Language::Python {
            return None;
        }
        let members = PROGRAMS.iter().find_map(|module| callee.path.strip_prefix(module))?;
        let names = members.split('.').filter(|name| !matches!(*name, "bake" | "?" | "run" | "popen"));
        let mut argv: Vec<Value> = names.map(|name| Value::from(name.trim_end_matches("()"))).collect();
        argv.retain(|name| name.literal() != Some(""));
        let kept = callee.args.positional.iter().chain(&args.positional);
        for value in kept {
            match value {
                Val::List(list, _) => argv.extend(list.iter().map(Val::value)),
                other => argv.push(other.value()),
            }
        }
        (argv.len() > 1).then_some(EffectKind::Spawn(argv))
    }

    /// What PHP calls by a text or by a pair of object and name; other languages have no such functions.
    pub(super) fn callable(&mut self, value: &Val) -> Result<Option<Val>, Exceeded> {
        if self.language != Language::Php {
            return Ok(None);
        }
        match value {
            Val::Text(name) => Ok(name.literal().map(|name| Val::path(php_path(name)))),
            Val::List(pair, _) => match pair.as_slice() {
                [owner, name @ Val::Text(_)] => {
                    let owner = match owner.literal() {
                        Some(class) => Val::path(php_path(class)),
                        None => owner.clone(),
                    };
                    self.member(&owner, name.value()).map(Some)
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// A method that fetches a secret and is handed to a function is as good as called there, unless that
    /// function only looks at it.
    pub(super) fn handed_over(&mut self, callee: &Object, args: &Args, start: usize) -> Result<(), Exceeded> {
        if LOOKING.contains(&callee.last()) {
            return Ok(());
        }
        let given = args.positional.iter().chain(args.named.iter().map(|(_, value)| value));
        let mut methods = Vec::new();
        for value in given.flat_map(Val::each) {
            let method = match value {
                Val::Object(method) => Some(method.clone()),
                Val::List(..) if self.language == Language::Php => {
                    self.callable(value)?.and_then(|found| found.object().cloned())
                }
                _ => None,
            };
            methods.extend(method.filter(|method| is_fetch(method)));
        }
        for method in methods {
            let client = method.receiver.as_ref().and_then(Val::object).cloned();
            let (service, region) = match client.as_deref() {
                Some(Object { client: Some(client), .. }) => (client.service.clone(), client.region.clone()),
                Some(other) => (Value::from(operation::SECRETS_MANAGER), region_of(other)),
                None => (Value::from(operation::SECRETS_MANAGER), None),
            };
            let name = method.name.clone().unwrap_or_else(|| Value::unknown("an operation"));
            self.emit_aws(&method, service, name, aws::parameters(&spread(args)), region, start);
        }
        Ok(())
    }
}

/// Whether it is a method of a client of AWS Secrets Manager that fetches, and no call's result.
fn is_fetch(method: &Object) -> bool {
    let named = method.name.as_ref().and_then(Value::literal).and_then(operation::operation);
    let client = method.receiver.as_ref().and_then(Val::object);
    matches!(named, Some("GetSecretValue" | "BatchGetSecretValue"))
        && !method.path.ends_with(')')
        && client.is_some_and(|client| {
            client.effect.is_none()
                && match &client.client {
                    Some(client) => {
                        client.service.literal().is_none_or(|name| name == operation::SECRETS_MANAGER)
                    }
                    None => client.service == Some(operation::SECRETS_MANAGER) && client.path.ends_with(')'),
                }
        })
}

/// The arguments with those that are kept for the function handed over (`kwargs={…}`, `args=[…]`).
fn spread(args: &Args) -> Args {
    let mut all = Args { positional: args.positional.clone(), named: Vec::new() };
    for (name, value) in &args.named {
        match value {
            Val::Dict(..) => all.positional.push(value.clone()),
            _ if operation::is_parameter(name) => all.named.push((name.clone(), value.clone())),
            _ => {}
        }
    }
    all
}

/// A class or function of PHP by its full name, as paths are written.
fn php_path(name: &str) -> String {
    name.trim_start_matches('\\').replace("::", ".").replace('\\', ".")
}
