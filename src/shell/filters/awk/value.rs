//! awk's values.

use std::cmp::Ordering;

use super::number;
use crate::shell::filters::bytes;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Unset,
    Number(f64),
    Text(String),
    /// Text from the input, which is a number where it looks like one.
    Input(String),
}

impl Value {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Value::Unset => Some(0.0),
            Value::Number(number) => Some(*number),
            Value::Text(text) | Value::Input(text) if bytes::has_unknown(text) => None,
            // Hexadecimal and words for numbers are read by some.
            Value::Text(text) | Value::Input(text) => {
                let start = text.trim_start_matches([' ', '\t', '\n', '-', '+']).as_bytes();
                let odd = matches!(start, [b'0', b'x' | b'X', ..] | [b'i' | b'I' | b'n' | b'N', ..]);
                let word = start.len() > 2
                    && ["inf", "nan"].iter().any(|known| start[..3].eq_ignore_ascii_case(known.as_bytes()));
                if odd && (word || start[0] == b'0') { None } else { Some(number::of_text(text)) }
            }
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        match self {
            Value::Unset => Some(String::new()),
            Value::Number(number) => number::to_text(*number),
            Value::Text(text) | Value::Input(text) => Some(text.clone()),
        }
    }

    pub(super) fn is_true(&self) -> Option<bool> {
        match self {
            Value::Unset => Some(false),
            Value::Number(number) => Some(*number != 0.0),
            Value::Text(text) => Some(!text.is_empty()),
            Value::Input(text) if number::looks_numeric(text) => Some(number::of_text(text) != 0.0),
            Value::Input(text) => Some(!text.is_empty()),
        }
    }

    fn is_numeric(&self) -> bool {
        match self {
            Value::Unset | Value::Number(_) => true,
            Value::Text(_) => false,
            Value::Input(text) => number::looks_numeric(text),
        }
    }

    /// How two values compare; None where that is not known.
    pub(super) fn compare(&self, other: &Value) -> Option<Ordering> {
        let both_unset_or_text = matches!((self, other), (Value::Unset, Value::Input(t)) | (Value::Input(t), Value::Unset) if !number::looks_numeric(t));
        if self.is_numeric() && other.is_numeric() && !both_unset_or_text {
            return self.number()?.partial_cmp(&other.number()?);
        }
        let (a, b) = (self.text()?, other.text()?);
        if bytes::has_unknown(&a) || bytes::has_unknown(&b) {
            return None;
        }
        Some(a.cmp(&b))
    }
}

/// A value as the number of a field.
pub(super) fn count(value: &Value) -> Option<usize> {
    let number = value.number()?;
    (0.0..1e6).contains(&number).then_some(number as usize)
}
