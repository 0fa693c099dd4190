//! Parts of texts and lists by position: `x[2:-2]`, `x[::2]`, and functions that take a beginning and a length.

use super::object::{MAX_ELEMENTS, Val};
use super::reader::Reader;
use super::token::Kind;
use crate::bounds::Exceeded;

impl Reader<'_> {
    /// Reads `from:to:step]` behind a bracket; stays where it is no slice.
    pub(super) fn sliced(&mut self, value: &Val) -> Result<Option<Val>, Exceeded> {
        let start = self.at;
        let mut bounds: [Option<Val>; 3] = [None, None, None];
        let mut place = 0;
        loop {
            self.budget.step()?;
            match self.word_at(0) {
                "]" if place > 0 => {
                    self.at += 1;
                    break;
                }
                ":" if place < 2 => place += 1,
                "::" if place == 0 => place = 2,
                "-" if self.peek(1).is_some_and(|next| next.kind == Kind::Number) => {
                    self.at += 1;
                    bounds[place] = Some(Val::text(format!("-{}", self.word_at(0))));
                }
                word if bounds[place].is_none() && self.peek(0).is_some_and(|t| t.kind == Kind::Number) => {
                    bounds[place] = Some(Val::text(word));
                }
                word if bounds[place].is_none()
                    && self.is_name(0)
                    && matches!(self.word_at(1), ":" | "::" | "]") =>
                {
                    bounds[place] = Some(self.variable(word)?);
                }
                _ => {
                    self.at = start;
                    return Ok(None);
                }
            }
            self.at += 1;
            if self.peek(0).is_none() {
                self.at = start;
                return Ok(None);
            }
        }
        let numbers = bounds.map(|bound| bound.map(|val| val.number()));
        if numbers.contains(&Some(None)) {
            return Ok(Some(Val::unknown()));
        }
        let [from, to, step] = numbers.map(Option::flatten);
        self.part(value, from, to, step.unwrap_or(1)).map(Some)
    }

    /// Every `step`th element from `from` up to `to`, both counted from the end where they are negative.
    fn part(&mut self, value: &Val, from: Option<i64>, to: Option<i64>, step: i64) -> Result<Val, Exceeded> {
        let pick = |length: usize| -> Vec<usize> {
            let length = length as i64;
            let clamp = |n: i64| if n < 0 { n.saturating_add(length).max(-1) } else { n.min(length) };
            let (mut at, end) = if step > 0 {
                (from.map_or(0, clamp).max(0), to.map_or(length, clamp))
            } else {
                (from.map_or(length - 1, clamp).min(length - 1), to.map_or(-1, clamp))
            };
            let mut out = Vec::new();
            while step != 0 && (if step > 0 { at < end } else { at > end }) && at >= 0 {
                out.push(at as usize);
                at = at.saturating_add(step);
            }
            out
        };
        Ok(match value {
            Val::Text(text) => match text.literal() {
                Some(text) => {
                    self.budget.produce(2 * text.len())?;
                    let characters: Vec<char> = text.chars().collect();
                    let picked: String =
                        pick(characters.len()).into_iter().map(|at| characters[at]).collect();
                    Val::text(picked)
                }
                None => Val::unknown(),
            },
            Val::List(list, _) => {
                self.budget.produce(8 * list.len())?;
                Val::list(
                    pick(list.len()).into_iter().take(MAX_ELEMENTS).map(|at| list[at].clone()).collect(),
                )
            }
            _ => Val::unknown(),
        })
    }
}

/// `substr(text, from, length)`, where the first character is at `base`.
pub(super) fn by_length(text: &str, from: i64, length: Option<i64>, base: i64) -> String {
    let count = text.chars().count() as i64;
    let from = if from < 0 { from.saturating_add(count) } else { from.saturating_sub(base) }.max(0);
    let length = match length {
        Some(n) if n < 0 => count.saturating_add(n).saturating_sub(from).max(0),
        Some(n) => n,
        None => count,
    };
    text.chars().skip(from as usize).take(length as usize).collect()
}
