//! The commands that xargs builds of known input (POSIX, xargs; GNU findutils).

use super::wrapper::replace;
use crate::shell::{Files, Starts};
use crate::value::{Text, Value};

/// How the input is taken apart and handed on.
#[derive(Debug, Default)]
struct Manner {
    delimiter: Option<char>,
    per_command: Option<usize>,
    lines_per_command: Option<usize>,
    replaced: Option<String>,
    file: Option<String>,
    none_if_empty: bool,
}

/// The commands that `xargs WORDS` starts.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) commands: Vec<Vec<Text>>,
    /// Whether it starts no others. Where paths in its input begin with something unknown, they may be other words.
    pub(super) certain: bool,
}

/// The commands that `xargs WORDS` starts with this input; None where that cannot be known.
pub(super) fn commands(words: &[Text], files: &Files, stdin: &Text) -> Option<Started> {
    let (manner, command) = manner(words)?;
    let input = match &manner.file {
        Some(path) => match files.get(path)? {
            Value::One(text) => text,
            Value::Any(_) => return None,
        },
        None => stdin.clone(),
    };
    let certain = input.literal().is_some();
    let (input, starts) = Starts::of(&input)?;
    let input = input.as_str();
    let started = |commands: Vec<Vec<Text>>| Some(Started { commands, certain });
    let command: Vec<Text> = if command.is_empty() { vec![Text::from("echo")] } else { command.to_vec() };
    if let Some(mark) = &manner.replaced {
        let lines: Vec<String> = match manner.delimiter {
            Some(delimiter) => separated(input, delimiter),
            None => input.lines().map(|line| items(line.trim_start(), true).concat()).collect(),
        };
        let build = |line: &String| {
            let line = starts.text(line);
            let put = |word: &Text| match line.literal() {
                Some(line) => word.clone().map_literals(|text| text.replace(mark.as_str(), line)),
                None => replace(word, mark, &line),
            };
            command.iter().map(put).collect()
        };
        return started(lines.iter().filter(|line| !line.is_empty()).map(build).collect());
    }
    let groups: Vec<Vec<String>> = match (manner.delimiter, manner.lines_per_command) {
        (None, Some(count)) => {
            let lines: Vec<&str> = input.lines().filter(|line| !line.trim().is_empty()).collect();
            lines.chunks(count).map(|lines| items(&lines.join("\n"), false)).collect()
        }
        (delimiter, lines) => {
            let all = delimiter.map_or_else(|| items(input, false), |delimiter| separated(input, delimiter));
            match manner.per_command.or(lines) {
                Some(count) => all.chunks(count).map(<[String]>::to_vec).collect(),
                None => vec![all],
            }
        }
    };
    let nothing = groups.iter().all(Vec::is_empty);
    if nothing {
        return started(if manner.none_if_empty { Vec::new() } else { vec![command] });
    }
    let build = |group: Vec<String>| {
        command.iter().cloned().chain(group.iter().map(|word| starts.text(word))).collect()
    };
    started(groups.into_iter().map(build).collect())
}

/// Reads the options; what follows them is the command.
fn manner(words: &[Text]) -> Option<(Manner, &[Text])> {
    let mut manner = Manner::default();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let Some(option) = word.literal().filter(|word| word.starts_with('-') && word.len() > 1) else {
            break;
        };
        at += 1;
        if option == "--" {
            break;
        }
        if let Some(long) = option.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let letter = match name {
                "null" => '0',
                "delimiter" => 'd',
                "max-args" => 'n',
                "max-lines" => 'L',
                "replace" => 'i',
                "arg-file" => 'a',
                "no-run-if-empty" => 'r',
                "max-procs" => 'P',
                "max-chars" => 's',
                "verbose" | "exit" | "open-tty" => 't',
                _ => return None,
            };
            let takes = "dnLaPs".contains(letter) && !(letter == 'L' && value.is_none());
            let value = match value {
                None if takes => {
                    at += 1;
                    words.get(at - 1)?.literal()?
                }
                value => value.unwrap_or(""),
            };
            manner.option(letter, value)?;
            continue;
        }
        for (place, letter) in option[1..].char_indices() {
            let attached = &option[1 + place + letter.len_utf8()..];
            if "dnLIaPsE".contains(letter) {
                let value = if attached.is_empty() {
                    at += 1;
                    words.get(at - 1)?.literal()?
                } else {
                    attached
                };
                manner.option(letter, value)?;
                break;
            }
            if "ile".contains(letter) {
                manner.option(letter, attached)?;
                break;
            }
            manner.option(letter, "")?;
        }
    }
    Some((manner, words.get(at..).unwrap_or_default()))
}

