//! The tables that are compiled in, looked up by name.

use serde_json::Value;

use super::{Addition, Handling, Kind, Lister, Program, Remote, Writer, builtin};
use crate::shell::{Holds, pattern};
use crate::value::Text;

/// Every entry for a program, by its base name.
pub(super) fn programs(name: &str) -> Vec<Program> {
    let read = |json| serde_json::from_str(json).expect("rules/programs/ was checked by its test");
    entries(name).map(read).collect()
}

/// Whether anything is known of a program.
pub(super) fn is_program(name: &str) -> bool {
    entries(name).next().is_some()
}

/// How many entries there are, each counted once however many names it has.
pub(super) fn distinct() -> usize {
    (0..builtin::PROGRAMS.len()).flat_map(entries_at).collect::<std::collections::HashSet<_>>().len()
}

/// The name at a place of the table.
fn name_at(at: usize) -> &'static str {
    let ((start, end), _) = builtin::PROGRAMS[at];
    &builtin::PROGRAM_NAMES[start as usize..end as usize]
}

/// The entries under a name: as it is written, in lower case as Windows and PowerShell take it, or by pattern.
fn entries(name: &str) -> impl Iterator<Item = &'static str> {
    let found = exact(name)
        .or_else(|| name.contains(char::is_uppercase).then(|| exact(&name.to_lowercase())).flatten())
        .or_else(|| by_pattern(name, builtin::PATTERNS));
    found.into_iter().flat_map(entries_at)
}

/// The built-in entries that say under a name what an addition says of it.
pub(super) fn says_the_same(addition: &Addition, name: &str) -> bool {
    let Addition { kind, json, .. } = addition;
    let plain = |json: &Value| {
        let mut json = json.clone();
        json.as_object_mut().map(|fields| fields.remove(kind.names()));
        json
    };
    let wanted = plain(json);
    let is_same = |line: &str| {
        let read = serde_json::from_str::<Value>(line).unwrap_or_default();
        read.get(kind.word()).is_some_and(|entry| plain(entry) == wanted)
    };
    match kind {
        Kind::Surface => builtin::SURFACES.iter().any(|(tools, line)| {
            tools.contains(&name) && serde_json::from_str::<Value>(line).is_ok_and(|entry| entry == wanted)
        }),
        Kind::Variable => false,
        Kind::Handling | Kind::Image | Kind::Lister | Kind::Remote | Kind::Writer => {
            exact(&kind.key(name)).into_iter().flat_map(entries_at).any(is_same)
        }
        _ => entries(name).any(is_same),
    }
}

fn entries_at(at: usize) -> impl Iterator<Item = &'static str> {
    let (_, (start, end)) = builtin::PROGRAMS[at];
    builtin::PROGRAM_TEXT[start as usize..end as usize].lines()
}

fn exact(name: &str) -> Option<usize> {
    let known = |&((start, end), _): &(builtin::Span, builtin::Span)| {
        &builtin::PROGRAM_NAMES[start as usize..end as usize]
    };
    builtin::PROGRAMS.binary_search_by(|entry| known(entry).cmp(name)).ok()
}

fn by_pattern(name: &str, patterns: &[(u32, u32)]) -> Option<usize> {
    let fits = |&(at, fixed): &(u32, u32)| {
        let known = name_at(at as usize);
        name.starts_with(&known[..fixed as usize]) && pattern::matches(known, name)
    };
    patterns.iter().copied().find(fits).map(|(at, _)| at as usize)
}

/// What the table's names of container images begin with.
const IMAGE: &str = "image ";
/// What the names begin with under which the table says how programs handle what they are given.
const HANDLING: &str = "handling ";

/// How a program, by its base name, handles what it is given in these arguments, where that is not to use it.
pub(super) fn handling(name: &str, arguments: &[Text]) -> Option<Handling> {
    let read = |json| match serde_json::from_str(json) {
        Ok(Program::Handling(handling)) => Some(handling),
        _ => None,
    };
    entries_at(exact(&format!("{HANDLING}{name}"))?)
        .filter_map(read)
        .find(|handling| handling.is_of(arguments))
}

/// Whether a program may be one that changes files, as far as the length and the first letter of its name tell. Every
/// program is asked, and few are.
pub(super) fn may_be_writer(program: &Text) -> bool {
    let Text::Literal(path) = program else { return false };
    let name = path.rfind('/').map_or(0, |at| at + 1);
    let letter = match path.as_bytes().get(name).map(u8::to_ascii_lowercase) {
        Some(letter @ b'a'..=b'z') => letter - b'a',
        Some(b'0'..=b'9') => 26,
        _ => return false,
    };
    builtin::WRITERS.get(path.len() - name).is_some_and(|letters| letters & (1 << letter) != 0)
}

