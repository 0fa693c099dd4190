//! `asm-guard doctor`: whether the guard really stands before an agent's tools on this machine, and what to do where it
//! does not.
//!
//! Each check has two halves: an edge that gathers what there is (files, programs that are run with a time-out, the
//! daemon on loopback), and a pure one that makes [`Finding`]s of it. Claude Code is a folder of its own, [`claude`]; the
//! other agents, of whose settings less is known, are in [`agents`]. Nothing is changed, and no secret, token or key is in a finding.

pub mod agents;
pub mod asm_exec;
pub mod backends;
pub mod binary;
pub mod claude;
mod finding;
pub mod layers;
pub mod manner;
pub mod output_guard;
pub mod probe;
pub mod process;

use std::io;
use std::path::{Path, PathBuf};

pub use finding::{Finding, Severity, worst};

use crate::document::Fault;
use crate::install::agents::Target;
use crate::knowledge;
use crate::policy;
use crate::resolve::surroundings::Environment;
use crate::settings::{self, Places};
use binary::Binary;
use layers::Layer;

/// What the doctor looks at.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The variables.
    pub environment: Environment,
    /// The project's folder.
    pub project: PathBuf,
    /// Where settings and rules lie.
    pub places: Places,
    /// The file of this process.
    pub own: Option<PathBuf>,
}

impl Machine {
    /// This one, for a project in `project`, a whole path.
    pub fn here(project: PathBuf) -> Machine {
        Machine {
            environment: Environment::of_process(),
            places: Places::here(Some(&project)),
            project,
            own: std::env::current_exe().ok(),
        }
    }
}

/// A folder's whole path, without links in it where the system writes such a path as people do.
///
/// # Errors
/// When it is not there.
pub fn whole(folder: &Path) -> io::Result<PathBuf> {
    let real = std::fs::canonicalize(folder)?;
    // Of Windows it would begin with `\\?\`.
    if cfg!(windows) { std::path::absolute(folder) } else { Ok(real) }
}

/// Checks everything.
///
/// # Errors
/// When a built-in rule cannot be read, which is a fault of this program.
pub fn examine(machine: &Machine) -> Result<Vec<Finding>, String> {
    let others = agents::examine_all(machine);
    let claude = claude::gather(machine);
    // Somebody who works with another agent need not have this one.
    let mut findings = match claude.is_missing() && others.is_guarded {
        true => Vec::new(),
        false => of_claude(&claude, machine),
    };
    findings.extend(others.findings);
    let mut guards = claude.programs();
    guards.extend(others.programs);
    guards.dedup();
    let own = machine.own.as_deref();
    findings.extend(guards.iter().filter_map(|guard| Some(Binary::look(guard, own)?.check())));
    findings.extend(layers::check(&layers_here(&machine.places)?));
    findings.extend(asm_exec::gather(machine, &guards).check());
    findings.extend(backends::gather(machine).check());
    Ok(findings)
}

/// Checks one agent: where its hook stands, and what it answers.
pub fn examine_agent(agent: &'static Target, machine: &Machine) -> Vec<Finding> {
    match agent.name == manner::CLAUDE.name {
        true => of_claude(&claude::gather(machine), machine),
        false => agents::examine(agent, machine).findings,
    }
}

fn of_claude(claude: &claude::Found, machine: &Machine) -> Vec<Finding> {
    let (mut findings, hooks) = claude.check();
    for hook in &hooks {
        findings.extend(hook.faults(claude::INSTALL));
        let run = |event: Vec<u8>| process::run(hook.command(&machine.project), &event, hook.time());
        findings.extend(answers(&manner::CLAUDE, &hook.name, machine, claude::INSTALL, run));
    }
    findings.extend(output_guard::gather(machine, &hooks).check());
    findings
}

/// What a hook really answers. `run` runs it with an event.
fn answers(
    manner: &manner::Manner,
    name: &str,
    machine: &Machine,
    mend: &str,
    run: impl Fn(Vec<u8>) -> process::Ran,
) -> Vec<Finding> {
    let fetch = run(probe::fetch(manner, &machine.project));
    let well = matches!(fetch, process::Ran::Ended { .. });
    let harmless = well.then(|| run(probe::harmless(manner, &machine.project)));
    probe::check(manner, name, &fetch, harmless.as_ref(), mend)
}

/// The layers of this machine, with what is wrong in them.
fn layers_here(places: &Places) -> Result<Vec<Layer>, String> {
    let rules = policy::builtin_rules()?;
    let built_in = rules.iter().filter(|rule| rule.decision != policy::Setting::Off).count();
    let (counted, of_rules) = crate::layers::survey(places);
    let mut faults = settings::load(places).faults;
    faults.extend(of_rules);
    if let Some(folder) = places.managed.as_deref().filter(|folder| folder.is_dir()) {
        faults.extend(settings::trusted(folder).err().map(|fault| *fault));
    }
    let mut layer = |which: policy::Layer, folder: &Option<PathBuf>| {
        // What stands above the managed folder, and is not root's, is the managed layer's to mend.
        let theirs = |fault: &Fault| match which {
            policy::Layer::Managed => !of(fault, &places.user) && !of(fault, &places.project),
            _ => of(fault, folder),
        };
        let (mut own, rest) = std::mem::take(&mut faults).into_iter().partition::<Vec<Fault>, _>(theirs);
        faults = rest;
        own.dedup();
        let counted = counted.iter().find(|counted| counted.layer == which);
        Layer {
            name: which.word(),
            managed: which == policy::Layer::Managed,
            folder: folder.clone(),
            rules: counted.map_or(0, |counted| counted.rules),
            knowledge: counted.map_or(0, |counted| counted.knowledge),
            faults: own,
        }
    };
    let (managed, user) =
        (layer(policy::Layer::Managed, &places.managed), layer(policy::Layer::User, &places.user));
    let project = layer(policy::Layer::Project, &places.project);
    let built_in = Layer {
        name: "built-in",
        managed: false,
        folder: None,
        rules: built_in,
        knowledge: knowledge::built_in(),
        faults: Vec::new(),
    };
    Ok(vec![built_in, managed, user, project])
}

/// Whether a fault is one of a file in this folder.
fn of(fault: &Fault, folder: &Option<PathBuf>) -> bool {
    folder.as_ref().is_some_and(|folder| std::path::Path::new(&fault.file).starts_with(folder))
}
