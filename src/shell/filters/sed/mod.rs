//! sed: scripts over known text (POSIX, sed; GNU sed manual).

mod parse;
mod replace;
mod run;

use super::Commands;
use super::call::Call;
use super::options;
use parse::Script;

/// What `sed` prints. Commands that the script starts are handed to `commands`.
pub(super) fn sed(call: &Call, commands: &mut dyn Commands) -> Option<String> {
    let long = [
        ("expression", 'e'),
        ("file", 'f'),
        ("regexp-extended", 'E'),
        ("quiet", 'n'),
        ("silent", 'n'),
        ("in-place", 'i'),
        ("separate", 's'),
        ("null-data", 'z'),
        ("unbuffered", 'u'),
        ("posix", 'p'),
        ("sandbox", 'S'),
        ("debug", 'D'),
    ];
    // BSD's -i takes the next word; here only what is attached counts, as in GNU's.
    let parsed = options::parse(call.words, "nEre:f:i::su", &long)?;
    let mut scripts: Vec<String> = Vec::new();
    for (option, value) in &parsed.options {
        match option {
            'e' => scripts.push((*value).to_owned()),
            'f' => scripts.push(call.exact(&[value])?.trim_end_matches('\n').to_owned()),
            _ => {}
        }
    }
    let mut files = parsed.operands.as_slice();
    if scripts.is_empty() {
        let (script, rest) = files.split_first()?;
        scripts.push((*script).to_owned());
        files = rest;
    }
    let extended = parsed.has('E') || parsed.has('r');
    let script = Script::read(&scripts.join("\n"), extended)?;
    let quiet = parsed.has('n') || script.quiet;
    if parsed.has('i') {
        for path in files {
            let text = call.file(path)?;
            let changed = run::run(call, &script, quiet, &[text], commands)?;
            call.invocation.files.write(path, call.text(changed).into());
        }
        return Some(String::new());
    }
    let texts: Vec<String> = match files {
        [] => vec![call.stdin()?],
        files => files.iter().map(|path| call.file(path)).collect::<Option<_>>()?,
    };
    // One stream, unless each file has a last line of its own.
    if parsed.has('s') {
        let mut out = String::new();
        for text in texts {
            out.push_str(&run::run(call, &script, quiet, &[text], commands)?);
        }
        return Some(out);
    }
    run::run(call, &script, quiet, &texts, commands)
}
