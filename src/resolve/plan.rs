//! What would be run, with its references still in it; and the same with their values.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use zeroize::Zeroizing;

use super::arguments::{self, Argument, read, text_with_braces};
use super::child::Launch;
use super::env_file;
use super::reference::Reference;
use super::script::Rewriting;
use super::template::{Template, Values};

/// What a plan is made of, as the process got it.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The command and its arguments.
    pub command: Vec<OsString>,
    /// The process's environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Names and texts of the files given with `--env-file`.
    pub env_files: Vec<(String, String)>,
    /// Name and text of the file given with `--template`.
    pub template: Option<(String, String)>,
    /// Whether values in URLs are left as they are.
    pub raw: bool,
}

/// A command, its variables and a file, in which references stand.
#[derive(Debug)]
pub struct Plan {
    /// The command as it was written.
    command: Vec<OsString>,
    arguments: Vec<Argument>,
    variables: Vec<Variable>,
    file: Option<Template>,
    /// Names of variables that the command has anyway.
    taken: BTreeSet<OsString>,
}

#[derive(Debug)]
struct Variable {
    name: OsString,
    value: Template,
    /// The file that sets it; None where the environment does.
    file: Option<String>,
}

/// Variables that carry the agent daemon's token, which is asm-exec's and not the command's business.
const WITHHELD: &str = "AWS_TOKEN";
/// How variables are named that carry values into a shell's script.
const CARRIER: &str = "ASM_EXEC_VALUE_";

impl Plan {
    /// Reads what was given.
    ///
    /// # Errors
    /// A sentence about the first part that cannot be read; nothing runs half resolved.
    pub fn read(inputs: Inputs) -> Result<Plan, String> {
        let raw = inputs.raw;
        let mut variables: Vec<Variable> = Vec::new();
        for (file, text) in &inputs.env_files {
            for (name, value) in env_file::variables(text).map_err(|error| format!("{file}, {error}"))? {
                let value = read(value, raw, &format!("the variable {name} of {file}"))?;
                let name = OsString::from(name);
                variables.retain(|variable| variable.name != name);
                variables.push(Variable { name, value, file: Some(file.clone()) });
            }
        }
        let mut taken: BTreeSet<OsString> = variables.iter().map(|variable| variable.name.clone()).collect();
        for (name, value) in inputs.environment {
            if name == WITHHELD || !taken.insert(name.clone()) {
                continue;
            }
            let place = || format!("the environment variable {}", name.to_string_lossy());
            if let Some(value) = text_with_braces(&value, place)? {
                let value = read(value, raw, &place())?;
                if !value.is_plain() || !value.others().is_empty() {
                    variables.push(Variable { name, value, file: None });
                }
            }
        }
        let arguments = arguments::read_all(&inputs.command, raw)?;
        let file = inputs.template.map(|(name, text)| read(text, raw, &name)).transpose()?;
        Ok(Plan { command: inputs.command, arguments, variables, file, taken })
    }

    /// Whether there is a command.
    pub fn has_command(&self) -> bool {
        !self.arguments.is_empty()
    }

    /// Every reference, each once, in the order in which they stand.
    pub fn references(&self) -> Vec<Reference> {
        let mut seen = BTreeSet::new();
        let all = self.templates().flat_map(Template::places).map(|place| &place.reference);
        all.filter(|reference| seen.insert(*reference)).cloned().collect()
    }

    /// References of services other than Secrets Manager, each once.
    pub fn others(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let all = self.templates().flat_map(Template::others).map(String::as_str);
        all.filter(|other| seen.insert(*other)).collect()
    }

    /// The arguments as they were written.
    pub fn arguments(&self) -> impl Iterator<Item = &OsStr> {
        self.command.iter().map(OsString::as_os_str)
    }

    /// The variables that differ from the environment, as they were written, and the file that sets each.
    pub fn variables(&self) -> impl Iterator<Item = (&OsStr, &str, Option<&str>)> {
        self.variables
            .iter()
            .map(|variable| (&*variable.name, variable.value.text(), variable.file.as_deref()))
    }

    /// The file, filled in.
    pub fn file(&self, values: &Values) -> Option<Zeroizing<String>> {
        self.file.as_ref().map(|template| template.fill(values))
    }

