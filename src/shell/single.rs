//! A program that is one command, taken apart so that it can be written again.
//!
//! Only what means the same wherever the command is written anew is taken: text that is known, plain variables in quotes,
//! and command substitutions. Whatever else a shell could do with the words, split them or look for files, is refused
//! with what it is.

use super::ast::*;
use super::builtins::is_builtin;
use super::{is_variable, parse};
use crate::bounds::Budget;

/// Programs that do nothing but print what they read, or less of it.
const FILTERS: &[&str] = &["cat", "column", "cut", "grep", "head", "jq", "tail", "tr", "wc"];

/// One command: variables, words and redirections, in the order in which they are written. Around it there may be what
/// stays as it is: a folder to go to first, and filters of its output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Single {
    /// Where it goes first (`cd FOLDER &&`).
    pub folder: Option<String>,
    /// `NAME=value` before the first word.
    pub assignments: Vec<(String, Vec<Fragment>)>,
    /// The words; the first is a program, no builtin.
    pub words: Vec<Vec<Fragment>>,
    /// Its redirections as they would be typed (`2>&1`).
    pub redirections: Vec<String>,
    /// The programs behind it in its pipeline, which print less of what it prints: the words of each.
    pub filters: Vec<Vec<String>>,
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fragment {
    /// Exactly these characters.
    Text(String),
    /// What a variable holds, as one piece.
    Variable(String),
    /// What the programs of a pipeline print, as one piece: the words of each.
    Output(Vec<Vec<String>>),
}

/// Why a program cannot be taken apart: a clause that says what it is, for people.
type Refusal = &'static str;

/// Errors go where the output goes.
const JOINED: &str = "2>&1";

const SEVERAL: Refusal = "there are further commands in the call";
const NOT_PLAIN: Refusal = "the call is no plain command but a construct of the shell";
const IN_SUBSTITUTION: Refusal =
    "a command substitution in it does more than to run programs with known arguments";

/// Takes a program apart that is one command.
///
/// # Errors
/// What it is, where it is anything else, in a clause.
pub fn single(text: &str) -> Result<Single, Refusal> {
    let script = parse(text, &Budget::new()).map_err(|_| "it is too large to be read")?;
    if script.error.is_some() {
        return Err("it has a syntax error");
    }
    let (folder, pipeline) = pipeline(&script)?;
    let (command, filters) = stages(pipeline)?.split_first().ok_or(NOT_PLAIN)?;
    let filters: Vec<_> = filters.iter().map(filter).collect::<Result<_, _>>()?;
    let Kind::Simple(simple) = &command.kind else { return Err(NOT_PLAIN) };
    if !simple.declared.is_empty() {
        return Err(NOT_PLAIN);
    }
    let assignments = simple.assignments.iter().map(assignment).collect::<Result<_, _>>()?;
    let words: Vec<_> = simple.words.iter().map(|word| fragments(word, false)).collect::<Result<_, _>>()?;
    match words.first().map(Vec::as_slice) {
        Some([Fragment::Text(name)]) if is_builtin(name) => {
            return Err("a builtin of the shell would get the value, and asm-exec starts programs only");
        }
        Some([Fragment::Text(_)]) => {}
        Some(_) => return Err("the program that would get the value is not known"),
        None => return Err("no program gets the value"),
    }
    let redirections: Vec<_> = command.redirects.iter().map(redirection).collect::<Result<_, _>>()?;
    if !filters.is_empty() && redirections.iter().any(|written| written == JOINED) {
        return Err(
            "a filter behind it reads errors and output together, whose order asm-exec does not keep",
        );
    }
    Ok(Single { folder, assignments, words, redirections, filters })
}

/// The one pipeline that a script is, and the folder that `cd` goes to before it.
fn pipeline(script: &Script) -> Result<(Option<String>, &Pipeline), Refusal> {
    let [List { items }] = script.commands.as_slice() else { return Err(SEVERAL) };
    let [AndOr { pipelines, background }] = items.as_slice() else { return Err(SEVERAL) };
    if *background {
        return Err("it runs in the background");
    }
    match pipelines.as_slice() {
        [(_, pipeline)] => Ok((None, pipeline)),
        [(_, first), (When::Succeeded, pipeline)] => Ok((Some(change_of_folder(first)?), pipeline)),
        _ => Err(SEVERAL),
    }
}

/// The folder of `cd FOLDER`.
fn change_of_folder(pipeline: &Pipeline) -> Result<String, Refusal> {
    let [command] = stages(pipeline)? else { return Err(SEVERAL) };
    match program(command).map_err(|_| SEVERAL)?.as_slice() {
        [cd, folder] if cd == "cd" && !folder.is_empty() && !folder.starts_with('-') => Ok(folder.clone()),
        _ => Err(SEVERAL),
    }
}

