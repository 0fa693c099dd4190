//! `asm-guard doctor`: whether the guard really stands before an agent's tools here.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::Output;
use super::style::{self, Style, WIDTH, wrapped};
use crate::doctor::{self, Finding, Machine, Severity};

pub(super) const EXAMPLES: &str = "\
Examples:
  asm-guard doctor                     Is this machine, and the project here, guarded?
  asm-guard doctor --project ~/app     And that project?
  asm-guard doctor --json              The same for a program: one JSON object

It reads settings and runs the hooks that are configured, each with a call that must be denied
and one that must pass. It changes nothing, asks nobody but the agent daemon on loopback, and
shows no credential.

Exit status:
  0  all is well, or there is only something to note
  1  a warning: something does not work as it should, calls are guarded
  2  an error: calls may pass unguarded, or what an organisation set does not hold
  64 the command line is wrong";

/// What to look at, and how to say it.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub(super) struct Arguments {
    /// The project's folder  [default: the current one]
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, style: Style) -> Output {
    let named = arguments.project.clone().unwrap_or_else(|| PathBuf::from("."));
    let project = match doctor::whole(&named) {
        Ok(project) if project.is_dir() => project,
        _ => return Output::usage(format!("--project: {} is no folder", named.display())),
    };
    let machine = Machine::here(project);
    match doctor::examine(&machine) {
        Ok(findings) if arguments.json => Output::new(as_json(&findings), status(&findings)),
        Ok(findings) => Output::new(report(&findings, &machine, style), status(&findings)),
        Err(message) => Output::broken(&message),
    }
}

/// The exit status for what was found.
pub(super) fn status(findings: &[Finding]) -> u8 {
    match doctor::worst(findings) {
        Severity::Ok | Severity::Note => 0,
        Severity::Warning => 1,
        Severity::Error => 2,
    }
}

fn as_json(findings: &[Finding]) -> String {
    let report = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "status": doctor::worst(findings),
        "findings": findings,
    });
    format!("{report:#}\n")
}

fn report(findings: &[Finding], machine: &Machine, style: Style) -> String {
    let heading = format!("asm-guard {}, project {}", env!("CARGO_PKG_VERSION"), machine.project.display());
    let mut out = format!("{}\n\n", style.bold(&style::one_line(&heading)));
    out.push_str(&findings_in_lines(findings, style));
    let count = |wanted| findings.iter().filter(|finding| finding.severity == wanted).count();
    let sum = match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => style.good("All is well."),
        (errors, warnings) => style.bad(&format!(
            "{}, {}.",
            style::counted(errors, "error"),
            style::counted(warnings, "warning")
        )),
    };
    let _ = writeln!(out, "\n{sum}");
    out
}

/// Findings for people, each on lines of its own.
pub(super) fn findings_in_lines(findings: &[Finding], style: Style) -> String {
    /// Where a finding's text begins: after its severity and its check.
    const INDENT: usize = 22;
    let mut out = String::new();
    for Finding { check, severity, message, mend } in findings {
        let word = format!("{severity:<7}");
        let word = match severity {
            Severity::Ok => style.good(&word),
            Severity::Note => style.dim(&word),
            Severity::Warning | Severity::Error => style.bad(&word),
        };
        let _ = writeln!(out, "{word}  {check:<11}  {}", wrapped(message, WIDTH, INDENT));
        if let Some(mend) = mend {
            let _ = writeln!(out, "{:INDENT$}{}", "", wrapped(&format!("→ {mend}"), WIDTH, INDENT + 2));
        }
    }
    out
}
