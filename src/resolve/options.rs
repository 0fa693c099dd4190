//! The command line of `asm-exec`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

const ABOUT: &str =
    "Runs a command with references to AWS secrets resolved, and keeps the values out of its output";

const LONG_ABOUT: &str = "\
Runs a command with references to AWS secrets resolved, and keeps the values out of its output.

A reference stands where a value belongs, in an argument or in a variable of the environment:

  {{resolve:secretsmanager:ID[:SecretString[:JSON-KEY[:VERSION-STAGE[:VERSION-ID]]]]}}

ID is a secret's name or ARN. Every value is fetched once, when the command starts, from the
Secrets Manager Agent on this machine, else from the AWS MCP endpoint. The command receives the
values; in its output, where that is no terminal, the references stand in their place.";

const AFTER_HELP: &str = "\
Examples:
  asm-exec -- psql 'host=db user=app password={{resolve:secretsmanager:prod/db:SecretString:password}}'
  API_KEY='{{resolve:secretsmanager:prod/api}}' asm-exec -- ./deploy
  asm-exec -- sh -c 'curl -H \"Authorization: Bearer {{resolve:secretsmanager:prod/api}}\" https://api.example.com'
  asm-exec --env-file app.env --check
  asm-exec --template app.ini.tmpl --out app.ini -- ./server --config app.ini

Environment:
  ASM_EXEC_BACKENDS      where to ask, in order: sma (Secrets Manager Agent), mcp (AWS MCP endpoint),
                         api (Secrets Manager itself)  [default: sma,mcp]
  ASM_EXEC_MCP_ENDPOINT  the MCP endpoint  [default: https://aws-mcp.us-east-1.api.aws/mcp]
  ASM_EXEC_MCP_TIMEOUT   seconds that one request to it may take  [default: 30]
  AWS_SECRETS_MANAGER_AGENT_ENDPOINT, PARAMETERS_SECRETS_EXTENSION_HTTP_PORT
                         the agent, on loopback only  [default: http://127.0.0.1:2773]
  AWS_TOKEN              the agent's token, or file:// and the file that holds it
  AWS_REGION, AWS_PROFILE, AWS_CA_BUNDLE, AWS_ENDPOINT_URL_SECRETS_MANAGER as for the AWS CLI

Exit status: the command's own; 128+n where signal n ended it; 127 where it is not found, 126 where
it cannot be run, 125 where asm-exec itself failed, and nothing was run.";

/// What the command line asks for.
#[derive(Debug, Parser)]
#[command(
    name = "asm-exec",
    version,
    about = ABOUT,
    long_about = LONG_ABOUT,
    after_help = AFTER_HELP,
    override_usage = "asm-exec [OPTIONS] [--] COMMAND [ARGS…]"
)]
pub struct Options {
    /// Set variables for the command from a file of NAME=value lines, whose values may hold references
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Fill this file's references in, and write the result to --out
    #[arg(long, value_name = "FILE", requires = "out")]
    pub template: Option<PathBuf>,
    /// The file that --template is filled into, readable by its owner alone
    #[arg(long, value_name = "FILE", requires = "template")]
    pub out: Option<PathBuf>,
    /// Resolve everything, run nothing, and say what succeeded, from where, and how fast
    #[arg(long, conflicts_with = "dry_run")]
    pub check: bool,
    /// Resolve nothing, run nothing, and say what would be run and where each value would come from
    #[arg(long)]
    pub dry_run: bool,
    /// Leave values in URLs as they are, instead of percent-encoding them before the @
    #[arg(long)]
    pub raw: bool,
    /// Do not mask values in the command's output; for people, at a terminal
    #[arg(long)]
    pub no_mask: bool,
    /// How long resolving may take in all, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,
    /// Say on standard error where each value came from, and why not from elsewhere
    #[arg(short, long)]
    pub verbose: bool,
    /// The command, and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, hide = true)]
    pub command: Vec<OsString>,
}

impl Options {
    /// Whether there is something to do.
    ///
    /// # Errors
    /// A sentence, where there is not.
    pub fn check_command(&self) -> Result<(), String> {
        match self.command.first() {
            Some(program) if program.is_empty() => Err("the command's name is empty".to_owned()),
            None if !self.check && !self.dry_run && self.template.is_none() => {
                Err("there is no command: write it behind the options, as in `asm-exec -- psql …`".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// A positive number of seconds, with or without a fraction.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 =
        text.trim().parse().map_err(|_| "a number of seconds is wanted, such as 10 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(number) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("the number of seconds has to be more than zero".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from(std::iter::once(&"asm-exec").chain(arguments))
    }

    #[test]
    fn the_command_begins_at_the_first_word_that_is_no_option() {
        for (arguments, command) in [
            (&["--", "ls", "-l"][..], &["ls", "-l"][..]),
            (&["ls", "--check", "--", "-v"], &["ls", "--check", "--", "-v"]),
            (&["-v", "--timeout=2", "ls", "-v"], &["ls", "-v"]),
            (&["--", "--check"], &["--check"]),
            (&["--env-file", "a", "--env-file=b", "--", "x"], &["x"]),
            (&["--check"], &[]),
        ] {
            let options = parse(arguments).unwrap();
            assert_eq!(options.command, command, "{arguments:?}");
            assert!(options.check_command().is_ok());
        }
        for arguments in [
            &["--nosuch", "ls"][..],
            &["--out", "f", "ls"],
            &["--template", "f", "ls"],
            &["--check", "--dry-run"],
            &["--timeout", "0", "ls"],
            &["--timeout", "-1", "ls"],
            &["--timeout", "soon", "ls"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
        assert!(parse(&[]).unwrap().check_command().is_err());
        assert!(parse(&["--", ""]).unwrap().check_command().is_err());
    }
}
