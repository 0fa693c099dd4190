//! Which part of a makefile a call of make would run.

use std::collections::HashSet;

/// The text of a makefile without the recipes of targets that are neither asked for nor needed for what is.
/// Without targets, the first one is asked for.
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
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if let Some((names, _)) = rule(line) {
            // A rule whose target is computed may be any.
            keep = names.iter().any(|n| n.contains('$') || needed.iter().any(|target| stands_for(n, target)));
        } else if !line.starts_with('\t') && !line.trim().is_empty() && !line.starts_with(' ') {
            keep = true;
        }
        if keep {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
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
}