    /// The command, filled in.
    ///
    /// # Errors
    /// A sentence, where a value cannot stand where its reference stands.
    pub fn launch(&self, values: &Values) -> Result<Launch, String> {
        let mut launch = Launch { unset: vec![OsString::from(WITHHELD)], ..Launch::default() };
        for variable in &self.variables {
            let value = fill(&variable.value, values)?;
            launch.set.push((variable.name.clone(), value.as_str().into()));
        }
        let mut carriers = Carriers { taken: &self.taken, made: Vec::new() };
        let mut words = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            words.push(match argument {
                Argument::Plain(text) => text.clone(),
                Argument::Filled(template) => fill(template, values)?.as_str().into(),
                Argument::Script { template, rewriting, carried } => {
                    scripted(template, rewriting, *carried, values, &mut carriers)?.as_str().into()
                }
            });
        }
        launch
            .set
            .extend(carriers.made.into_iter().map(|(name, value)| (name.into(), value.as_str().into())));
        let mut words = words.into_iter();
        launch.program = words.next().unwrap_or_default();
        launch.arguments = words.collect();
        launch.shown =
            self.arguments().next().map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(launch)
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        let arguments = self.arguments.iter().filter_map(|argument| match argument {
            Argument::Plain(_) => None,
            Argument::Filled(template) | Argument::Script { template, .. } => Some(template),
        });
        arguments.chain(self.variables.iter().map(|variable| &variable.value)).chain(&self.file)
    }
}

/// Variables that carry values into a script.
struct Carriers<'a> {
    taken: &'a BTreeSet<OsString>,
    made: Vec<(String, Zeroizing<String>)>,
}

impl Carriers<'_> {
    /// The name of the variable that carries this value.
    fn of(&mut self, value: Zeroizing<String>) -> String {
        if let Some((name, _)) = self.made.iter().find(|(_, made)| *made == value) {
            return name.clone();
        }
        let free = |number: &usize| !self.taken.contains(OsStr::new(&format!("{CARRIER}{number}")));
        let number = (1..).filter(free).nth(self.made.len()).unwrap_or_default();
        let name = format!("{CARRIER}{number}");
        self.made.push((name.clone(), value));
        name
    }
}

fn scripted(
    template: &Template,
    rewriting: &Rewriting,
    carried: bool,
    values: &Values,
    carriers: &mut Carriers,
) -> Result<Zeroizing<String>, String> {
    let written: Vec<Zeroizing<String>> = template.places().iter().map(|place| place.value(values)).collect();
    without_nul(template, &written)?;
    match carried {
        true => {
            let names: Vec<String> = written.into_iter().map(|value| carriers.of(value)).collect();
            rewriting.expansions(|at| &names[at]).map(Zeroizing::new).map_err(|refused| refused.to_string())
        }
        false => rewriting.pasted(|at| &written[at]).map_err(|refused| refused.to_string()),
    }
}

fn fill(template: &Template, values: &Values) -> Result<Zeroizing<String>, String> {
    let written: Vec<Zeroizing<String>> = template.places().iter().map(|place| place.value(values)).collect();
    without_nul(template, &written)?;
    Ok(template.fill(values))
}

