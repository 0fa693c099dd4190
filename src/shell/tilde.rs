//! `~`: the home folder, at the beginning of a word and in an assignment (Bash manual, 3.5.2).

use super::fields::Fields;
use super::run::Shell;
use super::state::Slot;
use crate::value::{Text, Value};

impl Shell<'_, '_> {
    /// `~` at the start of a word becomes a home directory; the rest is returned.
    pub(super) fn tilde<'w>(&self, text: &'w str, whole: bool, fields: &mut Fields) -> &'w str {
        if !text.starts_with('~') {
            return text;
        }
        let end = text.find(['/', ':']).unwrap_or(text.len());
        // A prefix that runs into a quoted part or an expansion is none.
        if end == text.len() && !whole || text[end..].starts_with(':') {
            return text;
        }
        match self.home(&text[1..end]) {
            Some(home) => {
                fields.text(home);
                &text[end..]
            }
            None => text,
        }
    }

    /// The directory that `~NAME` stands for.
    fn home(&self, name: &str) -> Option<Text> {
        let variable = |name: &str| match self.state.variable(name).map(|v| &v.slot) {
            Some(Slot::Scalar(Value::One(text))) => Some(text.clone()),
            Some(Slot::Unset) => None,
            _ => Some(Text::unknown(format!("${name}"))),
        };
        match name {
            "" => match self.state.variable("HOME").map(|v| &v.slot) {
                Some(Slot::Scalar(Value::One(text))) => Some(text.clone()),
                _ => Some(Text::unknown("~")),
            },
            "+" => variable("PWD"),
            "-" => variable("OLDPWD"),
            name if name.chars().all(|c| c.is_alphanumeric() || "_-.+".contains(c)) => {
                Some(Text::unknown(format!("~{name}")))
            }
            _ => None,
        }
    }

    /// In what looks like an assignment, a tilde after `=` or `:` counts too.
    pub(super) fn assigned_tilde(&self, text: &str, fields: &mut Fields) {
        let is_assignment =
            text.split_once('=').is_some_and(|(name, _)| super::is_variable(name) && !name.is_empty());
        match text.split_once('=') {
            Some((name, value)) if is_assignment => {
                fields.literal(&format!("{name}="));
                fields.text(self.colon_tildes(value, true));
            }
            _ => fields.pattern_or_literal(text),
        }
    }

    /// The plain text of an assignment's value: a tilde at its start or after a `:` is a home directory.
    pub(super) fn colon_tildes(&self, text: &str, whole: bool) -> Text {
        if !text.contains('~') {
            return Text::from(text);
        }
        let parts: Vec<&str> = text.split(':').collect();
        let last = parts.len() - 1;
        let mut out = Text::Literal(String::new());
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                out = out.concat(Text::from(":"));
            }
            let mut fields = Fields::default();
            let rest = self.tilde(part, whole || i < last, &mut fields);
            out = out.concat(fields.take()).concat(Text::from(rest));
        }
        out
    }
}
