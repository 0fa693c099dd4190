//! What a call comes to: an effect, a constant, or an object of which more is known than before.

use std::rc::Rc;

use super::aws;
use super::meaning::{self, From, Meaning};
use super::object::{Args, Object, Val};
use super::reader::Reader;
use super::scope::{JSON, Scope};
use super::tables;
use super::token;
use super::{Effect, EffectKind, Language};
use crate::bounds::Exceeded;
use crate::value::Value;

/// Calls that set a header on a request made before.
const HEADER_CALLS: &[&str] = &[
    "header",
    "headers",
    "setRequestHeader",
    "addHeader",
    "setHeader",
    "set_header",
    "add_header",
    "putheader",
    "Set",
    "Add",
    "set",
    "append",
    "setRequestProperty",
    "TryAddWithoutValidation",
    "header_append",
];

impl<'t> Reader<'t> {
    /// The member `name` of `value`.
    pub(super) fn member(&mut self, value: &Val, name: &Value) -> Result<Val, Exceeded> {
        self.reach(value, name, false)
    }

    /// The method `name` of `value`, about to be called: what a builder set under that name is not meant.
    pub(super) fn method(&mut self, value: &Val, name: &Value) -> Result<Val, Exceeded> {
        self.reach(value, name, true)
    }

    fn reach(&mut self, value: &Val, name: &Value, called: bool) -> Result<Val, Exceeded> {
        self.budget.step()?;
        let mut out = Vec::new();
        for value in value.each() {
            out.push(self.member_of(value, name, called));
        }
        Ok(if out.len() == 1 { out.swap_remove(0) } else { Val::any(out) })
    }

    fn member_of(&mut self, value: &Val, name: &Value, called: bool) -> Val {
        let known = name.alternatives().iter().find_map(|t| t.literal().filter(|s| s.len() < 80));
        // Of several possible names, one that is an operation decides where the path leads.
        let operation =
            name.alternatives().iter().find_map(|t| t.literal().filter(|s| aws::operation(s).is_some()));
        let word = operation.or(known).unwrap_or("?");
        let object = match value {
            Val::Object(object) => object,
            Val::Dict(..) => {
                if let Some(found) = value.entry(word) {
                    return found.clone();
                }
                return self.bound("map", value.clone(), word, name, None);
            }
            Val::Text(_) => return self.bound("text", value.clone(), word, name, None),
            Val::List(..) | Val::Any(..) => return self.bound("list", value.clone(), word, name, None),
        };
        if object.path.starts_with(JSON) && !object.path.ends_with(')') {
            self.scope.json.push(format!("{}.{word}", object.path));
        }
        if let Some((_, value)) = object.props.iter().rev().find(|(prop, _)| prop == word && !called) {
            return value.clone();
        }
        let path = if object.path.is_empty() { "?" } else { object.path.as_str() };
        // Two levels are kept: the object, and what it is a member of.
        let mut receiver = object.as_ref().clone();
        if let Some(Val::Object(outer)) = &receiver.receiver {
            receiver.receiver = Some(Object { receiver: None, ..outer.as_ref().clone() }.into());
        }
        self.bound(path, receiver.into(), word, name, object.client.clone())
    }

    fn bound(
        &self,
        path: &str,
        receiver: Val,
        word: &str,
        name: &Value,
        client: Option<Rc<super::object::Client>>,
    ) -> Val {
        Object {
            path: format!("{path}.{word}"),
            client,
            receiver: Some(receiver),
            name: Some(name.clone()),
            ..Object::default()
        }
        .into()
    }

