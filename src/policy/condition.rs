//! Whether a condition holds of a fact: of one kind of fact, or made of several over the same fact.

use super::matching::{Answer, Answers};
use super::rule::When;
use super::{asm_exec, code, command, matching, mcp, path, written};
use crate::fact::Fact;

/// What a condition says of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) answer: Answer,
    /// How many parts of the fact were asked.
    pub(super) asked: usize,
    /// Those of them that cannot be known.
    pub(super) unknown: Vec<String>,
}

impl Told {
    fn plainly(answer: Answer) -> Told {
        Told { answer, asked: 0, unknown: Vec::new() }
    }

    /// Both together, answered so.
    fn and(mut self, other: Told, answer: Answer) -> Told {
        for part in other.unknown {
            if !self.unknown.contains(&part) {
                self.unknown.push(part);
            }
        }
        Told { answer, asked: self.asked + other.asked, unknown: self.unknown }
    }
}

impl When {
    /// Whether it certainly holds.
    pub(super) fn holds(&self, fact: &Fact) -> bool {
        self.of(fact).answer == Answer::Yes
    }

    /// What it says of a fact.
    pub(super) fn of(&self, fact: &Fact) -> Told {
        match self {
            When::All(conditions) => {
                conditions.iter().fold(Told::plainly(Answer::Yes), |so_far, condition| {
                    if so_far.answer == Answer::No {
                        return so_far;
                    }
                    match condition.of(fact) {
                        no if no.answer == Answer::No => no,
                        told => {
                            let answer = if told.answer == Answer::Yes { so_far.answer } else { told.answer };
                            so_far.and(told, answer)
                        }
                    }
                })
            }
            When::Any(conditions) => {
                conditions.iter().fold(Told::plainly(Answer::No), |so_far, condition| {
                    if so_far.answer == Answer::Yes {
                        return so_far;
                    }
                    match condition.of(fact) {
                        no if no.answer == Answer::No => so_far,
                        yes if yes.answer == Answer::Yes => yes,
                        told => so_far.and(told, Answer::Unknown),
                    }
                })
            }
            When::Not(condition) => {
                let told = condition.of(fact);
                let answer = match told.answer {
                    Answer::Yes => Answer::No,
                    Answer::No => Answer::Yes,
                    Answer::Unknown => Answer::Unknown,
                };
                // Whatever it is that is not so, nothing of it is a part that the fact has.
                if answer == Answer::Yes { Told::plainly(answer) } else { Told { answer, ..told } }
            }
            leaf => parts(leaf, fact),
        }
    }
}

/// What the parts of a fact say to a condition on one kind of fact.
fn parts(leaf: &When, fact: &Fact) -> Told {
    let mut answers = Answers::default();
    match (leaf, fact) {
        (When::Aws(wanted), Fact::Aws(call)) => matching::aws(&mut answers, wanted, call),
        (When::Http(wanted), Fact::Http(request)) => matching::http(&mut answers, wanted, request),
        (When::Resolve(wanted), Fact::Resolve(resolve)) => asm_exec::resolve(&mut answers, wanted, resolve),
        (When::Unresolved(wanted), Fact::Unresolved(reference)) => {
            asm_exec::unresolved(&mut answers, wanted, reference)
        }
        (When::File(wanted), Fact::File(file)) => path::path(&mut answers, wanted.path.as_ref(), &file.path),
        (When::Command(wanted), Fact::Command(line)) => command::command(&mut answers, wanted, line),
        (When::Forward(wanted), Fact::Forward(to)) => {
            let (host, port) = (wanted.host.as_ref(), wanted.port.as_ref());
            matching::place(&mut answers, host, port, (&to.host, to.class, &to.port))
        }
        (When::Mcp(wanted), Fact::Mcp(call)) => mcp::mcp(&mut answers, wanted, call),
        (When::Code(wanted), Fact::Code(call)) => code::code(&mut answers, wanted, call),
        (When::Write(wanted), Fact::Write(file)) => written::written(&mut answers, wanted, file),
        _ => return Told::plainly(Answer::No),
    }
    answers.told()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::AwsCall;
    use crate::value::Text;

    fn when(json: &str) -> When {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn conditions_are_made_of_conditions() {
        let aws = |operation: Text, id: Text| {
            let mut call = AwsCall::new("kms".into(), operation);
            call.parameters.push(("KeyId".to_owned(), id));
            Fact::Aws(call)
        };
        let condition = when(
            r#"{"all":[{"any":[{"aws":{"service":"kms","operation":"decrypt"}},{"aws":{"operation":"generate-*"}}]},
                       {"not":{"aws":{"parameters":{"KeyId":"alias/dev*"}}}}]}"#,
        );
        assert_eq!(condition.kinds(), Some(vec!["aws"]).map(|kinds| [kinds.clone(), kinds].concat()));
        let unknown = || Text::unknown("$x");
        for (operation, id, expected) in [
            (Text::from("decrypt"), Text::from("alias/prod"), Answer::Yes),
            (Text::from("generate-data-key"), Text::from("alias/prod"), Answer::Yes),
            (Text::from("decrypt"), Text::from("alias/dev-1"), Answer::No),
            (Text::from("encrypt"), Text::from("alias/prod"), Answer::No),
            (Text::from("decrypt"), unknown(), Answer::Unknown),
            (unknown(), Text::from("alias/prod"), Answer::Unknown),
            (unknown(), Text::from("alias/dev"), Answer::No),
        ] {
            let told = condition.of(&aws(operation.clone(), id.clone()));
            assert_eq!(told.answer, expected, "{operation} {id}");
            assert_eq!(told.unknown.is_empty(), expected != Answer::Unknown, "{operation} {id}: {told:?}");
        }
        assert_eq!(when(r#"{"not":{"aws":{}}}"#).kinds(), None);
        assert_eq!(when(r#"{"all":[{"aws":{}},{"http":{}}]}"#).kinds(), Some(vec![]));
    }
}