impl Manner {
    fn option(&mut self, letter: char, value: &str) -> Option<()> {
        let count = |value: &str| value.parse::<usize>().ok().filter(|count| *count > 0);
        match letter {
            '0' => self.delimiter = Some('\0'),
            'd' => self.delimiter = Some(delimiter(value)?),
            'n' => (self.per_command, self.replaced) = (Some(count(value)?), None),
            'L' | 'l' => self.lines_per_command = Some(if value.is_empty() { 1 } else { count(value)? }),
            'I' => self.replaced = Some(value.to_owned()),
            'i' => self.replaced = Some(if value.is_empty() { "{}" } else { value }.to_owned()),
            'a' => self.file = Some(value.to_owned()),
            'r' => self.none_if_empty = true,
            't' | 'x' | 'P' | 's' | 'o' => {}
            _ => return None,
        }
        Some(())
    }
}

fn delimiter(text: &str) -> Option<char> {
    match text {
        "\\n" => Some('\n'),
        "\\t" => Some('\t'),
        "\\0" => Some('\0'),
        "\\\\" => Some('\\'),
        text => {
            let mut letters = text.chars();
            let first = letters.next()?;
            letters.next().is_none().then_some(first)
        }
    }
}

/// Items between delimiters; the last needs none behind it.
fn separated(input: &str, delimiter: char) -> Vec<String> {
    let input = input.strip_suffix(delimiter).unwrap_or(input);
    if input.is_empty() { Vec::new() } else { input.split(delimiter).map(str::to_owned).collect() }
}

/// Items between blanks, with quotes and backslashes taken away; with `whole` the blanks are kept.
fn items(input: &str, whole: bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut item: Option<String> = None;
    let mut letters = input.chars();
    while let Some(c) = letters.next() {
        match c {
            '\'' | '"' => {
                let item = item.get_or_insert_default();
                item.extend(letters.by_ref().take_while(|next| *next != c));
            }
            '\\' => item.get_or_insert_default().extend(letters.next()),
            c if c.is_whitespace() && !whole => out.extend(item.take()),
            c => item.get_or_insert_default().push(c),
        }
    }
    out.extend(item);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_built_as_xargs_builds_them() {
        for (words, input, expected) in [
            (&[][..], "a 'b c'\nd\\ e\n", &["echo|a|b c|d e"][..]),
            (&["-n", "2", "x"], "1 2 3", &["x|1|2", "x|3"]),
            (&["-n1", "x", "-y"], "1\n2\n", &["x|-y|1", "x|-y|2"]),
            (&["-L1", "x"], "1 2\n3\n", &["x|1|2", "x|3"]),
            (&["-I{}", "x", "<{}>", "{}{}"], "  a b\n\nc\n", &["x|<a b>|a ba b", "x|<c>|cc"]),
            (&["-d", ",", "x"], "a,b\n", &["x|a|b\n"]),
            (&["-0", "x"], "a b\0c\0", &["x|a b|c"]),
            (&["-d\\n", "-n1", "x"], "a b\nc\n", &["x|a b", "x|c"]),
            (&["-r", "x"], "\n", &[]),
            (&["x"], "", &["x"]),
            (&["-0", "-I", "%", "x", "%"], "a\0b", &["x|a", "x|b"]),
        ] {
            let words: Vec<Text> = words.iter().map(|word| Text::from(*word)).collect();
            let built = commands(&words, &Files::default(), &Text::from(input)).unwrap();
            let shown: Vec<String> = built
                .commands
                .iter()
                .map(|argv| argv.iter().map(Text::to_string).collect::<Vec<_>>().join("|"))
                .collect();
            assert_eq!(shown, expected, "{words:?} {input:?}");
            assert!(built.certain);
        }
        let home = || Text::unknown("~").concat("/x y\n".into());
        for (words, expected) in [
            (&["rm"][..], &["rm|‹~›/x|y|a"][..]),
            (&["-I{}", "rm", "-v", "<{}>"], &["rm|-v|<‹~›/x y>", "rm|-v|<a>"]),
        ] {
            let words: Vec<Text> = words.iter().map(|word| Text::from(*word)).collect();
            let built = commands(&words, &Files::default(), &home().concat("a\n".into())).unwrap();
            let shown =
                built.commands.iter().map(|argv| argv.iter().map(Text::to_string).collect::<Vec<_>>());
            assert_eq!(shown.map(|words| words.join("|")).collect::<Vec<_>>(), expected);
            assert!(!built.certain);
        }
        assert!(commands(&[], &Files::default(), &Text::unknown("output of ls")).is_none());
    }
}
