//! Files that are written, removed or given another mode, of those that a rule asks for: by the shell, by programs
//! whose entry in `rules/programs/writers.toml` says so, by code, and by tools of their own.

use super::options::{Argument, Options, without_start};
use super::reader::Reader;
use super::{Change, Fact, FileWrite};
use crate::knowledge::{Writer, Writes};
use crate::shell::Invocation;
use crate::trace::Trace;
use crate::value::{Piece, Text, Value};

/// What stands for a file's text that is not known.
const CONTENTS_OF: &str = "contents of ";
/// What a text is called that only running the call would tell.
const COMPUTED: &str = "what the call computes";

impl Reader {
    /// Whether a file that some word names may be one that a rule asks for. `within` is the folder that the command went to.
    fn may_be_changed<'w>(
        &mut self,
        mut words: impl Iterator<Item = &'w Text>,
        within: Option<&Value>,
    ) -> bool {
        let interests = self.interests.clone();
        let may = |word: &Text| interests.may_be_written(word);
        words.any(may)
            || within.is_some_and(|folder| folder.alternatives().iter().any(may))
            || self.begins_there()
    }

    /// Whether the folder in which the call runs is one of those.
    fn begins_there(&mut self) -> bool {
        let (interests, disk) = (&self.interests, &self.disk);
        let folder =
            || disk.as_ref().is_some_and(|disk| interests.may_be_written(&Text::from(disk.folder())));
        *self.begins_there.get_or_insert_with(folder)
    }

    /// A file is changed; a fact only where a rule asks for it. `text` is what is written.
    pub(super) fn file_changed(
        &mut self,
        trace: &Trace,
        (path, within): (&Text, Option<&Value>),
        (change, text): (Change, &Text),
        evidence: &dyn Fn() -> String,
    ) {
        for path in self.places(path, within) {
            let path = match self.interests.reached_written(&path) {
                Some(path) => Text::from(path),
                None if self.interests.in_written(&path) => path,
                None => continue,
            };
            let text = match self.is_computed(text, &path, within) {
                true => Text::unknown(COMPUTED),
                false => text.clone(),
            };
            self.computed |= is_to_be_said(&text);
            self.find(trace, Fact::Write(FileWrite { path, change, text }), evidence(), None);
        }
    }

    /// Whether a text is computed by the call. What it takes from another file as it is, it does not compute.
    fn is_computed(&self, text: &Text, path: &Text, within: Option<&Value>) -> bool {
        let Text::Mixed(pieces) = text else { return false };
        let from_elsewhere = |from: &str| !self.places(&Text::from(from), within).contains(path);
        !pieces.iter().any(|piece| match piece {
            Piece::Unknown(unknown) => unknown.what.strip_prefix(CONTENTS_OF).is_some_and(from_elsewhere),
            Piece::Literal(_) | Piece::Glob(_) => false,
        })
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
        if !self.may_be_changed(arguments.iter(), invocation.files.folder()) {
            return;
        }
        let writers = name().map(|name| self.knowledge.writers(&name)).unwrap_or_default();
        for (path, change, text) in writers.iter().flat_map(|writer| changes(writer, invocation)) {
            let evidence = || invocation.to_string();
            self.file_changed(trace, (&path, invocation.files.folder()), (change, &text), &evidence);
        }
    }

    /// Puts the words of the call in the place of texts that only running it would tell: whoever computes a text says
    /// what goes into it. A script on disk is not in the call, so there the text stays unknown.
    pub(super) fn say_computed(&mut self, brought: impl FnOnce() -> String) {
        if !self.computed {
            return;
        }
        let brought = brought();
        self.findings.change(|finding| match &mut finding.fact {
            Fact::Write(file) if finding.origin.is_none() && is_to_be_said(&file.text) => {
                file.text = Text::from(brought.as_str());
            }
            _ => {}
        });
    }
}

/// Whether a text is one for which the words of the call will stand.
fn is_to_be_said(text: &Text) -> bool {
    let Text::Mixed(pieces) = text else { return false };
    matches!(pieces.as_slice(), [Piece::Unknown(unknown)] if unknown.what == COMPUTED)
}

