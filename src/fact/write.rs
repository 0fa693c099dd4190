//! Files that are written, removed or given another mode, of those that a rule asks for: by the shell, by programs
//! whose entry in `rules/programs/writers.toml` says so, by code, and by tools of their own.

mod computed;

use super::changes;
use super::patch;
use super::places;
use super::reader::Reader;
use super::{Change, Fact, FileWrite};
use crate::shell::Invocation;
use crate::trace::Trace;
use crate::value::{Piece, Text, Value};

/// What stands for a file's text that is not known.
pub(super) const CONTENTS_OF: &str = "contents of ";
/// Where a file lies that is changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum At {
    /// At a path.
    Path(Text),
    /// Somewhere below a folder, under this name or one that the pattern matches. `anywhere` where paths that rules mean in
    /// any folder count too.
    Below { folder: Text, name: Text, anywhere: bool },
    /// Somewhere below a folder, at a path that the pattern matches.
    Matching { folder: Text, path: Text },
}

/// A change of a file.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) at: At,
    pub(super) change: Change,
    /// What is written.
    pub(super) text: Text,
}

impl Changed {
    pub(super) fn path(path: Text, change: Change, text: Text) -> Changed {
        Changed { at: At::Path(path), change, text }
    }

    pub(super) fn below(folder: Text, name: Text, anywhere: bool, text: Text) -> Changed {
        Changed { at: At::Below { folder, name, anywhere }, change: Change::Write, text }
    }
}

