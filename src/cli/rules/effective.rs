//! `asm-guard rules effective`: what holds here, and which file says so.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::list;
use super::loaded::{Loaded, near};
use crate::cli::Output;
use crate::cli::style::{self, Style};
use crate::policy::{Effective, Layer};

pub(super) fn run(loaded: &Loaded, json: bool, style: Style) -> Result<Output, Output> {
    let rules = loaded.rules.all().map_err(|message| Output::broken(&message))?;
    if json {
        return Ok(Output::new(as_json(loaded, &rules), 0));
    }
    let width = rules.iter().map(|effective| effective.rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for effective in &rules {
        let id = style.bold(&format!("{:<width$}", effective.rule.id));
        let _ =
            writeln!(out, "{id}  {}  {}", list::setting(effective.rule.decision, style), whose(effective));
        if let Some(by) = &effective.amended_by {
            let _ = writeln!(out, "{:width$}         decided by {}", "", near(by));
        }
        for (exception, from) in &effective.exceptions {
            let until = exception.until.map(|until| format!(" until {until}")).unwrap_or_default();
            let reason = style::one_line(&exception.reason);
            let _ = writeln!(out, "{:width$}         except{until} by {}: {reason}", "", near(from));
        }
    }
    if loaded.knowledge().any(|(layer, ..)| counts(layer)) {
        let _ = writeln!(out, "\n{}", style.bold("Programs and tools that files tell of"));
        for (layer, from, addition) in loaded.knowledge().filter(|(layer, ..)| counts(*layer)) {
            let (kind, names) = (addition.kind.word(), addition.names.join(", "));
            let _ = writeln!(out, "{kind:<11}  {names}  {} ({})", near(&from), layer.word());
        }
    }
    let files = loaded.files.iter().map(|(layer, file)| format!("{} ({})", near(&file.path), layer.word()));
    let files: Vec<String> = files.collect();
    let read = if files.is_empty() { "none".to_owned() } else { files.join(", ") };
    let _ = writeln!(out, "\nRule files: {read}.");
    Ok(Output { stdout: out, stderr: list::faults(loaded), status: 0 })
}

/// Whether what a layer says of programs and tools holds.
fn counts(layer: Layer) -> bool {
    layer != Layer::Project
}

fn whose(effective: &Effective) -> String {
    match effective.layer {
        Layer::BuiltIn => "built-in".to_owned(),
        layer => format!("{} ({})", near(&effective.from), layer.word()),
    }
}

fn as_json(loaded: &Loaded, rules: &[Effective]) -> String {
    let rule = |effective: &Effective| {
        let exceptions = effective.exceptions.iter().map(
            |(exception, from)| json!({ "from": from, "until": exception.until, "reason": exception.reason }),
        );
        json!({
            "id": effective.rule.id,
            "decision": effective.rule.decision.word(),
            "layer": effective.layer,
            "from": Some(&effective.from).filter(|from| !from.is_empty()),
            "decided_by": effective.amended_by,
            "exceptions": exceptions.collect::<Vec<Value>>(),
        })
    };
    let files = loaded.files.iter().map(|(layer, file)| json!({ "path": file.path, "layer": layer }));
    let known = loaded.knowledge().filter(|(layer, ..)| counts(*layer)).map(|(layer, from, addition)| {
        json!({ "kind": addition.kind.word(), "names": addition.names, "from": from, "layer": layer })
    });
    let all = json!({
        "knowledge": known.collect::<Vec<_>>(),
        "rules": rules.iter().map(rule).collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "faults": loaded.all_faults(),
    });
    format!("{all:#}\n")
}
