//! `asm-guard rules docs`: every built-in rule on a page.

use std::fmt::Write as _;

use super::text;
use crate::cli::Output;
use crate::policy::{self, Example, Rule};

/// What stands above the rules.
const HEAD: &str = "# The rules that are built in

This page is what `asm-guard rules docs` prints. How rules are written, and how these are amended, is told in
[rules.md](rules.md).
";

/// What stands above the rules of packs.
const PACKS: &str = "
Rules of packs, which are off until a rule file switches the pack on (`packs = [\"vault\"]`):

| rule | decision | | pack |
|---|---|---|---|
";

pub(super) fn run() -> Result<Output, Output> {
    let rules = policy::builtin_rules().map_err(|message| Output::broken(&message))?;
    Ok(Output::new(page(&rules, &packed()), 0))
}

/// The rules of every pack.
fn packed() -> Vec<(&'static str, Rule)> {
    let of =
        |pack: &'static str| policy::pack_rules(pack).into_iter().flatten().map(move |rule| (pack, rule));
    policy::packs().into_iter().flat_map(of).collect()
}

fn page(rules: &[Rule], packed: &[(&str, Rule)]) -> String {
    let mut out = String::from(HEAD);
    out.push_str("\n| rule | decision | |\n|---|---|---|\n");
    let row = |out: &mut String, rule: &Rule| {
        let _ =
            write!(out, "| [`{0}`](#{0}) | {1} | {2} |", rule.id, rule.decision.word(), cell(&rule.summary));
    };
    for rule in rules {
        row(&mut out, rule);
        out.push('\n');
    }
    out.push_str(PACKS);
    for (pack, rule) in packed {
        row(&mut out, rule);
        let _ = writeln!(out, " `{pack}` |");
    }
    for rule in rules.iter().chain(packed.iter().map(|(_, rule)| rule)) {
        let _ = write!(out, "\n## {}\n\n{}.\n\n", rule.id, rule.summary.trim_end_matches('.'));
        let _ = writeln!(out, "Decision: **{}**. {}", rule.decision.word(), rule.reason);
        if let Some(application) = &rule.application {
            let word = application.decision.word();
            let _ = writeln!(out, "\nIn an application's own code: **{word}**. {}", application.reason);
        }
        if !rule.tags.is_empty() {
            let _ = writeln!(out, "\nTags: {}.", rule.tags.join(", "));
        }
        let _ = write!(out, "\n```toml\n{}```\n", text::conditions(rule));
        out.push_str("\n| call | becomes |\n|---|---|\n");
        for example in &rule.examples {
            let why = example.why.as_ref().map(|why| format!(": {}", cell(why))).unwrap_or_default();
            let _ = writeln!(out, "| {} | {}{why} |", call(example), example.expect.word());
        }
    }
    out
}

/// A call as a cell: code, on one line.
fn call(example: &Example) -> String {
    let shown = example.shown().replace('\n', " ⏎ ");
    // Of more backticks in a row than stand in it, so that none ends it.
    let most = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(most + 1);
    let pad = if most > 0 { " " } else { "" };
    let files: Vec<String> = example.files.keys().map(|path| format!("`{path}`")).collect();
    let with = if files.is_empty() { String::new() } else { format!(" with {}", files.join(", ")) };
    format!("{ticks}{pad}{}{pad}{ticks}{with}", shown.replace('|', "\\|"))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page in the repository is this one. To renew it: `cargo run -- rules docs > docs/rules-built-in.md`.
    #[test]
    fn the_committed_page_is_current() {
        let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules-built-in.md");
        let committed = std::fs::read_to_string(committed).unwrap_or_default();
        assert!(
            committed == page(&policy::builtin_rules().unwrap(), &packed()),
            "renew docs/rules-built-in.md"
        );
    }
}
