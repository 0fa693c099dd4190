//! A session with the server: opened once a run, whoever needs it first, and once more where the server loses it.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};

use super::rpc::{Server, Ticket, Trouble};
use crate::resolve::backend::{Failure, shown};

/// The protocol's revision asked for. A server that speaks another says so; what is used here is the same in all.
const PROTOCOL: &str = "2025-06-18";
/// How many pages of tools are read. The server of AWS has eight tools.
const MAX_PAGES: usize = 10;
/// How many of their names a failure lists.
const MAX_NAMES: usize = 20;

/// An open session.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) ticket: Ticket,
    pub(super) tool: Tool,
    nth: usize,
}

/// The tool that gets secrets, with its name on this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tool {
    /// Runs a Python script.
    RunScript(String),
    /// Runs a command of the AWS CLI.
    CallAws(String),
}

/// The session of this run, for all threads.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Also a failure stays: another thread that waited for the session shall not wait as long again.
    current: Option<Result<Arc<Session>, Failure>>,
    opened: usize,
}

impl Sessions {
    /// The session, opened where none was; in place of `lost`, another one. Threads that ask at the same time get the
    /// same.
    pub(super) fn get(&self, server: &Server, lost: Option<&Session>) -> Result<Arc<Session>, Failure> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&state.current, lost) {
            (Some(Ok(current)), Some(lost)) if current.nth == lost.nth => {
                if state.opened > 1 {
                    state.current = Some(Err(Failure::faulty("the server lost the session twice")));
                    return state.current.clone().expect("just set");
                }
            }
            (Some(outcome), _) => return outcome.clone(),
            (None, _) => {}
        }
        state.opened += 1;
        let opened = open(server, state.opened).map(Arc::new).map_err(|trouble| match trouble {
            Trouble::Failed(failure) => failure,
            Trouble::Lost => Failure::faulty("the server lost the session while it was opened"),
        });
        state.current = Some(opened.clone());
        opened
    }
}

fn open(server: &Server, nth: usize) -> Result<Session, Trouble> {
    let hello = json!({
        "protocolVersion": PROTOCOL,
        "capabilities": {},
        "clientInfo": {"name": "asm-exec", "version": env!("CARGO_PKG_VERSION")},
    });
    let answer = server.call("initialize", &hello, None)?;
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Initialized {
        protocol_version: String,
    }
    let initialized: Option<Initialized> = serde_json::from_str(&answer.result).ok();
    // Both go into header fields of every request from now on.
    let protocol =
        initialized.map(|initialized| initialized.protocol_version).filter(|text| is_visible(text, 64));
    let Some(protocol) = protocol else {
        return Err(Failure::faulty("the answer to initialize names no protocol version").into());
    };
    if answer.session.as_deref().is_some_and(|id| !is_visible(id, 4096)) {
        return Err(Failure::faulty("the server's session id is none that can be sent back").into());
    }
    let ticket = Ticket { id: answer.session, protocol };
    server.notify("notifications/initialized", &ticket)?;
    let names = tools(server, &ticket)?;
    let tool = choose(&names).ok_or_else(|| missing(&names))?;
    Ok(Session { ticket, tool, nth })
}

/// Visible ASCII, as a session id has to be ("Session Management" in "Transports").
fn is_visible(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn tools(server: &Server, ticket: &Ticket) -> Result<Vec<String>, Trouble> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Page {
        tools: Vec<Named>,
        next_cursor: Option<String>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let mut names = Vec::new();
    let mut params = json!({});
    for _ in 0..MAX_PAGES {
        let answer = server.call("tools/list", &params, Some(ticket))?;
        let page: Page = serde_json::from_str(&answer.result)
            .map_err(|_| Failure::faulty("the answer to tools/list is no list of tools"))?;
        names.extend(page.tools.into_iter().map(|tool| tool.name));
        match page.next_cursor.filter(|cursor| !cursor.is_empty()) {
            Some(cursor) => params = json!({"cursor": cursor}),
            None => break,
        }
    }
    Ok(names)
}

/// `run_script` under any prefix, which servers and gateways add; else `call_aws`, which older servers have.
fn choose(names: &[String]) -> Option<Tool> {
    let ending = |end: &str| names.iter().find(|name| name.ends_with(end)).cloned();
    ending("run_script").map(Tool::RunScript).or_else(|| ending("call_aws").map(Tool::CallAws))
}

fn missing(names: &[String]) -> Failure {
    let listed: Vec<_> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
    Failure::unavailable(match names.len() {
        0 => "tool missing: the server has no tools, so neither run_script nor call_aws".to_owned(),
        // A gateway may hide tools from those who may not use them.
        count => format!(
            "tool missing: the server has neither run_script nor call_aws, but {}{}",
            shown(&listed.join(", ")),
            if count > MAX_NAMES { format!(" and {} more", count - MAX_NAMES) } else { String::new() }
        ),
    })
}

impl Tool {
    /// The parameters of `tools/call`.
    pub(super) fn call(&self, script: impl FnOnce() -> String, command: impl FnOnce() -> String) -> Value {
        match self {
            Tool::RunScript(name) => json!({"name": name, "arguments": {"code": script()}}),
            Tool::CallAws(name) => json!({"name": name, "arguments": {"cli_command": command()}}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tool_is_chosen_by_the_end_of_its_name() {
        let run = |name: &str| Some(Tool::RunScript(name.to_owned()));
        let call = |name: &str| Some(Tool::CallAws(name.to_owned()));
        for (names, expected) in [
            (&["aws___search_documentation", "aws___run_script"][..], run("aws___run_script")),
            (&["aws___call_aws", "aws___run_script"], run("aws___run_script")),
            (&["gateway__aws___run_script"], run("gateway__aws___run_script")),
            (&["run_script"], run("run_script")),
            (&["call_aws", "suggest_aws_commands"], call("call_aws")),
            (&["run_scripts", "call_aws_batch"], None),
            (&[], None),
        ] {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(choose(&names), expected, "{names:?}");
        }
    }

    #[test]
    fn a_missing_tool_lists_what_is_there() {
        let many: Vec<_> = (0..25).map(|n| format!("t{n}")).collect();
        for (names, expected) in [
            (&[][..], "tool missing: the server has no tools, so neither run_script nor call_aws"),
            (
                &["a".to_owned(), "b\u{1b}\n".to_owned()],
                "tool missing: the server has neither run_script nor call_aws, but a, b",
            ),
            (
                &many,
                "tool missing: the server has neither run_script nor call_aws, but t0, t1, t2, t3, t4, t5, t6, t7, \
                 t8, t9, t10, t11, t12, t13, t14, t15, t16, t17, t18, t19 and 5 more",
            ),
        ] {
            assert_eq!(missing(names), Failure::unavailable(expected));
        }
    }
}
