//! `trap`, `kill`, and what runs upon a signal or an event.

use std::rc::Rc;

use crate::shell::ast::Kind;
use crate::shell::options::FUNCTRACE;
use crate::shell::run::{Flow, Jump, Run, Shell};
use crate::value::Text;

/// What runs upon a signal or an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Trap {
    /// The signal or event, without `SIG`.
    pub name: String,
    /// What runs.
    pub text: Text,
    /// Whether it has run.
    pub ran: bool,
    /// Whether every way has set it. Otherwise there may be none, or another of this name.
    pub certain: bool,
}

/// The traps of one way, after those of another were added to them.
pub(in crate::shell) fn merge(ours: &mut Vec<Trap>, theirs: &[Trap]) {
    let same = |a: &Trap, b: &Trap| a.name == b.name && a.text == b.text;
    for trap in ours.iter_mut() {
        let other = theirs.iter().find(|other| same(trap, other));
        trap.ran &= other.is_none_or(|other| other.ran);
        trap.certain &= other.is_some_and(|other| other.certain);
    }
    for trap in theirs {
        if !ours.iter().any(|known| same(known, trap)) {
            ours.push(Trap { certain: false, ..trap.clone() });
        }
    }
}

/// Signals by number, as Linux has them.
const SIGNALS: &[(&str, &str)] = &[
    ("0", "EXIT"),
    ("1", "HUP"),
    ("2", "INT"),
    ("3", "QUIT"),
    ("6", "ABRT"),
    ("9", "KILL"),
    ("10", "USR1"),
    ("12", "USR2"),
    ("13", "PIPE"),
    ("14", "ALRM"),
    ("15", "TERM"),
    ("17", "CHLD"),
    ("18", "CONT"),
];

fn signal(name: &str) -> String {
    let name = name.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    SIGNALS.iter().find(|(number, _)| *number == name).map_or(name, |(_, known)| known).to_owned()
}

impl Shell<'_, '_> {
    pub(super) fn trap(&mut self, arguments: &[Text]) -> Run<Flow> {
        let arguments = arguments.strip_prefix(&[Text::from("--")]).unwrap_or(arguments);
        let Some((text, names)) = arguments.split_first() else { return Ok(Flow::silent(Some(0))) };
        if matches!(text.literal(), Some("-p" | "-l")) {
            return Ok(Flow::silent(Some(0)));
        }
        let reset = text.literal() == Some("-") || names.is_empty();
        let names = if names.is_empty() { arguments } else { names };
        for name in names {
            let Some(name) = name.literal().map(signal) else {
                // Whatever brings it about, it may run.
                self.perhaps(|shell| shell.text_as_program("trap", text))?;
                continue;
            };
            self.leave_trap(&name)?;
            let traps = &mut Rc::make_mut(&mut self.state.rare).traps;
            traps.retain(|trap| trap.name != name);
            if !reset {
                traps.push(Trap { name, text: text.clone(), ran: false, certain: true });
            }
        }
        Ok(Flow::silent(Some(0)))
    }

    /// What a trap that is given up may have run meanwhile, upon a signal from outside.
    fn leave_trap(&mut self, name: &str) -> Run<()> {
        if matches!(name, "EXIT" | "DEBUG" | "RETURN") {
            return Ok(());
        }
        for trap in self.traps(name).into_iter().filter(|trap| !trap.ran && !trap.text.is_empty()) {
            // It may give itself up in its own text.
            self.note_ran(name);
            self.perhaps(|shell| shell.text_as_program("trap", &trap.text))?;
        }
        Ok(())
    }

    /// The traps of a name that may be sprung: more than one where branches have set different ones.
    fn traps(&self, name: &str) -> Vec<Trap> {
        if self.springing.iter().any(|springing| springing == name) {
            return Vec::new();
        }
        self.state.rare.traps.iter().filter(|trap| trap.name == name).cloned().collect()
    }

    fn note_ran(&mut self, name: &str) {
        for trap in Rc::make_mut(&mut self.state.rare).traps.iter_mut().filter(|trap| trap.name == name) {
            trap.ran = true;
        }
    }

    /// Runs what a trap holds, if there is one; false where there is none.
    pub(in crate::shell) fn trapped(&mut self, name: &str) -> Run<bool> {
        let traps = self.traps(name);
        if traps.iter().any(|trap| !trap.ran) {
            self.note_ran(name);
        }
        match traps.as_slice() {
            [] => return Ok(false),
            [trap] if trap.certain => self.once(&trap.text, |shell| shell.spring(trap))?,
            several => {
                for trap in several {
                    self.perhaps(|shell| {
                        shell.once(&trap.text, |shell| shell.spring(trap))?;
                        Ok(Flow::silent(None))
                    })?;
                }
            }
        }
        Ok(true)
    }

