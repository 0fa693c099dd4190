//! What a call comes to: an effect, a constant, or an object of which more is known than before.

use std::rc::Rc;

use super::file::{file, reads};
use super::http::{curl_option, headers, http, is_header_call, sent_headers};
use super::lookup::Path;
use super::meaning::{From, Meaning};
use super::object::{Args, Object, Val};
use super::process::{split_words, words_program};
use super::reader::{Reader, called};
use super::scope::{JSON, Scope};
use super::socket::server;
use super::{EffectKind, Language, aws, operation, tables, tokenizer};
use crate::bounds::Exceeded;
use crate::value::Value;

impl<'t> Reader<'t> {
    /// Calls `callee`; the tokens from `start` on are the call.
    pub(super) fn call(&mut self, callee: &Val, args: Args, start: usize) -> Result<Val, Exceeded> {
        let args = Rc::new(args);
        if let [callee] = callee.each() {
            return self.call_one(callee, &args, start);
        }
        let results: Result<Vec<_>, _> =
            callee.each().iter().map(|callee| self.call_one(callee, &args, start)).collect();
        Ok(Val::any(results?))
    }

    fn call_one(&mut self, callee: &Val, args: &Rc<Args>, start: usize) -> Result<Val, Exceeded> {
        self.budget.step()?;
        match callee {
            Val::Object(object) => self.call_object(object, args, start),
            other => match self.callable(other)? {
                Some(function) => self.call(&function, args.as_ref().clone(), start),
                // A function written as a value stands for its result.
                None => Ok(other.clone()),
            },
        }
    }

