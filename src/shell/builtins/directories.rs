//! `cd`, `pushd`, `popd`, `dirs` and `pwd`: the current directory, as far as it can be known without looking.

use std::rc::Rc;

use crate::shell::expand::join;
use crate::shell::folder::resolved;
use crate::shell::run::{Flow, Run, Shell};
use crate::shell::state::{Slot, gone_to};
use crate::value::{Text, Value};

/// Directories that every machine has.
const CERTAIN: &[&str] = &["/", "/dev", "/etc", "/tmp", "/usr", "/var"];

impl Shell<'_, '_> {
    fn directory(&mut self, variable: &str) -> Text {
        match self.state.variable(variable).map(|v| v.slot.clone()) {
            Some(Slot::Scalar(value)) => self.choose(&value),
            _ => Text::unknown(format!("${variable}")),
        }
    }

    /// Goes to a directory; whether that certainly succeeds.
    fn go(&mut self, to: &Text) -> bool {
        let here = self.directory("PWD");
        let path = match to.literal() {
            Some(path) if path.starts_with('/') => resolved(path).map(Text::from),
            Some(path) => here.literal().and_then(|here| resolved(&format!("{here}/{path}"))).map(Text::from),
            None => None,
        };
        let path = path.map_or_else(|| gone_to(Value::One(here.clone()), to), Value::One);
        let certain = path.literal().is_some_and(|path| CERTAIN.contains(&path));
        if certain {
            self.state.set("OLDPWD", here);
            self.state.set("PWD", path);
        } else {
            let before = self.directory("OLDPWD");
            self.state.set("OLDPWD", Value::One(here.clone()).or(Value::One(before)));
            self.state.set("PWD", path.or(Value::One(here)));
        }
        certain
    }

    pub(super) fn cd(&mut self, arguments: &[Text]) -> Run<Flow> {
        let target =
            arguments.iter().find(|w| !w.literal().is_some_and(|w| w.starts_with('-') && w.len() > 1));
        let (to, shown) = match target.map(|word| (word, word.literal())) {
            None => (self.directory("HOME"), false),
            Some((_, Some("-"))) => (self.directory("OLDPWD"), true),
            Some((word, _)) => (word.clone(), false),
        };
        let certain = self.go(&to);
        let status = certain.then_some(0);
        if shown {
            let output = self.directory("PWD").concat(Text::from("\n"));
            return Ok(Flow { output: Value::One(output), status });
        }
        Ok(Flow::silent(status))
    }

    pub(super) fn pwd(&mut self) -> Flow {
        Flow::prints(self.directory("PWD").concat(Text::from("\n")))
    }

    pub(super) fn pushd(&mut self, arguments: &[Text]) -> Run<Flow> {
        let [to] = arguments else { return Ok(Flow::silent(None)) };
        if to.literal().is_some_and(|word| word.starts_with(['-', '+'])) {
            Rc::make_mut(&mut self.state.rare).directories.clear();
            self.state.set("PWD", Value::unknown("$PWD"));
            return Ok(Flow::silent(None));
        }
        let here = self.directory("PWD");
        let certain = self.go(to);
        Rc::make_mut(&mut self.state.rare).directories.insert(0, here);
        Ok(Flow { status: certain.then_some(0), ..self.dirs() })
    }

    pub(super) fn popd(&mut self, arguments: &[Text]) -> Run<Flow> {
        if !arguments.is_empty() || self.state.rare.directories.is_empty() {
            return Ok(Flow::silent(if arguments.is_empty() { Some(1) } else { None }));
        }
        let to = Rc::make_mut(&mut self.state.rare).directories.remove(0);
        // It was there when it was left.
        let here = self.directory("PWD");
        self.state.set("OLDPWD", here);
        self.state.set("PWD", to);
        Ok(self.dirs())
    }

    /// The stack of directories as it is printed, home as `~`.
    pub(super) fn dirs(&mut self) -> Flow {
        let home = self.directory("HOME");
        let here = self.directory("PWD");
        let stack = std::iter::once(here).chain(self.state.rare.directories.iter().cloned());
        let shown = stack.map(|text| match (text.literal(), home.literal()) {
            (Some(path), Some(home)) if !home.is_empty() => match path.strip_prefix(home) {
                Some(rest) if rest.is_empty() || rest.starts_with('/') => Text::from(format!("~{rest}")),
                _ => text,
            },
            _ => text,
        });
        Flow::prints(join(shown, " ").concat(Text::from("\n")))
    }
}
