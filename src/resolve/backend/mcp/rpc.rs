//! JSON-RPC over Streamable HTTP ("Transports", Model Context Protocol, revision 2025-06-18): one POST a message,
//! signed; the answer comes as JSON or as a stream of events.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::sse::Events;
use crate::resolve::backend::Failure;
use crate::resolve::backend::http::{Client, Reply, read_failure};
use crate::resolve::backend::remote::{Remote, repeatable};
use crate::resolve::credentials::CredentialSource;
use crate::resolve::signing::{Scope, sign_post};
use crate::resolve::surroundings::Limit;

/// A server may ask whether we are still there; it is told so no more often than this for one answer.
const MAX_PONGS: usize = 16;

/// A server that is asked.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) remote: Remote,
    pub(super) client: Client,
    pub(super) limit: Limit,
    pub(super) scope: Scope,
    pub(super) credentials: Arc<CredentialSource>,
    pub(super) last_id: AtomicU64,
}

/// What a session is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ticket {
    /// `Mcp-Session-Id`, where the server gives one.
    pub(super) id: Option<String>,
    /// The protocol's revision, as negotiated.
    pub(super) protocol: String,
}

/// The result of a call.
pub(super) struct Answer {
    /// Its JSON.
    pub(super) result: Zeroizing<String>,
    /// The session that the server began with it.
    pub(super) session: Option<String>,
}

/// Why a call has no result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server knows the session no more.
    Lost,
    /// Anything else.
    Failed(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failed(failure)
    }
}

impl Server {
    /// Calls a method.
    pub(super) fn call(
        &self,
        method: &str,
        params: &Value,
        ticket: Option<&Ticket>,
    ) -> Result<Answer, Trouble> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let reply =
            self.post(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}), ticket)?;
        let session = reply.header("mcp-session-id").map(str::to_owned);
        let result = match is_stream(&reply) {
            true => self.streamed(reply, id, ticket)?,
            false => match responses(&reply.text()?, id, true) {
                Some(outcome) => outcome?,
                None => {
                    return Err(
                        Failure::faulty("the answer is no JSON-RPC response to what was asked").into()
                    );
                }
            },
        };
        Ok(Answer { result, session })
    }

    /// Tells the server something that has no answer.
    pub(super) fn notify(&self, method: &str, ticket: &Ticket) -> Result<(), Trouble> {
        self.post(&json!({"jsonrpc": "2.0", "method": method}), Some(ticket)).map(drop)
    }

    /// The response in a stream, which is dropped once it is there. What else the server says before is passed over,
    /// except that it may ask whether we are there.
    fn streamed(&self, reply: Reply, id: u64, ticket: Option<&Ticket>) -> Result<Zeroizing<String>, Trouble> {
        let timeout = self.limit.left();
        let mut pongs = 0;
        let mut events = Events::new(reply.reader());
        while let Some(data) = events.next().map_err(|error| read_failure(&error, timeout))? {
            if let Some(outcome) = responses(&data, id, false) {
                return outcome;
            }
            if let Some(ping) = ping(&data)
                && pongs < MAX_PONGS
            {
                pongs += 1;
                // A server that does not take it will say so where it matters: in its answer.
                let _ = self.post(&json!({"jsonrpc": "2.0", "id": ping, "result": {}}), ticket);
            }
        }
        Err(Failure::faulty("the stream ended before the answer came").into())
    }

    fn post(&self, message: &Value, ticket: Option<&Ticket>) -> Result<Reply, Trouble> {
        let body = message.to_string();
        let mut headers: Vec<(String, String)> = [
            ("content-type", Some("application/json")),
            ("accept", Some("application/json, text/event-stream")),
            ("mcp-session-id", ticket.and_then(|ticket| ticket.id.as_deref())),
            ("mcp-protocol-version", ticket.map(|ticket| ticket.protocol.as_str())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
        let url = self.remote.url();
        let credentials = self.credentials.get()?;
        headers.extend(sign_post(
            url,
            &headers,
            body.as_bytes(),
            &self.scope,
            credentials,
            SystemTime::now(),
        )?);
        let reply = self.client.post(url, &headers, body.as_bytes())?;
        match reply.status {
            200..300 => Ok(reply),
            // What is said to a bad signature holds what was signed.
            status @ (401 | 403) => Err(refused(status, "", ticket.is_some())),
            status => Err(refused(status, &reply.text().unwrap_or_default(), ticket.is_some())),
        }
    }
}

fn is_stream(reply: &Reply) -> bool {
    let kind = reply.header("content-type").unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
}

/// What an answer of another status than 2xx means, to a message that is part of a session or begins one.
fn refused(status: u16, text: &str, in_session: bool) -> Trouble {
    let said = serde_json::from_str::<Message>(text).ok().and_then(|message| message.error);
    let message = said.as_ref().map(|error| error.message.as_ref()).unwrap_or_default();
    let with_words = |meaning: &str| match repeatable(message) {
        words if words.is_empty() => format!("HTTP {status}{meaning}"),
        words => format!("HTTP {status}{meaning}: {words}"),
    };
    Trouble::Failed(match status {
        // An id the server does not know is 404, and one that is missing 400 ("Session Management" in "Transports").
        404 if in_session => return Trouble::Lost,
        400 if in_session && text.to_ascii_lowercase().contains("session") => return Trouble::Lost,
        300..=399 => Failure::faulty(format!("HTTP {status}, a redirect, which is not followed")),
        401 => Failure::unavailable("HTTP 401, the signature or the credentials are not accepted"),
        403 => Failure::unavailable("HTTP 403, these credentials may not use the endpoint"),
        404 | 405 => Failure::unavailable(format!(
            "HTTP {status}, there is no MCP server at this path: correct ASM_EXEC_MCP_ENDPOINT"
        )),
        429 => Failure::unavailable("HTTP 429, the server has too many requests"),
        500.. => Failure::unavailable(with_words(", the server failed")),
        _ => match said {
            Some(error) => return error.into_trouble(),
            None => Failure::faulty(with_words("")),
        },
    })
}

/// A JSON-RPC message of any kind ("Response object", JSON-RPC 2.0 specification, 5).
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(default)]
    id: Value,
    method: Option<Value>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<RpcError>,
}

