//! Which part of a makefile a call of make would run.

use std::collections::HashSet;

/// The text of a makefile without the recipes of targets that are neither asked for nor needed for what is, and
/// without variables that are only computed where they are used, and are not. Each line that is left stands where it
/// stood. Without targets, the first one is asked for.
pub(super) fn wanted(text: &str, targets: &[String]) -> String {
    let rules: Vec<(Vec<&str>, Vec<&str>)> = text.lines().filter_map(rule).collect();
    let targets = targets.iter().map(String::as_str).filter(|t| !t.starts_with('-') && !t.contains('='));
    let mut open: Vec<&str> = targets.collect();
    if open.is_empty() {
        let first = rules.iter().find(|(names, _)| names.iter().any(|name| !name.starts_with('.')));
        open = first.map(|(names, _)| names.clone()).unwrap_or_default();
    }
    let mut needed: HashSet<&str> = HashSet::new();
    while let Some(target) = open.pop() {
        if needed.insert(target) {
            let prerequisites = rules.iter().filter(|(names, _)| names.iter().any(|n| stands_for(n, target)));
            open.extend(prerequisites.flat_map(|(_, prerequisites)| prerequisites.iter().copied()));
        }
    }
    let mut keep = true;
    let mut kept: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some((names, _)) = rule(line) {
            // A rule whose target is computed may be any.
            keep = names.iter().any(|n| n.contains('$') || needed.iter().any(|target| stands_for(n, target)));
        } else if !line.starts_with('\t') && !line.trim().is_empty() && !line.starts_with(' ') {
            keep = true;
        }
        kept.push(if keep { line } else { "" });
    }
    without_unused(&mut kept);
    kept.iter().fold(String::with_capacity(text.len()), |out, line| out + line + "\n")
}

/// Empties the definitions of variables that nothing kept uses.
fn without_unused(lines: &mut [&str]) {
    if lines.iter().any(|line| line.trim() == "export") {
        // Every variable reaches every recipe, so each is computed.
        return;
    }
    let mut open: Vec<&str> = lines.iter().filter(|line| lazy(line).is_none()).copied().collect();
    let mut used: HashSet<&str> = HashSet::new();
    let mut continued = None;
    let defined: Vec<Option<&str>> = lines
        .iter()
        .map(|line| {
            let name = continued.or_else(|| lazy(line));
            continued = name.filter(|_| line.ends_with('\\'));
            name
        })
        .collect();
    while let Some(line) = open.pop() {
        // A computed name (`$($(x))`) may be any.
        for name in references(line) {
            if used.insert(name) {
                let own = lines.iter().zip(&defined).filter(|(_, known)| **known == Some(name));
                open.extend(own.map(|(line, _)| *line));
            }
        }
    }
    let any = used.iter().any(|name| name.contains('$'));
    for (line, name) in lines.iter_mut().zip(defined) {
        if name.is_some_and(|name| !any && !used.contains(name)) {
            *line = "";
        }
    }
}

/// The variable that a line defines to be computed where it is used (`NAME = …`, `NAME ?= …`).
fn lazy(line: &str) -> Option<&str> {
    if line.starts_with(['\t', '#']) || line.starts_with("export ") {
        return None;
    }
    let (name, _) = line.split_once('=')?;
    if name.ends_with([':', '!', '+']) {
        return None;
    }
    let name = name.trim_end_matches('?').trim();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// The names of variables, and the arguments of functions, that a line refers to.
fn references(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices('$').flat_map(move |(at, _)| {
        let rest = &line[at + 1..];
        let inner = rest.strip_prefix(['(', '{']).unwrap_or(rest.get(..1).unwrap_or_default());
        let whole = inner.split([')', '}', ':']).next().unwrap_or_default();
        whole.split([' ', ',', '\t'])
    })
}

/// The targets and prerequisites of a line that begins a rule.
fn rule(line: &str) -> Option<(Vec<&str>, Vec<&str>)> {
    if line.starts_with(['\t', ' ', '#']) {
        return None;
    }
    let colon = line.find(':')?;
    let after = &line[colon + 1..];
    let assignment = after.starts_with('=') || line.find('=').is_some_and(|equals| equals < colon);
    if assignment || after.starts_with(":=") {
        return None;
    }
    let prerequisites = after.trim_start_matches(':').split([';', '#']).next().unwrap_or_default();
    Some((line[..colon].split_whitespace().collect(), prerequisites.split_whitespace().collect()))
}

fn stands_for(name: &str, target: &str) -> bool {
    name == target
        || name.contains('%') && crate::shell::pattern::matches(&name.replacen('%', "*", 1), target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_made_is_kept() {
        let text = "x := 1\nall: build\n\techo all\nbuild:\n\techo build\nother: ; echo no\n\techo other\n%.o: %.c\n\tcc\n";
        for (targets, expected) in
            [(&[][..], "all build"), (&["build"], "build"), (&["other"], "other"), (&["a.o"], "cc")]
        {
            let targets: Vec<String> = targets.iter().map(|t| (*t).to_owned()).collect();
            let kept = wanted(text, &targets);
            for word in ["all", "build", "other"] {
                assert_eq!(
                    kept.contains(&format!("\techo {word}")),
                    expected.contains(word),
                    "{targets:?}: {word}"
                );
            }
            assert_eq!(kept.contains("\tcc"), expected == "cc");
            assert!(kept.starts_with("x := 1"));
        }
    }

    #[test]
    fn a_variable_is_kept_where_it_is_computed() {
        let text = "now := $(shell a)\nlater = $(shell b)\nfar = $(later)\nall:\n\techo\nuse:\n\techo $(far)\nexport sent = $(shell c)\n";
        for (target, kept) in [("all", &["a", "c"][..]), ("use", &["a", "b", "c"])] {
            let text = wanted(text, &[target.to_owned()]);
            for command in ["a", "b", "c"] {
                assert_eq!(
                    text.contains(&format!("shell {command}")),
                    kept.contains(&command),
                    "{target}: {command}"
                );
            }
            assert_eq!(text.lines().nth(3), Some(if target == "all" { "all:" } else { "" }));
        }
        assert!(wanted(&format!("{text}export\n"), &["all".to_owned()]).contains("shell b"));
    }
}
