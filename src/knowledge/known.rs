//! What is known while a call is judged: what is built in, and beside it what rule files add.

use std::cell::Cell;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::added::{Added, Row};
use super::kind::{self, Kind, PROGRAM};
use super::{Handling, Lister, Program, Remote, Variable, Writer, table};
use crate::shell::{Holds, pattern};
use crate::value::Text;

/// What is known of programs and tools. Without additions it is what is built in, at the price of looking that nothing is
/// added.
#[derive(Debug, Default)]
pub struct Knowledge {
    added: Option<Arc<Added>>,
    /// Whether what users add is left out.
    without_users: bool,
    /// Whether something that a user adds was used.
    met_users: Cell<bool>,
    /// Whether something that was added does not read any more.
    broken: Cell<bool>,
}

impl Knowledge {
    /// What is built in, and these additions.
    pub fn with(added: Option<Arc<Added>>) -> Knowledge {
        Knowledge { added, ..Knowledge::default() }
    }

    /// The same without what users add.
    pub fn without_users(&self) -> Knowledge {
        Knowledge { without_users: true, ..Knowledge::with(self.added.clone()) }
    }

    /// Whether something that a user adds was used so far.
    pub fn met_users(&self) -> bool {
        self.met_users.get()
    }

    /// Whether something that was added and was asked for does not read any more.
    pub fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// Every entry for a program, by its base name.
    pub fn programs(&self, name: &str) -> Vec<Program> {
        let mut programs = table::programs(name);
        if self.added.is_some() {
            programs.extend(self.read::<Program>(&self.lines_of_program(name)));
        }
        programs
    }

    /// Whether anything is known of a program.
    pub fn is_program(&self, name: &str) -> bool {
        table::is_program(name) || self.added.is_some() && !self.lines_of_program(name).is_empty()
    }

    /// Names of programs that a file-name pattern could stand for.
    pub fn programs_like(&self, glob: &str) -> Vec<String> {
        let mut names: Vec<String> = table::programs_like(glob).map(str::to_owned).collect();
        if let Some(added) = &self.added {
            let plain = added.names().filter_map(|key| key.strip_prefix(PROGRAM)?.strip_prefix(' '));
            names.extend(plain.filter(|name| pattern::matches(glob, name)).map(str::to_owned));
            names.sort_unstable();
            names.dedup();
        }
        names
    }

    /// Whether a program runs what it reads on standard input, or what it reads says what it runs.
    pub fn runs_input(&self, name: &str) -> bool {
        self.programs(name).iter().any(|program| match program {
            Program::Shell(_) | Program::Interpreter(_) => true,
            Program::Wrapper(wrapper) => wrapper.stdin_words || wrapper.stdin_shell,
            _ => false,
        })
    }

    /// How a program, by its base name, handles what it is given in these arguments, where that is not to use it. What it
    /// shows by an addition it shows beside the rest; else the first entry that fits counts, what is built in before others.
    pub fn handling(&self, name: &str, arguments: &[Text]) -> Option<Handling> {
        let mut found = table::handling(name, arguments);
        for program in self.of(Kind::Handling, name) {
            let Program::Handling(more) = program else { continue };
            if !more.is_of(arguments) {
                continue;
            }
            match &mut found {
                None => found = Some(more),
                Some(found) => found.also(more),
            }
        }
        found
    }

    /// Whether a program may be one that changes files, as far as can soon be told. Every program is asked, and few are.
    pub fn may_be_writer(&self, program: &Text) -> bool {
        let added = || {
            let name = program.literal().map(|path| path.rsplit('/').next().unwrap_or(path));
            name.is_some_and(|name| !self.lines(&Kind::Writer.key(name)).is_empty())
        };
        table::may_be_writer(program) || self.added.as_ref().is_some_and(|added| added.writers) && added()
    }

    /// How a program changes files, by its base name; PowerShell knows no case.
    pub fn writers(&self, name: &str) -> Vec<Writer> {
        let mut writers: Vec<Writer> = table::writers(name).collect();
        writers.extend(self.of(Kind::Writer, name).into_iter().filter_map(|program| match program {
            Program::Writer(writer) => Some(writer),
            _ => None,
        }));
        writers
    }

    /// Whether a program, by its base name, prints the paths of files.
    pub fn is_lister(&self, name: &str) -> bool {
        table::is_lister(name) || self.added.is_some() && !self.lines(&Kind::Lister.key(name)).is_empty()
    }

    /// How a program prints the paths of files, by its base name.
    pub fn listers(&self, name: &str) -> Vec<Lister> {
        let mut listers: Vec<Lister> = table::listers(name).collect();
        listers.extend(self.of(Kind::Lister, name).into_iter().filter_map(|program| match program {
            Program::Lister(lister) => Some(lister),
            _ => None,
        }));
        listers
    }

    /// How an operation of AWS runs a command elsewhere.
    pub fn remotes(&self, service: &str, operation: &str) -> Vec<Remote> {
        let mut remotes: Vec<Remote> = table::remote(service, operation).into_iter().collect();
        if self.added.is_some() {
            let of = self.of(Kind::Remote, &format!("{service} {operation}"));
            remotes.extend(of.into_iter().filter_map(|program| match program {
                Program::Remote(remote) => Some(remote),
                _ => None,
            }));
        }
        remotes
    }

    /// What a variable holds that some program runs.
    pub fn variable(&self, name: &str) -> Option<Holds> {
        table::variable(name).or_else(|| {
            self.added.as_ref()?;
            let lines = self.lines(&Kind::Variable.key(name));
            self.read::<Variable>(&lines).into_iter().next().map(|variable| variable.holds)
        })
    }