#[derive(Deserialize)]
struct RpcError {
    code: i64,
    #[serde(default)]
    message: String,
}

impl RpcError {
    fn into_trouble(self) -> Trouble {
        let is_session = self.message.to_ascii_lowercase().contains("session");
        match self.code {
            -30001 => Trouble::Lost,
            // Session errors have no code of their own: SDKs take -32600, -32000 or -32001.
            -32600 | -32000 | -32001 if is_session => Trouble::Lost,
            -32001 => {
                Failure::unavailable("HTTP 401, the signature or the credentials are not accepted").into()
            }
            code => match repeatable(&self.message) {
                words if words.is_empty() => {
                    Failure::faulty(format!("the server answered with error {code}")).into()
                }
                words => Failure::faulty(format!("the server answered with error {code}: {words}")).into(),
            },
        }
    }
}

/// The outcome of the call `id`, where `text` holds it: one message, or an array of them as revision 2025-03-26 has
/// it. Where the text is the whole answer, an error in it is of this call whatever its id: a server that could not
/// read the request knows none.
fn responses(text: &str, id: u64, is_whole: bool) -> Option<Result<Zeroizing<String>, Trouble>> {
    let messages: Vec<Message> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).ok()?,
        false => vec![serde_json::from_str(text).ok()?],
    };
    messages.into_iter().filter(|message| message.method.is_none()).find_map(|message| {
        let is_ours = message.id == id || message.id.as_str() == Some(&id.to_string());
        match (message.result, message.error) {
            (_, Some(error)) if is_ours || is_whole => Some(Err(error.into_trouble())),
            (Some(result), None) if is_ours => Some(Ok(Zeroizing::new(result.get().to_owned()))),
            _ => None,
        }
    })
}

