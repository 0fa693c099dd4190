//! Tools that write files: tee, cp, mv, ln, install, mktemp, truncate, split.

use super::call::Call;
use super::options;
use crate::shell::Invocation;
use crate::shell::state::CONTENTS_OF;
use crate::value::{Text, Value};

/// `tee` and `sponge`: what is read is also written.
pub(super) fn tee(invocation: &Invocation, arguments: &[Text], passes: bool) -> Text {
    let is_option = |word: &&Text| word.known_prefix().starts_with('-') && word.known_prefix().len() > 1;
    let append = arguments.iter().filter(is_option).any(|option| {
        let option = option.known_prefix();
        option == "--append" || !option.starts_with("--") && option.contains('a')
    });
    let paths: Vec<&Text> = arguments.iter().filter(|word| !is_option(word)).collect();
    for path in &paths {
        let text = Value::One(invocation.stdin.clone());
        let path = path.to_string();
        if append { invocation.files.append(&path, text) } else { invocation.files.write(&path, text) }
    }
    if passes || paths.is_empty() { invocation.stdin.clone() } else { Text::from("") }
}

/// `cp`, `mv`, `ln` and `install`: files keep their text under a new name.
pub(super) fn copy(invocation: &Invocation, program: &str, arguments: &[Text]) -> Option<()> {
    let mut paths = Vec::new();
    let mut target = None;
    let mut directories = false;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let option = word.known_prefix();
        match option {
            "-t" | "--target-directory" => target = words.next().map(Text::to_string),
            "-S" | "--suffix" => drop(words.next()),
            "-m" | "-o" | "-g" | "--mode" | "--owner" | "--group" if program == "install" => {
                words.next();
            }
            "--" => {
                paths.extend(words.map(Text::to_string));
                break;
            }
            _ if option.starts_with("--target-directory=") => {
                target = option.split_once('=').map(|(_, t)| t.to_owned())
            }
            _ if option.starts_with("--") => {}
            _ if option.starts_with("-t") => target = Some(option[2..].to_owned()),
            _ if option.starts_with('-') && option.len() > 1 => {
                directories |= program == "install" && option.contains('d');
                // Bundled options may end in one that takes the next word.
                if program == "install" && option.ends_with(['m', 'o', 'g']) {
                    words.next();
                }
            }
            _ => paths.push(word.to_string()),
        }
    }
    if directories {
        return Some(());
    }
    let to = match (&target, paths.len()) {
        (Some(_), _) => target?,
        // `ln -s /a/b` links to it by its name here.
        (None, 1) if program == "ln" => ".".to_owned(),
        (None, _) => paths.pop()?,
    };
    let into = target_is_folder(&to) || paths.len() > 1;
    for from in &paths {
        let text = match from.as_str() {
            "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0" => Some(Value::One(invocation.stdin.clone())),
            from if program == "mv" => invocation.files.take(from).or_else(|| invocation.files.get(from)),
            from => invocation.files.get(from),
        };
        // A copy of something that was not written here is that, or runs as that would, if it is a program.
        let run = || Value::from(format!("exec {} \"$@\"\n", crate::shell::quoted(from)));
        let text = text.or_else(|| match is_text(from) {
            true => Some(Value::unknown(format!("{CONTENTS_OF}{from}"))),
            false => (from.contains('/') || !from.contains('.')).then(run),
        });
        let Some(text) = text else { continue };
        let name = from.rsplit('/').next().unwrap_or(from);
        let inside = format!("{}/{name}", to.trim_end_matches('/'));
        if into {
            invocation.files.write(&inside, text);
        } else {
            // Whether it names a folder is not known.
            if !invocation.files.is_written(&to) {
                invocation.files.write(&inside, text.clone());
            }
            invocation.files.write(&to, text);
        }
        // Only now: what stands for a program that is linked is not the program's own text.
        if program == "ln" {
            invocation.files.link(if into { &inside } else { &to }, from);
        }
    }
    Some(())
}

