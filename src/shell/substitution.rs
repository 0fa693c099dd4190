//! `$(…)`, `$(<file)` and `<(…)`: what a command prints, as text or as a file (Bash manual, 3.5.4 and 3.5.6).

use super::ast::*;
use super::options::{ERREXIT, INHERIT_ERREXIT};
use super::run::{Flow, Run, Shell};
use crate::value::{Piece, Text, Value};

impl Shell<'_, '_> {
    /// What `$(…)` becomes: the output without its last newlines.
    pub(super) fn substitution(&mut self, script: &Script) -> Run<Value> {
        if let Some(value) = self.chooser.substituted.get(&std::ptr::from_ref(script)) {
            return Ok(value.clone());
        }
        let value = self.substitute(script)?;
        self.chooser.substituted.insert(script, value.clone());
        Ok(value)
    }

    fn substitute(&mut self, script: &Script) -> Run<Value> {
        let inherits = self.state.options.has(INHERIT_ERREXIT);
        let flow = match self.file_read(script)? {
            Some(output) => Flow { output, status: None },
            None => self.captured(|shell| {
                if !inherits {
                    shell.state.options.switch(ERREXIT, false);
                }
                let status = shell.state.status;
                let flow = shell.script(script)?;
                Ok(if script.commands.is_empty() { Flow { status, ..flow } } else { flow })
            })?,
        };
        self.substituted = Some(if script.commands.is_empty() { Some(0) } else { flow.status });
        self.state.status = flow.status;
        let output = flow.output;
        Ok(output.map(|text| match text {
            Text::Literal(mut text) => {
                // bash drops NULs.
                text.retain(|c| c != '\0');
                text.truncate(text.trim_end_matches('\n').len());
                Text::Literal(text)
            }
            mixed => {
                let mut pieces = mixed.pieces();
                if let Some(Piece::Literal(last)) = pieces.last_mut() {
                    last.truncate(last.trim_end_matches('\n').len());
                }
                Text::from_pieces(pieces)
            }
        }))
    }

    /// The text of `$(<file)`; none where the script is anything else.
    fn file_read(&mut self, script: &Script) -> Run<Option<Value>> {
        let [List { items, .. }] = script.commands.as_slice() else { return Ok(None) };
        let [AndOr { pipelines, .. }] = items.as_slice() else { return Ok(None) };
        let [(_, Pipeline { stages, .. })] = pipelines.as_slice() else { return Ok(None) };
        let [Command { kind: Kind::Simple(simple), redirects, .. }] = stages.as_slice() else {
            return Ok(None);
        };
        let [Redirect { kind: RedirectKind::Read(path), fd: 0, .. }] = redirects.as_slice() else {
            return Ok(None);
        };
        if !simple.words.is_empty() || !simple.assignments.is_empty() {
            return Ok(None);
        }
        let path = self.text(path)?;
        self.host.read(self.trace, &path);
        Ok(Some(self.contents(&path)))
    }

    /// `<(…)` becomes a path whose text is the output; `>(…)` one whose text is the commands' input.
    pub(super) fn process_substitution(&mut self, writes: bool, script: &std::rc::Rc<Script>) -> Run<Text> {
        self.opened += 1;
        let path = format!("/dev/fd/{}", 62 + self.opened);
        if writes {
            self.sinks.push((path.clone(), script.clone()));
        } else {
            let flow = self.captured(|shell| shell.script(script))?;
            self.files.write(&path, flow.output);
        }
        Ok(Text::from(path))
    }
}
