//! The tool call that `check` and `explain` are asked about.

use std::io::Read;

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::call::ToolCall;
use crate::hook::MAX_EVENT;

/// How a tool call is named on the command line.
#[derive(Debug, Args)]
pub(super) struct CallArguments {
    /// The shell command, quoted or word by word; `-` reads it from standard input
    ///
    /// Several words are joined with spaces, after your shell has taken its quotes away: quote
    /// the whole to have it read as an agent would send it. Options go before the command.
    #[arg(value_name = "COMMAND", trailing_var_arg = true, verbatim_doc_comment)]
    #[arg(required_unless_present = "tool", conflicts_with = "tool")]
    words: Vec<String>,

    /// Ask about a call of this tool instead (`WebFetch`, `mcp__server__tool`)
    #[arg(long, value_name = "NAME", requires = "input")]
    tool: Option<String>,

    /// The tool's input, a JSON object; `-` reads it from standard input
    #[arg(long, value_name = "JSON", requires = "tool")]
    input: Option<String>,

    /// The agent that would make the call
    #[arg(long, value_enum, value_name = "NAME", default_value_t = Agent::Claude)]
    agent: Agent,
}

/// A tool call, and how what is said of it is printed.
#[derive(Debug, Args)]
pub(super) struct Question {
    #[command(flatten)]
    pub(super) about: CallArguments,

    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// An agent whose tools are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Agent {
    /// Claude Code
    Claude,
}

impl CallArguments {
    /// The call. Standard input is read where `-` says so.
    ///
    /// # Errors
    /// When there is no such call, with a sentence that says why.
    pub(super) fn call(&self) -> Result<ToolCall, String> {
        self.call_reading(&mut std::io::stdin().lock())
    }

    fn call_reading(&self, stdin: &mut impl Read) -> Result<ToolCall, String> {
        // Claude's names are the guard's own; another agent's would be translated here.
        let Agent::Claude = self.agent;
        if let (Some(tool), Some(input)) = (&self.tool, &self.input) {
            let text = if input == "-" { read_text(stdin)? } else { bounded(input.clone())? };
            return Ok(ToolCall::new(tool, object(&text)?));
        }
        match self.words.as_slice() {
            [only] if only == "-" => Ok(ToolCall::bash(read_text(stdin)?)),
            [first, second, ..] if first == "-" => {
                let message =
                    "`-` stands alone, since the command comes from standard input; options go before it";
                Err(format!("{message} (found `{second}` after it)."))
            }
            words => Ok(ToolCall::bash(bounded(words.join(" "))?)),
        }
    }
}

fn read_text(stdin: &mut impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = stdin.take(MAX_EVENT as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("Standard input could not be read: {error}."))?;
    if bytes.len() > MAX_EVENT {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| format!("Standard input is not UTF-8: {}.", error.utf8_error()))
}

fn bounded(text: String) -> Result<String, String> {
    if text.len() > MAX_EVENT { Err(too_large()) } else { Ok(text) }
}

fn too_large() -> String {
    format!("The input is larger than {} MiB. The hook denies such a call unread.", MAX_EVENT >> 20)
}

fn object(text: &str) -> Result<Value, String> {
    let example = "Give an object such as {\"url\": \"https://example.com\"}.";
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(format!("The value of --input is JSON but no object. {example}")),
        Err(error) => Err(format!("The value of --input is not readable JSON: {error}. {example}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn command(words: &[&str]) -> CallArguments {
        let words = words.iter().map(|&word| word.to_owned()).collect();
        CallArguments { words, tool: None, input: None, agent: Agent::Claude }
    }

    fn tool(input: &str) -> CallArguments {
        CallArguments { tool: Some("WebFetch".into()), input: Some(input.into()), ..command(&[]) }
    }

    #[test]
    fn a_call_is_what_its_arguments_say() {
        for (arguments, stdin, expected) in [
            (command(&["ls -l | wc"]), "", Ok(ToolCall::bash("ls -l | wc"))),
            (command(&["ls", "-l"]), "", Ok(ToolCall::bash("ls -l"))),
            (command(&["-"]), "ls\n", Ok(ToolCall::bash("ls\n"))),
            (command(&["-", "--json"]), "ls", Err("stands alone")),
            (tool(r#"{"url":"u"}"#), "", Ok(ToolCall::new("WebFetch", json!({"url": "u"})))),
            (tool("-"), r#"{"url":"v"}"#, Ok(ToolCall::new("WebFetch", json!({"url": "v"})))),
            (tool("{"), "", Err("not readable JSON")),
            (tool("[1]"), "", Err("no object")),
        ] {
            match (arguments.call_reading(&mut stdin.as_bytes()), expected) {
                (Ok(call), Ok(expected)) => assert_eq!(call, expected),
                (Err(error), Err(expected)) => assert!(error.contains(expected), "{error}"),
                (given, expected) => panic!("{arguments:?}: {given:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn standard_input_is_bounded_and_text() {
        let at_the_bound = vec![b'a'; MAX_EVENT];
        assert!(command(&["-"]).call_reading(&mut at_the_bound.as_slice()).is_ok());
        let error = command(&["-"]).call_reading(&mut std::io::repeat(b'a')).unwrap_err();
        assert!(error.contains("4 MiB"), "{error}");
        let error = command(&["-"]).call_reading(&mut [b'l', 0xff].as_slice()).unwrap_err();
        assert!(error.contains("UTF-8"), "{error}");
    }
}
