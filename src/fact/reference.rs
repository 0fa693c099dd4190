//! What a fetch would print, as the reference that stands for it.
//!
//! The abstract value of `aws secretsmanager get-secret-value --secret-id prod/db` is its reference. It flows
//! through variables, substitutions and pipes like any other text, so the command that would have used the
//! secret is found with the reference in its place: the safe command is read off it.
//!
//! On the way a reference carries all five of its segments, `{{resolve:secretsmanager:ID:FIELD:KEY:STAGE:VERSION}}`
//! (CloudFormation user guide, "Get a secret or secret value from Secrets Manager"), with an empty FIELD for the
//! whole answer of the API. [`tidy`] drops what is empty.

use super::AwsCall;
use crate::value::{Piece, Text};

pub(super) const START: &str = "{{resolve:secretsmanager:";

/// The reference to what a call would fetch, as far as the call says.
pub(super) fn of_call(call: &AwsCall) -> Text {
    let id = call.parameter("SecretId").or_else(|| call.parameter("SecretIdList")).cloned();
    let id = id.unwrap_or_else(|| Text::from("SECRET_ID"));
    let id = match id.literal() {
        // A list, or JSON of one: its first.
        Some(list) => {
            let first =
                list.trim_start_matches(['[', '"', ' ']).split(['"', ',', ' ', ']']).next().unwrap_or(list);
            Text::from(if call.parameter("SecretId").is_some() { list } else { first })
        }
        None => id,
    };
    let segment = |name: &str| call.parameter(name).and_then(Text::literal).unwrap_or_default().to_owned();
    let (stage, version) = (segment("VersionStage"), segment("VersionId"));
    // The two exclude each other, and the default stage need not be said.
    let stage = if stage == "AWSCURRENT" || !version.is_empty() { String::new() } else { stage };
    Text::from(START).concat(id).concat(Text::from(format!(":::{stage}:{version}}}}}")))
}

/// Whether a text holds a reference that a fetch left there.
pub(super) fn is_in(text: &Text) -> bool {
    match text {
        Text::Literal(text) => text.contains(START),
        Text::Mixed(pieces) => {
            pieces.iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains(START)))
        }
    }
}

/// The reference that is all of a text, but for white space around it.
pub(super) fn whole(text: &Text) -> Option<Text> {
    let text = text.clone().map_literals(|literal| literal.trim_matches(['\n', '"', ' ']).to_owned());
    let ends = match &text {
        Text::Literal(literal) => literal.ends_with("}}"),
        Text::Mixed(pieces) => matches!(pieces.last(), Some(Piece::Literal(last)) if last.ends_with("}}")),
    };
    (text.known_prefix().starts_with(START) && ends).then_some(text)
}

/// What a path of keys selects from what a reference stands for. The path begins at the API's answer, or at
/// the secret itself where that was already selected.
pub(super) fn select(reference: &Text, path: &[String]) -> Option<Text> {
    let mut segments = Segments::of(reference)?;
    let mut path = path;
    while let Some((first, rest)) = path.split_first() {
        match first.as_str() {
            "SecretValues" | "0" | "fromjson" if segments.field.is_empty() || first == "fromjson" => {}
            "SecretString" | "SecretBinary" if segments.field.is_empty() => segments.field.clone_from(first),
            // The answer's other fields hold nothing secret.
            "ARN" | "Name" | "VersionId" | "VersionStages" | "CreatedDate" if segments.field.is_empty() => {
                return None;
            }
            key => {
                if segments.field.is_empty() {
                    "SecretString".clone_into(&mut segments.field);
                }
                if !segments.key.is_empty() {
                    segments.key.push('.');
                }
                segments.key.push_str(key);
            }
        }
        path = rest;
    }
    Some(segments.text(reference))
}

/// The keys of a jq filter such as `.SecretString | fromjson | .password`; None for one that does more.
pub(super) fn jq_path(filter: &str) -> Option<Vec<String>> {
    let mut path = Vec::new();
    for stage in filter.split('|').map(str::trim) {
        match stage {
            "." | "@text" | "tostring" | "tojson" => continue,
            "fromjson" => {
                path.push("fromjson".to_owned());
                continue;
            }
            _ => {}
        }
        let stage = stage.strip_prefix('(').and_then(|s| s.strip_suffix(')')).unwrap_or(stage);
        let mut rest = stage.strip_prefix('.')?;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('[') {
                let (inner, after) = after.split_once(']')?;
                path.push(inner.trim_matches('"').to_owned());
                rest = after.strip_prefix('?').unwrap_or(after);
                rest = rest.strip_prefix('.').unwrap_or(rest);
            } else if let Some(after) = rest.strip_prefix('"') {
                let (key, after) = after.split_once('"')?;
                path.push(key.to_owned());
                rest = after.strip_prefix('.').unwrap_or(after);
            } else {
                let end = rest.find(['.', '[', '?']).unwrap_or(rest.len());
                let key = &rest[..end];
                if key.is_empty() || !key.chars().all(|c| c.is_alphanumeric() || c == '_') {
                    return None;
                }
                path.push(key.to_owned());
                rest = rest[end..].trim_start_matches('?');
                rest = rest.strip_prefix('.').unwrap_or(rest);
            }
        }
    }
    Some(path)
}

