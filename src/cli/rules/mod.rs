//! `asm-guard rules`: the rules that hold, and what their authors need to write and test them.

mod docs;
mod effective;
mod lint;
mod list;
mod loaded;
mod new;
mod schema;
mod test;
mod text;

use std::path::PathBuf;

use clap::Subcommand;

use super::Output;
use super::input::CallArguments;
use super::style::Style;
use loaded::Loaded;

pub(super) const EXAMPLES: &str = "\
Examples:
  asm-guard rules                              Every rule in a line
  asm-guard rules show secretsmanager-fetch    One rule whole, with its examples, as TOML
  asm-guard rules effective                    What holds here, and which file says so
  asm-guard rules new -- vault kv get app/db   A rule to begin with, from a command to be stopped
  asm-guard rules test team-rules/             Run every example of these files through the guard
  asm-guard rules lint                         What is wrong, or of no use, in the files used here

Exit status: 0 well, 1 an example fails or lint has a remark, 64 the command line is wrong.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List every rule that holds here: id, decision, summary (also without a subcommand)
    List,
    /// Show a rule whole, with its examples, as TOML
    Show {
        /// The rule's id
        id: String,
    },
    /// Show what holds here, rule by rule, and which file says so
    Effective {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Run every rule's examples through the guard
    Test {
        /// How to report
        #[arg(long, value_enum, default_value = "text")]
        format: test::Format,
        /// Rule files, or folders of them, to test instead of those that hold here
        paths: Vec<PathBuf>,
    },
    /// Say what is wrong with rule files, and what in them is of no use
    Lint {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Rule files, or folders of them, to look at instead of those that hold here
        paths: Vec<PathBuf>,
    },
    /// Print a rule to begin with, from a command that should be stopped
    #[command(
        override_usage = "asm-guard rules new [OPTIONS] COMMAND...\n       asm-guard rules new [OPTIONS] --tool NAME --input JSON"
    )]
    New(CallArguments),
    /// Print the JSON Schema of rule files, for editors
    Schema,
    /// Print a page with every built-in rule, its reason and its examples, as Markdown
    Docs,
}

pub(super) fn run(command: Command, style: Style) -> Output {
    let output = match command {
        Command::List => Loaded::here().and_then(|loaded| list::list(&loaded, style)),
        Command::Show { id } => Loaded::here().and_then(|loaded| list::show(&loaded, &id)),
        Command::Effective { json } => Loaded::here().and_then(|loaded| effective::run(&loaded, json, style)),
        Command::Test { format, paths } => Loaded::of(&paths).map(|loaded| test::run(&loaded, format, style)),
        Command::Lint { json, paths } => Loaded::of(&paths).map(|loaded| lint::run(&loaded, json, style)),
        Command::New(arguments) => new::run(&arguments),
        Command::Schema => Ok(schema::run()),
        Command::Docs => docs::run(),
    };
    output.unwrap_or_else(|output| output)
}
