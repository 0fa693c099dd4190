//! What of a secret a reference stands for: all of it, or the value of one key of the JSON object that it holds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;

use super::reference::{Field, Reference};
use super::secret::{Content, Secret};

/// How many keys are listed where one is missing.
const MAX_LISTED: usize = 30;

/// A JSON object whose values keep the text they are written in.
pub(super) type Object<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The value that a reference stands for.
///
/// # Errors
/// A phrase that says what the secret does not have, and what it has, without a value.
pub fn select(secret: &Secret, reference: &Reference) -> Result<SecretString, String> {
    let text = match (&secret.content, reference.field) {
        (Content::Text(text), Field::SecretString) => text,
        (Content::Binary(bytes), Field::SecretBinary) => return Ok(bytes.clone()),
        (Content::Binary(_), Field::SecretString) => {
            return Err(
                "the secret is binary: ask for it with the field SecretBinary, and get base64".to_owned()
            );
        }
        (Content::Text(_), Field::SecretBinary) => {
            return Err("the secret is text, not binary: ask for it with the field SecretString".to_owned());
        }
    };
    let Some(key) = &reference.key else { return Ok(text.clone()) };
    let Some(object) = object(text.expose_secret()) else {
        return Err(format!("the secret is no JSON object, so it has no key `{key}`: leave the key out"));
    };
    let found = lookup(&object, key).ok_or_else(|| missing(&object, key))?;
    Ok(exact(found))
}

fn object(json: &str) -> Option<Object<'_>> {
    serde_json::from_str(json).ok()
}

/// The value under a key, or, where there is no key of that exact name, under its parts, which dots separate.
fn lookup<'a>(object: &Object<'a>, key: &str) -> Option<&'a RawValue> {
    if let Some(value) = object.get(key) {
        return Some(value);
    }
    // A key may hold dots itself, so the longest that is there goes first.
    key.rmatch_indices('.').find_map(|(dot, _)| inside(object.get(&key[..dot])?, &key[dot + 1..]))
}

/// The value under a key of an object, or at a place in a list.
fn inside<'a>(value: &'a RawValue, key: &str) -> Option<&'a RawValue> {
    if let Some(object) = self::object(value.get()) {
        return lookup(&object, key);
    }
    let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    let (place, rest) = key.split_once('.').map_or((key, None), |(place, rest)| (place, Some(rest)));
    let value = list.get(place.parse::<usize>().ok()?)?;
    rest.map_or(Some(*value), |rest| inside(value, rest))
}

/// A string's characters; of everything else the text it is written in, so that `1.50` stays `1.50`.
fn exact(value: &RawValue) -> SecretString {
    match serde_json::from_str::<SecretString>(value.get()) {
        Ok(text) => text,
        Err(_) => SecretString::from(value.get()),
    }
}

/// That there is no such key, and which there are.
fn missing(object: &Object<'_>, key: &str) -> String {
    // As far down as the key leads.
    let mut level = (String::new(), Cow::Borrowed(object));
    for (dot, _) in key.match_indices('.') {
        if let Some(deeper) = lookup(object, &key[..dot]).and_then(|value| self::object(value.get())) {
            level = (format!(" in `{}`", &key[..dot]), Cow::Owned(deeper));
        }
    }
    let (place, object) = level;
    if object.is_empty() {
        return format!("the secret has no key `{key}`: there are no keys{place}");
    }
    let mut listed: Vec<String> = object.keys().take(MAX_LISTED).map(|key| format!("`{key}`")).collect();
    if object.len() > MAX_LISTED {
        listed.push(format!("and {} more", object.len() - MAX_LISTED));
    }
    format!("the secret has no key `{key}`; the keys{place} are {}", listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::reference::{self, What};

    const JSON: &str = r#"{"user":"app","pw":"p\"ä\n","n":1.50,"big":12345678901234567890.0,"t":true,"z":null,
        "a":{"b":{"c":"deep"},"b.d":"dotted"},"a.x":"exact","list":["l0",{"k":"l1"}],"":"empty","e":{}}"#;

    fn select_from(content: Content, rest: &str) -> Result<String, String> {
        let secret = Secret {
            arn: "arn:aws:secretsmanager:us-east-1:1:secret:s-abcdef".into(),
            name: "s".into(),
            version_id: "v".into(),
            stages: vec![],
            content,
        };
        let found = reference::find(&format!("{{{{resolve:secretsmanager:s:{rest}}}}}")).unwrap();
        let What::Secret(reference) = &found[0].what else { panic!("{rest}") };
        select(&secret, reference).map(|value| value.expose_secret().to_owned())
    }

    fn key(key: &str) -> Result<String, String> {
        select_from(Content::Text(JSON.into()), &format!("SecretString:{key}"))
    }

    #[test]
    fn keys_give_exact_text() {
        for (wanted, value) in [
            ("user", "app"),
            ("pw", "p\"ä\n"),
            ("n", "1.50"),
            ("big", "12345678901234567890.0"),
            ("t", "true"),
            ("z", "null"),
            ("a.b.c", "deep"),
            ("a.b.d", "dotted"),
            ("a.x", "exact"),
            ("a.b", r#"{"c":"deep"}"#),
            ("list.0", "l0"),
            ("list.1.k", "l1"),
        ] {
            assert_eq!(key(wanted).as_deref(), Ok(value), "{wanted}");
        }
        assert_eq!(key("").as_deref(), Ok(JSON));
        let twice = Content::Text(r#"{"k":"first","k":"last"}"#.into());
        assert_eq!(select_from(twice, "SecretString:k").as_deref(), Ok("last"));
    }

    #[test]
    fn a_missing_key_lists_the_keys_and_no_value() {
        for (wanted, listed) in [
            (
                "password",
                "no key `password`; the keys are ``, `a`, `a.x`, `big`, `e`, `list`, `n`, `pw`, `t`, `user`, `z`",
            ),
            ("a.q", "no key `a.q`; the keys in `a` are `b`, `b.d`"),
            ("a.b.q", "no key `a.b.q`; the keys in `a.b` are `c`"),
            ("e.q", "no key `e.q`: there are no keys in `e`"),
            ("user.q", "no key `user.q`; the keys are"),
            ("list.7", "no key `list.7`; the keys are"),
        ] {
            let message = key(wanted).unwrap_err();
            assert!(message.contains(listed), "{wanted}: {message}");
            for value in ["app", "deep", "dotted", "exact", "l0"] {
                assert!(!message.contains(value), "{wanted}: {message}");
            }
        }
    }

    #[test]
    fn text_and_bytes_are_asked_for_by_name() {
        let bytes = || Content::Binary("AAEC".into());
        assert_eq!(select_from(bytes(), "SecretBinary").as_deref(), Ok("AAEC"));
        assert!(select_from(bytes(), "SecretString").unwrap_err().contains("with the field SecretBinary"));
        assert!(
            select_from(Content::Text("x".into()), "SecretBinary")
                .unwrap_err()
                .contains("with the field SecretString")
        );
        assert!(
            select_from(Content::Text("hunter2".into()), "SecretString:k")
                .unwrap_err()
                .contains("no JSON object")
        );
        assert_eq!(select_from(Content::Text("hunter2".into()), "").as_deref(), Ok("hunter2"));
    }
}