    /// The element of `value` at `key`.
    pub(super) fn index(&mut self, value: &Val, key: &Val) -> Result<Val, Exceeded> {
        match (value, key.number(), key) {
            (Val::List(list, _), Some(n), _) => {
                let at = if n < 0 { n.saturating_add(list.len() as i64) } else { n };
                Ok(usize::try_from(at).ok().and_then(|at| list.get(at)).cloned().unwrap_or_else(Val::unknown))
            }
            (Val::Text(text), Some(n), _) => Ok(match text.literal() {
                Some(text) => {
                    self.budget.produce(text.len() / 8)?;
                    let count = text.chars().count() as i64;
                    let at = if n < 0 { n.saturating_add(count) } else { n };
                    let found = usize::try_from(at).ok().and_then(|at| text.chars().nth(at));
                    found.map_or_else(Val::unknown, |c| Val::text(c.to_string()))
                }
                None => Val::unknown(),
            }),
            (Val::Dict(..), _, _) => {
                let found = key.literal().and_then(|key| value.entry(key)).cloned();
                Ok(found.unwrap_or_else(Val::unknown))
            }
            (_, _, Val::Text(name)) => {
                let name = name.clone();
                self.member(value, &name)
            }
            (Val::Object(object), _, _) if key.object().is_some_and(|k| !k.path.is_empty()) => {
                let name = key.value();
                let object = Val::Object(object.clone());
                self.member(&object, &name)
            }
            _ => Ok(Val::unknown()),
        }
    }

    /// Calls `callee`; the tokens from `start` on are the call.
    pub(super) fn call(&mut self, callee: &Val, args: Args, start: usize) -> Result<Val, Exceeded> {
        let args = Rc::new(args);
        let mut out = Vec::new();
        for callee in callee.each() {
            self.budget.step()?;
            out.push(match callee {
                Val::Object(object) => self.call_object(object, &args, start)?,
                // A function written as a value stands for its result.
                other => other.clone(),
            });
        }
        Ok(if out.len() == 1 { out.swap_remove(0) } else { Val::any(out) })
    }

