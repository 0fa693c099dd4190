//! `asm-guard rules list` and `show`.

use std::fmt::Write as _;

use super::loaded::Loaded;
use super::text;
use crate::cli::Output;
use crate::cli::style::{self, Style};
use crate::policy::{Effective, Layer, Setting};

pub(super) fn list(loaded: &Loaded, style: Style) -> Result<Output, Output> {
    let rules = loaded.rules.all().map_err(|message| Output::broken(&message))?;
    let off = loaded.off().map(|(_, rule)| rule.id.len());
    let width = rules.iter().map(|effective| effective.rule.id.len()).chain(off).max().unwrap_or(0);
    let mut out = String::new();
    for Effective { rule, layer, .. } in &rules {
        let whose = match layer {
            Layer::BuiltIn => match loaded.pack_of(&rule.id) {
                Some(pack) => style.dim(&format!("  (pack {pack})")),
                None => String::new(),
            },
            layer => style.dim(&format!("  ({})", layer.word())),
        };
        let id = style.bold(&format!("{:<width$}", rule.id));
        let _ = writeln!(
            out,
            "{id}  {}  {}{whose}",
            setting(rule.decision, style),
            style::one_line(&rule.summary)
        );
    }
    for (pack, rule) in loaded.off() {
        let (id, off) = (style.bold(&format!("{:<width$}", rule.id)), setting(Setting::Off, style));
        let whose = style.dim(&format!("  (pack {pack}, which is off)"));
        let _ = writeln!(out, "{id}  {off}  {}{whose}", style::one_line(&rule.summary));
    }
    Ok(Output { stdout: out, stderr: faults(loaded), status: 0 })
}

pub(super) fn show(loaded: &Loaded, id: &str) -> Result<Output, Output> {
    let found: Vec<String> = loaded
        .rules()
        .filter(|(_, _, rule)| rule.id == id)
        .map(|(_, from, rule)| {
            let whose = if from.is_empty() { String::new() } else { format!("# {from}\n") };
            format!("{whose}{}", text::toml(rule))
        })
        .chain(loaded.packs.iter().filter(|(_, rule)| rule.id == id).map(|(pack, rule)| {
            let state = match loaded.rules.has_pack(pack) {
                true => "is on".to_owned(),
                false => format!("is off; `packs = [\"{pack}\"]` in a rule file switches it on"),
            };
            format!("# of the pack `{pack}`, which {state}\n{}", text::toml(rule))
        }))
        .collect();
    if found.is_empty() {
        let ids = loaded.rules().map(|(_, _, rule)| rule).chain(loaded.packs.iter().map(|(_, rule)| rule));
        let ids: Vec<&str> = ids.map(|rule| rule.id.as_str()).collect();
        return Err(Output::usage(format!("There is no rule `{id}`. The rules are: {}.", ids.join(", "))));
    }
    Ok(Output::new(found.join("\n"), 0))
}

/// A decision in four letters.
pub(super) fn setting(setting: Setting, style: Style) -> String {
    match (setting, setting.decision()) {
        (Setting::Hint, _) => style.dim("HINT "),
        (_, Some(decision)) => style.decision(decision),
        (_, None) => style.dim("OFF  "),
    }
}

/// What is wrong with rule files, for standard error.
pub(super) fn faults(loaded: &Loaded) -> String {
    loaded.all_faults().iter().map(|fault| format!("{fault}\n")).collect()
}
