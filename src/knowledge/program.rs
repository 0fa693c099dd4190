//! How a program is read: one type for each kind of entry in `rules/programs/`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::command::{Command, Forwarder, Remote};
use super::lister::Lister;
use super::writer::Writer;
use crate::shell::Holds;
use crate::value::Text;

/// An entry of `rules/programs/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// Runs another command.
    Wrapper(Wrapper),
    /// Runs shell text.
    Shell(Shell),
    /// Runs code of another language.
    Interpreter(Interpreter),
    /// Sends requests.
    HttpClient(HttpClient),
    /// The AWS command line.
    AwsCli(AwsCli),
    /// A cmdlet of AWS Tools for PowerShell.
    Cmdlet(Cmdlet),
    /// Another name for a program, with other names for its options.
    Alias(Alias),
    /// A container image whose entry point is a program.
    Image(Image),
    /// Puts values in the place of references.
    Resolver(Resolver),
    /// Shows what it is given, or needs none of it.
    Handling(Handling),
    /// Runs tasks that a file of the project names.
    Tasks(Tasks),
    /// Is judged by its command line.
    Command(Command),
    /// Forwards connections.
    Forwarder(Forwarder),
    /// Runs a command elsewhere: an operation of AWS.
    Remote(Remote),
    /// Changes files.
    Writer(Writer),
    /// Prints the paths of files.
    Lister(Lister),
}

/// A program that runs another command.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Wrapper {
    /// The names of the program.
    pub program: Vec<String>,
    /// Options that take the next word.
    pub value_options: Vec<String>,
    /// Options that look like one of `value_options` but take nothing.
    pub flags: Vec<String>,
    /// `NAME=value` may stand before the command.
    pub assignments: bool,
    /// Operands before the command.
    pub skip: usize,
    /// The operands of `skip` may be absent.
    pub skip_optional: bool,
    /// Words that may stand before the command and mean nothing.
    pub skip_words: Vec<String>,
    /// Where the command is.
    pub inner: Inner,
    /// Options whose value is shell text.
    pub shell_options: Vec<String>,
    /// Options whose value is split into words.
    pub split_options: Vec<String>,
    /// Options whose value is the program's name.
    pub command_options: Vec<String>,
    /// Options whose value configures a command (`git -c alias.x=!cmd`).
    pub config_options: Vec<String>,
    /// What the keys of configuration end in, in lower case, whose values are commands.
    pub config_keys: Vec<String>,
    /// Words that select this entry; one of the sequences must follow the global options.
    pub subcommand: Vec<Vec<String>>,
    /// Options may still follow the operands of `skip`.
    pub options_after: bool,
    /// Options stand among the operands, of which none begins a command.
    pub options_anywhere: bool,
    /// Options with which nothing runs.
    pub inert: Vec<String>,
    /// Options whose value is a container image.
    pub image_options: Vec<String>,
    /// Options that forward a port (`port:host:port`).
    pub tunnel_options: Vec<String>,
    /// Keys of configuration that do.
    pub tunnel_keys: Vec<String>,
    /// Globs over files that the command wrote and this program runs.
    pub runs_files: Vec<String>,
    /// The operands are a key and a value of configuration (`git config`).
    pub configures: bool,
    /// Whether a backslash in its command parts folders, and quotes nothing.
    pub backslashes: bool,
    /// Words that begin a command in the middle.
    pub starts: Vec<String>,
    /// Words that end it.
    pub ends: Vec<String>,
    /// Words read from standard input are appended.
    pub stdin_words: bool,
    /// Options that name the text which those words replace.
    pub replace_options: Vec<String>,
    /// The text they replace where no option names one.
    pub replace_default: Option<String>,
    /// What follows the end word: `words` are the arguments.
    pub after_end: Option<String>,
    /// Standard input is shell text where no command is given.
    pub stdin_shell: bool,
    /// What each line of it has before it to be a command.
    pub stdin_prefix: String,
    /// Each line of it has times before its command.
    pub stdin_schedule: bool,
    /// The command has the environment of the caller.
    pub keeps_environment: bool,
    /// Options that take it away.
    pub clears: Vec<String>,
    /// The first operand is a container image.
    pub image: bool,
}

/// Where a wrapper's command is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Inner {
    /// The words after the options.
    #[default]
    #[serde(rename = "rest")]
    Rest,
    /// What follows `--`.
    #[serde(rename = "after --")]
    AfterDashes,
    /// What follows `--`, and where there is none the rest.
    #[serde(rename = "after --, or rest")]
    AfterDashesOrRest,
    /// From the first word that is a program known here.
    #[serde(rename = "search")]
    Search,
    /// The words joined are shell text.
    #[serde(rename = "shell")]
    Shell,
    /// Each word is shell text of its own.
    #[serde(rename = "shell each")]
    ShellEach,
    /// The words are a shell's own arguments.
    #[serde(rename = "shell arguments")]
    ShellArguments,
    /// There is none.
    #[serde(rename = "none")]
    None,
}

