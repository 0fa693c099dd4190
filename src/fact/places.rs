//! Where a path leads, as rules see it: absolute as far as that is known, without `.` and `..`, the home folder `~`.

use super::reader::Reader;
use crate::knowledge::without_dots;
use crate::value::{Piece, Text, Value};

/// A folder or a file of the guard's, or of its client's, that does not lie where it usually does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Where it lies, as rules see it.
    path: String,
    /// Where it usually does, which is what rules name.
    usual: &'static str,
    /// Whether what is in it counts too.
    whole: bool,
}

impl Elsewhere {
    /// What lies at an absolute path and usually at `usual`; with `whole`, what is in it too. None where that is the same.
    pub fn new(path: &str, usual: &'static str, whole: bool, home: Option<&str>) -> Option<Elsewhere> {
        let path = at_home(&without_dots(without_drive(path)), home.map(without_drive));
        (path != usual && path.len() > 1).then_some(Elsewhere { path, usual, whole })
    }

    /// The path by which rules know what lies there.
    fn usual(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(self.path.as_str())?;
        (rest.is_empty() || self.whole && rest.starts_with('/')).then(|| format!("{}{rest}", self.usual))
    }

    /// Whether a text may name it: it holds the last part of its path.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        text.contains(self.path.rsplit('/').next().unwrap_or_default())
    }
}

/// Folders that the command may be in, of which each is looked at.
const MAX_FOLDERS: usize = 8;
/// Variables by which the guard's folders or an agent's lie elsewhere: the part of the folder that is meant, and where that
/// usually lies (XDG Base Directory Specification; the settings of Claude Code, Codex, Copilot CLI and Gemini CLI).
pub const MOVED: &[(&str, &str, &str)] = &[
    ("XDG_CONFIG_HOME", "/asm-guard", "~/.config/asm-guard"),
    ("XDG_STATE_HOME", "/asm-guard", "~/.local/state/asm-guard"),
    ("CLAUDE_CONFIG_DIR", "", "~/.claude"),
    ("CODEX_HOME", "", "~/.codex"),
    ("COPILOT_HOME", "", "~/.copilot"),
    ("GEMINI_CLI_HOME", "/.gemini", "~/.gemini"),
];
/// Other folders that have a name, or are in a variable, where nothing else is known of it.
const FOLDERS: &[(&str, &str)] = &[
    ("~", "~"),
    ("$HOME", "~"),
    ("$XDG_DATA_HOME", "~/.local/share"),
    // So PowerShell's reader writes them.
    ("$home", "~"),
    ("$env:home", "~"),
    ("$env:userprofile", "~"),
    // What code calls it.
    ("os.homedir()", "~"),
    ("pathlib.Path.home()", "~"),
    ("Dir.home()", "~"),
];
/// The home folder, as cmd writes it.
const PROFILE: &str = "%USERPROFILE%";
/// Variables that name the folder in which the call runs.
const HERE: [&str; 2] = ["$PWD", "$CLAUDE_PROJECT_DIR"];
/// Where people have their home folders.
const HOMES: [&str; 2] = ["/home/", "/Users/"];
/// The home folder of root.
const ROOT: &str = "/root";

impl Reader {
    /// The places that a path may lead to, seen from the folder that the command went to, where it did.
    pub(super) fn places(&self, path: &Text, within: Option<&Value>) -> Vec<Text> {
        let (here, home) = match &self.disk {
            Some(disk) => (Some(without_drive(disk.folder())), disk.home().map(without_drive)),
            None => (None, None),
        };
        let path = known_start(with_slashes(path), here);
        let drive = path.known_prefix().len() - without_drive(path.known_prefix()).len();
        let path = if drive > 0 { super::options::without_start(&path, drive) } else { path };
        if !is_relative(&path) {
            return vec![self.usual(plain(path, home))];
        }
        let seen_from = |folder: Text| match known_start(folder, here) {
            folder if folder.is_empty() => path.clone(),
            folder => folder.concat(Text::from("/")).concat(path.clone()),
        };
        let folders: Vec<Text> = match within {
            Some(folder) => folder.alternatives().iter().take(MAX_FOLDERS).cloned().collect(),
            None => vec![Text::from(here.unwrap_or_default())],
        };
        let from_here = |place: Text| match here {
            Some(here) if is_relative(&place) => Text::from(format!("{here}/")).concat(place),
            _ => place,
        };
        folders.into_iter().map(|folder| self.usual(plain(from_here(seen_from(folder)), home))).collect()
    }