impl Reader {
    /// Whether a file that some word names may be one that a rule asks for. `within` is the folder that the command went to.
    pub(super) fn may_be_changed<'w>(
        &mut self,
        mut words: impl Iterator<Item = &'w Text>,
        within: Option<&Value>,
    ) -> bool {
        let (interests, elsewhere) = (self.interests.clone(), self.elsewhere.clone());
        let is_elsewhere = |word: &Text| match word {
            Text::Literal(text) => elsewhere.iter().any(|it| it.may_be_in(text)),
            Text::Mixed(pieces) => pieces.iter().any(|piece| match piece {
                Piece::Literal(text) | Piece::Glob(text) => elsewhere.iter().any(|it| it.may_be_in(text)),
                Piece::Unknown(unknown) => places::is_moved(&unknown.what),
            }),
        };
        let may = |word: &Text| interests.may_be_written(word) || is_elsewhere(word);
        words.any(may)
            || within.is_some_and(|folder| folder.alternatives().iter().any(may))
            || self.begins_there()
    }

    /// Whether such a file may be among those that a program finds, of which some word may be the name.
    pub(super) fn may_be_found(&mut self, words: &[Text], within: Option<&Value>) -> bool {
        self.may_be_changed(words.iter(), within)
            || words.iter().any(|word| self.interests.is_name_of_written(word))
    }

    /// Whether the folder in which the call runs is one of those.
    fn begins_there(&mut self) -> bool {
        if let Some(known) = self.begins_there {
            return known;
        }
        let there = self.disk.as_ref().is_some_and(|disk| self.may_write_in(disk.folder()));
        self.begins_there = Some(there);
        there
    }

    /// Whether a text may name a file that a rule judges the writing of.
    pub(super) fn may_write_in(&self, text: &str) -> bool {
        self.interests.may_write(text) || self.elsewhere.iter().any(|it| it.may_be_in(text))
    }

    /// A file is changed; a fact only where a rule asks for it. `text` is what is written.
    pub(super) fn file_changed(
        &mut self,
        trace: &Trace,
        (path, within): (&Text, Option<&Value>),
        (change, text): (Change, &Text),
        evidence: &dyn Fn() -> String,
    ) {
        for path in self.asked_for(path, within) {
            let text = self.said_of(text, &path, within);
            self.find(trace, Fact::Write(FileWrite { path, change, text }), evidence(), None);
        }
    }

    /// The places that a path may lead to of which a rule judges the writing.
    pub(super) fn asked_for(&self, path: &Text, within: Option<&Value>) -> Vec<Text> {
        let asked_for = |path: Text| match self.interests.reached_written(&path) {
            Some(path) => Some(Text::from(path)),
            None => self.interests.in_written(&path).then_some(path),
        };
        self.places(path, within).into_iter().filter_map(asked_for).collect()
    }

    /// The shell writes to a path.
    pub(super) fn redirected(
        &mut self,
        trace: &Trace,
        path: &Text,
        text: &Value,
        within: &dyn Fn() -> Option<Value>,
    ) {
        if path.known_prefix().starts_with("/dev/") {
            return;
        }
        let within = within();
        if !self.may_be_changed([path].into_iter(), within.as_ref()) {
            return;
        }
        for text in text.alternatives() {
            let evidence = || format!("> {path}");
            self.file_changed(trace, (path, within.as_ref()), (Change::Write, text), &evidence);
        }
    }

    /// What a program changes of the files that it is given.
    pub(super) fn files_written(
        &mut self,
        trace: &Trace,
        name: &dyn Fn() -> Option<String>,
        invocation: &Invocation,
    ) {
        let [program, arguments @ ..] = invocation.argv.as_slice() else { return };
        if !self.knowledge.may_be_writer(program) {
            return;
        }
        // A patch names its files in its text.
        let is_patch =
            |text: &Text| text.literal().is_some_and(|text| text.contains('\n') && self.may_write_in(text));
        let in_patch = is_patch(&invocation.stdin) || arguments.iter().any(is_patch);
        let within = invocation.files.folder();
        let finds = || arguments.iter().any(|word| word.literal() == Some("-delete"));
        let may = in_patch
            || self.may_be_changed(arguments.iter(), within)
            || finds() && self.may_be_found(arguments, within);
        if !may {
            return;
        }
        let Some(name) = name() else { return };
        for writer in self.knowledge.writers(&name) {
            let changes = changes::changes(&writer, invocation);
            let inside = changes.folder.map(|folder| invocation.files.inside(&folder));
            let within = inside.as_ref().unwrap_or(&invocation.files).folder();
            for Changed { at, change, text } in changes.of {
                let evidence = || invocation.to_string();
                for path in self.reached(&at, within) {
                    self.file_changed(trace, (&path, within), (change, &text), &evidence);
                }
            }
        }
    }

    /// The paths at which a change may be, of those that rules ask for and that are only told by a pattern.
    pub(super) fn reached(&self, at: &At, within: Option<&Value>) -> Vec<Text> {
        let (folder, pattern) = match at {
            At::Path(path) => return vec![path.clone()],
            At::Below { folder, name, .. } => (folder, name),
            At::Matching { folder, path } => (folder, path),
        };
        let Some(pattern) = as_glob(pattern) else { return Vec::new() };
        let mut paths = Vec::new();
        for place in self.places(folder, within) {
            let Some(folder) = place.literal() else { continue };
            // A folder of other things is not meant because another word of the command looks like one of these.
            let is_meant = |text: &str| self.interests.may_be_written(&Text::from(text));
            let is_name = || self.interests.is_name_of_written(&Text::from(pattern.as_str()));
            if !is_meant(folder) && !is_meant(&pattern) && !is_name() {
                continue;
            }
            let below = match at {
                At::Below { anywhere, .. } => {
                    let file = Piece::Glob(pattern.clone());
                    paths.push(
                        Text::from(format!("{}/", folder.trim_end_matches('/')))
                            .concat(Text::from_pieces([file])),
                    );
                    self.interests.written_below(folder, &pattern, *anywhere)
                }
                At::Path(_) | At::Matching { .. } => self.interests.written_by(folder, &pattern),
            };
            paths.extend(below.into_iter().map(Text::from));
        }
        paths
    }

    /// What the text of a patch changes.
    pub(super) fn patched(&mut self, trace: &Trace, patch: &str) {
        if !self.may_write_in(patch) {
            return;
        }
        for file in patch::files(patch) {
            let (text, path) = (file.written(), Text::from(file.path));
            let evidence = || format!("patches {path}");
            self.file_changed(trace, (&path, None), (file.change, &text), &evidence);
        }
    }
}

