//! From a field of a tool call to facts.

use super::reader::Reader;
use super::{AwsCall, Change, Fact, aws_cli, reference, url};
use crate::code::Language;
use crate::shell::{Files, Invocation, Setup};
use crate::surface::Reading;
use crate::trace::Trace;
use crate::value::Text;

impl Reader {
    /// Understands one field.
    pub fn read(&mut self, trace: &Trace, reading: &Reading) {
        match reading {
            Reading::Shell(text)
            | Reading::AwsCli(text)
            | Reading::Code { text, .. }
            | Reading::Url(text) => self.watch(text),
            Reading::Path(_) | Reading::Write { .. } | Reading::Patch(_) => {}
            Reading::Arguments(words) => words.iter().for_each(|word| self.watch(word)),
            Reading::Request { .. } => {}
        }
        match reading {
            Reading::Shell(text) => {
                trace.step(|| "reads shell text".to_owned());
                self.shell_text(trace, text, Setup::default());
            }
            Reading::Arguments(words) => {
                trace.step(|| "reads an argument vector".to_owned());
                let argv: Vec<Text> = words.iter().map(|word| Text::from(word.as_str())).collect();
                self.inner_command(trace, &alone(), &argv);
            }
            Reading::AwsCli(text) => {
                trace.step(|| "reads an AWS CLI command".to_owned());
                // Such a tool splits words itself and knows no shell; both readings are made.
                if let Some(mut words) = shlex::split(text).filter(|words| !words.is_empty()) {
                    let plain = !text.contains(['|', ';', '&', '$', '`', '<', '>', '(']);
                    if words[0] != "aws" && !words[0].ends_with("/aws") {
                        words.insert(0, "aws".to_owned());
                    }
                    self.read(trace, &Reading::Arguments(words));
                    if plain {
                        return;
                    }
                }
                let is_command = text.split_whitespace().any(|word| word == "aws" || word.ends_with("/aws"));
                let text = if is_command { text.clone() } else { format!("aws {text}") };
                self.shell_text(trace, &text, Setup::default());
            }
            Reading::Code { language, text } => self.code_field(trace, language.as_deref(), text),
            Reading::Url(text) => {
                trace.step(|| format!("reads a URL: {text}"));
                if let Some(path) = text.trim().strip_prefix("file://") {
                    self.file_read(trace, &Text::from(path), || text.clone());
                } else if let Some(request) = url::request(&Text::from(text.as_str())) {
                    self.request(trace, request, text);
                }
            }
            Reading::Path(path) => {
                self.file_read(trace, &Text::from(path.as_str()), || format!("reads {path}"));
            }
            Reading::Write { path, text } => {
                let (path, text) = (Text::from(path.as_str()), Text::from(text.as_str()));
                self.file_changed(trace, (&path, None), (Change::Write, &text), &|| format!("writes {path}"));
            }
            Reading::Patch(text) => self.patched(trace, text),
            Reading::Request { service, operation, parameters, region } => {
                let unknown = || Text::unknown("service");
                let service = service.as_deref().map_or_else(unknown, Text::from);
                let mut call = AwsCall::new(service, Text::from(operation.as_str()));
                call.region = region.as_deref().map(Text::from);
                for (name, value) in parameters {
                    let text = match value {
                        serde_json::Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    call.parameters.push((name.clone(), Text::from(text)));
                }
                let secret = aws_cli::is_fetch(&call).then(|| reference::of_call(&call));
                trace.step(|| "reads a structured AWS request".to_owned());
                let evidence = call.shown();
                self.remote(trace, &call, &alone());
                self.find(trace, Fact::Aws(call), evidence, secret.as_ref());
            }
        }
    }

    /// Code whose language may not be said: it is read as each that it could be.
    fn code_field(&mut self, trace: &Trace, language: Option<&str>, text: &str) {
        let named = language.map(|name| name.trim().to_lowercase());
        let named =
            named.as_deref().map(|name| name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'));
        let languages = match named {
            Some("bash" | "sh" | "shell" | "zsh" | "console" | "terminal") => {
                self.shell_text(trace, text, Setup::default());
                return;
            }
            Some("js" | "node" | "nodejs" | "ts" | "deno" | "bun") => vec![Language::JavaScript],
            Some("py" | "ipython" | "jupyter") => vec![Language::Python],
            Some("rb") => vec![Language::Ruby],
            Some("ps" | "pwsh" | "ps1") => vec![Language::PowerShell],
            Some("golang") => vec![Language::Go],
            Some("cs" | "c#" | "dotnet") => vec![Language::CSharp],
            Some(name) if Language::from_name(name).is_some() => {
                Language::from_name(name).into_iter().collect()
            }
            _ => {
                let is_shell =
                    crate::shell::parse(text, &trace.budget).is_ok_and(|script| script.error.is_none());
                if is_shell {
                    self.shell_text(trace, text, Setup::default());
                }
                vec![Language::Python, Language::JavaScript]
            }
        };
        if languages.contains(&Language::Python) && self.notebook_cell(trace, text) {
            return;
        }
        for language in languages {
            self.code(trace, language, &Text::from(text), None, &alone());
        }
    }
}

/// An invocation with nothing around it.
pub(super) fn alone() -> Invocation {
    Invocation {
        argv: Vec::new(),
        environment: Vec::new(),
        stdin: Text::unknown("standard input"),
        files: Files::default(),
        functions: Default::default(),
        captured: false,
    }
}