/// The keys of a JMESPath expression as `--query` takes it: `SecretString`, `SecretValues[0].SecretString`.
pub(super) fn query_path(query: &str) -> Option<Vec<String>> {
    jq_path(&format!(".{}", query.trim().trim_start_matches('.')))
}

/// The four segments behind the id.
struct Segments {
    field: String,
    key: String,
    stage: String,
    version: String,
}

impl Segments {
    fn of(reference: &Text) -> Option<Segments> {
        let tail = match reference {
            Text::Literal(literal) => literal.as_str(),
            Text::Mixed(pieces) => match pieces.last()? {
                Piece::Literal(last) => last,
                _ => return None,
            },
        };
        let mut segments = tail.strip_suffix("}}")?.rsplitn(5, ':');
        let mut next = || segments.next().map(str::to_owned);
        let (version, stage, key, field) = (next()?, next()?, next()?, next()?);
        Some(Segments { field, key, stage, version })
    }

    /// The reference again, with these segments.
    fn text(&self, reference: &Text) -> Text {
        let tail = format!(":{}:{}:{}:{}}}}}", self.field, self.key, self.stage, self.version);
        let cut = |literal: &str| {
            let colons: Vec<usize> = literal.match_indices(':').map(|(i, _)| i).collect();
            let at = colons.len().checked_sub(4).map_or(literal.len(), |i| colons[i]);
            format!("{}{tail}", &literal[..at])
        };
        match reference.clone() {
            Text::Literal(literal) => Text::Literal(cut(&literal)),
            mixed => {
                let mut pieces = mixed.pieces();
                if let Some(Piece::Literal(last)) = pieces.last_mut() {
                    *last = cut(last);
                }
                Text::from_pieces(pieces)
            }
        }
    }
}

/// References as a person would write them: empty segments at the end are dropped, an empty field is
/// `SecretString`.
pub(super) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(end) = rest.find("}}") {
        let (head, after) = rest.split_at(end);
        let segments: Vec<&str> = head.rsplitn(5, ':').collect();
        if let [version, stage, key, field, id] = segments.as_slice()
            && matches!(*field, "" | "SecretString" | "SecretBinary")
        {
            out.push_str(id);
            let field = if field.is_empty() { "SecretString" } else { field };
            let all = [field, key, stage, version];
            let kept = all.iter().rposition(|segment| !segment.is_empty()).map_or(0, |last| last + 1);
            for segment in &all[..kept] {
                out.push(':');
                out.push_str(segment);
            }
        } else {
            out.push_str(head);
        }
        out.push_str("}}");
        rest = &after[2..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(parameters: &[(&str, &str)]) -> AwsCall {
        let mut call = AwsCall::new("secretsmanager".into(), "get-secret-value".into());
        call.parameters = parameters.iter().map(|(k, v)| ((*k).to_owned(), Text::from(*v))).collect();
        call
    }

    #[test]
    fn a_call_becomes_a_reference_and_keys_select_from_it() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3";
        for (parameters, path, expected) in [
            (&[("SecretId", "prod/db")][..], "", "{{resolve:secretsmanager:prod/db:SecretString}}"),
            (&[("SecretId", "prod/db")], ".SecretString", "{{resolve:secretsmanager:prod/db:SecretString}}"),
            (
                &[("SecretId", "prod/db")],
                ".SecretString | fromjson | .db.password",
                "{{resolve:secretsmanager:prod/db:SecretString:db.password}}",
            ),
            (
                &[("SecretId", "a"), ("VersionStage", "AWSPREVIOUS")],
                ".password",
                "{{resolve:secretsmanager:a:SecretString:password:AWSPREVIOUS}}",
            ),
            (&[("SecretId", "a"), ("VersionId", "v1")], "", "{{resolve:secretsmanager:a:SecretString:::v1}}"),
            (
                &[("SecretIdList", "a b")],
                ".SecretValues[0].SecretString",
                "{{resolve:secretsmanager:a:SecretString}}",
            ),
            (&[("SecretId", "a")], ".SecretBinary", "{{resolve:secretsmanager:a:SecretBinary}}"),
        ] {
            let reference = of_call(&call(parameters));
            let selected =
                select(&reference, &jq_path(if path.is_empty() { "." } else { path }).unwrap()).unwrap();
            assert_eq!(tidy(&selected.to_string()), expected, "{path}");
        }
        let reference = of_call(&call(&[("SecretId", arn)]));
        let selected = select(&reference, &["key".to_owned()]).unwrap();
        assert_eq!(
            tidy(&selected.to_string()),
            format!("{{{{resolve:secretsmanager:{arn}:SecretString:key}}}}")
        );
        assert!(select(&reference, &["ARN".to_owned()]).is_none());
    }

    #[test]
    fn only_plain_filters_are_paths() {
        assert_eq!(jq_path(".a.\"b-c\"[\"d\"]"), Some(vec!["a".into(), "b-c".into(), "d".into()]));
        assert_eq!(jq_path("."), Some(vec![]));
        for filter in [".a + .b", "keys", "to_entries[]", ".a as $x | $x"] {
            assert_eq!(jq_path(filter), None, "{filter}");
        }
    }
}
