//! Text tools whose output follows from their input: what `echo`, `base64 -d` or `tr` would print.
//!
//! In: a program with its words, its standard input and the files that the command wrote. Out: what it prints.
//! Only what is certain is computed: an option that is not understood, or on which implementations differ, makes
//! the output unknown. A part of the input that is unknown passes through those tools that work on lines and
//! characters as one character that nothing matches. What may grow is bounded, and counted in the budget.

mod awk;
pub(crate) mod bytes;
mod calculate;
mod call;
mod convert;
mod dump;
mod echo;
mod encode;
mod inflate;
mod jq;
mod layout;
mod options;
mod order;
mod paths;
mod regex;
mod sed;
mod select;
mod translate;
mod write;

use super::Invocation;
use crate::bounds::Budget;
use crate::value::Text;
use call::Call;

/// Runs the commands that a text tool starts: awk's `system`, sed's `e`.
pub trait Commands {
    /// What the command prints; None where that is not known. `stdin` is what the tool writes to it.
    fn run(&mut self, command: &Text, stdin: Option<&Text>) -> Option<Text>;
}

/// Nothing is run, and nothing known of what it would print.
struct NoCommands;

impl Commands for NoCommands {
    fn run(&mut self, _: &Text, _: Option<&Text>) -> Option<Text> {
        None
    }
}

/// What a program prints, where it is one of the tools known here and all it needs is known. Files it writes
/// are written to the invocation's.
pub(super) fn output(invocation: &Invocation, budget: &Budget) -> Option<Text> {
    with_commands(invocation, budget, &mut NoCommands)
}

/// The same of a tool that may run commands.
pub(super) fn with_commands(
    invocation: &Invocation,
    budget: &Budget,
    commands: &mut dyn Commands,
) -> Option<Text> {
    let (program, arguments) = invocation.argv.split_first()?;
    let program = program.literal()?;
    let program = program.rsplit('/').next().unwrap_or(program);
    // Homebrew and BSD know GNU's tools with a g before their names.
    let plain = program.strip_prefix('g').filter(|rest| GNU.contains(rest)).unwrap_or(program);
    if let Some(printed) = words_may_be_unknown(plain, invocation, arguments) {
        return printed;
    }
    if !invocation.captured && !WRITERS.contains(&plain) {
        // Nobody looks.
        return None;
    }
    let from_input = matches!(plain, "sed" | "ssed" | "awk" | "gawk" | "mawk" | "nawk");
    if from_input
        && invocation.stdin.is_wholly_unknown()
        && invocation.files.is_empty()
        && !arguments.iter().any(|word| word.known_prefix().contains("BEGIN"))
    {
        // The most common use by far: nothing is known of what they read.
        return None;
    }
    // A pattern that no file's name matches is passed on as it is written: `tr [a-z] [A-Z]`.
    let unmatched: Vec<Text>;
    let arguments = match arguments.iter().all(|word| word.literal().is_some()) {
        true => arguments,
        false => {
            unmatched = arguments.iter().map(|word| word.clone().unmatched()).collect();
            &unmatched
        }
    };
    let words: Vec<&str> = arguments.iter().map(Text::literal).collect::<Option<_>>()?;
    let call = Call::new(plain, &words, invocation, budget);
    printed(&call, commands)
}

/// GNU's tools that are known with a g before their names.
const GNU: &[&str] = &[
    "awk", "base32", "base64", "basename", "basenc", "cat", "cp", "cut", "date", "dd", "dirname", "echo",
    "expand", "expr", "fold", "head", "install", "ln", "mktemp", "mv", "nl", "od", "paste", "printf",
    "realpath", "readlink", "sed", "seq", "sort", "split", "strings", "tac", "tail", "tee", "tr", "truncate",
    "unexpand", "uniq", "yes",
];

/// Tools that may write files, so that they matter even where nobody looks at what they print.
const WRITERS: &[&str] = &[
    "awk", "gawk", "mawk", "nawk", "sed", "ssed", "sort", "dd", "truncate", "split", "gzip", "gunzip",
    "bzip2", "bunzip2", "xz", "unxz", "zstd", "unzstd", "lz4", "brotli",
];

/// Tools of whose words some may be unknown.
fn words_may_be_unknown(program: &str, invocation: &Invocation, arguments: &[Text]) -> Option<Option<Text>> {
    let looked_at = invocation.captured;
    Some(match program {
        "echo" if looked_at => Some(echo::echo(arguments)),
        "printf" if looked_at => {
            let words = arguments.strip_prefix(&[Text::from("--")]).unwrap_or(arguments);
            crate::shell::printf::printed(words).map(|(text, _)| text)
        }
        "tee" => Some(write::tee(invocation, arguments, true)),
        "sponge" => Some(write::tee(invocation, arguments, false)),
        "cp" | "mv" | "ln" | "install" => {
            write::copy(invocation, program, arguments);
            is_silent(arguments).then(|| Text::from(""))
        }
        "rm" | "rmdir" | "mkdir" | "chmod" | "chown" | "chgrp" | "touch" | "sleep" | "sync" | "mkfifo"
            if looked_at =>
        {
            is_silent(arguments).then(|| Text::from(""))
        }
        _ => return None,
    })
}

