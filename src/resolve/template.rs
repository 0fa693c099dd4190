//! A text with references in it, and the same text with their values.

use std::collections::BTreeMap;
use std::ops::Range;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::reference::{self, Found, Malformed, Reference, What};
use super::userinfo;

/// The value of each reference.
pub type Values = BTreeMap<Reference, SecretString>;

/// A text in which references may stand.
#[derive(Debug, Clone)]
pub struct Template {
    text: String,
    places: Vec<Place>,
    /// References that CloudFormation resolves and asm-exec does not, as they stand there.
    others: Vec<String>,
}

/// Where a reference stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// From its first brace to its last.
    pub range: Range<usize>,
    /// What stands there.
    pub reference: Reference,
    /// Whether its value has to be percent-encoded, because it stands before the `@` of a URL.
    pub encoded: bool,
}

impl Template {
    /// Reads a text. Where `raw`, values in URLs are not percent-encoded.
    ///
    /// # Errors
    /// The first reference that is malformed.
    pub fn read(text: impl Into<String>, raw: bool) -> Result<Template, Malformed> {
        let text = text.into();
        let mut template = Template { text, places: Vec::new(), others: Vec::new() };
        for Found { range, what } in reference::find(&template.text)? {
            match what {
                What::Secret(reference) => template.places.push(Place { range, reference, encoded: false }),
                What::Other(_) => template.others.push(template.text[range].to_owned()),
            }
        }
        if !raw && !template.places.is_empty() {
            let encoded = userinfo::in_userinfo(&template.text, &template.ranges());
            for (place, encoded) in template.places.iter_mut().zip(encoded) {
                place.encoded = encoded;
            }
        }
        Ok(template)
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where references stand.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The ranges of the references.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        self.places.iter().map(|place| place.range.clone()).collect()
    }

    /// References of other services.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// Whether nothing is to be filled in.
    pub fn is_plain(&self) -> bool {
        self.places.is_empty()
    }

    /// The text with this in the place of every reference.
    pub fn with_each(&self, text: &str) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for place in &self.places {
            out.push_str(&self.text[at..place.range.start]);
            out.push_str(text);
            at = place.range.end;
        }
        out + &self.text[at..]
    }

    /// The text with every value in its place. A value is never looked at for references again.
    pub fn fill(&self, values: &Values) -> Zeroizing<String> {
        let written: Vec<Zeroizing<String>> = self.places.iter().map(|place| place.value(values)).collect();
        // Of its final size from the start, so that growing leaves no copy behind.
        let size = self.text.len() + written.iter().map(|value| value.len()).sum::<usize>();
        let mut out = Zeroizing::new(String::with_capacity(size));
        let mut at = 0;
        for (place, value) in self.places.iter().zip(&written) {
            out.push_str(&self.text[at..place.range.start]);
            out.push_str(value);
            at = place.range.end;
        }
        out.push_str(&self.text[at..]);
        out
    }
}

impl Place {
    /// The value as it has to stand here.
    ///
    /// # Panics
    /// Where the reference was not resolved: nothing may run half resolved.
    pub fn value(&self, values: &Values) -> Zeroizing<String> {
        let value = values.get(&self.reference).expect("every reference is resolved before a text is filled");
        match self.encoded {
            true => userinfo::encode(value.expose_secret()),
            false => Zeroizing::new(value.expose_secret().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, raw: bool, values: &[(&str, &str)]) -> String {
        let template = Template::read(text, raw).unwrap();
        let mut known = Values::new();
        for place in template.places() {
            let value = values.iter().find(|(id, _)| *id == place.reference.request.id).unwrap().1;
            known.insert(place.reference.clone(), SecretString::from(value));
        }
        template.fill(&known).as_str().to_owned()
    }

    #[test]
    fn values_take_the_place_of_their_references_once() {
        let a = "{{resolve:secretsmanager:a}}";
        let b = "{{resolve:secretsmanager:b}}";
        for (text, values, expected) in [
            ("plain".to_owned(), vec![], "plain"),
            (format!("x={a};y={b};z={a}"), vec![("a", "1"), ("b", "")], "x=1;y=;z=1"),
            // A value that looks like a reference is a value.
            (a.to_owned(), vec![("a", "{{resolve:secretsmanager:b}}")], "{{resolve:secretsmanager:b}}"),
            (
                format!("{a}{b}"),
                vec![("a", "{{resolve:secrets"), ("b", "manager:c}}")],
                "{{resolve:secretsmanager:c}}",
            ),
            (format!("{a} {{{{resolve:ssm:p}}}}"), vec![("a", "ü")], "ü {{resolve:ssm:p}}"),
            (
                format!("postgres://{a}:{b}@h/{a}"),
                vec![("a", "u@x"), ("b", "p/?#:")],
                "postgres://u%40x:p%2F%3F%23%3A@h/u@x",
            ),
        ] {
            assert_eq!(filled(&text, false, &values), expected, "{text}");
        }
        assert_eq!(filled(&format!("s://u:{a}@h"), true, &[("a", "p@/")]), "s://u:p@/@h");
    }

    #[test]
    fn others_are_told() {
        let template = Template::read("{{resolve:ssm:p:1}} {{resolve:ssm-secure:q}}", false).unwrap();
        assert_eq!(template.others(), ["{{resolve:ssm:p:1}}", "{{resolve:ssm-secure:q}}"]);
        assert!(template.is_plain());
    }
}