/// Arguments and variables end at a NUL byte (execve(2)).
fn without_nul(template: &Template, written: &[Zeroizing<String>]) -> Result<(), String> {
    match template.places().iter().zip(written).find(|(_, value)| value.contains('\0')) {
        None => Ok(()),
        Some((place, _)) => Err(format!(
            "the value of {} holds a NUL byte, which no argument and no variable can: use --template and --out",
            place.reference
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn inputs(command: &[&str], environment: &[(&str, &str)]) -> Inputs {
        Inputs {
            command: command.iter().map(OsString::from).collect(),
            environment: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ..Inputs::default()
        }
    }

    fn reference(id: &str) -> String {
        format!("{{{{resolve:secretsmanager:{id}}}}}")
    }

    fn launch(inputs: Inputs, values: &[(&str, &str)]) -> Result<Launch, String> {
        let plan = Plan::read(inputs)?;
        let value =
            |reference: &Reference| values.iter().find(|(id, _)| *id == reference.request.id).unwrap().1;
        let values =
            plan.references().into_iter().map(|r| (r.clone(), SecretString::from(value(&r)))).collect();
        plan.launch(&values)
    }

    fn variables(launch: &Launch) -> Vec<String> {
        launch.set.iter().map(|(name, value)| format!("{}={}", name.display(), value.display())).collect()
    }

    #[test]
    fn arguments_and_variables_are_filled() {
        let (a, b) = (reference("a"), reference("b"));
        let mut given = inputs(
            &["psql", &format!("password={a} user={b}"), "x"],
            &[("PLAIN", "1"), ("URL", &format!("s://{b}@h")), ("AWS_TOKEN", &a)],
        );
        given.env_files = vec![
            ("one.env".into(), format!("A={a}\nB=plain\nPLAIN=2")),
            ("two.env".into(), "B=later".into()),
        ];
        let launch = launch(given, &[("a", "va"), ("b", "v@b")]).unwrap();
        assert_eq!((launch.program.to_str(), launch.shown.as_str()), (Some("psql"), "psql"));
        assert_eq!(launch.arguments, ["password=va user=v@b", "x"]);
        assert_eq!(variables(&launch), ["A=va", "PLAIN=2", "B=later", "URL=s://v%40b@h"]);
        assert_eq!(launch.unset, ["AWS_TOKEN"]);
    }

    #[test]
    fn a_script_gets_its_values_as_variables() {
        let (a, b) = (reference("a"), reference("b"));
        let script = format!("echo {a} \"{b}\" {a}");
        let given = inputs(&["sh", "-c", &script, &a], &[("ASM_EXEC_VALUE_1", "taken")]);
        let launched = launch(given, &[("a", "$(x)"), ("b", "'")]).unwrap();
        let expected = "echo \"${ASM_EXEC_VALUE_2}\" \"${ASM_EXEC_VALUE_3}\" \"${ASM_EXEC_VALUE_2}\"";
        assert_eq!(launched.arguments, ["-c", expected, "$(x)"]);
        assert_eq!(variables(&launched), ["ASM_EXEC_VALUE_2=$(x)", "ASM_EXEC_VALUE_3='"]);
        // A shell behind sudo does not get them.
        let launched =
            launch(inputs(&["sudo", "sh", "-c", &format!("echo {a}")], &[]), &[("a", "it's")]).unwrap();
        assert_eq!(launched.arguments, ["sh", "-c", r"echo 'it'\''s'"]);
        assert!(launched.set.is_empty());
        // ssh joins its words into a script for the shell over there.
        let launched = launch(
            inputs(&["ssh", "-p", "22", "h", "mysql", &format!("-p{a}"), "-e", "x"], &[]),
            &[("a", "a b")],
        )
        .unwrap();
        assert_eq!(launched.arguments, ["-p", "22", "h", "mysql -p'a b' -e x"]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (given, error) in [
            (
                inputs(&["x", "{{resolve:secretsmanager:}}"], &[]),
                "argument 1: `{{resolve:secretsmanager:}}` is not",
            ),
            (inputs(&["{resolve:secretsmanager:x}"], &[]), "the command's name: "),
            (
                inputs(&["x"], &[("URL", "{{ resolve:secretsmanager:a}}")]),
                "the environment variable URL: `{{ resolve",
            ),
            (
                Inputs { env_files: vec![("f.env".into(), "A".into())], ..inputs(&["x"], &[]) },
                "f.env, line 1: ",
            ),
            (
                Inputs { env_files: vec![("f.env".into(), "A={{resolve::}}".into())], ..inputs(&["x"], &[]) },
                "the variable A of f.env: ",
            ),
            (inputs(&["fish", "-c", &reference("a")], &[]), "argument 2, a script: "),
            (inputs(&["sh", "-c", &format!("echo $(({}))", reference("a"))], &[]), "argument 2, a script: "),
            (
                Inputs {
                    template: Some(("t".into(), "{{resolve:secretsmanager:a".into())),
                    ..inputs(&[], &[])
                },
                "t: `{{resolve:secretsmanager:a` is not",
            ),
        ] {
            let message = Plan::read(given).unwrap_err();
            assert!(message.starts_with(error), "{message}");
        }
        let message = launch(inputs(&["x", &reference("a")], &[]), &[("a", "hun\0ter2")]).unwrap_err();
        assert!(
            message.contains("NUL")
                && message.contains("{{resolve:secretsmanager:a}}")
                && !message.contains("hun"),
            "{message}"
        );
    }

    #[test]
    fn references_are_counted_once() {
        let (a, b) = (reference("a"), reference("b"));
        let plan = Plan::read(inputs(
            &["x", &a, &b, &a, "{{resolve:ssm:p}}"],
            &[("V", &a), ("W", "{{resolve:ssm:p}}")],
        ))
        .unwrap();
        assert_eq!(plan.references().len(), 2);
        assert_eq!(plan.others(), ["{{resolve:ssm:p}}"]);
        assert!(Plan::read(inputs(&["x", "{{resolve:ssm:p}}"], &[])).unwrap().references().is_empty());
    }
}