    fn spring(&mut self, trap: &Trap) -> Run<()> {
        let status = self.state.status;
        if !trap.text.is_empty() {
            // A trap is not sprung by what it runs itself.
            self.springing.push(trap.name.clone());
            let flow = self.text_as_program("trap", &trap.text);
            self.springing.pop();
            flow?;
        }
        if !matches!(self.jump, Some(Jump::Exit)) {
            self.state.status = status;
        }
        Ok(())
    }

    /// The DEBUG trap, which runs before what is no list of commands itself.
    pub(in crate::shell) fn before_command(&mut self, kind: &Kind) -> Run<()> {
        if !matches!(
            kind,
            Kind::Simple(_) | Kind::Arithmetic(_) | Kind::Test(_) | Kind::Case { .. } | Kind::For { .. }
        ) {
            return Ok(());
        }
        let last_word = self.state.last_word.clone();
        self.trapped("DEBUG")?;
        self.state.last_word = last_word;
        Ok(())
    }

    /// The end of a shell: `exit` leads here, and its traps run.
    pub(in crate::shell) fn leave(&mut self, flow: Flow) -> Run<Flow> {
        let mut flow = flow;
        if self.jump.take().is_some() {
            flow.status = self.state.status;
        }
        if self.state.rare.traps.is_empty() {
            return Ok(flow);
        }
        self.state.status = flow.status;
        let traps = std::mem::take(&mut Rc::make_mut(&mut self.state.rare).traps);
        for Trap { name, text, ran, certain } in &traps {
            if name == "EXIT" {
                let ended = if *certain {
                    self.text_as_program("trap", text)?
                } else {
                    self.perhaps(|shell| shell.text_as_program("trap", text))?
                };
                self.emit(&mut flow.output, ended.output);
                if self.jump.take().is_some() {
                    flow.status = self.state.status;
                }
            } else if !ran && !matches!(name.as_str(), "DEBUG" | "RETURN") && !text.is_empty() {
                self.perhaps(|shell| shell.text_as_program("trap", text))?;
            }
        }
        Ok(flow)
    }

    /// A function does not inherit some traps.
    pub(in crate::shell) fn hide_traps(&mut self) -> Vec<Trap> {
        let is_hidden = |trap: &Trap| matches!(trap.name.as_str(), "DEBUG" | "RETURN");
        if self.state.options.has(FUNCTRACE) || !self.state.rare.traps.iter().any(is_hidden) {
            return Vec::new();
        }
        let traps = &mut Rc::make_mut(&mut self.state.rare).traps;
        let (hidden, kept) = std::mem::take(traps).into_iter().partition(is_hidden);
        *traps = kept;
        hidden
    }

    /// The end of a function: its own RETURN trap runs, and what was hidden comes back.
    pub(in crate::shell) fn restore_traps(&mut self, hidden: Vec<Trap>) -> Run<()> {
        if !self.state.rare.traps.is_empty() {
            let jump = self.jump.take();
            self.trapped("RETURN")?;
            self.jump = self.jump.or(jump);
        }
        if !hidden.is_empty() {
            let traps = &mut Rc::make_mut(&mut self.state.rare).traps;
            for trap in hidden {
                if !traps.iter().any(|known| known.name == trap.name) {
                    traps.push(trap);
                }
            }
        }
        Ok(())
    }

    /// `kill` of this shell itself; None for any other.
    pub(super) fn kill(&mut self, arguments: &[Text]) -> Run<Option<Flow>> {
        let mut name = "TERM".to_owned();
        let mut words = arguments.iter();
        let mut own = false;
        while let Some(word) = words.next() {
            match word.literal() {
                Some("-s" | "-n") => match words.next().and_then(Text::literal) {
                    Some(given) => name = signal(given),
                    None => return Ok(None),
                },
                Some("--") => {}
                Some(option) if option.starts_with('-') && option.len() > 1 => name = signal(&option[1..]),
                Some(_) => return Ok(None),
                None => {
                    let target = word.to_string();
                    own = target == "‹$BASHPID›" || target == "‹$$›" && self.subshells == 0;
                    if !own {
                        return Ok(None);
                    }
                }
            }
        }
        if !own || name == "0" {
            return Ok(None);
        }
        if self.trapped(&name)? {
            return Ok(Some(Flow::silent(Some(0))));
        }
        if !matches!(name.as_str(), "CHLD" | "CONT" | "WINCH" | "URG" | "EXIT" | "STOP" | "TSTP") {
            self.jump = Some(Jump::Exit);
        }
        Ok(Some(Flow::silent(None)))
    }
}