/// How a program changes files, by its base name: an entry for each of its ways. PowerShell knows no case.
pub(super) fn writers(name: &str) -> impl Iterator<Item = Writer> {
    let read = |json| match serde_json::from_str(json) {
        Ok(Program::Writer(writer)) => Some(writer),
        _ => None,
    };
    exact(&format!("writer {}", name.to_lowercase())).into_iter().flat_map(entries_at).filter_map(read)
}

/// Whether a program prints the paths of files.
pub(super) fn is_lister(name: &str) -> bool {
    exact(&format!("lister {name}")).is_some()
}

/// How a program prints the paths of files, by its base name: an entry for each of its ways.
pub(super) fn listers(name: &str) -> impl Iterator<Item = Lister> {
    let read = |json| match serde_json::from_str(json) {
        Ok(Program::Lister(lister)) => Some(lister),
        _ => None,
    };
    exact(&format!("lister {name}")).into_iter().flat_map(entries_at).filter_map(read)
}

/// An operation of AWS that runs a command elsewhere.
pub(super) fn remote(service: &str, operation: &str) -> Option<Remote> {
    match serde_json::from_str(entries_at(exact(&format!("remote {service} {operation}"))?).next()?) {
        Ok(Program::Remote(remote)) => Some(remote),
        _ => None,
    }
}

/// What a variable holds that some program runs.
pub(super) fn variable(name: &str) -> Option<Holds> {
    let at = builtin::VARIABLES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    serde_json::from_str(builtin::VARIABLES[at].1).ok()
}

/// Names of programs that a file-name pattern could stand for.
pub(super) fn programs_like(glob: &str) -> impl Iterator<Item = &'static str> + '_ {
    // Names of other things than programs have a word before them.
    let plain = |name: &&str| !name.contains(['*', ' ']);
    (0..builtin::PROGRAMS.len()).map(name_at).filter(plain).filter(move |name| pattern::matches(glob, name))
}

/// The program that a container image starts, where it is known.
pub(super) fn image(name: &str) -> Option<String> {
    let name = format!("{IMAGE}{name}");
    let at = exact(&name).or_else(|| by_pattern(&name, builtin::OTHER_PATTERNS))?;
    match serde_json::from_str(entries_at(at).next()?) {
        Ok(Program::Image(image)) => Some(image.program),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Shows, agent, disk, evidence, loopback};

    #[test]
    fn every_entry_reads() {
        let mut count = 0;
        for at in 0..builtin::PROGRAMS.len() {
            let name = name_at(at);
            for json in entries_at(at) {
                let read: Result<Program, _> = serde_json::from_str(json);
                assert!(read.is_ok(), "{name}: {}: {json}", read.unwrap_err());
                count += 1;
            }
        }
        for (name, _) in builtin::VARIABLES {
            assert!(variable(name).is_some(), "{name}");
        }
        assert!(count > 200, "only {count} entries");
        assert!((200..count).contains(&distinct()), "{} of {count}", distinct());
        assert!(loopback().names.len() > 20 && agent().port > 0);
        assert!(disk().installed.len() > 20);
        assert!(evidence().words.iter().all(|word| *word == word.to_lowercase()));
    }

    #[test]
    fn names_are_found_exactly_and_by_pattern() {
        assert!(matches!(programs("aws").first(), Some(Program::AwsCli(_))));
        assert!(matches!(programs("python3.12").first(), Some(Program::Interpreter(_))));
        assert!(matches!(programs("get-secsecretvalue").first(), Some(Program::Cmdlet(_))));
        assert!(programs("frobnicate").is_empty());
        assert_eq!(image("public.ecr.aws/amazon/aws-cli:2").as_deref(), Some("aws"));
        assert!(programs_like("aw?").any(|name| name == "aws"));
        assert!(programs_like("ech?").next().is_none() && !is_program("echo"));
        let shows = |name, word: &str| handling(name, &[Text::from(word)]).map(|handling| handling.shows);
        assert_eq!(shows("echo", "x"), Some(vec![Shows::Arguments]));
        assert_eq!(shows("openssl", "base64"), Some(vec![Shows::Input]));
        assert_eq!(shows("openssl", "dgst"), Some(Vec::new()));
        assert_eq!(shows("psql", "x"), None);
    }
}