/// The id of a server's `ping`.
fn ping(text: &str) -> Option<Value> {
    let message: Message = serde_json::from_str(text).ok()?;
    (message.method? == "ping" && !message.id.is_null()).then_some(message.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::backend::Kind;

    fn error(code: i64, message: &str) -> String {
        json!({"jsonrpc": "2.0", "id": null, "error": {"code": code, "message": message}}).to_string()
    }

    #[test]
    fn statuses_say_what_to_do() {
        let signed = "The Canonical String for this request should have been x-amz-security-token:hush";
        for (status, body, expected) in [
            (301, String::new(), Some((Kind::Faulty, "HTTP 301, a redirect, which is not followed"))),
            (307, String::new(), Some((Kind::Faulty, "HTTP 307, a redirect, which is not followed"))),
            (
                401,
                String::new(),
                Some((Kind::Unavailable, "HTTP 401, the signature or the credentials are not accepted")),
            ),
            (
                403,
                String::new(),
                Some((Kind::Unavailable, "HTTP 403, these credentials may not use the endpoint")),
            ),
            (404, error(-32600, "Session not found"), None),
            (404, error(-32001, "Session not found"), None),
            (404, "not found".to_owned(), None),
            (
                405,
                String::new(),
                Some((
                    Kind::Unavailable,
                    "HTTP 405, there is no MCP server at this path: correct ASM_EXEC_MCP_ENDPOINT",
                )),
            ),
            (400, error(-32600, "Bad Request: Missing session ID"), None),
            (400, "Missing Mcp-Session-Id header".to_owned(), None),
            (400, error(-30001, "expired"), None),
            (
                400,
                error(-32602, "bad\nparams"),
                Some((Kind::Faulty, "the server answered with error -32602: bad params")),
            ),
            (400, error(-32602, signed), Some((Kind::Faulty, "the server answered with error -32602"))),
            (
                400,
                error(-32001, "no"),
                Some((Kind::Unavailable, "HTTP 401, the signature or the credentials are not accepted")),
            ),
            (400, "what".to_owned(), Some((Kind::Faulty, "HTTP 400"))),
            (429, String::new(), Some((Kind::Unavailable, "HTTP 429, the server has too many requests"))),
            (500, error(-32603, "boom"), Some((Kind::Unavailable, "HTTP 500, the server failed: boom"))),
            (503, "<html>".to_owned(), Some((Kind::Unavailable, "HTTP 503, the server failed"))),
        ] {
            let expected = match expected {
                Some((kind, cause)) => Trouble::Failed(Failure::new(kind, cause)),
                None => Trouble::Lost,
            };
            assert_eq!(refused(status, &body, true), expected, "{status} {body}");
        }
        // Where no session was, none is lost.
        for (status, body, cause) in [
            (404, "", "HTTP 404, there is no MCP server at this path: correct ASM_EXEC_MCP_ENDPOINT"),
            (400, "no session id", "HTTP 400"),
        ] {
            let expected = Failure::new(if status == 404 { Kind::Unavailable } else { Kind::Faulty }, cause);
            assert_eq!(refused(status, body, false), Trouble::Failed(expected));
        }
    }

    #[test]
    fn a_response_is_the_one_with_the_id() {
        let result = |text: &str, is_whole| {
            responses(text, 7, is_whole).map(|outcome| outcome.map(|text| text.to_string()))
        };
        let failed = |cause: &str| Some(Err(Trouble::Failed(Failure::faulty(cause))));
        for (text, is_whole, expected) in [
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{"a": 1.50}}"#,
                false,
                Some(Ok(r#"{"a": 1.50}"#.to_owned())),
            ),
            (r#"{"jsonrpc":"2.0","id":"7","result":[]}"#, false, Some(Ok("[]".to_owned()))),
            (r#"{"jsonrpc":"2.0","id":8,"result":{}}"#, true, None),
            (r#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#, true, None),
            (r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"result":1}}"#, true, None),
            (r#"[{"method":"x"},{"id":6,"result":1},{"id":7,"result":2}]"#, true, Some(Ok("2".to_owned()))),
            (
                r#"{"id":7,"error":{"code":-32600,"message":"The call_aws tool has been removed, use another one."}}"#,
                false,
                failed(
                    "the server answered with error -32600: The call_aws tool has been removed, use another one.",
                ),
            ),
            (r#"{"id":7,"error":{"code":-30001,"message":"x"}}"#, false, Some(Err(Trouble::Lost))),
            (
                r#"{"id":"server-error","error":{"code":-32700,"message":"x"}}"#,
                true,
                failed("the server answered with error -32700: x"),
            ),
            (r#"{"id":null,"error":{"code":-32700,"message":"x"}}"#, false, None),
            (r#"{"id":7}"#, true, None),
            ("", true, None),
            ("<html>", true, None),
        ] {
            assert_eq!(result(text, is_whole), expected, "{text}");
        }
    }

    #[test]
    fn only_a_ping_is_a_ping() {
        for (text, expected) in [
            (r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#, Some(json!("a"))),
            (r#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#, Some(json!(0))),
            (r#"{"jsonrpc":"2.0","method":"ping"}"#, None),
            (r#"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage"}"#, None),
            ("x", None),
        ] {
            assert_eq!(ping(text), expected, "{text}");
        }
    }
}