/// Whether a path's ending says that it is a text, which programs have none of.
fn is_text(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    !ending.is_empty()
        && ending.bytes().all(|c| c.is_ascii_alphabetic())
        && !ending.eq_ignore_ascii_case("exe")
}

fn target_is_folder(path: &str) -> bool {
    path.ends_with('/') || matches!(path, "." | "..") || path.ends_with("/.") || path.ends_with("/..")
}

/// `mktemp`: a path of its own each time. Its last letters cannot be known; a number stands for them.
pub(super) fn mktemp(call: &Call) -> Option<String> {
    let long = [("directory", 'd'), ("dry-run", 'u'), ("quiet", 'q'), ("suffix", 's'), ("tmpdir", 'P')];
    let parsed = options::parse(call.words, "duqtp:s:P::", &long)?;
    let template = parsed.operands.first().copied();
    let number = call.invocation.files.number();
    let letters = |count: usize| format!("{number:0count$}");
    let template = template.unwrap_or("tmp.XXXXXXXXXX");
    let marks = template.rfind('X').map_or(template.len(), |n| n + 1);
    let start = template[..marks].trim_end_matches('X').len();
    let name = format!(
        "{}{}{}{}",
        &template[..start],
        letters(marks - start),
        &template[marks..],
        parsed.value('s').unwrap_or("")
    );
    let folder = parsed.value('p').or(parsed.value('P').map(|f| if f.is_empty() { "/tmp" } else { f }));
    let folder = folder.or((parsed.has('t') || parsed.operands.is_empty()).then_some("/tmp"));
    Some(match folder {
        Some(folder) => format!("{}/{name}\n", folder.trim_end_matches('/')),
        None => format!("{name}\n"),
    })
}

/// `truncate`: only to nothing.
pub(super) fn truncate(call: &Call) -> Option<()> {
    let parsed = options::parse(call.words, "cos:r:", &[("size", 's'), ("no-create", 'c')])?;
    let size = parsed.value('s')?;
    for path in &parsed.operands {
        let text = match size {
            "0" => Value::from(""),
            _ => Value::unknown(format!("contents of {path}")),
        };
        call.invocation.files.write(path, text);
    }
    Some(())
}

/// `split` into files of as many lines or bytes.
pub(super) fn split(call: &Call) -> Option<()> {
    let long = [("lines", 'l'), ("bytes", 'b'), ("suffix-length", 'a'), ("numeric-suffixes", 'D')];
    let parsed = options::parse(call.words, "l:b:a:dD::", &long)?;
    let (path, prefix) = match parsed.operands.as_slice() {
        [] => ("-", "x"),
        [path] => (*path, "x"),
        [path, prefix] => (*path, *prefix),
        _ => return None,
    };
    let text = call.file(path)?;
    let count = |letter| parsed.value(letter).map(|n| n.parse::<usize>().ok().filter(|n| *n > 0));
    let parts: Vec<String> = match (count('b'), count('l')) {
        (Some(bytes), _) => {
            let all = super::bytes::of_text(&text);
            all.chunks(bytes?).map(|part| super::bytes::to_text(part.to_vec())).collect()
        }
        (None, lines) => {
            let all: Vec<&str> = text.split_inclusive('\n').collect();
            all.chunks(lines.unwrap_or(Some(1000))?).map(<[&str]>::concat).collect()
        }
    };
    let width: usize =
        parsed.value('a').map_or(Some(2), |a| a.parse().ok()).filter(|w| (1..=4).contains(w))?;
    let digits = if parsed.has('d') || parsed.has('D') {
        b"0123456789".as_slice()
    } else {
        b"abcdefghijklmnopqrstuvwxyz"
    };
    for (at, part) in parts.into_iter().enumerate().take(600) {
        let mut suffix = vec![0; width];
        let mut rest = at;
        for place in suffix.iter_mut().rev() {
            *place = digits[rest % digits.len()];
            rest /= digits.len();
        }
        let name = format!("{prefix}{}", super::bytes::to_text(suffix));
        call.invocation.files.write(&name, call.text(part).into());
    }
    Some(())
}