    /// The program that a container image starts, where it is known.
    pub fn image(&self, name: &str) -> Option<String> {
        table::image(name).or_else(|| match self.of(Kind::Image, name).into_iter().next()? {
            Program::Image(image) => Some(image.program),
            _ => None,
        })
    }

    /// The surfaces that are added for a tool; `fits` says of a glob whether it names the tool.
    pub fn surfaces<T: DeserializeOwned>(&self, fits: impl Fn(&str) -> bool) -> Vec<T> {
        let Some(added) = &self.added else { return Vec::new() };
        let before = kind::key(Kind::Surface.class(), "");
        let rows = added.rows_where(|key| key.strip_prefix(before.as_str()).is_some_and(&fits));
        self.read(&self.used(rows))
    }

    fn of(&self, kind: Kind, name: &str) -> Vec<Program> {
        match &self.added {
            Some(_) => self.read(&self.lines(&kind.key(name))),
            None => Vec::new(),
        }
    }

    /// The lines for a program: as its name is written, and in lower case as Windows and PowerShell take it.
    fn lines_of_program(&self, name: &str) -> Vec<&str> {
        let mut lines = self.lines(&kind::key(PROGRAM, name));
        if name.contains(char::is_uppercase) {
            lines.extend(self.lines(&kind::key(PROGRAM, &name.to_lowercase())));
        }
        lines
    }

    fn lines(&self, key: &str) -> Vec<&str> {
        self.added.as_ref().map(|added| self.used(added.rows(key))).unwrap_or_default()
    }

    /// What rows lead to that count.
    fn used<'a>(&self, rows: Vec<Row<'a>>) -> Vec<&'a str> {
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows.into_iter().filter(|row| !(self.without_users && row.is_users)) {
            self.met_users.set(self.met_users.get() | row.is_users);
            match row.json {
                Some(json) if !lines.contains(&json) => lines.push(json),
                Some(_) => {}
                None => self.broken.set(true),
            }
        }
        lines
    }

    fn read<T: DeserializeOwned>(&self, lines: &[&str]) -> Vec<T> {
        let read = |json: &&str| {
            let read = serde_json::from_str(json).ok();
            self.broken.set(self.broken.get() | read.is_none());
            read
        };
        lines.iter().filter_map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Addition;
    use super::*;
    use crate::knowledge::Shows;
    use serde_json::json;

    fn addition(kind: Kind, name: &str, json: serde_json::Value) -> Addition {
        Addition { kind, names: vec![name.to_owned()], json }
    }

    #[test]
    fn what_is_added_stands_beside_what_is_built_in() {
        let additions = [
            addition(Kind::Wrapper, "corp-run", json!({"value_options": ["--env"]})),
            addition(Kind::Wrapper, "sudo", json!({"inert": ["--x"]})),
            addition(Kind::Handling, "cat", json!({"shows": ["arguments"], "idle": true})),
            addition(Kind::Writer, "corp-put", json!({"does": "copies"})),
            addition(Kind::Lister, "corp-files", json!({"lists": "entries"})),
            addition(Kind::Variable, "CORP_PAGER", json!({"name": ["CORP_PAGER"], "holds": "command"})),
            addition(Kind::Image, "corp/aws*", json!({"program": "aws"})),
            addition(Kind::Remote, "corp run-job", json!({"parameter": "Command"})),
        ];
        let added = Added::new(additions.iter().map(|addition| (addition, addition.names[0] == "corp-run")));
        let known = Knowledge::with(added.map(Arc::new));
        assert_eq!(known.programs("sudo").len(), table::programs("sudo").len() + 1);
        assert!(known.is_program("sudo") && known.is_program("cat") == table::is_program("cat"));
        let cat = known.handling("cat", &[]).unwrap();
        assert_eq!(
            (cat.shows, cat.idle),
            (vec![Shows::Input, Shows::Arguments], false),
            "nothing is taken away"
        );
        assert!(
            known.may_be_writer(&Text::from("/opt/corp-put"))
                && !known.may_be_writer(&Text::from("corp-get"))
        );
        assert_eq!((known.writers("corp-put").len(), known.writers("cp").len()), (1, 1));
        assert!(known.is_lister("corp-files") && known.is_lister("ls") && !known.is_lister("cat"));
        assert_eq!((known.listers("corp-files").len(), known.listers("ls").len()), (1, 1));
        assert_eq!(known.variable("CORP_PAGER"), Some(Holds::Command));
        assert_eq!(known.image("corp/aws:2").as_deref(), Some("aws"));
        assert_eq!(known.remotes("corp", "run-job").len(), 1);
        assert!(!known.met_users(), "none of that is a user's");
        assert!(known.programs_like("corp-r??").contains(&"corp-run".to_owned()));
        assert!(known.is_program("corp-run") && known.is_program("Corp-Run") && known.met_users());
        let managed = known.without_users();
        assert!(
            !managed.is_program("corp-run") && managed.programs("sudo").len() == known.programs("sudo").len()
        );
        assert!(!managed.met_users() && !known.is_broken());
    }

    #[test]
    fn what_does_not_read_is_told() {
        let added =
            Added::new([(&addition(Kind::Wrapper, "a", json!({"inner": "nowhere"})), false)].into_iter());
        let known = Knowledge::with(added.map(Arc::new));
        assert!(known.programs("b").is_empty() && !known.is_broken());
        assert!(known.programs("a").is_empty() && known.is_broken());
    }
}