    fn call_object(&mut self, callee: &Rc<Object>, args: &Rc<Args>, start: usize) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        // A method of a document is no key of it.
        if callee.path.starts_with(JSON) && self.scope.json.last() == Some(&callee.path) {
            self.scope.json.pop();
        }
        // Perl writes `print $socket "…"`.
        if callee.effect.is_some() && callee.receiver.is_none() {
            let itself = Val::Object(callee.clone());
            if let Some(effect) = self.stream(&itself) {
                self.sent(effect, &args.positional);
                return Ok(itself);
            }
        }
        if let Some(wanted) = self.scope.wanted.clone() {
            self.wanted_call(&wanted, callee, args, start);
        }
        let path = Path::new(&callee.path);
        if let Some(results) = self.over_list(callee, args)? {
            return Ok(results);
        }
        if let Some(value) = self.fold_call(callee, path, args)? {
            return Ok(value);
        }
        if let Some(value) = self.print(callee, path, args)? {
            return Ok(value);
        }
        if let Some(meaning) = tables::meaning(self.language, path)
            && let Some(result) = self.perform(meaning, callee, args, start)?
        {
            return Ok(result);
        }
        if let Some(result) = self.aws_call(callee, args, start)? {
            return Ok(result);
        }
        if let Some(result) = self.own_function(callee, args) {
            self.handed_over(callee, args, start)?;
            return Ok(result);
        }
        if let Some(request) = self.program_member(callee, args).or_else(|| self.fetched(callee, args)) {
            let effect = self.emit(request, start);
            let made = Object { path: called(&callee.path), effect: Some(effect), ..Object::default() };
            return Ok(made.into());
        }
        self.handed_over(callee, args, start)?;
        self.completed(callee, args)?;
        let made = self.made(callee, args.clone());
        Ok(match (&made, callee.name.as_ref().and_then(Value::literal), args.positional.as_slice()) {
            // A builder's call with one argument sets something on what it builds.
            (Val::Object(object), Some(name), [value]) if callee.receiver.is_some() => {
                object.with(name, value.clone()).into()
            }
            // A header set on a request before it is sent.
            (Val::Object(object), Some(name), [header, value])
                if object.effect.is_none() && is_header_call(name) =>
            {
                object.with(&format!("[{}]", header.value()), value.clone()).into()
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
            Meaning::Http(from) => self.source(callee, args, from).map(|val| {
                let url = self.based(callee, self.url(&val));
                http(url, sent_headers(callee, args))
            }),
            Meaning::HttpPath(at) => self.host_and_path(callee, args, at),
            Meaning::Connect(at) => {
                let Some(server) = server(args, at) else { return Ok(None) };
                let effect = self.connected(server, start);
                let path = called(&callee.path);
                return Ok(Some(
                    Object { path, args: args.clone(), effect: Some(effect), ..Object::default() }.into(),
                ));
            }
            Meaning::SendTo(at) => {
                if let Some(effect) = args.positional.get(at).and_then(|val| self.stream(val)) {
                    self.sent(effect, &args.positional[at + 1..]);
                }
                return Ok(None);
            }
            Meaning::Read(from) => self
                .source(callee, args, from)
                .filter(|_| reads(args))
                .map(|val| EffectKind::Read(file(&val))),
            Meaning::Open => return self.open(args, start),
            Meaning::Eval(from) => {
                // `new Function('a', 'b', body)`
                let body = args.positional.last().filter(|_| callee.last().starts_with("Function")).cloned();
                let code = body.or_else(|| self.source(callee, args, from));
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
                // `object.__getattribute__(client, name)` has the object before the name.
                let at = if matches!(args.positional.as_slice(), [Val::Object(_), Val::Text(_), ..]) {
                    1
                } else {
                    at
                };
                let owner = if at == 0 { callee.receiver.clone() } else { args.positional.first().cloned() };
                return match (owner, args.positional.get(at)) {
                    (Some(owner), Some(name)) => self.member(&owner, name.value()).map(Some),
                    _ => Ok(None),
                };
            }
            Meaning::Send(at) => {
                let (Some(owner), Some(name)) = (callee.receiver.clone(), args.positional.get(at)) else {
                    return Ok(None);
                };
                let member = self.member(&owner, name.value())?;
                let rest = Args { positional: args.positional[at + 1..].to_vec(), named: args.named.clone() };
                return self.call(&member, rest, start).map(Some);
            }
            Meaning::Module => {
                let name = args.positional.first().and_then(Val::literal);
                if let Some((_, code)) =
                    name.and_then(|name| name.strip_prefix("data:text/javascript")?.split_once(','))
                {
                    self.eval(Some(Val::text(code)), start)?;
                }
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
            Meaning::Applied
            | Meaning::CallPartial
            | Meaning::CallNamed
            | Meaning::MemberNamed
            | Meaning::CallByName
            | Meaning::FunctionNamed => return self.dispatched(meaning, callee, args, start),
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
            Meaning::HttpHost => server(args, 0).map(|server| http(server, Vec::new())),
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
                    service: Value::from(operation::SECRETS_MANAGER),
                    operation: Value::from("GetSecretValue"),
                    parameters: vec![("JdbcUrl".to_owned(), url)],
                    region: None,
                })
            }
        };
        let Some(kind) = kind else { return Ok(None) };
        let effect = self.emit(kind, start);
        self.given_input(effect, args);
        let path = called(&callee.path);
        let made = Object { path, args: args.clone(), effect: Some(effect), ..Object::default() }.into();
        // `proc_open($command, $descriptors, $pipes)`
        if self.language == Language::Php {
            self.handle(args.positional.get(2), &made);
        }
        Ok(Some(made))
    }

    /// `call_user_func([$client, 'getSecretValue'], …)`, `call_user_func('system', …)`.
    fn call_array(&mut self, args: &Args, start: usize) -> Result<Option<Val>, Exceeded> {
        let Some((function, rest)) = args.positional.split_first() else { return Ok(None) };
        let callee = match function {
            Val::List(pair, _) => match pair.as_slice() {
                [owner, name] => self.member(owner, name.value())?,
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
            let tokens = tokenizer::tokens(text, self.lexicon, self.budget)?;
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
        let named = operation
            .alternatives()
            .iter()
            .any(|t| t.literal().is_none_or(|s| operation::operation(s).is_some()));
        if !named && callee.client.is_none() {
            return None;
        }
        let (service, region) = match &callee.client {
            Some(client) => (client.service.clone(), client.region.clone()),
            None => match callee.service {
                Some(service) => (Value::from(service), None),
                None => (
                    operation.literal().map_or_else(
                        || Value::unknown(callee.shown()),
                        |_| Value::from(operation::SECRETS_MANAGER),
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
}

/// Whether the object that a secret is asked of is a cache or a client of secrets.
fn meaning_is_sure(callee: &Object) -> bool {
    let path = callee.path.to_ascii_lowercase();
    ["cache", "secretsmanager", "parameters", "powertools", "secretsprovider", "aws.secrets"]
        .iter()
        .any(|word| path.contains(word))
}
