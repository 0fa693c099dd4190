//! `asm-guard install`: the guard's hook in the configuration of the agents that a person has, or in an organisation's.

mod managed;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;

use super::doctor::{findings_in_lines, status};
use super::style::{self, Style};
use super::{Output, REFUSED};
use crate::doctor::{self, Finding, Machine, Severity};
use crate::install::agents::{self, Files, Target};
use crate::install::diff::{self, Line};
use crate::install::disk::{self, Settings};
use crate::install::{self, Change, program};
use crate::{home, search};

pub(super) const EXAMPLES: &str = "\
Examples:
  asm-guard install                    Put the hook before every agent that is found here
  asm-guard install --dry-run          Show what that would change
  asm-guard install codex gemini       These agents, whether they are found or not
  asm-guard install --uninstall        Take it out again, of every agent
  sudo asm-guard install --managed     For everybody on this machine (Claude Code)

Each change is shown as a difference. A file is replaced as a whole or not at all, and a copy of
it as it was stays beside it. What was written is tried out at once, as `asm-guard doctor` does.

Exit status:
  0  all is well, or there was nothing to do
  1  a warning: something is left to do
  2  an error: a file could not be changed, or calls may pass unguarded; others were gone on with
  64 the command line is wrong";

/// The name of the checks here.
const CHECK: &str = "file";
/// The mode of a file that is made for a user.
const PRIVATE: u32 = 0o600;

/// Which agents, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub(super) struct Arguments {
    /// The agents  [default: those that are found]
    #[arg(value_name = "AGENT", value_parser = PossibleValuesParser::new(agents::ALL.iter().map(|agent| agent.name)))]
    agents: Vec<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Take the hook out again
    #[arg(long)]
    uninstall: bool,
    /// Put the hook into the managed settings of Claude Code, for everybody on this machine (takes root)
    #[arg(long)]
    managed: bool,
    /// Write the path of this program also where it lies in a build folder, a cache or a temporary one
    #[arg(long)]
    force: bool,
}

pub(super) fn run(arguments: &Arguments, style: Style) -> Output {
    let folder =
        std::env::current_dir().and_then(|it| doctor::whole(&it)).unwrap_or_else(|_| PathBuf::from("/"));
    let machine = Machine::here(folder);
    let program = match own_program(&machine, arguments) {
        Ok(program) => program,
        Err(output) => return output,
    };
    let job = Job { arguments, machine: &machine, program: &program, style };
    if arguments.managed {
        return job.managed();
    }
    if machine.environment.get(home::VARIABLE).is_none_or(|home| !Path::new(home).is_absolute()) {
        let message = "is not set to a whole path, so there is no configuration of a user's";
        return Output::usage(format!("{} {message}", home::VARIABLE));
    }
    job.agents()
}

/// The path to write; the answer where it is none that should be written.
fn own_program(machine: &Machine, arguments: &Arguments) -> Result<String, Output> {
    let refused = |message: String| Output { status: REFUSED, ..Output::usage(message) };
    let Some(real) = &machine.own else {
        return Err(refused("the system does not say where this program lies".to_owned()));
    };
    let on_path: Vec<PathBuf> = search::all(&machine.environment, "asm-guard")
        .into_iter()
        .filter(|(_, is)| *is)
        .map(|(path, _)| path)
        .collect();
    let called =
        std::env::args_os().next().map(PathBuf::from).filter(|called| called.components().count() > 1);
    let called = called.map(|called| machine.project.join(called));
    let resolved = std::fs::canonicalize(real).ok();
    let same = |path: &Path| resolved.is_some() && std::fs::canonicalize(path).ok() == resolved;
    let chosen = program::choose(&on_path, called.as_deref(), real, same);
    let mut temporary = vec![std::env::temp_dir()];
    temporary.extend(["/tmp", "/var/tmp", "/dev/shm", "/private/tmp", "/var/folders"].map(PathBuf::from));
    let tagged = |folder: &Path| folder.join(program::CACHE_TAG).is_file();
    let fleeting = program::fleeting(&chosen, &temporary, tagged);
    if let Some(why) = fleeting.filter(|_| !arguments.force && !arguments.uninstall) {
        return Err(refused(format!(
            "{} {why}: once it is gone, agents run tools unguarded, or none at all. Install asm-guard where it stays \
             and run that one, or say --force.",
            chosen.display()
        )));
    }
    chosen.to_str().map(str::to_owned).ok_or_else(|| {
        refused(format!(
            "{} is no text, which settings cannot hold; install asm-guard elsewhere",
            chosen.display()
        ))
    })
}

/// What is asked for.
struct Job<'a> {
    arguments: &'a Arguments,
    machine: &'a Machine,
    program: &'a str,
    style: Style,
}

