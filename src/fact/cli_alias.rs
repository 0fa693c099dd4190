//! Aliases of the AWS command line: words of a person's own for a command, or for shell text behind `!`.

use super::reader::Reader;
use crate::knowledge::AwsCli;
use crate::shell::{Invocation, Outcome};
use crate::trace::{Kind, Place, Trace};
use crate::value::Text;

impl Reader {
    /// An alias of `~/.aws/cli/alias`, as the same command wrote it or as it is on disk (AWS CLI user guide, "Aliases").
    pub(super) fn cli_alias(
        &mut self,
        trace: &Trace,
        cli: &AwsCli,
        invocation: &Invocation,
    ) -> Option<Outcome> {
        let first = invocation.argv.get(1)?.literal()?;
        let second = invocation.argv.get(2).and_then(Text::literal);
        let written = invocation.files.get("cli/alias").map(|text| (text, None));
        if written.is_none() && is_ordinary(first, second) {
            return None;
        }
        let on_disk = || {
            let path = Text::unknown("~").concat(Text::from("/.aws/cli/alias"));
            invocation.files.script(trace, &path, Kind::Script).map(|source| (source.text, source.file))
        };
        let (text, file) = written.or_else(on_disk)?;
        let alias = alias_of(text.literal()?, first, second)?;
        let _through = trace.through(format!("aws alias {}", if alias.skips == 2 { first } else { second? }));
        let _at = trace.at(file.map(|file| Place { file, line: alias.line }));
        let rest = &invocation.argv[alias.skips..];
        if let Some(command) = alias.text.trim_start().strip_prefix('!') {
            let (name, command) = (format!("aws {}", alias.text), Text::from(command));
            return self.once(&name, invocation, |reader| {
                reader.inner_shell(trace, invocation, &command, rest.to_vec())
            });
        }
        let mut argv = invocation.argv[..alias.skips - 1].to_vec();
        argv.extend(shlex::split(&alias.text).unwrap_or_default().into_iter().map(Text::from));
        argv.extend(rest.iter().cloned());
        // The expansion is no alias again: it could name itself.
        Some(self.cli_calls(trace, cli, &Invocation { argv, ..invocation.clone() }))
    }
}

/// Words with which operations of every service begin.
const VERBS: [&str; 9] =
    ["describe-", "list-", "get-", "create-", "delete-", "put-", "update-", "start-", "stop-"];
/// Services whose operations begin otherwise, and the command line's own commands.
const ORDINARY: [&str; 6] = ["s3", "sts", "sso", "configure", "logs", "help"];

/// Whether the words are so surely a command of their own that the file of aliases, which few people have, need not be opened.
fn is_ordinary(first: &str, second: Option<&str>) -> bool {
    let names_operation = second.is_some_and(|word| VERBS.iter().any(|verb| word.starts_with(verb)));
    ORDINARY.contains(&first) || names_operation && !matches!(first, "secretsmanager" | "ssm")
}

/// An alias: what stands for it, how many words it and what is before it take, and its line.
struct CliAlias {
    text: String,
    skips: usize,
    line: u32,
}

/// The alias that the words behind `aws` name: one of `[toplevel]` by the first, one of `[command first]` by the second. A value
/// goes on in lines that are indented.
fn alias_of(aliases: &str, first: &str, second: Option<&str>) -> Option<CliAlias> {
    let mut found: Option<CliAlias> = None;
    let mut wanted = Some((first, 2));
    for (number, line) in aliases.lines().enumerate() {
        if line.starts_with([' ', '\t']) {
            if let Some(alias) = &mut found {
                alias.text.push('\n');
                alias.text.push_str(line.trim());
            }
            continue;
        }
        if found.is_some() {
            break;
        }
        if let Some(section) = line.trim().strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            wanted = match section.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["toplevel"] => Some((first, 2)),
                ["command", service] if *service == first => second.map(|name| (name, 3)),
                _ => None,
            };
        } else if let (Some((name, skips)), Some((key, value))) = (wanted, line.split_once('='))
            && key.trim() == name
        {
            let line = u32::try_from(number + 1).unwrap_or(u32::MAX);
            found = Some(CliAlias { text: value.trim().to_owned(), skips, line });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::alias_of;

    #[test]
    fn an_alias_is_found_in_its_section() {
        let aliases = "[toplevel]\nwho = sts get-caller-identity\nup =\n  !f() {\n    ls\n  }; f\n[command s3]\nl = ls\n";
        for (first, second, expected) in [
            ("who", None, "sts get-caller-identity"),
            ("up", Some("x"), "\n!f() {\nls\n}; f"),
            ("s3", Some("l"), "ls"),
            ("s3", None, "none"),
            ("l", None, "none"),
            ("ec2", Some("l"), "none"),
        ] {
            let found = alias_of(aliases, first, second).map_or("none".to_owned(), |alias| alias.text);
            assert_eq!(found, expected, "{first} {second:?}");
        }
    }
}