    /// A path in the place of what lies elsewhere than it usually does.
    fn usual(&self, path: Text) -> Text {
        let known = path.known_prefix();
        match self.elsewhere.iter().find_map(|it| Some((it.usual(known)?, known.len()))) {
            Some((usual, len)) => {
                let rest = super::options::without_start(&path, len);
                Text::from(usual).concat(if path.literal().is_some() { Text::default() } else { rest })
            }
            None => path,
        }
    }
}

/// A path of Windows as others are written: with slashes, and without the drive.
fn with_slashes(path: &Text) -> Text {
    let windows = |piece: &Piece| matches!(piece, Piece::Literal(text) if text.contains('\\'));
    match path {
        Text::Literal(text)
            if text.contains('\\') || text.starts_with(PROFILE) || text.get(1..3) == Some(":/") =>
        {
            let text = text.replace('\\', "/");
            let text = text.replace(PROFILE, "~");
            let drive =
                text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && text[1..].starts_with(":/");
            Text::from(if drive { &text[2..] } else { text.as_str() })
        }
        Text::Mixed(pieces) if pieces.iter().any(windows) => {
            path.clone().map_literals(|text| text.replace('\\', "/"))
        }
        _ => path.clone(),
    }
}

/// A path without the drive that it begins with as Bash has it on Windows: `/Users/u` for `/c/Users/u`.
fn without_drive(path: &str) -> &str {
    match path.as_bytes() {
        [b'/', letter, b'/', ..] if cfg!(windows) && letter.is_ascii_alphabetic() => &path[2..],
        _ => path,
    }
}

/// Whether a path begins in the folder that one is in. What begins with something unknown seldom does.
fn is_relative(path: &Text) -> bool {
    match path {
        Text::Literal(path) => !path.starts_with(['/', '~']),
        Text::Mixed(pieces) => {
            !matches!(pieces.first(), Some(Piece::Unknown(_))) && !path.known_prefix().starts_with(['/', '~'])
        }
    }
}

/// A path whose beginning is the value of a variable with a usual meaning, with that in its place.
fn known_start(path: Text, here: Option<&str>) -> Text {
    let Text::Mixed(pieces) = &path else { return path };
    let Some(Piece::Unknown(first)) = pieces.first() else { return path };
    let named = FOLDERS.iter().find(|(name, _)| *name == first.what).map(|(_, folder)| *folder);
    let folder = match named.or_else(|| moved(&first.what)) {
        Some(folder) => folder,
        None if HERE.contains(&first.what.as_str()) => here.unwrap_or_default(),
        None => return path,
    };
    let rest = Text::from_pieces(pieces[1..].iter().cloned());
    match (folder, rest) {
        // Where that folder is not known, paths begin in it.
        ("", rest) => super::options::without_start(&rest, usize::from(rest.known_prefix().starts_with('/'))),
        (folder, rest) => Text::from(folder).concat(rest),
    }
}

/// Where the folder usually lies that a variable of [`MOVED`] names, as a shell, PowerShell or code writes it
/// (`$CODEX_HOME`, `$env:codex_home`, `os.environ.CODEX_HOME`).
fn moved(what: &str) -> Option<&'static str> {
    let (of, variable) = what.rsplit_once(['$', ':', '.'])?;
    // PowerShell knows no case, and its reader writes names of variables small.
    let is_it = |name: &str| match of {
        "" => variable == name,
        "$env" => variable.eq_ignore_ascii_case(name),
        of => variable == name && of.to_ascii_lowercase().contains("env"),
    };
    let (_, part, usual) = MOVED.iter().find(|(name, ..)| is_it(name))?;
    usual.strip_suffix(part)
}

