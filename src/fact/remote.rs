//! Operations of AWS that run a command elsewhere (`ssm send-command`, `ecs execute-command`), or open a way there.

use serde_json::Value as Json;

use super::AwsCall;
use super::reader::Reader;
use crate::code::Language;
use crate::knowledge::{Form, Remote};
use crate::shell::Invocation;
use crate::trace::Trace;
use crate::value::Text;

impl Reader {
    /// Follows a call to the command that it runs.
    pub(super) fn remote(&mut self, trace: &Trace, call: &AwsCall, invocation: &Invocation) {
        let (Some(service), Some(operation)) = (call.service.literal(), call.operation.literal()) else {
            return;
        };
        for remote in self.knowledge.remotes(service, operation) {
            self.runs_elsewhere(trace, call, (service, operation), &remote, invocation);
        }
    }

    fn runs_elsewhere(
        &mut self,
        trace: &Trace,
        call: &AwsCall,
        (service, operation): (&str, &str),
        remote: &Remote,
        invocation: &Invocation,
    ) {
        let Some(given) = call.parameter(&remote.parameter).and_then(Text::literal) else { return };
        let _through = trace.through(format!("{service} {operation}"));
        let of = |names: &[String]| names.iter().find_map(|name| member(given, name));
        let commands = match remote.members.is_empty() {
            true => vec![given.to_owned()],
            false => of(&remote.members).unwrap_or_default(),
        };
        let text = Text::from(commands.join("\n"));
        let document = call.parameter("DocumentName").map(Text::to_string).unwrap_or_default();
        if document.contains("PowerShell") {
            self.code(trace, Language::PowerShell, &text, None, invocation);
        } else if !text.is_empty() {
            self.inner_shell(trace, invocation, &text, Vec::new());
        }
        if let Some([port, ..]) = of(&remote.ports).as_deref() {
            let host = remote.host.as_ref().and_then(|name| member(given, name)).unwrap_or_default();
            let host = host.first().map_or("localhost", String::as_str);
            let local = member(given, "localPortNumber").unwrap_or_default();
            let local = local.first().map_or("0", String::as_str);
            let target = Text::from(format!("{local}:{host}:{port}"));
            self.forward(trace, Form::Triple, &target, &format!("{service} {operation} {given}"));
        }
    }
}

/// A member of a structure in JSON, or in the CLI's shorthand: `commands=["a","b"],x=y` (AWS CLI user guide,
/// "Shorthand syntax").
fn member(given: &str, name: &str) -> Option<Vec<String>> {
    if let Ok(Json::Object(fields)) = serde_json::from_str(given) {
        return fields.get(name).map(texts);
    }
    let starts = given.match_indices(name).find(|(at, _)| {
        let before = given[..*at].chars().next_back();
        given[at + name.len()..].starts_with('=') && before.is_none_or(|c| matches!(c, ',' | ' '))
    });
    let rest = &given[starts?.0 + name.len() + 1..];
    if rest.starts_with('[') {
        let list = serde_json::Deserializer::from_str(rest).into_iter::<Json>().next();
        // `[a, b]` without quotes.
        let plain = || rest[1..].split([']', ',']).map(|word| word.trim().to_owned()).collect();
        return Some(list.and_then(Result::ok).map_or_else(plain, |list| texts(&list)));
    }
    // The next member begins behind a comma.
    let next = rest.match_indices(',').find(|(at, _)| {
        let key = rest[at + 1..].split('=').next().unwrap_or_default();
        rest[at + 1..].contains('=') && !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    let value = next.map_or(rest, |(at, _)| &rest[..at]);
    Some(vec![value.trim_matches(['"', '\'']).to_owned()])
}

fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_in_json_and_in_shorthand() {
        for (given, expected) in [
            (r#"{"commands":["a b","c"]}"#, "a b|c"),
            (r#"{"commands":"a b"}"#, "a b"),
            (r#"commands=["a b","c"],workingDirectory=["/"]"#, "a b|c"),
            (r#"workingDirectory=/tmp,commands=["a"]"#, "a"),
            ("commands=a b", "a b"),
            ("commands='a b'", "a b"),
            ("commands=a b,workingDirectory=/", "a b"),
            ("x=1", ""),
        ] {
            assert_eq!(member(given, "commands").unwrap_or_default().join("|"), expected, "{given}");
        }
    }
}
