//! References to secrets in texts: `{{resolve:secretsmanager:ID:SecretString:JSON-KEY:VERSION-STAGE:VERSION-ID}}`.
//!
//! The grammar is CloudFormation's ("Get a secret or secret value from Secrets Manager" in its user guide), with
//! `SecretBinary` beside `SecretString`. What looks like a reference and is none is an error that says the mend:
//! a command must not run with half of its references resolved.

use std::fmt;
use std::ops::Range;

/// The staging label of the current version ("Secrets Manager secret versions", user guide).
pub const CURRENT: &str = "AWSCURRENT";

/// A secret in one version: what is fetched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// The secret's name or ARN, as written.
    pub id: String,
    /// Which of its versions.
    pub version: Version,
}

/// One version of a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// The one that has this staging label.
    Stage(String),
    /// The one with this id.
    Id(String),
}

/// Which half of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Its text.
    SecretString,
    /// Its bytes, given as base64.
    SecretBinary,
}

/// A reference as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Its own text, from `{{` to `}}`.
    pub text: String,
    /// What it needs fetched.
    pub request: Request,
    /// Which half of the secret it stands for.
    pub field: Field,
    /// The key of the JSON object, where not the whole text is meant.
    pub key: Option<String>,
}

/// A reference found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands.
    pub range: Range<usize>,
    /// What it refers to.
    pub what: What,
}

/// What a reference refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A secret.
    Secret(Reference),
    /// Something of another service, such as `ssm`, that CloudFormation resolves.
    Other(String),
}

/// A text that was meant as a reference and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The text.
    pub shown: String,
    /// What is wrong with it, and how to write it.
    pub mend: String,
}

/// The form in full, for error texts.
const FORM: &str = "{{resolve:secretsmanager:ID:SecretString:JSON-KEY}}";
/// How much of a text that never ends is shown, in characters.
const MAX_SHOWN: usize = 80;

/// Every reference in a text, in order.
///
/// # Errors
/// The first that is malformed.
pub fn find(text: &str) -> Result<Vec<Found>, Malformed> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(brace) = text[at..].find('{').map(|offset| at + offset) {
        match reference_at(text, brace)? {
            Some(reference) => {
                at = reference.range.end;
                found.push(reference);
            }
            None => at = brace + 1,
        }
    }
    Ok(found)
}

/// The reference that begins at a brace, if one does.
fn reference_at(text: &str, brace: usize) -> Result<Option<Found>, Malformed> {
    let from = &text[brace..];
    let Some(inside) = from.strip_prefix("{{") else {
        let single = from.starts_with("{resolve:secretsmanager:") && !text[..brace].ends_with('{');
        return if single { Err(malformed(from, "it needs two braces on each side")) } else { Ok(None) };
    };
    let Some(word) = strip_word(inside.trim_start(), "resolve") else { return Ok(None) };
    let colon = word.trim_start().strip_prefix(':');
    let Some(service_and_rest) = inside.strip_prefix("resolve:") else {
        let meant = colon.is_some() || strip_word(word.trim_start(), "secretsmanager").is_some();
        let mend = "it has to begin with `{{resolve:secretsmanager:`, in lower case and without spaces";
        return if meant { Err(malformed(from, mend)) } else { Ok(None) };
    };
    let Some(length) = body_length(service_and_rest) else {
        return Err(malformed(from, "it is not closed: two braces `}}` have to follow on the same line"));
    };
    let range = brace..brace + from.len() - service_and_rest.len() + length + 2;
    let whole = &text[range.clone()];
    let body = &service_and_rest[..length];
    let (service, rest) = body.split_once(':').unwrap_or((body, ""));
    let what = match service {
        "secretsmanager" => What::Secret(parse(whole, rest).map_err(|mend| malformed(whole, mend))?),
        _ if like_secretsmanager(service) => {
            return Err(malformed(whole, "the service has to be written `secretsmanager`"));
        }
        "" => return Err(malformed(whole, "it names no service")),
        _ => What::Other(service.to_owned()),
    };
    Ok(Some(Found { range, what }))
}

/// What follows a word, in whatever case.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