    fn call_object(&mut self, callee: &Rc<Object>, args: &Rc<Args>, start: usize) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        // A method of a document is no key of it.
        if callee.path.starts_with(JSON) && self.scope.json.last() == Some(&callee.path) {
            self.scope.json.pop();
        }
        if let Some(value) = self.fold_call(callee, args)? {
            return Ok(value);
        }
        let table = tables::table(self.language);
        let found =
            meaning::find(table, &callee.path).or_else(|| meaning::find(tables::COMMON, &callee.path));
        if let Some(meaning) = found
            && let Some(result) = self.perform(meaning, callee, args, start)?
        {
            return Ok(result);
        }
        if let Some(result) = self.aws_call(callee, args, start)? {
            return Ok(result);
        }
        if let Some(result) = self.own_function(callee, args) {
            return Ok(result);
        }
        self.completed(callee, args)?;
        let made = self.made(callee, args.clone());
        Ok(match (&made, callee.name.as_ref().and_then(Value::literal), args.positional.as_slice()) {
            // A builder's call with one argument sets something on what it builds.
            (Val::Object(object), Some(name), [value]) if callee.receiver.is_some() => {
                object.with(name, value.clone()).into()
            }
            _ => made,
        })
    }

    /// A function that the program defines: its parameters may be these arguments.
    fn own_function(&mut self, callee: &Object, args: &Args) -> Option<Val> {
        let name = callee.path.strip_prefix("this.").unwrap_or(&callee.path);
        if name.contains('.') {
            return None;
        }
        let function = self.scope.function(name)?.clone();
        let own = function.parameters.iter().position(|p| !matches!(p.as_str(), "self" | "cls")).unwrap_or(0);
        for (name, value) in function.parameters.iter().skip(own).zip(&args.positional) {
            self.scope.also(name, value.clone());
        }
        for (name, value) in &args.named {
            if function.parameters.contains(name) {
                self.scope.also(name, value.clone());
            }
        }
        function.result
    }

    /// What `from` points to.
    pub(super) fn source(&self, callee: &Object, args: &Args, from: From) -> Option<Val> {
        match from {
            From::Argument(at, names) => args.get(at, names).cloned(),
            From::Receiver(at, names) => callee.receiver.as_ref()?.object()?.args.get(at, names).cloned(),
            From::Itself => callee.receiver.clone(),
        }
    }

    fn perform(
        &mut self,
        meaning: Meaning,
        callee: &Rc<Object>,
        args: &Rc<Args>,
        start: usize,
    ) -> Result<Option<Val>, Exceeded> {
        let kind = match meaning {
            Meaning::Shell(from) => self.source(callee, args, from).map(|val| EffectKind::Shell(val.value())),
            Meaning::Command(at) => self.command(args, at),
            Meaning::Program(at) => self.spawned(args, at, false),
            Meaning::ProgramAndName(at) => self.spawned(args, at, true),
            Meaning::WordsProgram(at) => words_program(args, at),
            Meaning::Http(from) => {
                self.source(callee, args, from).map(|val| http(self.url(&val), headers(args)))
            }
            Meaning::HttpPath(at) => self.host_and_path(callee, args, at),
            Meaning::Connect(at) => connect(args, at),
            Meaning::Read(from) => self
                .source(callee, args, from)
                .filter(|_| reads(args))
                .map(|val| EffectKind::Read(file(&val))),
            Meaning::Open => return self.open(callee, args, start),
            Meaning::Eval(from) => {
                let code = self.source(callee, args, from);
                return self.eval(code, start).map(|()| Some(self.made(callee, args.clone())));
            }
            Meaning::AwsClient(from) => {
                let service = self.source(callee, args, from);
                return Ok(Some(aws::client(callee, args, service)));
            }
            Meaning::Secret(from) => {
                let cache = callee.receiver.is_none() || meaning_is_sure(callee);
                return Ok(if cache { self.secret(callee, args, from, start) } else { None });
            }
            Meaning::AwsRequest(at) => return Ok(self.aws_request(callee, args, at, start)),
            Meaning::AwsDescribed => return Ok(Some(self.aws_described(callee, args, start))),
            Meaning::Member(at) => {
                let owner = if at == 0 { callee.receiver.clone() } else { args.positional.first().cloned() };
                return match (owner, args.positional.get(at)) {
                    (Some(owner), Some(name)) => self.member(&owner, &name.value()).map(Some),
                    _ => Ok(None),
                };
            }
            Meaning::Send(at) => {
                let (Some(owner), Some(name)) = (callee.receiver.clone(), args.positional.get(at)) else {
                    return Ok(None);
                };
                let member = self.member(&owner, &name.value())?;
                let rest = Args { positional: args.positional[at + 1..].to_vec(), named: args.named.clone() };
                return self.call(&member, rest, start).map(Some);
            }
            Meaning::Module => {
                let name = args.positional.first().and_then(Val::literal);
                return Ok(name.map(|name| Val::path(name.strip_prefix("node:").unwrap_or(name))));
            }
            Meaning::ProgramNamed(name) => {
                let given = args.positional.iter().flat_map(|val| match val {
                    Val::List(list, _) => list.iter().map(Val::value).collect(),
                    other => vec![other.value()],
                });
                Some(EffectKind::Spawn(std::iter::once(Value::from(name)).chain(given).collect()))
            }
            Meaning::TextProgram => match &callee.receiver {
                Some(Val::Text(text)) => Some(EffectKind::Spawn(split_words(text))),
                Some(Val::List(list, _)) => Some(EffectKind::Spawn(list.iter().map(Val::value).collect())),
                _ => None,
            },
            Meaning::RSystem2 => {
                let given = args.get(1, &["args"]).map_or_else(Vec::new, |val| match val {
                    Val::List(list, _) => list.iter().map(Val::value).collect(),
                    other => split_words(&other.value()),
                });
                let program = args.get(0, &["command"]).map(Val::value);
                program.map(|program| EffectKind::Spawn(std::iter::once(program).chain(given).collect()))
            }
            Meaning::CurlOption => curl_option(args),
            Meaning::Constructed => return Ok(Some(self.made(callee, args.clone()))),
            Meaning::Itself => return Ok(callee.receiver.clone()),
            Meaning::Same => return Ok(args.positional.first().cloned()),
            Meaning::UrlOf => {
                return Ok(match args.positional.as_slice() {
                    [path @ Val::Text(_), base, ..] if !path.literal().is_some_and(|p| p.contains("://")) => {
                        Some(Val::Text(self.join(self.url(base), path.value())?))
                    }
                    [path @ Val::Text(_), ..] => Some(path.clone()),
                    _ => None,
                });
            }
            Meaning::Rebound => {
                let Some(owner) = callee.receiver.clone() else { return Ok(None) };
                let rest = Args {
                    positional: args.positional.get(1..).unwrap_or(&[]).to_vec(),
                    named: args.named.clone(),
                };
                return self.call(&owner, rest, start).map(Some);
            }
            Meaning::CallItself => {
                let Some(owner) = callee.receiver.clone() else { return Ok(None) };
                return self.call(&owner, args.as_ref().clone(), start).map(Some);
            }
            Meaning::CallArray => return self.call_array(args, start),
            Meaning::NetHttp => match args.positional.as_slice() {
                [Val::Text(host), Val::Text(path), rest @ ..] => {
                    let port = rest.first().map(|p| Value::from(":").concat(p.value()));
                    let host = port.map_or(host.clone(), |port| host.clone().concat(port));
                    Some(http(host.concat(path.clone()), headers(args)))
                }
                [first, ..] => Some(http(self.url(first), headers(args))),
                [] => None,
            },
            Meaning::HttpHost => connect(args, 0),
            Meaning::HttpOf(at) => {
                let url = args.positional.get(at).map(|val| self.url(val));
                url.filter(|u| {
                    u.alternatives()
                        .iter()
                        .any(|t| t.known_prefix().contains("://") || t.known_prefix().is_empty())
                })
                .map(|url| http(url, headers(args)))
            }
            Meaning::FileOrUrl => self
                .source(callee, args, From::Argument(0, &["filename", "file", "con", "text"]))
                .map(|val| {
                    let name = file(&val);
                    if name.alternatives().iter().any(|t| t.known_prefix().starts_with("http")) {
                        return http(name, headers(args));
                    }
                    EffectKind::Read(name)
                })
                .filter(|_| reads(args)),
            Meaning::AwsSelf(service) => {
                return Ok(Some(aws::client(callee, args, Some(Val::text(service)))));
            }
            Meaning::Json => return Ok(Some(Val::path(JSON))),
            Meaning::AwsJdbc => {
                let url = args.positional.iter().map(Val::value).find(|v| {
                    v.alternatives().iter().any(|t| t.known_prefix().starts_with("jdbc-secretsmanager:"))
                });
                url.map(|url| EffectKind::Aws {
                    service: Value::from(aws::SECRETS_MANAGER),
                    operation: Value::from("GetSecretValue"),
                    parameters: vec![("JdbcUrl".to_owned(), url)],
                    region: None,
                })
            }
        };
        let Some(kind) = kind else { return Ok(None) };
        let effect = self.emit(kind, start);
        let made = Object {
            path: format!("{}()", callee.path),
            args: args.clone(),
            effect: Some(effect),
            ..Object::default()
        };
        Ok(Some(made.into()))
    }

    /// `call_user_func([$client, 'getSecretValue'], …)`, `call_user_func('system', …)`.
    fn call_array(&mut self, args: &Args, start: usize) -> Result<Option<Val>, Exceeded> {
        let Some((function, rest)) = args.positional.split_first() else { return Ok(None) };
        let callee = match function {
            Val::List(pair, _) => match pair.as_slice() {
                [owner, name] => self.member(owner, &name.value())?,
                _ => return Ok(None),
            },
            Val::Text(name) => match name.literal() {
                Some(name) => Val::path(name),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let mut positional = Vec::new();
        for val in rest {
            match val {
                Val::List(list, _) => positional.extend(list.iter().cloned()),
                other => positional.push(other.clone()),
            }
        }
        self.call(&callee, Args { positional, named: args.named.clone() }, start).map(Some)
    }

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
    fn place(&self, start: usize) -> (usize, String) {
        let Some(first) = self.tokens.get(start.min(self.at.saturating_sub(1))) else {
            return (1, String::new());
        };
        let last = self.tokens.get(self.at.saturating_sub(1)).unwrap_or(first);
        (first.line, super::snippet(self.text, first.start, last.end))
    }

    /// Reads a constant text as code of the same language.
    fn eval(&mut self, code: Option<Val>, start: usize) -> Result<(), Exceeded> {
        let Some(code) = code else { return Ok(()) };
        let outer = self.outer.clone().unwrap_or_else(|| self.place(start));
        for text in code.value().alternatives() {
            // Where the text is known in part, the known part is read.
            let text = text.literal().unwrap_or(text.known_prefix());
            if text.is_empty() {
                continue;
            }
            let _level = self.budget.enter()?;
            let tokens = token::tokens(text, self.lexicon, self.budget)?;
            let scope: &mut Scope = self.scope;
            let mut inner = Reader::new(text, self.language, self.lexicon, &tokens, self.budget, scope);
            inner.outer = Some(outer.clone());
            inner.program()?;
        }
        Ok(())
    }

    /// What `_make_api_call('GetSecretValue', {…})` and its like ask for.
    fn aws_request(&mut self, callee: &Object, args: &Args, at: usize, start: usize) -> Option<Val> {
        let operation = args.positional.get(at)?.value();
        let named =
            operation.alternatives().iter().any(|t| t.literal().is_none_or(|s| aws::operation(s).is_some()));
        if !named && callee.client.is_none() {
            return None;
        }
        let (service, region) = match &callee.client {
            Some(client) => (client.service.clone(), client.region.clone()),
            None => match aws::client_by_path(&callee.path) {
                Some(service) => (Value::from(service), None),
                None => (
                    operation.literal().map_or_else(
                        || Value::unknown(callee.shown()),
                        |_| Value::from(aws::SECRETS_MANAGER),
                    ),
                    None,
                ),
            },
        };
        let rest = Args { positional: args.positional[at + 1..].to_vec(), named: args.named.clone() };
        Some(self.emit_aws(callee, service, operation, aws::parameters(&rest), region, start))
    }

    fn aws_described(&mut self, callee: &Object, args: &Args, start: usize) -> Val {
        let value = |at: usize, names: &[&str], what: &str| {
            args.get(at, names).map_or_else(|| Value::unknown(what), |val| val.value())
        };
        let service = value(0, &["service_name", "service", "serviceName"], "a service");
        let operation = value(1, &["operation_name", "operation", "operationName", "action"], "an operation");
        let region = args.by_name(&["region_name", "region"]).map(|val| val.value());
        let maps = args
            .by_name(&["params", "parameters", "kwargs", "arguments"])
            .or_else(|| args.positional.iter().find(|val| matches!(val, Val::Dict(..))));
        let parameters = maps.map_or_else(Vec::new, |val| {
            aws::parameters(&Args { positional: vec![val.clone()], named: Vec::new() })
        });
        self.emit_aws(callee, service, operation, parameters, region, start)
    }

    /// Lets a call on what an effect resulted in complete that effect: `.arg("x")`, `.header("a", "b")`.
    fn completed(&mut self, callee: &Object, args: &Args) -> Result<(), Exceeded> {
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
        let Some(Effect { kind, .. }) = self.scope.effects.get_mut(effect) else { return };
        match (kind, values) {
            (EffectKind::Spawn(argv), [value])
                if matches!(name, "arg" | "args" | "Arguments" | "ArgumentList" | "Add") =>
            {
                match value {
                    Val::List(list, _) => argv.extend(list.iter().map(Val::value)),
                    value if name == "Arguments" => argv.extend(split_words(&value.value())),
                    value => argv.push(value.value()),
                }
            }
            (EffectKind::Spawn(argv), [value]) if name == "FileName" => argv.insert(0, value.value()),
            (EffectKind::Http { headers, .. }, [key, value]) if HEADER_CALLS.contains(&name) => {
                headers.push((key.value(), value.value()))
            }
            (EffectKind::Http { headers, .. }, [Val::Dict(entries, _)]) if HEADER_CALLS.contains(&name) => {
                headers.extend(entries.iter().map(|(k, v)| (k.clone(), v.value())));
            }
            (EffectKind::Aws { parameters, .. }, [value])
                if name.starts_with(|c: char| c.is_alphabetic())
                    && aws::is_parameter(name)
                    && parameters.len() < 64 =>
            {
                parameters.push((aws::parameter(name), value.value()));
            }
            _ => {}
        }
    }
}

/// Whether the object that a secret is asked of is a cache or a client of secrets.
fn meaning_is_sure(callee: &Object) -> bool {
    let path = callee.path.to_ascii_lowercase();
    ["cache", "secretsmanager", "parameters", "powertools"].iter().any(|word| path.contains(word))
}

fn http(url: Value, headers: Vec<(Value, Value)>) -> EffectKind {
    EffectKind::Http { url, headers }
}

/// Headers given as a map, or as a list of `Name: value`.
fn headers(args: &Args) -> Vec<(Value, Value)> {
    match args.by_name(&["headers", "Headers", "header", "http_headers"]) {
        Some(Val::Dict(entries, _)) => entries.iter().map(|(k, v)| (k.clone(), v.value())).collect(),
        Some(Val::List(lines, _)) => lines.iter().filter_map(header_line).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn header_line(line: &Val) -> Option<(Value, Value)> {
    let (name, value) = line.literal()?.split_once(':')?;
    Some((Value::from(name.trim()), Value::from(value.trim())))
}

/// Whether a file is opened to be read: no mode, or one without writing.
fn reads(args: &Args) -> bool {
    let mode = args.get(1, &["mode"]).and_then(Val::literal);
    !mode.is_some_and(|mode| mode.len() <= 3 && mode.starts_with(['w', 'a', 'x']))
}

/// A file's name, from its text or from the object that holds it.
fn file(val: &Val) -> Value {
    match val {
        Val::Object(object) => match object.args.positional.first() {
            Some(Val::Text(text)) => text.clone(),
            _ => val.value(),
        },
        other => other.value(),
    }
}

/// `curl_setopt($handle, CURLOPT_URL, …)` and its kin in C and Python, where the option is the URL or the headers.
fn curl_option(args: &Args) -> Option<EffectKind> {
    let is_url = |val: &Val| val.object().is_some_and(|o| matches!(o.last(), "CURLOPT_URL" | "URL"));
    let at = args.positional.iter().position(is_url);
    let url = match at {
        Some(at) => args.positional.get(at + 1),
        None => args.by_name(&["CURLOPT_URL", "‹CURLOPT_URL›"]),
    };
    url.map(|url| http(url.value(), Vec::new()))
}

fn connect(args: &Args, at: usize) -> Option<EffectKind> {
    let (host, port) = match args.get(at, &["address", "host", "hostname"])? {
        Val::List(pair, _) => (pair.first().map(Val::value), pair.get(1).map(Val::value)),
        // `connect(2773, "localhost")`, as Node.js has it.
        Val::Text(port) if port.literal().is_some_and(|p| p.parse::<u16>().is_ok()) => {
            (args.positional.get(at + 1).map(Val::value), Some(port.clone()))
        }
        Val::Dict(..) => {
            (args.by_name(&["host", "hostname"]).map(Val::value), args.by_name(&["port"]).map(Val::value))
        }
        host => (
            Some(host.value()),
            args.get(at + 1, &["port"]).filter(|p| matches!(p, Val::Text(_))).map(Val::value),
        ),
    };
    let host = host.unwrap_or_else(|| Value::from("localhost"));
    let url = match port {
        Some(port) => host.concat(Value::from(":")).concat(port),
        None => host,
    };
    Some(http(url, Vec::new()))
}

pub(super) fn split_words(text: &Value) -> Vec<Value> {
    match text.literal() {
        Some(text) => {
            text.split_whitespace().map(|word| Value::from(word.trim_matches(['"', '\'']))).collect()
        }
        None => vec![text.clone()],
    }
}

fn words_program(args: &Args, at: usize) -> Option<EffectKind> {
    let mut argv = Vec::new();
    let file = args.by_name(&["FileName", "fileName"]);
    let arguments = args.by_name(&["Arguments", "ArgumentList", "arguments"]);
    let positional = args.positional.get(at..).unwrap_or(&[]);
    let given: Vec<&Val> = if file.is_some() {
        file.into_iter().chain(arguments).collect()
    } else {
        positional.iter().take(2).collect()
    };
    for val in given {
        match val {
            Val::List(list, _) => argv.extend(list.iter().map(Val::value)),
            Val::Text(text) => argv.extend(split_words(text)),
            Val::Object(object) if argv.is_empty() && object.effect.is_some() => return None,
            other if argv.is_empty() => argv.push(other.value()),
            _ => {}
        }
    }
    (!argv.is_empty()).then_some(EffectKind::Spawn(argv))
}

impl Reader<'_> {
    /// A list is a program with arguments, one text is for a shell, several texts are again a program.
    fn command(&self, args: &Args, at: usize) -> Option<EffectKind> {
        let named = args.by_name(&["args", "cmd", "command"]);
        let positional: Vec<&Val> = args
            .positional
            .get(at..)
            .unwrap_or(&[])
            .iter()
            .skip_while(|val| matches!(val, Val::Dict(..)))
            .collect();
        let first = positional.first().copied().or(named)?;
        match first {
            Val::List(list, _) => {
                let shell = args
                    .by_name(&["shell"])
                    .is_some_and(|s| s.object().is_some_and(|o| o.path.eq_ignore_ascii_case("true")));
                let argv: Vec<Value> = list.iter().map(Val::value).collect();
                match (shell, argv.as_slice()) {
                    (true, [text, ..]) => Some(EffectKind::Shell(text.clone())),
                    _ => Some(EffectKind::Spawn(argv)),
                }
            }
            first if positional.len() > 1 && self.language != Language::Python => {
                let mut argv = vec![first.value()];
                for more in &positional[1..] {
                    match more {
                        Val::List(list, _) => argv.extend(list.iter().map(Val::value)),
                        Val::Dict(..) => {}
                        other => argv.push(other.value()),
                    }
                }
                if argv.len() == 1 {
                    Some(EffectKind::Shell(argv.swap_remove(0)))
                } else {
                    Some(EffectKind::Spawn(argv))
                }
            }
            first => Some(EffectKind::Shell(first.value())),
        }
    }

    /// A program by name and its arguments; with `renamed`, the first of them is its name once more.
    fn spawned(&self, args: &Args, at: usize, renamed: bool) -> Option<EffectKind> {
        let positional = args.positional.get(at..).unwrap_or(&[]);
        let (first, rest) = positional.split_first()?;
        let mut argv = match first {
            Val::List(list, _) => list.iter().map(Val::value).collect(),
            other => vec![other.value()],
        };
        let mut arguments = Vec::new();
        for val in rest {
            match val {
                Val::List(list, _) => {
                    arguments.extend(list.iter().map(Val::value));
                    break;
                }
                Val::Text(text) => arguments.push(text.clone()),
                Val::Dict(..) => {}
                // Of JavaScript, what is no list is a callback.
                other if self.language != Language::JavaScript => arguments.push(other.value()),
                _ => {}
            }
        }
        if let Some(Val::List(list, _)) = args.by_name(&["args"]) {
            arguments.extend(list.iter().map(Val::value));
        }
        let from = usize::from(renamed).min(arguments.len());
        argv.extend(arguments.drain(from..));
        let shell = args
            .by_name(&["shell"])
            .is_some_and(|s| s.object().is_some_and(|o| o.path == "true") || s.literal().is_some());
        if shell {
            let text = argv.into_iter().reduce(|a, b| a.concat(Value::from(" ")).concat(b))?;
            return Some(EffectKind::Shell(text));
        }
        Some(EffectKind::Spawn(argv))
    }

    /// Perl's and Ruby's `open`, where a file may be a command.
    fn open(&mut self, callee: &Rc<Object>, args: &Rc<Args>, start: usize) -> Result<Option<Val>, Exceeded> {
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
        self.emit(kind, start);
        Ok(Some(self.made(callee, args.clone())))
    }

    /// The URL that a value is: a text, what a map says of host, port and path, or what made the object.
    fn url(&self, val: &Val) -> Value {
        match val {
            Val::Text(text) => text.clone(),
            Val::Dict(..) => from_map(val),
            Val::Object(object) => {
                let texts = || {
                    object.args.positional.iter().filter_map(|v| match v {
                        Val::Text(text) => Some(text),
                        _ => None,
                    })
                };
                let has_scheme =
                    |text: &&Value| text.alternatives().iter().any(|t| t.known_prefix().contains("://"));
                if let Some(found) = texts().find(has_scheme) {
                    return found.clone();
                }
                if let Some(prop) = object.prop(&["url", "uri", "URL", "Uri", "RequestUri"]) {
                    return prop.value();
                }
                let map = object.args.positional.iter().find(|v| matches!(v, Val::Dict(..)));
                match (map, texts().next()) {
                    (Some(map), _) => from_map(map),
                    (None, Some(text)) => text.clone(),
                    _ => val.value(),
                }
            }
            other => other.value(),
        }
    }

    fn host_and_path(&self, callee: &Object, args: &Args, at: usize) -> Option<EffectKind> {
        let receiver = callee.receiver.as_ref()?.object()?;
        let host = match receiver.args.get(0, &["host", "address", "hostname"]) {
            Some(made) => self.url(made),
            None => Value::from(""),
        };
        let port =
            receiver.args.get(1, &["port"]).filter(|p| p.number().is_some() || matches!(p, Val::Object(_)));
        let mut url = match port {
            Some(port) => host.concat(Value::from(":")).concat(port.value()),
            None => host,
        };
        // A path behind a base; an absolute URL replaces it.
        match args.get(at, &["path", "url"]).map(|val| self.url(val)) {
            Some(path) if path.literal().is_some_and(|p| p.contains("://")) => url = path,
            Some(path) => url = url.concat(path),
            None => {}
        }
        let mut all = headers(args);
        if let Some(Val::Dict(entries, _)) = args.positional.get(at + 1) {
            all.extend(entries.iter().map(|(k, v)| (k.clone(), v.value())));
        }
        Some(http(url, all))
    }
}

/// `{url}`, or `{protocol, host, port, path}`.
fn from_map(map: &Val) -> Value {
    let get = |names: &[&str]| names.iter().find_map(|name| map.entry(name)).map(Val::value);
    let base = get(&["baseURL", "baseUrl", "base_uri"]);
    if let Some(url) = get(&["url", "uri", "URL"]) {
        return match base {
            Some(base) if !url.literal().is_some_and(|u| u.contains("://")) => base.concat(url),
            _ => url,
        };
    }
    let mut url = get(&["hostname", "host"]).or(base).unwrap_or_else(|| Value::from("localhost"));
    if let Some(port) = get(&["port"]) {
        url = url.concat(Value::from(":")).concat(port);
    }
    match get(&["path", "pathname"]) {
        Some(path) => url.concat(path),
        None => url,
    }
}
