//! Joining texts at a price: what is produced is counted, and a text of too many unknown parts is cut short.

use crate::bounds::{Budget, Exceeded};
use crate::value::{Text, Value};

/// A text of more parts than this keeps its beginning, and the rest of it is unknown.
const MAX_PIECES: usize = 32;

/// `a` followed by `b`.
pub(super) fn join(budget: &Budget, a: Value, b: Value) -> Result<Value, Exceeded> {
    let length = |value: &Value| -> usize {
        value.alternatives().iter().map(|t| t.literal().map_or(64, str::len)).sum()
    };
    let (left, right) = (a.alternatives().len(), b.alternatives().len());
    if left > 1 || right > 1 {
        budget.produce(length(&a) * right + length(&b) * left)?;
    } else {
        budget.produce(length(&b))?;
    }
    let long =
        a.alternatives().iter().any(|text| matches!(text, Text::Mixed(pieces) if pieces.len() >= MAX_PIECES));
    if long {
        return Ok(a);
    }
    let joined = a.concat(b);
    Ok(joined.map(|text| match text {
        Text::Mixed(pieces) if pieces.len() > MAX_PIECES => {
            Text::from_pieces(pieces[..MAX_PIECES - 1].to_vec()).concat(Text::unknown("the rest"))
        }
        other => other,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_many_parts_keeps_its_beginning() {
        let budget = Budget::new();
        let mut value = Value::from("aws ");
        for _ in 0..100_000 {
            value = join(&budget, value, Value::unknown("x")).unwrap();
        }
        let text = &value.alternatives()[0];
        assert_eq!(text.known_prefix(), "aws ");
        assert!(matches!(text, Text::Mixed(pieces) if pieces.len() <= MAX_PIECES));
    }
}