/// The files that a program changes, and what they get.
fn changes(writer: &Writer, invocation: &Invocation) -> Vec<(Text, Change, Text)> {
    let words = &invocation.argv[1..];
    let given = |word: &Text| {
        let word = word.known_prefix();
        let letter = |letter: &String| {
            word.starts_with('-') && !word.starts_with("--") && word.contains(letter.as_str())
        };
        writer.with.iter().any(|option| word.starts_with(option.as_str()))
            || writer.letters.iter().any(letter)
    };
    let always = writer.with.is_empty() && writer.letters.is_empty();
    if !always && !words.iter().any(given) {
        return Vec::new();
    }
    let named = |list: &[String], name: &str| list.iter().any(|known| known == name);
    let takes_value = |name: &str| {
        named(&writer.value_options, name)
            || named(&writer.target_options, name)
            || named(&writer.outputs, name)
    };
    let (mut operands, mut target, mut outputs) = (Vec::new(), None, Vec::new());
    for argument in (Options { value: &takes_value, stop: false }).read(words) {
        match argument {
            Argument::Operand { word, .. } => operands.push(word),
            Argument::Option { name, value: Some(value), .. } if named(&writer.target_options, &name) => {
                target = Some(value);
            }
            Argument::Option { name, value: Some(value), .. } if named(&writer.outputs, &name) => {
                outputs.push(value)
            }
            Argument::Option { .. } | Argument::Dashes { .. } => {}
        }
    }
    let mut found: Vec<(Text, Change, Text)> = Vec::new();
    let unknown = || Text::unknown(format!("output of {}", invocation.argv[0]));
    found.extend(outputs.into_iter().map(|path| (path, Change::Write, unknown())));
    let all = |operands: Vec<Text>, change: Change, text: Text| {
        operands.into_iter().map(move |path| (path, change, text.clone()))
    };
    match writer.does {
        Writes::Outputs => {}
        Writes::Input => found.extend(all(operands, Change::Write, invocation.stdin.clone())),
        Writes::Nothing => found.extend(all(operands, Change::Write, Text::from(""))),
        Writes::Edits => found.extend(all(operands, Change::Write, words_of(words))),
        Writes::Removes => found.extend(all(operands, Change::Remove, Text::from(""))),
        // The mode itself may look like an option, or like a path that no rule asks for.
        Writes::Mode => found.extend(all(operands, Change::Mode, words_of(words))),
        Writes::Keys => {
            for word in operands {
                let key = writer.keys.iter().find(|key| word.known_prefix().starts_with(key.as_str()));
                if let Some(key) = key {
                    found.push((without_start(&word, key.len()), Change::Write, invocation.stdin.clone()));
                }
            }
        }
        Writes::Copies | Writes::Moves => {
            let Some(to) = target.or_else(|| if operands.len() > 1 { operands.pop() } else { None }) else {
                return found;
            };
            for from in operands {
                let text = contents(&from, invocation);
                let name =
                    from.to_string().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
                let inside = to.clone().concat(Text::from(format!("/{name}")));
                found.extend([(to.clone(), Change::Write, text.clone()), (inside, Change::Write, text)]);
                if writer.does == Writes::Moves {
                    found.push((from, Change::Remove, Text::from("")));
                }
            }
        }
    }
    found
}

/// What a file holds; unknown where the command itself did not write it.
fn contents(path: &Text, invocation: &Invocation) -> Text {
    let written = match path.literal() {
        Some("-" | "/dev/stdin" | "/dev/fd/0") => Some(Value::One(invocation.stdin.clone())),
        _ => invocation.files.at(path),
    };
    written
        .map_or_else(|| Text::unknown(format!("{CONTENTS_OF}{path}")), |text| text.alternatives()[0].clone())
}

fn words_of(words: &[Text]) -> Text {
    words.iter().fold(Text::default(), |text, word| match text.is_empty() {
        true => word.clone(),
        false => text.concat(Text::from(" ")).concat(word.clone()),
    })
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
            ("find ~/kept -name x -delete", "remove ~/kept "),
            ("find ~/kept -name x", ""),
            ("chmod -x kept/x", "mode kept/x -x kept/x"),
            ("sed -i 's/a/b/' kept/x", "write kept/x -i s/a/b/ kept/x"),
            ("sed 's/a/b/' kept/x", ""),
            ("truncate -s 0 kept/x", "write kept/x "),
            ("echo a | dd of=kept/x", "write kept/x a\n"),
            ("curl -so kept/x https://example.com/x", "write kept/x curl -so kept/x https://example.com/x"),
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
