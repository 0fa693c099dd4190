//! Redirections: where a command's input comes from and where its output goes.

use std::rc::Rc;

use super::ast::{Redirect, RedirectKind};
use super::run::{Flow, Run, Shell};
use super::state::CONTENTS_OF;
use crate::value::{Text, Value};

/// Where standard output goes, if not where it went before.
enum Target {
    File { path: Text, append: bool },
}

impl Shell<'_, '_> {
    /// Runs `inner` with these redirections in force.
    pub(super) fn redirected(
        &mut self,
        redirects: &[Redirect],
        inner: impl FnOnce(&mut Self) -> Run<Flow>,
    ) -> Run<Flow> {
        let stdin = self.stdin.clone();
        let mut target = None;
        for redirect in redirects {
            self.redirect(redirect, &mut target)?;
        }
        let capturing = self.capturing || target.is_some();
        let outer = std::mem::replace(&mut self.capturing, capturing);
        let flow = inner(self);
        self.capturing = outer;
        self.stdin = stdin;
        let mut flow = flow?;
        if let Some(Target::File { path, append }) = target {
            let output = std::mem::replace(&mut flow.output, Value::from(""));
            self.write(&path, output, append);
        }
        Ok(flow)
    }

    fn redirect(&mut self, redirect: &Redirect, target: &mut Option<Target>) -> Run<()> {
        if let Some(variable) = &redirect.variable {
            self.state.set(variable, redirect.fd.to_string().as_str());
        }
        match &redirect.kind {
            RedirectKind::Here(body) => {
                let Some(body) = body.get() else { return Ok(()) };
                let text = self.value(body)?;
                if redirect.fd == 0 {
                    // `<<<` adds the newline that a here-document already has.
                    self.stdin =
                        text.map(|text| if ends_line(&text) { text } else { text.concat(Text::from("\n")) });
                } else {
                    self.files.write(&format!("/dev/fd/{}", redirect.fd), text);
                }
            }
            RedirectKind::Read(word) => {
                let path = self.text(word)?;
                self.host.read(self.trace, &path);
                let text = self.contents(&path);
                if redirect.fd == 0 {
                    self.stdin = text;
                } else {
                    self.files.write(&format!("/dev/fd/{}", redirect.fd), text);
                }
            }
            RedirectKind::Write(word) | RedirectKind::Append(word) => {
                let path = self.text(word)?;
                let append = matches!(redirect.kind, RedirectKind::Append(_));
                if redirect.fd == 1 {
                    *target = Some(Target::File { path, append });
                } else {
                    if !append && !path.known_prefix().starts_with("/dev/") {
                        // Opened, it is empty.
                        let state = &self.state;
                        self.host.write(self.trace, &path, &Value::from(""), &|| state.folder());
                    }
                    self.open(redirect.fd, path);
                }
            }
            RedirectKind::ReadWrite(word) => {
                let path = self.text(word)?;
                match redirect.fd {
                    0 => {
                        self.host.read(self.trace, &path);
                        self.stdin = self.contents(&path);
                        self.open(0, path);
                    }
                    // What the file holds stays where nothing is written over it.
                    1 => *target = Some(Target::File { path, append: true }),
                    fd => self.open(fd, path),
                }
            }
            RedirectKind::Duplicate(word) => {
                let from = self.text(word)?;
                let Some(from) = from.literal().and_then(|fd| fd.trim_end_matches('-').parse::<u32>().ok())
                else {
                    return Ok(());
                };
                match self.state.descriptors.get(&from).cloned() {
                    Some(path) if redirect.fd == 1 => *target = Some(Target::File { path, append: true }),
                    Some(path) if redirect.fd == 0 => self.stdin = self.contents(&path),
                    None if redirect.fd == 0 => {
                        self.stdin = self.contents(&Text::from(format!("/dev/fd/{from}")))
                    }
                    _ if redirect.fd == 1 && from == 2 => {
                        *target = Some(Target::File { path: Text::from("/dev/stderr"), append: true });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, fd: u32, path: Text) {
        Rc::make_mut(&mut self.state.descriptors).insert(fd, path);
    }

    /// What a path holds, as far as this command itself wrote it.
    pub(super) fn contents(&self, path: &Text) -> Value {
        self.files.at(path).unwrap_or_else(|| Value::unknown(format!("{CONTENTS_OF}{path}")))
    }

    /// Writes output to a path.
    pub(super) fn write(&mut self, path: &Text, text: Value, append: bool) {
        let state = &self.state;
        self.host.write(self.trace, path, &text, &|| state.folder());
        let path = &path.to_string();
        if path.starts_with("/dev/") && !path.starts_with("/dev/fd/") && !path.starts_with("/dev/shm/") {
            return;
        }
        if append { self.files.append(path, text) } else { self.files.write(path, text) }
    }
}

fn ends_line(text: &Text) -> bool {
    text.literal().is_some_and(|text| text.ends_with('\n'))
}
