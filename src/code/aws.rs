//! Which calls are requests to AWS: clients by how they are made, operations by their names.

use super::meaning::From;
use super::object::{Args, Client, Object, Val};
use super::operation::{SECRETS_MANAGER, is_parameter, parameter};
use super::reader::Reader;
use super::{EffectKind, Language, operation};
use crate::bounds::Exceeded;
use crate::value::{Text, Value};

/// Parameters that name a secret, and so show which service is meant.
const SECRET_PARAMETERS: &[&str] = &["SecretId", "SecretIdList"];

/// Members of a boto3 client that send nothing.
const NOT_OPERATIONS: &[&str] = &[
    "close",
    "can_paginate",
    "get_waiter",
    "generate_presigned_url",
    "generate_presigned_post",
    "exceptions",
    "meta",
    "register",
    "unregister",
    "assert_called_with",
    "assert_called_once_with",
    "assert_called_once",
    "assert_not_called",
    "on",
    "config",
    "middlewareStack",
    "destroy",
    "promise",
    "build",
    "then",
    "Close",
    "Dispose",
    "add_response",
    "add_client_error",
    "activate",
    "return_value",
    "side_effect",
    "class",
    "new",
    "waitFor",
    "getCredentials",
    "__enter__",
    "__exit__",
    "events",
    "unwrap",
    "await",
    "send",
    "catch",
    "inspect",
    "to_s",
    "is_a?",
    "nil?",
];

impl Reader<'_> {
    /// Sees whether calling `callee` sends a request, and which.
    pub(super) fn aws_call(
        &mut self,
        callee: &Object,
        args: &Args,
        start: usize,
    ) -> Result<Option<Val>, Exceeded> {
        if let Some(made) = self.command_object(callee, args, start) {
            return Ok(Some(made));
        }
        let Some(name) = callee.name.as_ref() else { return Ok(None) };
        let Some(Val::Object(receiver)) = &callee.receiver else { return Ok(None) };
        // Rust builds a request from `get_secret_value()` on; `secret_id` shows that it is one of AWS.
        if let (Language::Rust, Some("secret_id" | "set_secret_id" | "secret_id_list"), Some(value)) =
            (self.language, name.literal(), args.positional.first())
        {
            let begun = receiver
                .path
                .strip_suffix("()")
                .and_then(|path| path.rsplit('.').next())
                .and_then(operation::operation);
            if let (Some(begun), None) = (begun, receiver.effect) {
                let parameters = vec![("SecretId".to_owned(), value.value())];
                return Ok(Some(self.emit_aws(
                    callee,
                    Value::from(SECRETS_MANAGER),
                    Value::from(begun),
                    parameters,
                    None,
                    start,
                )));
            }
        }
        // Version 1 of the SDK for Go makes requests that are sent later.
        let request = name.literal().filter(|_| self.language == Language::Go && !args.positional.is_empty());
        let request = request
            .and_then(|name| name.strip_suffix("Request"))
            .and_then(operation::operation)
            .map(Value::from);
        let name = request.as_ref().unwrap_or(name);
        let by_path = receiver.service;
        let known = names(name).any(|n| operation::operation(n).is_some());
        let computed = names(name).next().is_none();
        // Its calls' results are no clients: `client.get_secret_value()["SecretString"].split()`.
        let is_client = receiver.effect.is_none() && (receiver.client.is_some() || by_path.is_some());
        if is_client {
            let explicit = receiver.client.is_some() && !names(name).any(|n| NOT_OPERATIONS.contains(&n));
            // With a computed name, only what was made as a client surely is one.
            let sends = known
                || (explicit && !receiver.path.ends_with(".exceptions"))
                || (computed && receiver.path.ends_with(')'));
            let plain_getter =
                self.language == Language::Python && receiver.client.is_none() && no_arguments(args);
            if !sends || plain_getter {
                return Ok(None);
            }
            let (service, region) = match &receiver.client {
                Some(client) => (client.service.clone(), client.region.clone()),
                None => (Value::from(by_path.unwrap_or_default()), None),
            };
            let region = region.or_else(|| region_of(receiver));
            let operation = match (names(name).next(), args.positional.first()) {
                // A paginator sends the operation that it is for.
                (Some("get_paginator" | "paginate"), Some(operation)) => operation.value(),
                _ => name.clone(),
            };
            return Ok(Some(self.emit_aws(callee, service, operation, parameters(args), region, start)));
        }
        if !known {
            return Ok(None);
        }
        let parameters = parameters(args);
        let told = parameters.iter().any(|(name, _)| SECRET_PARAMETERS.contains(&name.as_str()));
        let fetches = names(name)
            .filter_map(operation::operation)
            .any(|o| matches!(o, "GetSecretValue" | "BatchGetSecretValue"));
        if told {
            return Ok(Some(self.emit_aws(
                callee,
                Value::from(SECRETS_MANAGER),
                name.clone(),
                parameters,
                region_of(receiver),
                start,
            )));
        }
        if fetches && self.may_be_request(args) {
            let service = Value::unknown(receiver.shown());
            return Ok(Some(self.emit_aws(callee, service, name.clone(), parameters, None, start)));
        }
        Ok(None)
    }

    /// `new GetSecretValueCommand({…})` is as good as sent.
    fn command_object(&mut self, callee: &Object, args: &Args, start: usize) -> Option<Val> {
        let last = callee.last();
        let is_command = last.len() > 7 && last.ends_with("Command") && self.language == Language::JavaScript;
        if !is_command || !last.starts_with(|c: char| c.is_uppercase()) {
            return None;
        }
        let name = &last[..last.len() - "Command".len()];
        let service = match (operation::operation(name), callee.service) {
            (_, Some(service)) => service,
            (Some(_), None) => SECRETS_MANAGER,
            _ if callee.path.contains("client-ssm") => "ssm",
            _ => return None,
        };
        Some(self.emit_aws(callee, Value::from(service), Value::from(last), parameters(args), None, start))
    }

    /// Whether the arguments may be an SDK's request: not a plain text, which no SDK takes, and not nothing.
    fn may_be_request(&self, args: &Args) -> bool {
        if args.named.iter().any(|(name, _)| name == "**") {
            return true;
        }
        if matches!(self.language, Language::Python | Language::Rust) {
            return false;
        }
        let last = args.positional.last();
        last.is_some_and(|val| match val {
            Val::Object(object) => {
                let name = object.path.to_ascii_lowercase();
                ["request", "params", "input", "req", "opts", "options", "args", "command"]
                    .iter()
                    .any(|n| name.contains(n))
            }
            _ => false,
        })
    }

    /// Notes an AWS request, and gives the object that it results in.
    pub(super) fn emit_aws(
        &mut self,
        callee: &Object,
        service: Value,
        operation: Value,
        parameters: Vec<(String, Value)>,
        region: Option<Value>,
        start: usize,
    ) -> Val {
        let operation = operation.map(|text| match text.literal().and_then(operation::operation) {
            Some(known) => Text::from(known),
            None => text,
        });
        let effect = self.emit(EffectKind::Aws { service, operation, parameters, region }, start);
        Object { path: format!("{}()", callee.path), effect: Some(effect), ..Object::default() }.into()
    }

    /// `SecretCache().get_secret_string("x")` and its like.
    pub(super) fn secret(&mut self, callee: &Object, args: &Args, from: From, start: usize) -> Option<Val> {
        let id = self.source(callee, args, from);
        let parameters = id.map(|id| ("SecretId".to_owned(), id.value())).into_iter().collect();
        Some(self.emit_aws(
            callee,
            Value::from(SECRETS_MANAGER),
            Value::from("GetSecretValue"),
            parameters,
            None,
            start,
        ))
    }
}

