//! Rules over paths: those of files that are read or written.

use super::matching::{Answer, Answers, any, either, one};
use super::rule::{OneOrMany, Pattern};
use crate::knowledge::is_relative;
use crate::value::Text;

/// Asks whether a path is one of these. A glob that says no beginning is meant in any folder.
pub(super) fn path(answers: &mut Answers, wanted: Option<&OneOrMany>, path: &Text) {
    if let Some(wanted) = wanted {
        answers.ask("path", || either([any(wanted, path), anywhere(wanted, path)].into_iter()));
    }
}

fn anywhere(wanted: &OneOrMany, path: &Text) -> Answer {
    either(wanted.patterns().iter().map(|pattern| match pattern {
        Pattern::Glob(glob) if is_relative(glob) => one(&Pattern::Glob(format!("*/{glob}")), path),
        _ => Answer::No,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_glob_is_meant_in_any_folder() {
        let wanted = |glob: &str| OneOrMany::One(Pattern::Glob(glob.to_owned()));
        for (glob, text, expected) in [
            ("deploy/*.yaml", "deploy/a.yaml", Answer::Yes),
            ("deploy/*.yaml", "~/project/deploy/a.yaml", Answer::Yes),
            ("deploy/*.yaml", "~/project/redeploy/a.yaml", Answer::No),
            ("~/.aws/credentials", "~/.aws/credentials", Answer::Yes),
            ("~/.aws/credentials", "/x/~/.aws/credentials", Answer::No),
            ("/etc/*", "/srv/etc/x", Answer::No),
        ] {
            let (glob, text) = (wanted(glob), Text::from(text));
            assert_eq!(
                either([any(&glob, &text), anywhere(&glob, &text)].into_iter()),
                expected,
                "{glob:?} {text}"
            );
        }
    }
}