/// What was done about an agent.
#[derive(Default)]
struct Done {
    /// The change, in lines.
    shown: String,
    findings: Vec<Finding>,
    /// Whether anything was written.
    changed: bool,
}

impl Job<'_> {
    /// Every agent that is named, or else found.
    fn agents(&self) -> Output {
        let environment = &self.machine.environment;
        let named = &self.arguments.agents;
        let wanted = |agent: &&Target| match named.is_empty() {
            true => disk::is_here(environment, agent),
            false => named.iter().any(|name| name == agent.name),
        };
        let chosen: Vec<&'static Target> = agents::ALL.iter().filter(wanted).collect();
        if chosen.is_empty() {
            let looked: Vec<&str> = agents::ALL.iter().map(|agent| agent.title).collect();
            let message = format!("None of these agents was found: {}.", looked.join(", "));
            let mend = "Name one to configure it all the same, such as `asm-guard install claude`.";
            return self.report(vec![(
                None,
                Done { findings: vec![Finding::warning("agents", message, mend)], ..Done::default() },
            )]);
        }
        let done = chosen.into_iter().map(|agent| (Some(agent.title), self.agent(agent))).collect();
        self.report(done)
    }

    fn agent(&self, agent: &'static Target) -> Done {
        let mut done = Done::default();
        let Some(folder) = disk::folder(&self.machine.environment, agent) else { return done };
        if !agent.is_known_here() && !self.arguments.uninstall {
            let message = format!(
                "How {} runs a hook on this system is not known, so nothing is written.",
                agent.title
            );
            done.findings.push(Finding::warning(CHECK, message, "docs/agents.md tells what is."));
            return done;
        }
        if agent.name == "claude" && self.has_plugin(agent, &mut done) {
            return done;
        }
        if let Some(bundle) =
            doctor::agents::bundle(agent, self.machine).filter(|_| !self.arguments.uninstall)
        {
            let message = format!(
                "{} brings the hook ({}). Nothing is to be changed.",
                bundle.name,
                bundle.list.display()
            );
            done.findings.push(Finding::ok(CHECK, message));
            done.findings.extend(doctor::examine_agent(agent, self.machine).into_iter().map(left_to_do));
            return done;
        }
        let files = disk::files(&folder, agent);
        if let (true, Files::Each(_, advice)) = (files.is_empty(), &agent.files) {
            done.findings.push(match self.arguments.uninstall {
                true => {
                    Finding::ok(CHECK, format!("{} has no file that a hook could stand in.", agent.title))
                }
                false => Finding::warning(CHECK, format!("{} has no hook.", agent.title), *advice),
            });
            return done;
        }
        for file in files {
            self.file(&file, PRIVATE, &mut done, |settings| {
                let shown = settings.path.display().to_string();
                let text = settings.text.as_deref();
                let change = match self.arguments.uninstall {
                    true => install::take(&shown, text, &settings.kept(), agent),
                    false => install::put(&shown, text, agent, self.program),
                };
                let change = change.map_err(|fault| *fault)?;
                // What a link leads to is somebody's own file, and stays there.
                Ok(match change {
                    Change::Gone if settings.is_link() => Change::Text(format!("{}\n", agent.seed)),
                    change => change,
                })
            });
        }
        let failed = done.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        if !self.arguments.dry_run && !self.arguments.uninstall && failed < done.findings.len() {
            let said: Vec<String> = done.findings.iter().map(|finding| finding.message.clone()).collect();
            let found = doctor::examine_agent(agent, self.machine).into_iter().map(left_to_do);
            done.findings.extend(found.filter(|finding| !said.contains(&finding.message)));
        }
        if let Some(then) = agent.then.filter(|_| done.changed && !self.arguments.uninstall) {
            done.findings.push(Finding::note("next", then));
        }
        done
    }

    /// Whether Claude Code has the guard as a plugin, which is then left alone.
    fn has_plugin(&self, agent: &'static Target, done: &mut Done) -> bool {
        let claude = doctor::claude::gather(self.machine);
        // A project's own plugins guard that project alone.
        let everywhere =
            |scope| matches!(scope, doctor::claude::Scope::User | doctor::claude::Scope::Managed);
        let runs = |installed: &Result<(PathBuf, Vec<doctor::claude::Hook>), String>| {
            installed.as_ref().is_ok_and(|(_, hooks)| !hooks.is_empty())
        };
        let mut plugins = claude.plugins.iter();
        let Some(plugin) =
            plugins.find(|plugin| plugin.enabled && everywhere(plugin.scope) && runs(&plugin.installed))
        else {
            return false;
        };
        let (id, file) = (&plugin.id, plugin.file.display());
        if self.arguments.uninstall {
            let message = format!("The plugin {id} is enabled in {file}. It is the client's to remove.");
            done.findings.push(Finding::note("plugin", format!("{message} `claude plugin uninstall {id}`.")));
            return false;
        }
        let message =
            format!("The plugin {id} is enabled in {file}, and brings the hook. Nothing is to be changed.");
        done.findings.push(Finding::ok("plugin", message));
        if !self.arguments.dry_run {
            done.findings.extend(doctor::examine_agent(agent, self.machine));
        }
        true
    }

    /// Changes a file, or shows how it would be.
    fn file(
        &self,
        path: &Path,
        mode: u32,
        done: &mut Done,
        change: impl FnOnce(&Settings) -> Result<Change, crate::document::Fault>,
    ) {
        let shown = path.display();
        let error = |message: String, mend: Option<String>| {
            Finding::error(CHECK, message, mend.unwrap_or_else(|| "Nothing was written there.".to_owned()))
        };
        let settings = match Settings::read(path) {
            Ok(settings) => settings,
            Err(why) => return done.findings.push(error(format!("{why}."), None)),
        };
        let change = match change(&settings) {
            Ok(change) => change,
            Err(fault) => {
                let mend = fault.mend.as_deref().map(|mend| doctor::claude::sentence(Some(mend)));
                return done.findings.push(error(format!("{}.", fault.in_a_line()), mend));
            }
        };
        let before = settings.text.as_deref().unwrap_or_default();
        let (after, to) = match &change {
            Change::None => {
                let word =
                    if self.arguments.uninstall { "has no hook of asm-guard" } else { "is as it should be" };
                return done
                    .findings
                    .push(Finding::ok(CHECK, format!("{shown} {word}. Nothing is to be changed.")));
            }
            Change::Text(text) => (text.as_str(), path),
            Change::Gone => ("", Path::new("/dev/null")),
        };
        let from = if settings.text.is_some() { path } else { Path::new("/dev/null") };
        done.shown.push_str(&difference(from, to, &diff::lines(before, after), self.style));
        if self.arguments.dry_run {
            return done.findings.push(Finding::note(CHECK, format!("{shown} would be changed so.")));
        }
        let written = match &change {
            Change::Gone => {
                settings.remove().map(|()| format!("{shown} was made for the hook, and is removed."))
            }
            _ => settings.write(after, mode).map(|backup| match (backup, &settings.text) {
                (Some(backup), _) => {
                    format!("{shown} is written. As it was it stays in {}.", backup.display())
                }
                (None, Some(_)) => format!("{shown} is as it was before the hook."),
                (None, None) => format!("{shown} is written. There was none before."),
            }),
        };
        done.findings.push(match written {
            Ok(message) => {
                done.changed = true;
                Finding::ok(CHECK, message)
            }
            Err(why) => error(format!("{why}."), None),
        });
    }

    fn report(&self, agents: Vec<(Option<&str>, Done)>) -> Output {
        let style = self.style;
        let heading = match self.arguments.uninstall {
            true => format!("asm-guard {}", env!("CARGO_PKG_VERSION")),
            false => format!("asm-guard {}, {}", env!("CARGO_PKG_VERSION"), self.program),
        };
        let mut out = format!("{}\n", style.bold(&style::one_line(&heading)));
        for (title, done) in &agents {
            out.push('\n');
            if let Some(title) = title {
                let _ = writeln!(out, "{}", style.bold(title));
            }
            out.push_str(&done.shown);
            out.push_str(&findings_in_lines(&done.findings, style));
        }
        if self.arguments.dry_run {
            let _ = writeln!(out, "\nNothing was written.");
        }
        let findings: Vec<Finding> = agents.into_iter().flat_map(|(_, done)| done.findings).collect();
        Output::new(out, status(&findings))
    }
}

/// What the user alone can say to an agent is left to do, and no fault of an installation.
fn left_to_do(finding: Finding) -> Finding {
    match finding.check == doctor::agents::TRUST {
        true => Finding { severity: Severity::Warning, ..finding },
        false => finding,
    }
}

/// A change as `diff -u` shows it.
fn difference(from: &Path, to: &Path, lines: &[Line], style: Style) -> String {
    let mut out = String::new();
    let name = |path: &Path| style::one_line(&path.display().to_string());
    let _ = writeln!(out, "{}", style.bold(&format!("--- {}", name(from))));
    let _ = writeln!(out, "{}", style.bold(&format!("+++ {}", name(to))));
    for line in lines {
        let text = |mark: &str, text: &str| format!("{mark}{}", style::visible(text));
        let line = match line {
            Line::Place(place) => style.dim(place.trim_end()),
            Line::Same(same) => text(" ", same),
            Line::New(new) => style.good(&text("+", new)),
            Line::Old(old) => style.bad(&text("-", old)),
            Line::NoNewline => style.dim("\\ No newline at end of file"),
        };
        let _ = writeln!(out, "{line}");
    }
    out
}