/// The parameters among `args`: named, in a map, or set on a request object.
pub(super) fn parameters(args: &Args) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    for (name, value) in &args.named {
        push(&mut out, name, value);
    }
    for value in args.positional.iter().flat_map(Val::each) {
        from_value(&mut out, value);
    }
    out
}

fn from_value(out: &mut Vec<(String, Value)>, value: &Val) {
    match value {
        Val::Dict(entries, _) => {
            for (name, value) in entries.iter().take(64) {
                push(out, &name.to_string(), value);
            }
        }
        Val::Object(object) => {
            for (name, value) in object.props.iter().filter(|(name, _)| is_parameter(name)) {
                push(out, name, value);
            }
            for (name, value) in object.args.named.iter().filter(|(name, _)| is_parameter(name)) {
                push(out, name, value);
            }
            for argument in &object.args.positional {
                if let Val::Dict(..) = argument {
                    from_value(out, argument);
                }
            }
        }
        Val::List(values, _) => {
            for entry in values.iter().take(8) {
                match entry {
                    Val::Object(object) => {
                        for (name, value) in object.props.iter().filter(|(name, _)| is_parameter(name)) {
                            push(out, name, value);
                        }
                    }
                    Val::Dict(..) | Val::List(..) => from_value(out, entry),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// A list becomes one parameter for each element.
fn push(out: &mut Vec<(String, Value)>, name: &str, value: &Val) {
    if name == "**" || out.len() >= 64 {
        return;
    }
    let name = parameter(name);
    match value {
        Val::List(values, _) => out.extend(values.iter().take(32).map(|v| (name.clone(), v.value()))),
        other => out.push((name, wrapped(other).value())),
    }
}

/// `Some("x")`, `aws.String(x)` and their like stand for what they wrap.
fn wrapped(value: &Val) -> &Val {
    match value {
        Val::Object(object) if object.args.positional.len() == 1 => &object.args.positional[0],
        other => other,
    }
}

/// The region that a client was made for.
pub(super) fn region_of(object: &Object) -> Option<Value> {
    const NAMES: &[&str] =
        &["region_name", "region", "Region", "regionName", "RegionEndpoint", "withRegion", "with_region"];
    let found = object.args.by_name(NAMES).or_else(|| object.prop(NAMES));
    found.map(|val| match val {
        Val::Object(region) => {
            Value::from(region.last().trim_end_matches("()").to_ascii_lowercase().replace('_', "-"))
        }
        other => other.value(),
    })
}

/// A client of the service that an argument names.
pub(super) fn client(callee: &Object, args: &Args, service: Option<Val>) -> Val {
    let region = region_of(&Object { args: std::rc::Rc::new(args.clone()), ..Object::default() });
    let session = match &callee.receiver {
        Some(Val::Object(receiver)) => region_of(receiver),
        _ => None,
    };
    let service = service.map_or_else(|| Value::unknown("a service"), |val| val.value());
    let client = Client { service, region: region.or(session) };
    Object { path: format!("{}()", callee.path), client: Some(std::rc::Rc::new(client)), ..Object::default() }
        .into()
}

fn no_arguments(args: &Args) -> bool {
    args.positional.is_empty() && args.named.is_empty()
}

/// The constant names that a member's name may be.
fn names(name: &Value) -> impl Iterator<Item = &str> {
    name.alternatives().iter().filter_map(|text| text.literal())
}
