//! Which part of a justfile a call of just would run, as shell text.
//!
//! A justfile is recipes: a line `name parameters: dependencies`, then indented lines that a shell runs. `{{name}}`
//! stands for a variable or a parameter. The text that comes out has each command on the line where it stands in
//! the file.

use std::collections::HashSet;

/// What is run of a justfile.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wanted {
    /// Variables and the lines of the wanted recipes.
    pub(super) commands: String,
    /// Wanted recipes that begin with `#!`.
    pub(super) scripts: Vec<Script>,
}

/// A recipe that is a script.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Script {
    /// The line of its `#!`, from 1.
    pub(super) line: u32,
    /// Its text.
    pub(super) text: String,
}

/// What is run for these recipes and those they need; without any, for the first.
pub(super) fn wanted(text: &str, names: &[String]) -> Wanted {
    let headers: Vec<(&str, Vec<&str>)> = text.lines().filter_map(header).collect();
    let is_recipe = |name: &&str| headers.iter().any(|(known, _)| known == name);
    let mut open: Vec<&str> = names.iter().map(String::as_str).filter(is_recipe).collect();
    if open.is_empty() && names.is_empty() {
        open.extend(headers.first().map(|(name, _)| *name));
    }
    let mut needed: HashSet<&str> = HashSet::new();
    while let Some(name) = open.pop() {
        if needed.insert(name) {
            let own = headers.iter().filter(|(known, _)| *known == name);
            open.extend(own.flat_map(|(_, dependencies)| dependencies.iter().copied()));
        }
    }
    let mut out = Wanted::default();
    // Of the recipe that the lines belong to: whether it is wanted, and whether it is a script.
    let (mut keep, mut in_script, mut begun) = (false, false, false);
    let mut continued = false;
    for (number, line) in text.lines().enumerate() {
        let indented = line.starts_with([' ', '\t']);
        if let Some((name, _)) = header(line) {
            (keep, in_script, begun) = (needed.contains(name), false, false);
        } else if indented && keep && !line.trim().is_empty() {
            let command = line.trim_start();
            if !begun && command.starts_with("#!") {
                in_script = true;
                let line = u32::try_from(number + 1).unwrap_or(u32::MAX);
                out.scripts.push(Script { line, text: String::new() });
            }
            begun = true;
            if let Some(script) = out.scripts.last_mut().filter(|_| in_script) {
                script.text.push_str(&interpolated(command));
                script.text.push('\n');
            } else {
                let command = if continued { command } else { command.trim_start_matches(['@', '-']) };
                continued = command.ends_with('\\');
                out.commands.push_str(&interpolated(command));
            }
        } else if !indented && let Some((name, value)) = assignment(line) {
            out.commands.push_str(&format!("{name}={value}"));
        }
        out.commands.push('\n');
    }
    out
}

/// The name and the dependencies of a line that begins a recipe.
fn header(line: &str) -> Option<(&str, Vec<&str>)> {
    let line = line.strip_prefix('@').unwrap_or(line);
    let first = line.chars().next()?;
    if !(first.is_alphanumeric() || first == '_') {
        return None;
    }
    // A default value may hold a colon; `:=` assigns.
    let mut quote = None;
    let colon = line.char_indices().find(|(_, c)| match (quote, *c) {
        (Some(open), c) if c == open => {
            quote = None;
            false
        }
        (None, '\'' | '"' | '`') => {
            quote = Some(*c);
            false
        }
        (None, ':') => true,
        _ => false,
    });
    let (at, _) = colon?;
    if line[at..].starts_with(":=") {
        return None;
    }
    let name = line[..at].split_whitespace().next()?;
    let dependencies = line[at + 1..].split('#').next().unwrap_or_default();
    let is_name = |word: &&str| !word.is_empty() && *word != "&&";
    let words = dependencies.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
    Some((name, words.filter(is_name).collect()))
}

/// `name := value` as a shell would write the value.
fn assignment(line: &str) -> Option<(&str, String)> {
    let (name, value) = line.split_once(":=")?;
    let name = name.trim().trim_start_matches("export ").trim();
    let plain =
        !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-'));
    let value = value.trim();
    let value = match value.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        Some(command) => format!("$({command})"),
        None if value.starts_with(['\'', '"']) => value.to_owned(),
        None => return None,
    };
    plain.then_some((name, value))
}

/// A line with `{{name}}` as the shell's `${name}`.
fn interpolated(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((inner, following)) = after.split_once("}}") else {
            rest = &rest[before.len()..];
            break;
        };
        let inner = inner.trim();
        match inner.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_') {
            true => out.push_str(&format!("${{{inner}}}")),
            false => out.push_str("${expression}"),
        }
        rest = following;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
bucket := 'a'
default: build
build target='x:y':
    @echo {{target}} {{ bucket }}
deploy: build (check \"a b\") && done
    -./deploy.sh \\
      {{arch()}}
check what:
    echo check
done:
    echo done
py:
    #!/usr/bin/env python3
    print('x')
";

    #[test]
    fn only_the_wanted_recipes_are_kept_on_their_lines() {
        for (names, kept) in [
            (&[][..], &[(1, "bucket='a'"), (4, "echo ${target} ${bucket}")][..]),
            (&["check"], &[(1, "bucket='a'"), (9, "echo check")]),
            (
                &["deploy", "an-argument"],
                &[
                    (1, "bucket='a'"),
                    (4, "echo ${target} ${bucket}"),
                    (6, "./deploy.sh \\"),
                    (7, "${expression}"),
                    (9, "echo check"),
                    (11, "echo done"),
                ],
            ),
            (&["missing"], &[(1, "bucket='a'")]),
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let wanted = wanted(TEXT, &names);
            let lines: Vec<(usize, &str)> = wanted
                .commands
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.is_empty())
                .map(|(number, line)| (number + 1, line))
                .collect();
            assert_eq!(lines, kept, "{names:?}");
            assert_eq!(wanted.scripts, []);
        }
        let script = Script { line: 13, text: "#!/usr/bin/env python3\nprint('x')\n".to_owned() };
        assert_eq!(wanted(TEXT, &["py".to_owned()]).scripts, [script]);
    }
}
