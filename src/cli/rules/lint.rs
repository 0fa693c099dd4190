//! `asm-guard rules lint`: what is wrong with rule files, and what in them is of no use.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::loaded::{Loaded, near};
use super::test::{of_files, tried};
use crate::cli::Output;
use crate::cli::style::{self, Style};
use crate::knowledge::{Addition, Kind};
use crate::policy::{Layer, Setting, Tried, builtin_standings};

/// Something to mend.
struct Remark {
    /// A fault stands in the way; otherwise it is only of no use.
    fault: bool,
    /// The file and line; empty for what is built in.
    from: String,
    message: String,
}

pub(super) fn run(loaded: &Loaded, json: bool, style: Style) -> Output {
    let remarks = remarks(loaded);
    let status = u8::from(!remarks.is_empty());
    if json {
        let all = remarks.iter().map(|remark| {
            let severity = if remark.fault { "error" } else { "warning" };
            json!({ "severity": severity, "from": remark.from, "message": remark.message })
        });
        return Output::new(format!("{:#}\n", json!({ "remarks": all.collect::<Vec<_>>() })), status);
    }
    let mut out = String::new();
    for Remark { fault, from, message } in &remarks {
        let severity = if *fault { style.bad("error  ") } else { style.bold("warning") };
        let from = if from.is_empty() { String::new() } else { format!("{}: ", near(from)) };
        let _ = writeln!(out, "{severity}  {from}{}", style::indented(message, 9));
    }
    let rules = style::counted(loaded.rules().count(), "rule");
    let sum = match remarks.len() {
        0 => style.good(&format!("Nothing to say of {rules}.")),
        1 => "1 remark.".to_owned(),
        n => format!("{n} remarks."),
    };
    let _ = writeln!(out, "{sum}");
    Output::new(out, status)
}

fn remarks(loaded: &Loaded) -> Vec<Remark> {
    let faults = loaded.all_faults();
    let mut remarks: Vec<Remark> =
        faults.into_iter().map(|message| Remark { fault: true, from: String::new(), message }).collect();
    let mut warn = |from: &str, message: String| {
        remarks.push(Remark { fault: false, from: from.to_owned(), message });
    };
    let mut seen: BTreeMap<String, String> =
        builtin_standings().into_keys().map(|id| (id, "a built-in one".to_owned())).collect();
    for (layer, from, rule) in loaded.rules() {
        if layer == Layer::BuiltIn {
            continue;
        }
        match seen.get(&rule.id) {
            Some(other) => warn(
                &from,
                format!(
                    "`{}` is the name of another rule too, {other}: both hold, and what is said of that name is said of both",
                    rule.id
                ),
            ),
            None => drop(seen.insert(rule.id.clone(), near(&from))),
        }
    }
    let mut said = BTreeMap::<(Kind, &str, String), String>::new();
    for (_, from, addition) in loaded.knowledge() {
        let Addition { kind, names, json } = addition;
        let already = |name: &str, by: &str| {
            format!("of `{name}` the same `[[{}]]` is already {by}: take it out", kind.word())
        };
        addition.built_in().for_each(|name| warn(&from, already(name, "built in")));
        let mut plain = json.clone();
        plain.as_object_mut().map(|fields| fields.remove(kind.names()));
        for name in names {
            match said.get(&(*kind, name.as_str(), plain.to_string())) {
                Some(other) => warn(&from, already(name, &format!("in {}", near(other)))),
                None => drop(said.insert((*kind, name, plain.to_string()), from.clone())),
            }
        }
    }
    for (from, outcome) in of_files(loaded) {
        if let Some(failure) = outcome.failure() {
            warn(&from, failure);
        }
    }
    for (from, tried) in tried(loaded).into_iter().filter(|(from, _)| !from.is_empty()) {
        of_examples(&from, &tried, &mut warn);
    }
    for (_, file) in &loaded.files {
        for entry in &file.exceptions {
            let ended = entry.value.until.zip(loaded.rules.today).filter(|(until, today)| until < today);
            if let Some((until, _)) = ended {
                let from = format!("{}:{}", file.path, entry.line);
                warn(&from, format!("the exception to `{}` ended on {until}: take it out", entry.value.rule));
            }
        }
    }
    remarks
}

/// What a rule's own examples show.
fn of_examples(from: &str, tried: &Tried, warn: &mut impl FnMut(&str, String)) {
    let id = &tried.rule.id;
    if tried.rule.decision == Setting::Off {
        warn(from, format!("`{id}` is off, so nothing can come of it"));
        return;
    }
    let stopping = || tried.outcomes.iter().filter(|outcome| outcome.expected != "allow");
    if stopping().next().is_some() && stopping().all(|outcome| !outcome.matched) {
        warn(from, format!("`{id}` matches none of its own examples: nothing reaches it"));
        return;
    }
    for outcome in stopping().filter(|outcome| outcome.holds()) {
        if let Some(by) = outcome.by.as_ref().filter(|by| *by != id) {
            warn(from, format!("an example of `{id}` is decided by `{by}`: {}", outcome.call));
        }
    }
    for failure in tried.failures() {
        warn(from, format!("`{id}`: {failure}"));
    }
}
