//! The values inside of a secret's JSON document. A command that was given the whole document takes it apart, and
//! may print one of them.

use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;

use super::reference::{Field, Reference};
use super::select::Object;
use super::template::Values;

/// Shorter members are not looked for: nobody asked for them one by one, and short ones are seldom secrets.
const SHORTEST: usize = 8;
/// How deep a document is looked into.
const DEEPEST: usize = 8;
/// Members that say where a database is, not how to get in ("JSON structure of AWS Secrets Manager database
/// credential secrets", Secrets Manager user guide). Masked, they would only spoil the output.
const PUBLIC: &[&str] = &[
    "engine",
    "host",
    "username",
    "dbname",
    "port",
    "masterarn",
    "dbInstanceIdentifier",
    "dbClusterIdentifier",
    "instanceId",
];

/// The members of every document among the values, by the reference to each.
pub fn of(values: &Values) -> Values {
    let mut members = Values::new();
    for (reference, value) in values {
        if reference.field == Field::SecretString {
            let prefix = reference.key.as_deref().unwrap_or_default();
            object(value.expose_secret(), prefix, DEEPEST, &mut |key, member| {
                members.entry(reference.with_key(key)).or_insert(member);
            });
        }
    }
    members.retain(|reference, _| !values.contains_key(reference));
    members
}

fn object(json: &str, prefix: &str, depth: usize, found: &mut impl FnMut(&str, SecretString)) {
    let Ok(object) = serde_json::from_str::<Object>(json) else { return };
    for (key, value) in object.iter().filter(|(key, _)| !PUBLIC.contains(&key.as_ref())) {
        let dot = if prefix.is_empty() { "" } else { "." };
        member(value, &format!("{prefix}{dot}{key}"), depth, found);
    }
}

fn member(value: &RawValue, key: &str, depth: usize, found: &mut impl FnMut(&str, SecretString)) {
    if let Ok(text) = serde_json::from_str::<SecretString>(value.get()) {
        if text.expose_secret().len() >= SHORTEST {
            found(key, text);
        }
    } else if depth == 0 {
        // Nobody nests secrets so deep.
    } else if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(value.get()) {
        for (at, value) in list.into_iter().enumerate() {
            member(value, &format!("{key}.{at}"), depth - 1, found);
        }
    } else {
        object(value.get(), key, depth - 1, found);
    }
}

impl Reference {
    /// The reference to a key of the same secret in the same version. Where the key cannot be written in one, the
    /// text stays what it is.
    fn with_key(&self, key: &str) -> Reference {
        let writable = !key.contains([':', '{', '}']) && !key.contains(char::is_control);
        let text = if writable { self.text_with_key(key) } else { self.text.clone() };
        Reference { text, key: Some(key.to_owned()), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::reference::{self, What};

    fn reference(text: &str) -> Reference {
        match &reference::find(text).unwrap()[0].what {
            What::Secret(reference) => reference.clone(),
            What::Other(_) => panic!("{text}"),
        }
    }

    #[test]
    fn strings_are_found_by_the_reference_to_them() {
        let json = r#"{"username":"app-user-1","password":"long-enough","pin":"short","n":123456789,"a:b":"odd-key-value",
            "nested":{"token":"deep\nvalue","host":"h.example.com"},"list":["first-in-list",["second-in-list"]]}"#;
        let whole = "{{resolve:secretsmanager:prod/db:::AWSPREVIOUS}}";
        let asked = "{{resolve:secretsmanager:prod/db::nested.token:AWSPREVIOUS}}";
        let values: Values =
            [(reference(whole), json.into()), (reference(asked), "deep\nvalue".into())].into();
        let members = of(&values);
        let found: Vec<(&str, &str)> = members
            .iter()
            .map(|(reference, value)| (reference.text.as_str(), value.expose_secret()))
            .collect();
        assert_eq!(
            found,
            [
                ("{{resolve:secretsmanager:prod/db:::AWSPREVIOUS}}", "odd-key-value"),
                ("{{resolve:secretsmanager:prod/db:SecretString:list.0:AWSPREVIOUS}}", "first-in-list"),
                ("{{resolve:secretsmanager:prod/db:SecretString:list.1.0:AWSPREVIOUS}}", "second-in-list"),
                ("{{resolve:secretsmanager:prod/db:SecretString:nested.token:AWSPREVIOUS}}", "deep\nvalue"),
                ("{{resolve:secretsmanager:prod/db:SecretString:password:AWSPREVIOUS}}", "long-enough"),
            ]
        );
        assert!(of(&[(reference(whole), "no json".into())].into()).is_empty());
    }
}
