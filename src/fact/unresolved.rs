//! References that reach a program without asm-exec: they stay as they are written.

use super::reader::Reader;
use super::{Fact, Finding, Place, Unresolved, reference, suggestion, veil};
use crate::knowledge::{Interpreter, Program};
use crate::shell::{Invocation, Outcome};
use crate::trace::Trace;
use crate::value::Text;

/// Programs met with a reference so far, and whether to look at all.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Whether the call has references in it.
    pub(super) on: bool,
    /// Programs that were met with a reference.
    met: u32,
}

/// Whether a reference, or what is left of one that was masked, is in a text.
fn is_in(text: &Text) -> bool {
    reference::is_in(text) || veil::is_masked(text)
}

impl Reader {
    /// Says that the call has references in it.
    pub(super) fn watch(&mut self, text: &str) {
        self.watch.on |= text.contains(reference::START);
    }

    /// How many programs were met with a reference.
    pub(super) fn met(&self) -> u32 {
        self.watch.met
    }

    /// A program may wait for a value and get a reference. `met_before` is what [`Reader::met`] said before it was
    /// followed to the programs that it runs: where one of those got the reference, it is theirs.
    pub(super) fn consider_unresolved(
        &mut self,
        trace: &Trace,
        name: Option<&str>,
        invocation: &Invocation,
        outcome: &Outcome,
        met_before: u32,
    ) {
        if !self.watch.on && self.resolvers == 0 {
            return;
        }
        let programs = name.map(|name| self.knowledge.programs(name)).unwrap_or_default();
        let Some(place) = place(&programs, invocation, outcome) else { return };
        let theirs = self.watch.met > met_before;
        self.watch.met += 1;
        let arguments = invocation.argv.get(1..).unwrap_or_default();
        let handling = name.and_then(|name| self.knowledge.handling(name, arguments));
        if theirs || handling.is_some_and(|handling| handling.idle || !handling.shows.is_empty()) {
            return;
        }
        self.find_unresolved(trace, invocation, place);
    }

    pub(super) fn find_unresolved(&mut self, trace: &Trace, invocation: &Invocation, place: Place) {
        let program = invocation.argv.first().cloned().unwrap_or_else(|| Text::from(""));
        let fact = Fact::Unresolved(Unresolved { program: veil::lifted(program), place });
        let origin = trace.origin();
        if self.findings.has(&fact, origin.as_ref().map(|origin| origin.kind)) {
            return;
        }
        trace.step(|| format!("fact: {}", fact.shown()));
        let evidence = veil::shown(&invocation.to_string());
        let instead = suggestion::with_asm_exec(invocation).map(|command| veil::shown(&command));
        self.findings.add(Finding { fact, evidence, route: trace.route(), origin, reference: None, instead });
    }

    /// Puts facts in the order in which they are told, and drops what turned out to be no matter.
    /// `brought` is the text that the call brings.
    pub fn settle(&mut self, brought: impl FnOnce() -> String) {
        self.say_computed(brought);
        self.findings.settle(self.resolvers > 0);
    }
}

/// Where a reference reaches a program, if one does.
fn place(programs: &[Program], invocation: &Invocation, outcome: &Outcome) -> Option<Place> {
    let is_shell = programs.iter().any(|program| matches!(program, Program::Shell(_)));
    // Code that has the text of a reference in it may do anything with it; most often it writes a file.
    let code = programs.iter().find_map(|program| match program {
        Program::Interpreter(interpreter) if interpreter.language != "sql" => Some(interpreter),
        _ => None,
    });
    let counts = |at: usize| !is_shell && !code.is_some_and(|code| is_code(code, &invocation.argv, at));
    if (1..invocation.argv.len()).any(|at| is_in(&invocation.argv[at]) && counts(at)) {
        Some(Place::Argument)
    } else if is_in(&invocation.stdin) && !is_shell && code.is_none() {
        Some(Place::Input)
    } else if !(is_shell && outcome.entered && invocation.argv.iter().any(is_in))
        && invocation.environment.iter().any(|(_, value)| value.alternatives().iter().any(is_in))
    {
        Some(Place::Environment)
    } else {
        None
    }
}

/// Whether an argument is code: it follows an option that says so.
fn is_code(interpreter: &Interpreter, argv: &[Text], at: usize) -> bool {
    let before = argv[at - 1].literal().unwrap_or_default();
    let letter = |option: &String| option.len() == 2 && before.len() > 2 && before.ends_with(&option[1..]);
    let bundled = before.starts_with('-') && !before.starts_with("--");
    interpreter.inline.iter().any(|option| option == before || bundled && letter(option))
}