/// Whether tools that change files say nothing of it.
fn is_silent(arguments: &[Text]) -> bool {
    let verbose = |word: &str| match word.strip_prefix("--") {
        Some(long) => matches!(long, "verbose" | "changes" | "help" | "version" | "debug"),
        None => word.starts_with('-') && word.contains(['v', 'c']),
    };
    !arguments.iter().any(|word| verbose(word.known_prefix()))
}

/// What a tool prints whose words are all known.
fn printed(call: &Call, commands: &mut dyn Commands) -> Option<Text> {
    let silent = |done: Option<()>| done.map(|()| String::new());
    let flat = match call.program {
        "cat" => layout::cat(call),
        // Behind a pipe they only pass on what they read.
        "pv" | "less" | "more" | "most" if call.words.iter().all(|w| !w.starts_with(['-', '+'])) => {
            call.files(call.words)
        }
        "rev" => layout::rev(call),
        "column" => layout::column(call),
        "nl" => layout::nl(call),
        "fold" => layout::fold(call),
        "expand" | "unexpand" => layout::tabs(call),
        "paste" => layout::paste(call),
        "tac" => order::tac(call),
        "sort" => order::sort(call),
        "uniq" => order::uniq(call),
        "head" | "tail" => select::ends(call),
        "cut" => select::cut(call),
        "grep" | "egrep" | "fgrep" => select::grep(call),
        "strings" => select::strings(call),
        "colrm" => select::column_remove(call),
        "tr" => translate::tr(call),
        "base64" | "base32" | "basenc" => encode::base(call),
        "xxd" => dump::xxd(call),
        "od" => dump::od(call),
        "hexdump" | "hd" => dump::hexdump(call),
        "openssl" => encode::openssl(call).or_else(|| convert::packed(call)),
        "gzip" | "gunzip" | "zcat" | "gzcat" | "pigz" | "bzip2" | "bunzip2" | "bzcat" | "pbzip2"
        | "lbzip2" | "xz" | "unxz" | "xzcat" | "lzma" | "unlzma" | "lzcat" | "zstd" | "unzstd"
        | "zstdcat" | "lz4" | "unlz4" | "lz4cat" | "brotli" | "zlib-flate" | "gpg" | "age" => {
            convert::packed(call)
        }
        "iconv" => convert::iconv(call),
        "dd" => convert::dd(call),
        "envsubst" => return convert::envsubst(call),
        "yes" => return convert::yes(call),
        "sed" | "ssed" => sed::sed(call, commands),
        "awk" | "gawk" | "mawk" | "nawk" => awk::awk(call, commands),
        "jq" => jq::jq(call),
        "seq" => calculate::seq(call),
        "expr" => calculate::expr(call),
        "bc" => calculate::bc(call),
        "basename" => paths::basename(call),
        "dirname" => paths::dirname(call),
        "realpath" | "readlink" => paths::realpath(call),
        "mktemp" => write::mktemp(call),
        "truncate" => silent(write::truncate(call)),
        "split" => silent(write::split(call)),
        "date" => date(call),
        "which" => {
            let names = call.words.iter().filter(|word| !word.starts_with('-'));
            Some(names.map(|word| format!("{word}\n")).collect())
        }
        "printenv" => printenv(call),
        _ => None,
    }?;
    Some(call.text(flat))
}

/// `date +text` without anything of the time in it.
fn date(call: &Call) -> Option<String> {
    let mut formats = call.words.iter().filter(|word| !matches!(**word, "-u" | "--utc" | "--universal"));
    let format = formats.next()?.strip_prefix('+')?;
    let text = format.replace("%n", "\n").replace("%t", "\t").replace("%%", "\0");
    (formats.next().is_none() && !text.contains('%')).then(|| text.replace('\0', "%") + "\n")
}

/// `printenv NAME`.
fn printenv(call: &Call) -> Option<String> {
    let [name] = call.words else { return None };
    let (_, value) = call.invocation.environment.iter().find(|(known, _)| known == name)?;
    value.literal().map(|value| format!("{value}\n"))
}

impl Call<'_> {
    /// Runs a command that the tool starts; what it prints is one unknown part where it is not known.
    fn run(&self, command: &str, stdin: Option<&str>, commands: &mut dyn Commands) -> String {
        let stdin = stdin.map(|text| self.text(text.to_owned()));
        let printed = commands.run(&self.text(command.to_owned()), stdin.as_ref());
        let printed = printed.unwrap_or_else(|| Text::unknown(format!("output of {}", self.program)));
        self.flat_or_unknown(&printed)
    }
}