/// A shell.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Shell {
    /// The names of the program.
    pub program: Vec<String>,
    /// Options that take the next word.
    pub value_options: Vec<String>,
    /// Options whose value is a file that is run.
    pub script_options: Vec<String>,
}

/// An interpreter of another language.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Interpreter {
    /// The names of the program.
    pub program: Vec<String>,
    /// The language, as [`crate::code::Language::from_name`] knows it.
    pub language: String,
    /// Options whose value is code.
    pub inline: Vec<String>,
    /// Options whose value is Base64 of UTF-16 code.
    pub encoded: Vec<String>,
    /// The first operand is code.
    pub inline_positional: bool,
    /// The subcommand whose operand is code.
    pub inline_subcommand: Option<String>,
    /// The subcommand whose operand is a script.
    pub script_subcommand: Option<String>,
    /// The option that names a module run as a program.
    pub module: Option<String>,
    /// Options that take the next word and carry no code.
    pub value_options: Vec<String>,
    /// Options whose value is a script.
    pub script_options: Vec<String>,
    /// Options with which nothing runs.
    pub inert: Vec<String>,
    /// Options whose value assigns a variable (`awk -v`).
    pub assign_options: Vec<String>,
    /// Scripts that are run where none is named.
    pub default_script: Vec<String>,
    /// What may follow the path of a script on disk that is written without it.
    pub script_endings: Vec<String>,
    /// Options whose value is the folder to go to first.
    pub folder_options: Vec<String>,
    /// All that follows an inline option is code.
    pub rest_is_code: bool,
    /// Options are compared without regard to case, and may be cut short.
    pub ignore_case: bool,
    /// Operands are not scripts.
    pub operands_are_targets: bool,
    /// Operands after the first may be code.
    pub operands_are_code: bool,
    /// Standard input is code whatever the operands are.
    pub stdin_is_code: bool,
    /// With one of these options standard input is code.
    pub stdin_is_code_with: Vec<String>,
    /// It compiles: what it writes does what this program would do with its sources.
    pub compiles_for: Option<String>,
    /// Options whose value is the file that it writes.
    pub output_options: Vec<String>,
    /// The file that it writes where no option names one: a path, or an ending in the place of the source's.
    pub default_output: String,
    /// Globs over the sources that the command wrote, where none is named.
    pub default_sources: Vec<String>,
}

/// A program that runs tasks that a file of the project names.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tasks {
    /// The names of the program.
    pub program: Vec<String>,
    /// How the file is read.
    pub format: TaskFormat,
    /// The file, under the names it may have.
    pub files: Vec<String>,
    /// The path of the table that holds the tasks, where the format has no one place for it.
    pub table: Vec<String>,
    /// Words behind which the task's name stands.
    pub run: Vec<String>,
    /// Words that run tasks of other names.
    pub named: BTreeMap<String, Vec<String>>,
    /// Any other word may be a task's name.
    pub implicit: bool,
    /// Where no word names a task, the first one runs.
    pub first: bool,
    /// Options that take the next word.
    pub value_options: Vec<String>,
    /// Options whose value is the file.
    pub file_options: Vec<String>,
    /// Options whose value is the folder.
    pub folder_options: Vec<String>,
}

/// How a file that names tasks is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskFormat {
    /// `scripts` of a `package.json` or `composer.json`, with those that run before and after each.
    #[default]
    Scripts,
    /// `tasks` of a `deno.json`.
    Tasks,
    /// A justfile.
    Justfile,
    /// A Taskfile of go-task.
    Taskfile,
    /// A table of a TOML file.
    Toml,
}