/// The commands of a pipeline of which nothing is done but to run them.
fn stages(pipeline: &Pipeline) -> Result<&[Command], Refusal> {
    let Pipeline { negated, timed, stages } = pipeline;
    if *timed {
        return Err("the time that it takes is told");
    }
    if *negated { Err("its exit status is turned around") } else { Ok(stages) }
}

/// A program behind the command that does nothing but print.
fn filter(command: &Command) -> Result<Vec<String>, Refusal> {
    const OTHER: Refusal = "the command is part of a pipeline that does more than to show less of its output";
    let words = program(command).map_err(|_| OTHER)?;
    if FILTERS.contains(&words[0].as_str()) { Ok(words) } else { Err(OTHER) }
}

fn assignment(assignment: &Assignment) -> Result<(String, Vec<Fragment>), Refusal> {
    match assignment {
        Assignment { name, index: None, append: false, value: Assigned::Scalar(word) } => {
            // A value that is assigned is not split.
            Ok((name.clone(), fragments(word, true)?))
        }
        _ => Err("it appends to a variable or sets an array"),
    }
}

/// The parts of a word; `whole` where what is expanded in it stays one piece.
fn fragments(word: &Word, whole: bool) -> Result<Vec<Fragment>, Refusal> {
    let mut out = Vec::new();
    for part in &word.parts {
        match part {
            Part::Double(parts) => {
                // Of `"…"` a word remains even where nothing is in it.
                push(&mut out, Fragment::Text(String::new()));
                parts.iter().try_for_each(|part| fragment(part, true, true, &mut out))?;
            }
            part => fragment(part, whole, false, &mut out)?,
        }
    }
    Ok(out)
}

fn fragment(part: &Part, whole: bool, quoted: bool, out: &mut Vec<Fragment>) -> Result<(), Refusal> {
    match part {
        Part::Plain(text) if !quoted && text.contains(['*', '?', '[', ']', '{', '}', '~', '(']) => {
            return Err("the shell would expand a word of it (braces, file names or `~`)");
        }
        Part::Plain(text) | Part::Quoted(text) if text.contains('\0') => {
            return Err("there is a NUL in it");
        }
        Part::Plain(text) | Part::Quoted(text) => push(out, Fragment::Text(text.clone())),
        Part::Parameter(_) | Part::Substitution(_) if !whole => {
            return Err("the shell would split what is not quoted in it into words");
        }
        Part::Parameter(parameter) => match parameter.as_ref() {
            Parameter { name, index: None, indirect: false, length: false, operator: None, .. }
                if is_variable(name) =>
            {
                push(out, Fragment::Variable(name.clone()));
            }
            _ => return Err("a variable in it is changed where it is expanded"),
        },
        Part::Substitution(script) => push(out, Fragment::Output(programs(script)?)),
        Part::Double(_) | Part::Arithmetic(_) | Part::Process { .. } => return Err(NOT_PLAIN),
    }
    Ok(())
}

/// Neighbouring texts are one.
fn push(out: &mut Vec<Fragment>, fragment: Fragment) {
    match (out.last_mut(), fragment) {
        (Some(Fragment::Text(last)), Fragment::Text(next)) => last.push_str(&next),
        (_, fragment) => out.push(fragment),
    }
}

/// The programs of a pipeline of which every word is known.
fn programs(script: &Script) -> Result<Vec<Vec<String>>, Refusal> {
    if script.error.is_some() {
        return Err(IN_SUBSTITUTION);
    }
    match pipeline(script).map_err(|_| IN_SUBSTITUTION)? {
        (None, pipeline) => stages(pipeline).map_err(|_| IN_SUBSTITUTION)?.iter().map(program).collect(),
        _ => Err(IN_SUBSTITUTION),
    }
}

fn program(command: &Command) -> Result<Vec<String>, Refusal> {
    let Kind::Simple(Simple { assignments, words, declared, .. }) = &command.kind else {
        return Err(IN_SUBSTITUTION);
    };
    if !assignments.is_empty() || !declared.is_empty() || !command.redirects.is_empty() || words.is_empty() {
        return Err(IN_SUBSTITUTION);
    }
    let known = |word: &Word| match fragments(word, false)?.as_slice() {
        [] => Ok(String::new()),
        [Fragment::Text(text)] => Ok(text.clone()),
        _ => Err(IN_SUBSTITUTION),
    };
    words.iter().map(|word| known(word).map_err(|_: Refusal| IN_SUBSTITUTION)).collect()
}