/// The length of a reference up to its closing braces; None where they do not come.
fn body_length(text: &str) -> Option<usize> {
    let end = text.find("}}")?;
    let body = &text[..end];
    (!body.contains("{{") && !body.contains(char::is_control)).then_some(end)
}

fn like_secretsmanager(service: &str) -> bool {
    let letters: String =
        service.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    matches!(letters.as_str(), "secretsmanager" | "secretmanager" | "secretsmanger" | "secrets" | "secret")
}

/// Reads what follows `secretsmanager:`.
fn parse(whole: &str, rest: &str) -> Result<Reference, String> {
    let (id, rest) = split_id(rest)?;
    if id.is_empty() {
        return Err("it names no secret: a name or an ARN has to follow `secretsmanager:`".to_owned());
    }
    if rest.ends_with('\\') || id.ends_with('\\') {
        return Err("it may not end in a backslash".to_owned());
    }
    let segments: Vec<&str> = if rest.is_empty() { Vec::new() } else { rest.split(':').collect() };
    if segments.len() > 4 {
        return Err(
            "it has too many parts: the order is ID:SecretString:JSON-KEY:VERSION-STAGE:VERSION-ID, and an \
                    ID that holds `:` has to be a whole ARN"
                .to_owned(),
        );
    }
    let segment = |at: usize| segments.get(at).copied().filter(|segment| !segment.is_empty());
    let spaced = [Some(id), segment(0), segment(2), segment(3)];
    if spaced.into_iter().flatten().any(|segment| segment.trim() != segment) {
        return Err("spaces do not belong around its parts".to_owned());
    }
    let field = match segment(0) {
        None | Some("SecretString") => Field::SecretString,
        Some("SecretBinary") => Field::SecretBinary,
        Some(other) => {
            return Err(format!(
                "`{other}` is no field of a secret: write SecretString (or SecretBinary), as in `{FORM}`"
            ));
        }
    };
    let key = segment(1).map(str::to_owned);
    if field == Field::SecretBinary && key.is_some() {
        return Err("SecretBinary has no JSON keys: leave the key empty".to_owned());
    }
    let version = match (segment(2), segment(3)) {
        (Some(_), Some(_)) => {
            return Err(
                "a version stage and a version id exclude each other: leave one of them empty".to_owned()
            );
        }
        (Some(stage), None) => Version::Stage(stage.to_owned()),
        (None, Some(id)) => Version::Id(id.to_owned()),
        (None, None) => Version::Stage(CURRENT.to_owned()),
    };
    let request = Request { id: id.to_owned(), version };
    Ok(Reference { text: whole.to_owned(), request, field, key })
}

/// The secret's id, which is a name without colons or a whole ARN, and what follows it.
fn split_id(text: &str) -> Result<(&str, &str), String> {
    if !text.starts_with("arn:") {
        return Ok(text.split_once(':').unwrap_or((text, "")));
    }
    // arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME
    let segments: Vec<&str> = text.splitn(8, ':').collect();
    match segments.as_slice() {
        [_, partition, "secretsmanager", region, account, "secret", name, ..]
            if [partition, region, account, name].iter().all(|segment| !segment.is_empty()) =>
        {
            let length = segments[..7].iter().map(|segment| segment.len()).sum::<usize>() + 6;
            Ok((&text[..length], text.get(length + 1..).unwrap_or_default()))
        }
        _ => Err("its ARN is not whole: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME` has seven parts"
            .to_owned()),
    }
}

fn malformed(text: &str, mend: impl Into<String>) -> Malformed {
    let end = text.find("}}").map_or(text.len(), |end| end + 2);
    let line = text[..end].split(char::is_control).next().unwrap_or_default();
    let mut shown: String = line.chars().take(MAX_SHOWN).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    Malformed { shown, mend: mend.into() }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a reference: {}", self.shown, self.mend)
    }
}

impl Request {
    /// The region that an ARN names.
    pub fn region(&self) -> Option<&str> {
        let mut segments = self.id.split(':');
        (segments.next() == Some("arn"))
            .then(|| segments.nth(2))
            .flatten()
            .filter(|region| !region.is_empty())
    }
}