/// A program that sends requests.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpClient {
    /// The names of the program.
    pub program: Vec<String>,
    /// Options whose value is a URL.
    pub url: Vec<String>,
    /// What the operands are.
    pub operands: Operands,
    /// Options whose value is `Name: value`.
    pub header: Vec<String>,
    /// Options whose value is a proxy.
    pub proxy: Vec<String>,
    /// Options that send a host elsewhere.
    pub resolve: Vec<String>,
    /// Options whose value replaces the path.
    pub target: Vec<String>,
    /// Options whose value is a file of further options.
    pub config: Vec<String>,
    /// Options whose value is a file of URLs.
    pub list: Vec<String>,
    /// Options whose value is what those URLs are relative to.
    pub base: Vec<String>,
    /// Options whose value is `name=value`, for `{{name}}` in the values of options that begin with `--expand-`.
    pub variable: Vec<String>,
    /// Options whose value is a setting (`http_proxy=…`).
    pub settings: Vec<String>,
    /// Options whose value is `host:port`.
    pub connect: Vec<String>,
    /// Options whose value is a command that talks over the connection.
    pub shell_options: Vec<String>,
    /// Options that name the AWS service a request is signed for.
    pub service: Vec<String>,
    /// Options whose value is a file that is sent.
    pub file: Vec<String>,
    /// Other options that take the next word.
    pub value_options: Vec<String>,
    /// Options that look like one that takes a word and do not.
    pub flags: Vec<String>,
    /// Options with which nothing is sent.
    pub inert: Vec<String>,
    /// Files of options that are read unasked.
    pub default_config: Vec<String>,
    /// The request is what the program reads.
    pub raw: bool,
    /// The word that selects this entry.
    pub subcommand: Option<String>,
}

/// What an HTTP client's operands are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Operands {
    /// URLs.
    #[default]
    #[serde(rename = "urls")]
    Urls,
    /// `[METHOD] URL [ITEM…]`
    #[serde(rename = "method url items")]
    MethodUrlItems,
    /// A host and a port.
    #[serde(rename = "host port")]
    HostPort,
    /// socat addresses.
    #[serde(rename = "addresses")]
    Addresses,
    /// Nothing that matters.
    #[serde(rename = "none")]
    None,
}

/// The AWS command line.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AwsCli {
    /// The names of the program.
    pub program: Vec<String>,
    /// Global options that take the next word.
    pub value_options: Vec<String>,
    /// Global options that do not.
    pub flags: Vec<String>,
}

/// A cmdlet of AWS Tools for PowerShell.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cmdlet {
    /// Its names.
    pub name: Vec<String>,
    /// The service it calls.
    pub service: String,
    /// The operation it calls.
    pub operation: String,
    /// Its parameters; the first also without a name.
    pub parameters: Vec<String>,
}

/// Another name for a program.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Alias {
    /// The names.
    pub name: Vec<String>,
    /// The program that is meant.
    pub program: String,
    /// Its options by their names here.
    pub options: BTreeMap<String, String>,
}

/// A container image whose entry point is a program.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Image {
    /// Globs over image names.
    pub name: Vec<String>,
    /// The program.
    pub program: String,
}

/// A program that puts values in the place of references, in the arguments and the environment of another command.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Resolver {
    /// The names of the program.
    pub program: Vec<String>,
    /// Options that take the next word, or what follows `=`.
    pub value_options: Vec<String>,
    /// Options with which no command runs; values may still be fetched.
    pub dry: Vec<String>,
    /// Options with which nothing happens at all.
    pub help: Vec<String>,
    /// Options whose value is a file of variables for the command.
    pub env_file: Vec<String>,
    /// Options whose value is a file with references.
    pub template: Vec<String>,
    /// Options whose value is the file that is filled from it.
    pub out: Vec<String>,
}

/// How a program handles what it is given, where that is not to use it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Handling {
    /// The names of the program.
    pub program: Vec<String>,
    /// What it puts on its standard output.
    pub shows: Vec<Shows>,
    /// Words in a filter that stand for its environment.
    pub environment_words: Vec<String>,
    /// Options with which it shows nothing of that.
    pub silent: Vec<String>,
    /// Options with which it writes a file instead.
    pub writes: Vec<String>,
    /// The entry counts only where one of these words is among the arguments.
    pub with: Vec<String>,
    /// It shows nothing and needs no secret.
    pub idle: bool,
    /// Its own command or code is looked at instead.
    pub enters: bool,
    /// It takes apart what it reads on standard input.
    pub parses: bool,
    /// Operands behind this many are files that it reads.
    pub files_after: Option<usize>,
    /// The last operand is written, not read.
    pub last_is_written: bool,
}

impl Handling {
    /// Whether the entry counts with these arguments.
    pub(super) fn is_of(&self, arguments: &[Text]) -> bool {
        let given = |word: &String| arguments.iter().any(|argument| argument.literal() == Some(word));
        self.with.is_empty() || self.with.iter().any(given)
    }

    /// Takes in what another entry says of the same program that can only bring more to light.
    pub(super) fn also(&mut self, more: Handling) {
        self.shows.extend(more.shows);
        self.environment_words.extend(more.environment_words);
        self.files_after = self.files_after.or(more.files_after);
    }
}

/// Environment variables whose value some program runs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Their names.
    pub name: Vec<String>,
    /// What they hold.
    pub holds: Holds,
}

/// What a program puts on its standard output, in whatever form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shows {
    /// Its arguments.
    Arguments,
    /// Standard input, or the files it is given.
    Input,
    /// Its environment.
    Environment,
}