/// The redirections that are told apart without doubt: `2>&1`, `2>/dev/null` and `< FILE`.
fn redirection(redirect: &Redirect) -> Result<String, Refusal> {
    const OTHERS: Refusal = "it redirects more than errors or its input from a file";
    if redirect.variable.is_some() {
        return Err(OTHERS);
    }
    match (redirect.fd, &redirect.kind) {
        (2, RedirectKind::Duplicate(to)) if to.as_plain() == Some("1") => Ok(JOINED.to_owned()),
        (2, RedirectKind::Write(to)) if to.as_plain() == Some("/dev/null") => Ok("2>/dev/null".to_owned()),
        (0, RedirectKind::Read(from)) => match fragments(from, false)?.as_slice() {
            [Fragment::Text(path)] => Ok(format!("< {}", super::quoted(path))),
            _ => Err(OTHERS),
        },
        _ => Err(OTHERS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_command_is_taken_apart() {
        let text = |text: &str| vec![Fragment::Text(text.to_owned())];
        let taken = single(
            "cd 'x y' && A=1 B=\"x-$C\" 'tool' -a \"$(get 'it' | cut -f1)\" \"\" 2>/dev/null < 'a b' | head -n 1 | cat # and no more",
        );
        assert_eq!(
            taken,
            Ok(Single {
                folder: Some("x y".to_owned()),
                assignments: vec![
                    ("A".to_owned(), text("1")),
                    (
                        "B".to_owned(),
                        vec![Fragment::Text("x-".to_owned()), Fragment::Variable("C".to_owned())]
                    ),
                ],
                words: vec![
                    text("tool"),
                    text("-a"),
                    vec![
                        Fragment::Text(String::new()),
                        Fragment::Output(vec![
                            vec!["get".to_owned(), "it".to_owned()],
                            vec!["cut".to_owned(), "-f1".to_owned()]
                        ])
                    ],
                    text(""),
                ],
                redirections: vec!["2>/dev/null".to_owned(), "< 'a b'".to_owned()],
                filters: vec![
                    vec!["head".to_owned(), "-n".to_owned(), "1".to_owned()],
                    vec!["cat".to_owned()]
                ],
            })
        );
    }

    #[test]
    fn what_is_more_than_one_plain_command_is_not() {
        for (program, refusal) in [
            ("a; b", SEVERAL),
            ("a\nb", SEVERAL),
            ("a && b", SEVERAL),
            ("a || b", SEVERAL),
            ("", SEVERAL),
            ("a &", "it runs in the background"),
            ("cd a; b", SEVERAL),
            ("cd a || b", SEVERAL),
            ("cd - && b", SEVERAL),
            ("cd && b", SEVERAL),
            ("cd \"$A\" && b", SEVERAL),
            ("cd a && b && c", SEVERAL),
            ("cd a > f && b", SEVERAL),
            ("a | b", "the command is part of a pipeline that does more than to show less of its output"),
            (
                "a | head > f",
                "the command is part of a pipeline that does more than to show less of its output",
            ),
            ("cat f | a", "the command is part of a pipeline that does more than to show less of its output"),
            ("time a", "the time that it takes is told"),
            ("! a", "its exit status is turned around"),
            ("(a)", NOT_PLAIN),
            ("if a; then b; fi", NOT_PLAIN),
            ("f() { a; }", NOT_PLAIN),
            ("a $((1 + 1))", NOT_PLAIN),
            ("a <(b)", NOT_PLAIN),
            ("a \"$(b; c)\"", IN_SUBSTITUTION),
            ("a \"$(b \"$X\")\"", IN_SUBSTITUTION),
            ("a \"$(X=1 b)\"", IN_SUBSTITUTION),
            ("a \"$(b 2>/dev/null)\"", IN_SUBSTITUTION),
            ("a \"$(<b)\"", IN_SUBSTITUTION),
            ("a \"${X:-b}\"", "a variable in it is changed where it is expanded"),
            ("a \"$@\"", "a variable in it is changed where it is expanded"),
            ("a $X", "the shell would split what is not quoted in it into words"),
            ("a $(b)", "the shell would split what is not quoted in it into words"),
            ("a *.sql", "the shell would expand a word of it (braces, file names or `~`)"),
            ("a ~/x", "the shell would expand a word of it (braces, file names or `~`)"),
            ("a {b,c}", "the shell would expand a word of it (braces, file names or `~`)"),
            ("A=1", "no program gets the value"),
            ("export A=1", "a builtin of the shell would get the value, and asm-exec starts programs only"),
            ("\"$X\" a", "the program that would get the value is not known"),
            ("A+=1 b", "it appends to a variable or sets an array"),
            ("a > b", "it redirects more than errors or its input from a file"),
            ("a &>/dev/null", "it redirects more than errors or its input from a file"),
            ("a <<< b", "it redirects more than errors or its input from a file"),
            ("a 'b", "it has a syntax error"),
        ] {
            assert_eq!(single(program), Err(refusal), "{program}");
        }
    }
}