/// Whether code names one of those variables.
pub(super) fn names_moved(code: &str) -> bool {
    MOVED.iter().any(|(name, ..)| code.contains(name))
}

/// Whether an unknown part of a path is one of those variables.
pub(super) fn is_moved(what: &str) -> bool {
    moved(what).is_some()
}

/// Without dots, and with `~` for the home folder.
fn plain(path: Text, home: Option<&str>) -> Text {
    let Text::Literal(path) = path else {
        let begins = path.known_prefix().to_owned();
        let shorter = at_home(&begins, home);
        let rest = super::options::without_start(&path, begins.len());
        let path = if begins.is_empty() { path } else { Text::from(shorter).concat(rest) };
        return path.map_literals(|text| text.replace("/./", "/").replace("//", "/"));
    };
    Text::from(at_home(&without_dots(&path), home))
}

fn at_home(path: &str, home: Option<&str>) -> String {
    let inside = |folder: &str| {
        let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("~{rest}"))
    };
    // The folder of any person: whose it is does not matter to a rule.
    let of_people = || {
        let name = HOMES.iter().find_map(|homes| path.strip_prefix(homes))?;
        let rest = name.find('/').map_or("", |at| &name[at..]);
        Some(format!("~{rest}"))
    };
    home.and_then(inside).or_else(|| inside(ROOT)).or_else(of_people).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Context;

    #[test]
    fn paths_have_one_spelling() {
        let known = Context::with_files([]);
        let disk =
            crate::disk::Scripts::new(known.disk.unwrap(), "/home/user/project", Some("/home/user".into()));
        let reader = Reader::new(None, Some(disk), Default::default(), Default::default());
        let bare = Reader::default();
        let unknown = |what: &str, rest: &str| Text::unknown(what).concat(Text::from(rest));
        for (reader, path, within, expected) in [
            (&reader, Text::from("a/../b"), None, "~/project/b"),
            (&reader, Text::from("/etc//x/./y"), None, "/etc/x/y"),
            (&reader, unknown("~", "/.claude/x"), None, "~/.claude/x"),
            (&reader, unknown("$XDG_STATE_HOME", "/a"), None, "~/.local/state/a"),
            (&reader, Text::from("x"), Some(unknown("~", "/.claude")), "~/.claude/x"),
            (&reader, Text::from("x"), Some(unknown("$PWD", "/sub")), "~/project/sub/x"),
            (&reader, unknown("$CODEX_HOME", "/hooks.json"), None, "~/.codex/hooks.json"),
            (&reader, unknown("$GEMINI_CLI_HOME", "/.gemini/x"), None, "~/.gemini/x"),
            (&reader, unknown("$env:codex_home", "/x"), None, "~/.codex/x"),
            (&reader, unknown("process.env.CODEX_HOME", "/x"), None, "~/.codex/x"),
            (&reader, unknown("self.CODEX_HOME", "/x"), None, "‹self.CODEX_HOME›/x"),
            (&reader, unknown("$codex_home", "/x"), None, "‹$codex_home›/x"),
            (&reader, unknown("$OUT", "/x"), None, "‹$OUT›/x"),
            (&bare, Text::from("a/./b"), None, "a/b"),
            (&bare, Text::from("x"), Some(unknown("$PWD", "/sub")), "sub/x"),
            (&bare, Text::from("/home/me/x"), None, "~/x"),
            (&bare, Text::from("/root"), None, "~"),
        ] {
            let within = within.map(Value::One);
            let shown: Vec<String> =
                reader.places(&path, within.as_ref()).iter().map(Text::to_string).collect();
            assert_eq!(shown, [expected], "{path} in {within:?}");
        }
    }
}
