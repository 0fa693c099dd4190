//! `asm-guard rules schema`: the JSON Schema of rule files.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::cli::Output;
use crate::knowledge::{
    Alias, AwsCli, Cmdlet, Command, Forwarder, Handling, HttpClient, Image, Interpreter, Kind, Lister,
    Remote, Resolver, Shell, Tasks, Variable, Wrapper, Writer,
};
use crate::policy::{self, Example, Exception, Override, Rule};
use crate::surface::Surface;

/// Rules of asm-guard, what is said of others' rules, and of programs and tools.
///
/// A project's files say nothing of programs and tools.
#[derive(JsonSchema)]
#[schemars(rename = "asm-guard rules", deny_unknown_fields)]
#[allow(dead_code)]
struct File {
    /// Rules.
    #[schemars(default)]
    rule: Vec<Rule>,
    /// Other decisions for rules of other files. A project's files can only tighten.
    #[schemars(default, rename = "override")]
    overrides: Vec<Override>,
    /// Facts that rules leave alone. A project's files have none.
    #[schemars(default, rename = "exception")]
    exceptions: Vec<Exception>,
    /// Packs of rules that are switched on.
    #[schemars(default)]
    packs: Vec<String>,
    /// Globs over the ids of rules that users may not loosen. Only a managed file has them.
    #[schemars(default)]
    locked: Vec<String>,
    /// Calls with what must become of them by all that holds.
    #[schemars(default)]
    example: Vec<Example>,
    /// Programs that run another command.
    #[schemars(default)]
    wrapper: Vec<Wrapper>,
    /// Programs that run shell text.
    #[schemars(default)]
    shell: Vec<Shell>,
    /// Programs that run code of another language.
    #[schemars(default)]
    interpreter: Vec<Interpreter>,
    /// Programs that run tasks which a file of the project names.
    #[schemars(default)]
    tasks: Vec<Tasks>,
    /// Programs that send requests.
    #[schemars(default)]
    http_client: Vec<HttpClient>,
    /// Programs with the command line of the AWS CLI.
    #[schemars(default)]
    aws_cli: Vec<AwsCli>,
    /// Cmdlets that call AWS.
    #[schemars(default)]
    cmdlet: Vec<Cmdlet>,
    /// Other names for programs.
    #[schemars(default)]
    alias: Vec<Alias>,
    /// Container images whose entry point is a program.
    #[schemars(default)]
    image: Vec<Image>,
    /// Programs that put values in the place of references.
    #[schemars(default)]
    resolver: Vec<Resolver>,
    /// Programs that show what they are given, or need none of it.
    #[schemars(default)]
    handling: Vec<Handling>,
    /// Programs that rules judge by their command lines.
    #[schemars(default)]
    command: Vec<Command>,
    /// Programs that forward connections.
    #[schemars(default)]
    forwarder: Vec<Forwarder>,
    /// Operations of AWS that run a command elsewhere.
    #[schemars(default)]
    remote: Vec<Remote>,
    /// Programs that change files.
    #[schemars(default)]
    writer: Vec<Writer>,
    /// Programs that print the paths of files.
    #[schemars(default)]
    lister: Vec<Lister>,
    /// Environment variables whose value some program runs.
    #[schemars(default)]
    variable: Vec<Variable>,
    /// Tools, and how their fields are read.
    #[schemars(default)]
    surface: Vec<Surface>,
}

pub(super) fn run() -> Output {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<File>();
    for kind in Kind::ALL {
        let place = format!("/properties/{}/items/$ref", kind.word());
        let definition = schema.pointer(&place).and_then(Value::as_str).map(|path| path.replace('#', ""));
        let entry = definition.and_then(|path| schema.pointer_mut(&path));
        let fields = entry.and_then(Value::as_object_mut).expect("every kind is a field of `File`");
        // The types that read built-in entries ask for nothing.
        fields.insert("required".to_owned(), policy::needed(kind).collect());
    }
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    Output::new(format!("{text}\n"), 0)
}
