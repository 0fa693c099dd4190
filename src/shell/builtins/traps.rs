//! `trap`, `kill`, and what runs upon a signal or an event.

use std::rc::Rc;

use crate::shell::ast::Kind;
use crate::shell::options::FUNCTRACE;
use crate::shell::run::{Flow, Jump, Run, Shell};
use crate::value::Text;

/// What runs upon which signal or event, and whether it has run.
pub(in crate::shell) type Trap = (String, Text, bool);

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
            traps.retain(|(known, ..)| *known != name);
            if !reset {
                traps.push((name, text.clone(), false));
            }
        }
        Ok(Flow::silent(Some(0)))
    }

    /// What a trap that is given up may have run meanwhile, upon a signal from outside.
    fn leave_trap(&mut self, name: &str) -> Run<()> {
        let Some(at) = self.state.rare.traps.iter().position(|(known, _, ran)| known == name && !ran) else {
            return Ok(());
        };
        let text = self.state.rare.traps[at].1.clone();
        if matches!(name, "EXIT" | "DEBUG" | "RETURN") || text.is_empty() {
            return Ok(());
        }
        // It may give itself up in its own text.
        Rc::make_mut(&mut self.state.rare).traps[at].2 = true;
        self.perhaps(|shell| shell.text_as_program("trap", &text)).map(drop)
    }

    /// Runs what a trap holds, if there is one; false where there is none.
    pub(in crate::shell) fn trapped(&mut self, name: &str) -> Run<bool> {
        let Some(at) = self.state.rare.traps.iter().position(|(known, ..)| known == name) else {
            return Ok(false);
        };
        let rare = Rc::make_mut(&mut self.state.rare);
        rare.traps[at].2 = true;
        // A trap is not sprung by what it runs itself.
        let (_, text, _) = rare.traps.remove(at);
        let status = self.state.status;
        if !text.is_empty() {
            self.text_as_program("trap", &text)?;
        }
        if !matches!(self.jump, Some(Jump::Exit)) {
            self.state.status = status;
        }
        let traps = &mut Rc::make_mut(&mut self.state.rare).traps;
        if !traps.iter().any(|(known, ..)| known == name) {
            traps.push((name.to_owned(), text, true));
        }
        Ok(true)
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
        for (name, text, ran) in &traps {
            if name == "EXIT" {
                let ended = self.text_as_program("trap", text)?;
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
        if self.state.rare.traps.is_empty() || self.state.options.has(FUNCTRACE) {
            return Vec::new();
        }
        let traps = &mut Rc::make_mut(&mut self.state.rare).traps;
        let (hidden, kept) = std::mem::take(traps)
            .into_iter()
            .partition(|(name, ..)| matches!(name.as_str(), "DEBUG" | "RETURN"));
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
                if !traps.iter().any(|(name, ..)| *name == trap.0) {
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
