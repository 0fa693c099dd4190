//! Text tools whose output follows from their input: what `echo`, `base64 -d` or `tr` would print.
//!
//! Only what is certain is computed. An option that is not understood makes the output unknown.

use super::Invocation;
use super::escape;
use crate::value::Text;

mod decode;
mod lines;

/// What a program prints, where it is one of the tools known here and all it needs is known. Files it writes
/// are written to the invocation's.
pub(super) fn output(invocation: &Invocation) -> Option<Text> {
    let (program, arguments) = invocation.argv.split_first()?;
    let program = program.literal()?;
    let program = program.rsplit('/').next().unwrap_or(program);
    match program {
        "echo" => return Some(echo(arguments)),
        "printf" => {
            return super::printf::printed(arguments.strip_prefix(&[Text::from("--")]).unwrap_or(arguments))
                .map(|(text, _)| text);
        }
        "cat" => return cat(invocation, arguments),
        "tee" => return tee(invocation, arguments),
        _ => {}
    }
    let words: Vec<&str> = arguments.iter().map(Text::literal).collect::<Option<_>>()?;
    match program {
        "cp" | "mv" | "ln" | "install" => copy(invocation, program, &words),
        "which" => Some(Text::from(
            words.iter().filter(|w| !w.starts_with('-')).map(|w| format!("{w}\n")).collect::<String>(),
        )),
        "dd" if !words.iter().any(|w| w.starts_with("if=") || w.starts_with("of=")) => {
            Some(invocation.stdin.clone())
        }
        "mktemp" => Some(Text::from("/tmp/tmp.XXXXXXXXXX\n")),
        "basename" => basename(&words),
        "dirname" => words.last().map(|path| {
            let parent = path.trim_end_matches('/').rsplit_once('/').map_or(".", |(parent, _)| parent);
            Text::from(format!("{}\n", if parent.is_empty() { "/" } else { parent }))
        }),
        "seq" => seq(&words),
        "printenv" => {
            let (_, value) = invocation.environment.iter().find(|(name, _)| words == [name.as_str()])?;
            value.literal().map(|value| Text::from(format!("{value}\n")))
        }
        _ => {
            // openssl's operands are commands, not files.
            let files = if program == "openssl" { &[] } else { words.as_slice() };
            let text = decode::run(program, &words, || input(invocation, files))
                .or_else(|| lines::run(program, &words, |files| files_or_stdin(invocation, files)))?;
            Some(Text::from(text))
        }
    }
}

/// Standard input, or the file that is the only argument which is no option.
fn input(invocation: &Invocation, words: &[&str]) -> Option<String> {
    let files: Vec<&str> = words.iter().copied().filter(|w| !w.starts_with('-') || *w == "-").collect();
    files_or_stdin(invocation, &files)
}

fn files_or_stdin(invocation: &Invocation, files: &[&str]) -> Option<String> {
    if files.is_empty() {
        return invocation.stdin.literal().map(str::to_owned);
    }
    let mut out = String::new();
    for file in files {
        out.push_str(file_text(invocation, file)?.literal()?);
    }
    Some(out)
}

fn file_text(invocation: &Invocation, path: &str) -> Option<Text> {
    match path {
        "-" | "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0" => Some(invocation.stdin.clone()),
        path => match invocation.files.get(path)? {
            crate::value::Value::One(text) => Some(text),
            crate::value::Value::Any(_) => None,
        },
    }
}

fn echo(arguments: &[Text]) -> Text {
    let mut newline = true;
    let mut escapes = false;
    let mut words = arguments;
    while let Some(options) = words.first().and_then(Text::literal).and_then(|w| w.strip_prefix('-')) {
        if options.is_empty() || !options.chars().all(|c| "neE".contains(c)) {
            break;
        }
        newline &= !options.contains('n');
        escapes = (escapes || options.contains('e')) && !options.ends_with('E');
        words = &words[1..];
    }
    let mut text = super::expand::join(words.iter().cloned(), " ");
    if escapes {
        if let Some(literal) = text.literal() {
            let (decoded, ended) = escape::echo(literal);
            newline &= !ended;
            text = Text::from(decoded);
        } else {
            text = text.map_literals(|literal| escape::echo(literal).0);
        }
    }
    if newline { text.concat(Text::from("\n")) } else { text }
}

fn cat(invocation: &Invocation, arguments: &[Text]) -> Option<Text> {
    let mut files = Vec::new();
    for word in arguments {
        match word.literal()? {
            "-" => files.push("-"),
            "-u" | "--" => {}
            option if option.starts_with('-') => return None,
            path => files.push(path),
        }
    }
    if files.is_empty() {
        return Some(invocation.stdin.clone());
    }
    let mut out = Text::from("");
    for file in files {
        out = out.concat(file_text(invocation, file)?);
    }
    Some(out)
}