/// A pattern for a file's name; one that is quoted for a program is literal to the shell.
fn as_glob(pattern: &Text) -> Option<String> {
    match pattern {
        Text::Literal(pattern) => Some(pattern.clone()),
        Text::Mixed(pieces) => pieces.iter().try_fold(String::new(), |glob, piece| match piece {
            Piece::Literal(text) | Piece::Glob(text) => Some(glob + text),
            Piece::Unknown(_) => None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use crate::call::ToolCall;
    use crate::fact::Fact;
    use crate::guard::{self, Context};
    use crate::knowledge::{Interest, Interests};
    use crate::policy::Rules;
    use crate::trace::Trace;

    fn shown(call: &ToolCall) -> String {
        let mut interests = Interests::default();
        interests.ask(Interest::Written, "kept/*");
        interests.ask(Interest::Written, "~/kept");
        let context = Context { rules: Rc::new(Rules::asking_for(interests)), ..Context::with_files([]) };
        let findings = guard::judge(call, &context, &Trace::new()).findings;
        let facts = findings.iter().filter_map(|finding| match &finding.fact {
            Fact::Write(file) => Some(format!("{} {} {}", file.change.word(), file.path, file.text)),
            _ => None,
        });
        facts.collect::<Vec<_>>().join("; ").replace("~/project/", "")
    }

    #[test]
    fn commands_that_change_files_are_told() {
        for (command, expected) in [
            ("echo a > kept/x", "write kept/x a\n"),
            ("cd kept && printf b >> x", "write kept/x b"),
            ("echo a > other/x; cat kept/x; ls kept/; diff kept/a kept/b", ""),
            ("echo a | tee -a kept/x >/dev/null", "write kept/x a\n"),
            ("echo a > t; mv t kept/x", "write kept/x a\n; write kept/x/t a\n"),
            ("cp kept/x /tmp/y", ""),
            ("cp /tmp/y kept/", "write kept/y ‹contents of /tmp/y›"),
            ("mv kept/x /tmp/y", "remove kept/x "),
            ("install -m 755 -t kept a", "write kept/a ‹contents of a›"),
            (
                "ln -sf /tmp/y kept/x",
                "write kept/x ‹contents of /tmp/y›; write kept/x/y ‹contents of /tmp/y›",
            ),
            ("rm -rf kept/x", "remove kept/x "),
            ("rm -rf ~/kept", "remove ~/kept "),
            ("rm ~/kep?", "remove ~/kept "),
            ("rm ~/*", ""),
            ("find ~/kept -name x -delete", "remove ~/kept/x "),
            ("find ~/kept -delete", "remove ~/kept/* ; remove ~/kept "),
            ("find ~/kept -name x", ""),
            ("chmod -x kept/x", "mode kept/x -x kept/x"),
            ("sed -i 's/a/b/' kept/x", "write kept/x -i s/a/b/ kept/x"),
            ("sed 's/a/b/' kept/x", ""),
            ("truncate -s 0 kept/x", "write kept/x "),
            ("echo a | dd of=kept/x", "write kept/x a\n"),
            ("curl -so kept/x https://example.com/x", "write kept/x ‹contents of what curl gets›"),
            ("make > kept/x", "write kept/x make > kept/x‹what a program prints›"),
            ("ls 2> kept/x", "write kept/x "),
            ("find kept -name 'x*' -exec rm {} +", "remove kept/x* "),
            ("find . -name x -o -path './kept/*' -exec rm {} +", ""),
            ("find kept ! -name x -name y -exec rm {} \\;", "remove kept/y "),
            (
                "git checkout HEAD~1 -- kept/x",
                "write kept/x/* ‹contents of what was committed›; write kept/x ‹contents of what was committed›",
            ),
            ("git -C kept rm x && git -C kept rm --cached y", "remove kept/x "),
            ("git clean -nd kept/x; git checkout -b kept/x", ""),
            ("find ~/kept -name x | xargs rm", "remove ~/kept/x "),
            ("find ~ -name kept | xargs rm -r", "remove ~/kept "),
            ("find ~/other -name kept | xargs rm -r; find ~/kept -name x | xargs cat", ""),
            ("ls -d ~/kept | while read f; do rm -r $f; done", "remove ~/kept "),
            ("ls ~/kept | xargs rm", ""),
            ("echo ~/kept $DIR/kept/x | xargs rm -r", "remove ~/kept ; remove ‹$DIR›/kept/x "),
            ("grep -l a kept/x | xargs rm", "remove kept/x/* ; remove kept/x "),
            ("grep a kept/x | xargs rm", ""),
            ("echo a 1<>kept/x; cat <>kept/y", "write kept/x a\n"),
            (
                "7z x a.7z -okept y '*.z'",
                "write kept/y ‹contents of an archive›; write kept/*.z ‹contents of an archive›",
            ),
            ("tar xzf a.tgz -C kept x; tar czf kept.tgz kept/x", "write kept/x ‹contents of an archive›"),
            ("cp -r a/. kept/", "write kept/* ‹contents of a/.›"),
            ("rsync a/ kept/", "write kept/* ‹contents of a/›"),
            (
                "mv -T a kept/x",
                "remove kept/x ; write kept/x ‹contents of a›; write kept/x/a ‹contents of a›",
            ),
            ("printf 'a\\n' | ed kept/x", "write kept/x kept/x\na\n"),
            ("patch -p1 <<'E'\n--- a/kept/x\n+++ b/kept/x\n-a\n+b\nE", "write kept/x a\nb\n"),
            ("apply_patch '*** Begin Patch\n*** Delete File: kept/x\n'", "remove kept/x "),
            (
                "jq .a=1 kept/x > t && mv t kept/x",
                "write kept/x jq .a=1 kept/x > t && mv t kept/x; write kept/x/t jq .a=1 kept/x > t && mv t kept/x",
            ),
            (
                "python3 -c \"open('kept/x', 'w').write('a')\"",
                "write kept/x python3 -c \"open('kept/x', 'w').write('a')\"",
            ),
            ("node -e \"require('fs').writeFileSync('kept/x', 'a')\"", "write kept/x a"),
            ("sudo sh -c 'echo a > kept/x'", "write kept/x a\n"),
        ] {
            assert_eq!(shown(&ToolCall::bash(command)), expected, "{command}");
        }
    }

    #[test]
    fn tools_that_change_files_are_told() {
        use serde_json::json;
        for (tool, input, expected) in [
            ("Write", json!({"file_path": "/home/user/kept", "content": "a"}), "write ~/kept a"),
            (
                "Edit",
                json!({"file_path": "kept/x", "old_string": "a", "new_string": "b"}),
                "write kept/x a\nb",
            ),
            (
                "MultiEdit",
                json!({"file_path": "kept/x", "edits": [{"old_string": "a", "new_string": "b"}]}),
                "write kept/x a\nb",
            ),
            ("NotebookEdit", json!({"notebook_path": "kept/x", "new_source": "a"}), "write kept/x a"),
            ("mcp__fs__write_file", json!({"path": "kept/x", "content": "a"}), "write kept/x a"),
            ("PowerShell", json!({"command": "Remove-Item -Force kept/x"}), "remove kept/x "),
            (
                "PowerShell",
                json!({"command": "'a' | Set-Content -Path kept/x"}),
                "write kept/x 'a' | Set-Content -Path kept/x",
            ),
            ("Read", json!({"file_path": "kept/x"}), ""),
            ("Write", json!({"file_path": "other/x", "content": "kept/x"}), ""),
        ] {
            assert_eq!(shown(&ToolCall::new(tool, input)), expected, "{tool}");
        }
    }
}
