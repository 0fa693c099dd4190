//! Arguments that builtin commands evaluate, and variables whose values the shell does.
//!
//! A name may carry a subscript, and a subscript is arithmetic: `read 'a[$(touch x)]'` runs touch in bash and ksh.

use std::collections::BTreeSet;

use super::Refused;
use super::cond;
use super::text::first_reference;
use super::word::Word;

/// Builtins whose arguments are names or arithmetic, in one shell or another, or code kept for later.
const EVALUATE: [&str; 26] = [
    "alias",
    "bind",
    "break",
    "compgen",
    "complete",
    "continue",
    "emulate",
    "exit",
    "fc",
    "float",
    "functions",
    "getopts",
    "integer",
    "let",
    "mapfile",
    "nameref",
    "readarray",
    "repeat",
    "return",
    "sched",
    "shift",
    "ulimit",
    "unset",
    "zle",
    "zmodload",
    "zstyle",
];
/// Builtins whose arguments are assignments or names.
const DECLARE: [&str; 5] = ["declare", "typeset", "local", "readonly", "export"];
/// Variables whose values the shell expands or takes for arithmetic (bash manual, "Bash Variables").
const EVALUATED: [&str; 20] = [
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PROMPT",
    "RPROMPT",
    "PROMPT2",
    "PROMPT3",
    "PROMPT4",
    "PROMPT_COMMAND",
    "ENV",
    "BASH_ENV",
    "MAILPATH",
    "RANDOM",
    "SECONDS",
    "SRANDOM",
    "OPTIND",
    "LINENO",
    "HISTCMD",
];

/// Refuses references in arguments that the command evaluates.
pub(super) fn check(words: &[Word]) -> Result<(), Refused> {
    for word in words {
        if word.assignment().is_some() {
            assignment(word, &BTreeSet::new())?;
        }
    }
    // `command eval …`, `builtin let …`
    let prefix = |word: &&Word| matches!(plain(word).as_str(), "" | "command" | "builtin");
    let prefixes = words.iter().take_while(prefix).count();
    let [command, arguments @ ..] = &words[prefixes..] else { return Ok(()) };
    let name = plain(command);
    let refuse = |word: &Word| match word.reference() {
        Some(reference) => Err(Refused::evaluated(reference, &format!("an argument of `{name}`"))),
        None => Ok(()),
    };
    match name.as_str() {
        name if EVALUATE.contains(&name) => arguments.iter().try_for_each(refuse),
        name if DECLARE.contains(&name) => {
            let numeric = arguments.iter().any(|word| is_options(word, "inEF"));
            arguments.iter().try_for_each(|word| match word.assignment() {
                Some(_) if !numeric => Ok(()),
                _ => refuse(word),
            })
        }
        "read" => names(arguments, "adeginNptu", &["p", "d", "i", "n", "N", "t", "u"]).try_for_each(refuse),
        "wait" => after(arguments, "-p").try_for_each(refuse),
        "printf" => {
            after(arguments, "-v").try_for_each(refuse)?;
            arguments.iter().filter(|word| word.text().starts_with("-v")).try_for_each(refuse)?;
            let options = arguments.iter().take_while(|word| word.text().starts_with('-')).count();
            let variable = arguments.first().is_some_and(|word| word.text() == "-v");
            let format = if variable { arguments.get(2) } else { arguments.get(options) };
            // ksh and zsh take the arguments of `%d` for arithmetic.
            if format.is_some_and(|format| is_numeric(&format.text())) {
                arguments.iter().try_for_each(refuse)?;
            }
            Ok(())
        }
        "[" | "test" => cond::check(arguments),
        _ => Ok(()),
    }
}

/// Remembers the names that a command declares as integers.
pub(super) fn integers(words: &[Word], names: &mut BTreeSet<String>) {
    let Some((command, arguments)) = words.split_first() else { return };
    let declares =
        DECLARE.contains(&plain(command).as_str()) && arguments.iter().any(|word| is_options(word, "inEF"));
    if declares || matches!(plain(command).as_str(), "integer" | "float" | "nameref") {
        names.extend(arguments.iter().map(|word| {
            let text = word.text();
            text.split(['=', '+', '[']).next().unwrap_or_default().to_owned()
        }));
    }
}

/// Refuses an assignment whose subscript or value is evaluated.
pub(super) fn assignment(word: &Word, integers: &BTreeSet<String>) -> Result<(), Refused> {
    let Some(value) = word.assignment() else { return Ok(()) };
    let text = word.text();
    let name = text.split(['=', '+', '[']).next().unwrap_or_default();
    if let Some(reference) = first_reference(&word.units[..value]) {
        return Err(Refused::evaluated(reference, "the subscript of an array"));
    }
    match first_reference(&word.units[value..]) {
        Some(reference) if EVALUATED.contains(&name) || integers.contains(name) => {
            Err(Refused::evaluated(reference, &format!("the value of {name}")))
        }
        _ => Ok(()),
    }
}

/// A command's name, quoted or not. What is not known may be nothing.
fn plain(word: &Word) -> String {
    word.text().replace('\0', "")
}

/// Whether a word is options of which one is among these letters.
fn is_options(word: &Word, letters: &str) -> bool {
    let text = word.text();
    text.strip_prefix(['-', '+'])
        .is_some_and(|options| !options.starts_with('-') && options.contains(|char| letters.contains(char)))
}

/// The words that follow a certain one.
fn after<'a>(words: &'a [Word], option: &str) -> impl Iterator<Item = &'a Word> {
    let option = option.to_owned();
    words.windows(2).filter(move |pair| pair[0].text() == option).map(|pair| &pair[1])
}

/// The operands, and options that name a variable: all but the plain arguments of options.
fn names<'a>(words: &'a [Word], letters: &str, take: &[&str]) -> impl Iterator<Item = &'a Word> {
    let mut skip = false;
    let letters = letters.to_owned();
    let take: Vec<String> = take.iter().map(|letter| (*letter).to_owned()).collect();
    words.iter().filter(move |word| {
        let text = word.text();
        let skipped = std::mem::take(&mut skip);
        if skipped {
            return false;
        }
        let Some(cluster) = text.strip_prefix('-') else { return true };
        // In `-pTEXT` the letter's argument follows at once.
        let argument = cluster.char_indices().find(|(_, char)| take.contains(&char.to_string()));
        match argument {
            Some((at, _)) => {
                skip = at + 1 == cluster.len();
                false
            }
            None => cluster.contains(|char| !letters.contains(char)),
        }
    })
}

/// Whether a format of printf has a conversion that takes a number, or is not known.
fn is_numeric(format: &str) -> bool {
    let mut rest = format;
    while let Some((_, after)) = rest.split_once('%') {
        let conversion =
            after.trim_start_matches(|char: char| "#0- +'*.".contains(char) || char.is_ascii_digit());
        let conversion = conversion.trim_start_matches(['l', 'h', 'j', 'z', 't', 'L', 'q']);
        // `%(format)T` takes a number as well, and so may what is unknown.
        if conversion.starts_with(|char: char| "diouxXeEfFgGaA(\0".contains(char)) {
            return true;
        }
        rest = match after.strip_prefix('%') {
            Some(rest) => rest,
            None => after,
        };
    }
    false
}