impl Reference {
    /// The text of the reference to a key of the same secret in the same version.
    pub(super) fn text_with_key(&self, key: &str) -> String {
        let version = match &self.request.version {
            Version::Stage(stage) if stage == CURRENT => String::new(),
            Version::Stage(stage) => format!(":{stage}"),
            Version::Id(id) => format!("::{id}"),
        };
        format!("{{{{resolve:secretsmanager:{}:SecretString:{key}{version}}}}}", self.request.id)
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Version::Stage(stage) if stage == CURRENT => write!(f, "{}", self.id),
            Version::Stage(stage) => write!(f, "{} ({stage})", self.id),
            Version::Id(id) => write!(f, "{} (version {id})", self.id),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3";

    fn one(text: &str) -> Reference {
        match find(text).unwrap().as_slice() {
            [Found { range, what: What::Secret(reference) }] => {
                assert_eq!(&text[range.clone()], reference.text);
                reference.clone()
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_part_and_its_default() {
        let stage = |stage: &str| Version::Stage(stage.to_owned());
        let id = |id: &str| Version::Id(id.to_owned());
        use Field::{SecretBinary, SecretString};
        for (body, secret, field, key, version) in [
            ("prod/db", "prod/db", SecretString, None, stage(CURRENT)),
            ("prod/db:", "prod/db", SecretString, None, stage(CURRENT)),
            ("prod/db:SecretString", "prod/db", SecretString, None, stage(CURRENT)),
            ("prod/db:SecretString:password", "prod/db", SecretString, Some("password"), stage(CURRENT)),
            ("prod/db::password", "prod/db", SecretString, Some("password"), stage(CURRENT)),
            ("prod/db:SecretString:password::", "prod/db", SecretString, Some("password"), stage(CURRENT)),
            (
                "prod/db:SecretString:password:AWSPREVIOUS",
                "prod/db",
                SecretString,
                Some("password"),
                stage("AWSPREVIOUS"),
            ),
            ("prod/db:::AWSPREVIOUS", "prod/db", SecretString, None, stage("AWSPREVIOUS")),
            ("prod/db:::AWSPREVIOUS:", "prod/db", SecretString, None, stage("AWSPREVIOUS")),
            ("prod/db::::v-1", "prod/db", SecretString, None, id("v-1")),
            ("prod/db:SecretString:k::v-1", "prod/db", SecretString, Some("k"), id("v-1")),
            ("prod/db:SecretBinary", "prod/db", SecretBinary, None, stage(CURRENT)),
            ("prod/db:SecretString: a key }{", "prod/db", SecretString, Some(" a key }{"), stage(CURRENT)),
            ("a b+c_=.@-é", "a b+c_=.@-é", SecretString, None, stage(CURRENT)),
            (ARN, ARN, SecretString, None, stage(CURRENT)),
            (&format!("{ARN}:SecretString:k::v-1"), ARN, SecretString, Some("k"), id("v-1")),
            (&format!("{ARN}::k"), ARN, SecretString, Some("k"), stage(CURRENT)),
        ] {
            let reference = one(&format!("a={{{{resolve:secretsmanager:{body}}}}};"));
            assert_eq!(reference.request, Request { id: secret.to_owned(), version }, "{body}");
            assert_eq!((reference.field, reference.key.as_deref()), (field, key), "{body}");
        }
        assert_eq!(one(&format!("{{{{resolve:secretsmanager:{ARN}}}}}")).request.region(), Some("eu-west-1"));
        assert_eq!(one("{{resolve:secretsmanager:prod/db}}").request.region(), None);
    }

    #[test]
    fn several_in_a_text_and_none_within_another() {
        let found =
            find("{{{resolve:secretsmanager:a}}}{{resolve:ssm:b:1}}{x}{{y}}{{resolve:secretsmanager:c::d}}")
                .unwrap();
        let shown: Vec<String> = found
            .iter()
            .map(|found| match &found.what {
                What::Secret(reference) => reference.text.clone(),
                What::Other(service) => format!("{service} at {:?}", found.range),
            })
            .collect();
        assert_eq!(
            shown,
            ["{{resolve:secretsmanager:a}}", "ssm at 30..49", "{{resolve:secretsmanager:c::d}}"]
        );
        for none in [
            "",
            "{{",
            "{{x}}",
            "{{ resolve }}",
            "{{resolve}}",
            "{{resolver:secretsmanager:a}}",
            "resolve:secretsmanager:a",
            "{ resolve }",
        ] {
            assert_eq!(find(none), Ok(vec![]), "{none}");
        }
    }

    #[test]
    fn what_is_malformed_says_the_mend() {
        for (text, shown, mend) in [
            (
                "{{resolve:secretsmanager:db:SecretSting:pw}}",
                "{{resolve:secretsmanager:db:SecretSting:pw}}",
                "SecretString",
            ),
            ("{{resolve:secretsmanager:db:password}}", "{{resolve:secretsmanager:db:password}}", "no field"),
            ("{{ resolve:secretsmanager:db}} x", "{{ resolve:secretsmanager:db}}", "without spaces"),
            ("{{ resolve: db", "{{ resolve: db", "without spaces"),
            ("{{resolve :secretsmanager:db}}", "{{resolve :secretsmanager:db}}", "without spaces"),
            ("{{Resolve:secretsmanager:db}}", "{{Resolve:secretsmanager:db}}", "lower case"),
            ("{{resolve secretsmanager:db}}", "{{resolve secretsmanager:db}}", "begin with"),
            ("{{resolve:SecretsManager:db}}", "{{resolve:SecretsManager:db}}", "`secretsmanager`"),
            ("{{resolve:secrets-manager:db}}", "{{resolve:secrets-manager:db}}", "`secretsmanager`"),
            ("{resolve:secretsmanager:db}", "{resolve:secretsmanager:db}", "two braces"),
            ("a {{resolve:secretsmanager:db} b", "{{resolve:secretsmanager:db} b", "not closed"),
            ("{{resolve:secretsmanager:db\n}}", "{{resolve:secretsmanager:db", "not closed"),
            (
                "{{resolve:secretsmanager:a{{resolve:secretsmanager:b}}",
                "{{resolve:secretsmanager:a{{resolve:secretsmanager:b}}",
                "not closed",
            ),
            ("{{resolve:ssm:x", "{{resolve:ssm:x", "not closed"),
            ("{{resolve:secretsmanager}}", "{{resolve:secretsmanager}}", "names no secret"),
            ("{{resolve:secretsmanager:}}", "{{resolve:secretsmanager:}}", "names no secret"),
            (
                "{{resolve:secretsmanager::SecretString}}",
                "{{resolve:secretsmanager::SecretString}}",
                "names no secret",
            ),
            ("{{resolve::x}}", "{{resolve::x}}", "names no service"),
            (
                "{{resolve:secretsmanager:db:SecretString:k:S:V}}",
                "{{resolve:secretsmanager:db:SecretString:k:S:V}}",
                "exclude each other",
            ),
            (
                "{{resolve:secretsmanager:db:SecretString:a:b:c:d}}",
                "{{resolve:secretsmanager:db:SecretString:a:b:c:d}}",
                "too many parts",
            ),
            ("{{resolve:secretsmanager: db}}", "{{resolve:secretsmanager: db}}", "spaces"),
            (
                "{{resolve:secretsmanager:db:SecretBinary:k}}",
                "{{resolve:secretsmanager:db:SecretBinary:k}}",
                "no JSON keys",
            ),
            ("{{resolve:secretsmanager:db\\}}", "{{resolve:secretsmanager:db\\}}", "backslash"),
            (
                "{{resolve:secretsmanager:arn:aws:s3:::bucket}}",
                "{{resolve:secretsmanager:arn:aws:s3:::bucket}}",
                "seven parts",
            ),
            (
                "{{resolve:secretsmanager:arn:aws:secretsmanager:r:1:secret}}",
                "{{resolve:secretsmanager:arn:aws:secretsmanager:r:1:secret}}",
                "seven parts",
            ),
        ] {
            let malformed = find(text).unwrap_err();
            assert_eq!(malformed.shown, shown);
            assert!(malformed.mend.contains(mend), "{malformed}");
        }
    }
}