fn tee(invocation: &Invocation, arguments: &[Text]) -> Option<Text> {
    let append = arguments.iter().any(|w| matches!(w.literal(), Some("-a" | "--append")));
    for path in arguments.iter().filter_map(Text::literal).filter(|w| !w.starts_with('-')) {
        let text = crate::value::Value::One(invocation.stdin.clone());
        if append { invocation.files.append(path, text) } else { invocation.files.write(path, text) }
    }
    Some(invocation.stdin.clone())
}

/// Files keep their text under a new name. Nothing is printed.
fn copy(invocation: &Invocation, program: &str, words: &[&str]) -> Option<Text> {
    let mut paths = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-m" | "-o" | "-g" | "-t" | "-S" if program == "install" => drop(words.next()),
            option if option.starts_with('-') => {}
            path => paths.push(path),
        }
    }
    if let [from, to] = paths.as_slice() {
        let text = if program == "mv" { invocation.files.take(from) } else { None };
        // A copy of something that was not written here runs as that would, if it is a program.
        let run = || crate::value::Value::from(format!("exec {} \"$@\"\n", super::quoted(from)));
        let text = text.or_else(|| invocation.files.get(from)).or_else(|| from.contains('/').then(run));
        if let Some(text) = text.or_else(|| (!from.contains('.')).then(run)) {
            invocation.files.write(to, text.clone());
            if to.ends_with('/') || *to == "." {
                let name = from.rsplit('/').next().unwrap_or(from);
                invocation.files.write(&format!("{}/{name}", to.trim_end_matches('/')), text);
            }
        }
    }
    Some(Text::from(""))
}

fn basename(words: &[&str]) -> Option<Text> {
    let (path, suffix) = match words {
        [path] => (*path, ""),
        [path, suffix] if !path.starts_with('-') => (*path, *suffix),
        _ => return None,
    };
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    let name = name.strip_suffix(suffix).filter(|stem| !stem.is_empty()).unwrap_or(name);
    Some(Text::from(format!("{name}\n")))
}

fn seq(words: &[&str]) -> Option<Text> {
    let numbers: Vec<i64> = words.iter().map(|w| w.parse().ok()).collect::<Option<_>>()?;
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return None,
    };
    let count = (last - first) / step;
    if !(0..4_096).contains(&count) {
        return None;
    }
    Some(Text::from((0..=count).map(|i| format!("{}\n", first + i * step)).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Files;

    fn run(words: &[&str], stdin: &str) -> Option<String> {
        let invocation = Invocation {
            argv: words.iter().map(|w| Text::from(*w)).collect(),
            environment: Vec::new(),
            stdin: Text::from(stdin),
            files: Files::default(),
            functions: Default::default(),
            captured: true,
        };
        output(&invocation).map(|text| text.to_string())
    }

    #[test]
    fn tools_print_what_they_would() {
        for (words, stdin, expected) in [
            (&["echo", "-n", "a", "b"][..], "", Some("a b")),
            (&["echo", "-e", r"a\x41"], "", Some("aA\n")),
            (&["printf", "%s-%s\n", "a", "b", "c"], "", Some("a-b\nc-\n")),
            (&["printf", r"\x61\167%%"], "", Some("aw%")),
            (&["printf", "%03d|%-3s|%.2s", "7", "a", "abc"], "", Some("007|a  |ab")),
            (&["cat"], "x", Some("x")),
            (&["base64", "-d"], "YXdz\n", Some("aws")),
            (&["base64"], "aws", Some("YXdz\n")),
            (&["xxd", "-r", "-p"], "617773", Some("aws")),
            (&["rev"], "swa\n", Some("aws\n")),
            (&["tr", "a-z", "n-za-m"], "njf", Some("aws")),
            (&["tr", "-d", "_"], "a_w_s", Some("aws")),
            (&["tr", "A-Z", "a-z"], "AWS", Some("aws")),
            (&["cut", "-d,", "-f2,3"], "x,aws,y\n", Some("aws,y\n")),
            (&["cut", "-c1-3"], "awsome\n", Some("aws\n")),
            (&["head", "-n", "1"], "a\nb\n", Some("a\n")),
            (&["head", "-c3"], "awsx", Some("aws")),
            (&["tail", "-n", "1"], "a\nb\n", Some("b\n")),
            (&["sed", "s/X/aws/g"], "X X\n", Some("aws aws\n")),
            (&["sed", "-e", "s/^#//"], "#aws\n", Some("aws\n")),
            (&["sed", "-n", "p"], "aws\n", None),
            (&["tac"], "a\nb\n", Some("b\na\n")),
            (&["sort"], "b\na\n", Some("a\nb\n")),
            (&["awk", "{print $2}"], "x aws\n", Some("aws\n")),
            (&["seq", "3"], "", Some("1\n2\n3\n")),
            (&["basename", "/a/b.sh", ".sh"], "", Some("b\n")),
            (&["date"], "", None),
        ] {
            assert_eq!(run(words, stdin).as_deref(), expected, "{words:?}");
        }
    }
}
