//! The backend against scripted servers on loopback.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::resolve::backend::Kind;
use crate::resolve::backend::test_server::{Asked, Reply, Server as Scripted, serve_by, untimed};
use crate::resolve::reference::{CURRENT, Version};
use crate::resolve::secret::Content;

const SECRET: &str = "s\"e\\c\u{1f600}\nret 1.50";

fn answer(name: &str, region: &str) -> Value {
    json!({
        "ARN": format!("arn:aws:secretsmanager:{region}:1:secret:{name}-a1B2c3"),
        "Name": name,
        "VersionId": "v1",
        "VersionStages": ["AWSCURRENT"],
        "SecretString": SECRET,
        "CreatedDate": "2026-01-01T00:00:00Z",
    })
}

/// The result of `run_script`, as users captured it.
fn script_result(value: &Value) -> Value {
    let text =
        json!({"status": "success", "return_value": value, "api_calls": [{"service": "secretsmanager"}]});
    json!({"content": [{"type": "text", "text": text.to_string()}], "isError": false})
}

/// The result of `call_aws`, as measured with `awslabs.aws-api-mcp-server`.
fn command_result(error: Option<(&str, &str)>, as_json: Option<&Value>) -> Value {
    let list = json!([{
        "cli_command": "aws secretsmanager get-secret-value",
        "response": {
            "error": error.map(|(_, message)| message),
            "status_code": error.map_or(200, |_| 400),
            "error_code": error.map(|(code, _)| code),
            "as_json": as_json.map(Value::to_string),
        },
    }]);
    json!({
        "content": [{"type": "text", "text": list.to_string()}],
        "structuredContent": {"result": list},
        "isError": false,
    })
}

fn result(asked: &Asked, result: &Value) -> Reply {
    let request: Value = serde_json::from_str(asked.text()).expect("JSON");
    Reply::json(200, json!({"jsonrpc": "2.0", "id": request["id"], "result": result}).to_string())
}

fn method(asked: &Asked) -> String {
    let message: Value = serde_json::from_str(asked.text()).expect("JSON");
    message["method"].as_str().unwrap_or("response").to_owned()
}

/// A server that answers as MCP servers do up to `tools/call`, which `call` answers.
fn server(tools: &'static [&str], call: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Scripted {
    serve_by(move |asked| match method(asked).as_str() {
        "initialize" => result(asked, &json!({"protocolVersion": "2025-03-26", "capabilities": {}}))
            .header("mcp-session-id", "session-1"),
        "tools/list" => {
            let tools: Vec<_> = tools.iter().map(|name| json!({"name": name, "inputSchema": {}})).collect();
            result(asked, &json!({"tools": tools}))
        }
        "tools/call" => call(asked),
        _ => Reply::plain(202, ""),
    })
}

const TOOLS: &[&str] = &["aws___search_documentation", "aws___run_script"];

fn surroundings(url: &str, more: &[(&str, &str)]) -> Surroundings {
    let endpoint = format!("{url}/mcp");
    let variables = [
        ("ASM_EXEC_MCP_ENDPOINT", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIATEST"),
        ("AWS_SECRET_ACCESS_KEY", "hush-key"),
        ("AWS_SESSION_TOKEN", "hush-token"),
    ];
    let environment = variables.into_iter().chain(more.iter().copied()).collect();
    Surroundings { environment, region: Some("eu-west-1".to_owned()), deadline: None }
}

fn backend_with(surroundings: &Surroundings) -> Mcp {
    Mcp::new(surroundings, Arc::new(CredentialSource::new(surroundings))).expect("a backend")
}

fn backend(server: &Scripted) -> Mcp {
    backend_with(&surroundings(&server.url(), &[]))
}

fn request(id: &str) -> Request {
    Request { id: id.to_owned(), version: Version::Stage(CURRENT.to_owned()) }
}

fn text(secret: &Secret) -> &str {
    match &secret.content {
        Content::Text(text) => text.expose_secret(),
        Content::Binary(_) => panic!("no text"),
    }
}

fn methods(server: &Scripted) -> Vec<String> {
    server.asked().iter().map(method).collect()
}

#[test]
fn a_secret_through_run_script() {
    let server = server(TOOLS, |asked| result(asked, &script_result(&answer("prod/db", "eu-west-1"))));
    let backend = backend(&server);
    assert!(backend.asks_as_caller());
    assert_eq!(backend.place(), format!("127.0.0.1:{}", server.port));
    assert_eq!(text(&backend.fetch(&request("prod/db")).expect("a secret")), SECRET);
    assert_eq!(text(&backend.fetch(&request("prod/db")).expect("a secret")), SECRET);
    let asked = server.asked();
    assert_eq!(
        methods(&server),
        ["initialize", "notifications/initialized", "tools/list", "tools/call", "tools/call"],
        "one session"
    );
    let mut ids = Vec::new();
    for (n, asked) in asked.iter().enumerate() {
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/mcp"));
        assert_eq!(asked.header("content-type"), Some("application/json"));
        assert_eq!(asked.header("accept"), Some("application/json, text/event-stream"));
        let signature = asked.header("authorization").expect("a signature");
        assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIATEST/"), "{signature}");
        assert!(signature.contains("/us-east-1/aws-mcp/aws4_request"), "{signature}");
        assert_eq!(asked.header("x-amz-security-token"), Some("hush-token"));
        let in_session = n > 0;
        assert_eq!(asked.header("mcp-session-id"), in_session.then_some("session-1"));
        assert_eq!(asked.header("mcp-protocol-version"), in_session.then_some("2025-03-26"), "as negotiated");
        let message: Value = serde_json::from_str(asked.text()).expect("JSON");
        ids.extend(message.get("id").and_then(Value::as_u64));
    }
    assert_eq!(ids, [1, 2, 3, 4]);
    let call: Value = serde_json::from_str(asked[3].text()).expect("JSON");
    assert_eq!(call["params"]["name"], "aws___run_script");
    let code = call["params"]["arguments"]["code"].as_str().expect("a script");
    assert!(code.contains("region_name='eu-west-1', params={'SecretId': 'prod/db'}"), "{code}");
    assert_eq!(server.connections(), 1, "one connection");
}

#[test]
fn a_secret_through_call_aws() {
    let server = server(&["call_aws"], |asked| {
        result(asked, &command_result(None, Some(&answer("it's", "us-west-2"))))
    });
    let arn = Request {
        id: "arn:aws:secretsmanager:us-west-2:1:secret:it's-a1B2c3".to_owned(),
        version: Version::Stage("AWSCURRENT".to_owned()),
    };
    assert_eq!(text(&backend(&server).fetch(&arn).expect("a secret")), SECRET);
    let call: Value = serde_json::from_str(server.asked()[3].text()).expect("JSON");
    assert_eq!(
        call["params"],
        json!({"name": "call_aws", "arguments": {"cli_command":
            "aws secretsmanager get-secret-value \
             --secret-id='arn:aws:secretsmanager:us-west-2:1:secret:it'\"'\"'s-a1B2c3' \
             --region='us-west-2' --output=json"}}),
        "in the ARN's region"
    );
}

#[test]
fn a_stream_is_read_until_the_answer_and_no_further() {
    let pong = Arc::new(AtomicUsize::new(0));
    let pongs = pong.clone();
    let server = serve_by(move |asked| {
        let message: Value = serde_json::from_str(asked.text()).expect("JSON");
        let event = |value: &Value| format!("event: message\r\ndata: {value}\r\n\r\n").into_bytes();
        let value = match message["method"].as_str() {
            Some("initialize") => json!({"protocolVersion": "2025-06-18"}),
            Some("tools/list") => json!({"tools": [{"name": "x___run_script"}]}),
            Some("tools/call") => script_result(&answer("a", "eu-west-1")),
            Some(_) => return Reply::plain(202, ""),
            None => {
                assert_eq!((&message["id"], &message["result"]), (&json!("p-1"), &json!({})));
                pongs.fetch_add(1, Ordering::SeqCst);
                return Reply::plain(202, "");
            }
        };
        let whole = event(&json!({"jsonrpc": "2.0", "id": message["id"], "result": value}));
        let (start, end) = whole.split_at(whole.len() / 2);
        Reply::sse(vec![
            (Duration::ZERO, b": ping\n\nid: 0\nretry: 10\ndata: \n\n".to_vec()),
            (
                Duration::ZERO,
                event(&json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})),
            ),
            (Duration::ZERO, event(&json!({"jsonrpc": "2.0", "id": "p-1", "method": "ping"}))),
            (Duration::ZERO, event(&json!({"jsonrpc": "2.0", "id": 9999, "result": {"tools": []}}))),
            (Duration::ZERO, start.to_vec()),
            (Duration::from_millis(30), end.to_vec()),
            // The stream stays open, and nobody waits for its end.
            (Duration::from_secs(60), b": bye\n\n".to_vec()),
        ])
    });
    let begun = Instant::now();
    assert_eq!(text(&backend(&server).fetch(&request("a")).expect("a secret")), SECRET);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(pong.load(Ordering::SeqCst), 3, "each ping is answered");
}

#[test]
fn a_stream_may_put_data_on_several_lines_and_end_anyhow() {
    let server = server(TOOLS, |asked| {
        let message: Value = serde_json::from_str(asked.text()).expect("JSON");
        let value = script_result(&answer("a", "eu-west-1"));
        let message = json!({"jsonrpc": "2.0", "id": message["id"], "result": value});
        let lines = serde_json::to_string_pretty(&message).expect("JSON").replace('\n', "\ndata: ");
        Reply::sse(vec![(Duration::ZERO, format!("data: {lines}").into_bytes())])
    });
    assert_eq!(text(&backend(&server).fetch(&request("a")).expect("a secret")), SECRET);
}

#[test]
fn three_fetches_at_once_open_one_session() {
    let server = server(TOOLS, |asked| {
        let code = asked.text().to_owned();
        let name = ["a", "b", "c"].into_iter().find(|name| code.contains(&format!("'SecretId': '{name}'")));
        result(asked, &script_result(&answer(name.expect("a known id"), "eu-west-1")))
    });
    let backend = backend(&server);
    let requests = [request("a"), request("b"), request("c")];
    let secrets = untimed(backend.fetch_all(&requests.iter().collect::<Vec<_>>()));
    let names: Vec<_> =
        secrets.iter().map(|secret| secret.as_ref().expect("a secret").name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let mut methods = methods(&server);
    methods.sort();
    assert_eq!(
        methods,
        ["initialize", "notifications/initialized", "tools/call", "tools/call", "tools/call", "tools/list"]
    );
}

#[test]
fn a_lost_session_is_opened_again_once() {
    let rpc_error = |code: i64, message: &str| {
        json!({"jsonrpc": "2.0", "id": null, "error": {"code": code, "message": message}}).to_string()
    };
    let losses = [
        (404, rpc_error(-32600, "Session not found")),
        (404, String::new()),
        (400, rpc_error(-32600, "Bad Request: Missing session ID")),
        (200, rpc_error(-30001, "Session expired")),
    ];
    for (status, body) in losses {
        for times in [1, 2] {
            let (status, body) = (status, body.clone());
            let left = AtomicUsize::new(times);
            let server = server(TOOLS, move |asked| {
                let lost = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
                match lost {
                    Ok(_) => Reply::json(status, body.clone()),
                    Err(_) => result(asked, &script_result(&answer("a", "eu-west-1"))),
                }
            });
            let backend = backend(&server);
            let outcome = backend.fetch(&request("a"));
            let opened = methods(&server).iter().filter(|method| *method == "initialize").count();
            assert_eq!(opened, 2, "HTTP {status}, lost {times} times");
            match times {
                1 => assert_eq!(text(&outcome.expect("a secret")), SECRET),
                _ => {
                    let failure = Failure::faulty("the server lost the session twice");
                    assert_eq!(outcome.expect_err("no secret"), failure);
                    assert_eq!(backend.fetch(&request("a")).expect_err("no secret"), failure);
                }
            }
        }
    }
}

#[test]
fn threads_that_lose_the_same_session_open_one_in_its_place() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = opened.clone();
    let server = serve_by(move |asked| match method(asked).as_str() {
        "initialize" => {
            let nth = count.fetch_add(1, Ordering::SeqCst) + 1;
            result(asked, &json!({"protocolVersion": "2025-06-18"}))
                .header("mcp-session-id", &format!("s{nth}"))
        }
        "tools/list" => result(asked, &json!({"tools": [{"name": "run_script"}]})),
        "tools/call" if asked.header("mcp-session-id") == Some("s1") => {
            Reply::plain(404, "").after(Duration::from_millis(50))
        }
        "tools/call" => result(asked, &script_result(&answer("a", "eu-west-1"))),
        _ => Reply::plain(202, ""),
    });
    let requests = [request("a"), request("a"), request("a")];
    let secrets = untimed(backend(&server).fetch_all(&requests.iter().collect::<Vec<_>>()));
    assert!(secrets.iter().all(Result::is_ok), "{secrets:?}");
    assert_eq!(opened.load(Ordering::SeqCst), 2);
}

#[test]
fn tools_are_looked_for_on_all_pages() {
    let server = serve_by(|asked| {
        let message: Value = serde_json::from_str(asked.text()).expect("JSON");
        match method(asked).as_str() {
            "initialize" => result(asked, &json!({"protocolVersion": "2025-06-18"})),
            "tools/list" => result(
                asked,
                &match message["params"]["cursor"].as_str() {
                    None => json!({"tools": [{"name": "aws___call_aws"}], "nextCursor": "p2"}),
                    Some("p2") => json!({"tools": [], "nextCursor": "p3"}),
                    Some("p3") => json!({"tools": [{"name": "aws___run_script"}]}),
                    Some(other) => panic!("the cursor {other}"),
                },
            ),
            "tools/call" => {
                assert_eq!(message["params"]["name"], "aws___run_script");
                assert_eq!(asked.header("mcp-session-id"), None, "none was given");
                result(asked, &script_result(&answer("a", "eu-west-1")))
            }
            _ => Reply::plain(202, ""),
        }
    });
    assert!(backend(&server).fetch(&request("a")).is_ok());

    let endless = serve_by(|asked| match method(asked).as_str() {
        "initialize" => result(asked, &json!({"protocolVersion": "2025-06-18"})),
        "tools/list" => result(asked, &json!({"tools": [{"name": "other"}], "nextCursor": "again"})),
        _ => Reply::plain(202, ""),
    });
    let failure = backend(&endless).fetch(&request("a")).expect_err("no tool");
    assert_eq!(failure.kind, Kind::Unavailable);
    assert!(
        failure.cause.starts_with("tool missing: the server has neither run_script nor call_aws, but other")
    );
    assert_eq!(endless.asked().len(), 12, "ten pages");
}

#[test]
fn what_the_server_says_instead_is_the_cause() {
    let rpc_error = |code: i64, message: &str| {
        json!({"jsonrpc": "2.0", "id": 3, "error": {"code": code, "message": message}}).to_string()
    };
    let elsewhere = server(TOOLS, |asked| result(asked, &script_result(&answer("a", "eu-west-1"))));
    let other = answer("b", "eu-west-1");
    let other_region = answer("a", "us-east-1");
    let unavailable = |cause: &str| Failure::unavailable(cause);
    for (reply, expected) in [
        (
            Reply::plain(401, "x-amz-security-token:hush-token"),
            unavailable("HTTP 401, the signature or the credentials are not accepted"),
        ),
        (
            Reply::json(403, r#"{"message":"hush"}"#),
            unavailable("HTTP 403, these credentials may not use the endpoint"),
        ),
        (
            Reply::json(200, rpc_error(-32001, "hush")),
            unavailable("HTTP 401, the signature or the credentials are not accepted"),
        ),
        (
            Reply::json(200, rpc_error(-32600, "The call_aws tool has been removed, use another one.")),
            Failure::faulty(
                "the server answered with error -32600: The call_aws tool has been removed, use another one.",
            ),
        ),
        (Reply::plain(502, "<html>"), unavailable("HTTP 502, the server failed")),
        (
            Reply::plain(307, "").header("location", &format!("{}/mcp", elsewhere.url())),
            Failure::faulty("HTTP 307, a redirect, which is not followed"),
        ),
        (Reply::json(200, "<html>"), Failure::faulty("the answer is no JSON-RPC response to what was asked")),
        (
            Reply::sse(vec![(Duration::ZERO, b"data: {\"jsonrpc\"\n\n".to_vec())]),
            Failure::faulty("the stream ended before the answer came"),
        ),
        (
            Reply::json(200, json!({"id": 3, "result": script_result(&other)}).to_string()),
            Failure::other("answered with the secret b, but a was asked for"),
        ),
        (
            Reply::json(200, json!({"id": 3, "result": script_result(&other_region)}).to_string()),
            Failure::other("answered with a secret of the region us-east-1, but eu-west-1 was asked for"),
        ),
        (
            Reply::json(200, json!({"id": 3, "result": {"content": []}}).to_string()),
            Failure::faulty("the tool's answer holds no secret"),
        ),
        (Reply::hang_up(), Failure::faulty("the connection was cut before an answer was complete")),
        (
            Reply::cut_short(200, r#"{"jsonrpc":"2.0","#).header("content-type", "application/json"),
            Failure::faulty("the connection was cut before an answer was complete"),
        ),
    ] {
        let server = server(TOOLS, move |_| reply.clone());
        let backend = backend(&server);
        let failure = backend.fetch(&request("a")).expect_err("no secret");
        assert_eq!(failure, expected);
        assert!(!format!("{failure:?}{backend:?}").contains("hush"), "{backend:?}");
    }
    assert_eq!(elsewhere.asked().len(), 0, "a redirect is not followed");
}

#[test]
fn a_failure_to_open_is_not_waited_for_again() {
    let server = serve_by(|_| Reply::plain(401, ""));
    let requests = [request("a"), request("b"), request("c")];
    let outcomes = untimed(backend(&server).fetch_all(&requests.iter().collect::<Vec<_>>()));
    let expected = Failure::unavailable("HTTP 401, the signature or the credentials are not accepted");
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().err() == Some(&expected)), "{outcomes:?}");
    assert_eq!(server.asked().len(), 1);
    for (reply, cause) in [
        (json!({}), "the answer to initialize names no protocol version"),
        (json!({"protocolVersion": "a\nb"}), "the answer to initialize names no protocol version"),
    ] {
        let server = serve_by(move |asked| result(asked, &reply));
        assert_eq!(backend(&server).fetch(&request("a")).expect_err("no session").cause, cause);
    }
    let server = serve_by(|asked| {
        result(asked, &json!({"protocolVersion": "2025-06-18"})).header("mcp-session-id", "a b")
    });
    assert_eq!(
        backend(&server).fetch(&request("a")).expect_err("no session").cause,
        "the server's session id is none that can be sent back"
    );
}

#[test]
fn time_is_limited() {
    let slow = |asked: &Asked| {
        result(asked, &script_result(&answer("a", "eu-west-1"))).after(Duration::from_secs(30))
    };
    let silent = |_: &Asked| {
        Reply::sse(vec![(Duration::ZERO, b": hello\n\n".to_vec()), (Duration::from_secs(30), Vec::new())])
    };
    for server in [server(TOOLS, slow), server(TOOLS, silent)] {
        let surroundings = surroundings(&server.url(), &[("ASM_EXEC_MCP_TIMEOUT", "0.4")]);
        let begun = Instant::now();
        let failure = backend_with(&surroundings).fetch(&request("a")).expect_err("no answer");
        assert_eq!(failure, Failure::unavailable("timed out after 0.4 s"));
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    }
}

#[test]
fn nothing_is_sent_without_credentials() {
    let server = server(TOOLS, |asked| result(asked, &Value::Null));
    let endpoint = format!("{}/mcp", server.url());
    let environment =
        [("ASM_EXEC_MCP_ENDPOINT", endpoint.as_str()), ("PATH", "/nonexistent")].into_iter().collect();
    let surroundings = Surroundings { environment, ..Surroundings::default() };
    assert_eq!(
        backend_with(&surroundings).fetch(&request("a")).expect_err("no credentials"),
        Failure::unavailable("no credentials: the environment has none, and the AWS CLI is not installed")
    );
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn what_cannot_be_asked_for_is_not_asked_for() {
    let server = server(TOOLS, |asked| result(asked, &Value::Null));
    for (id, part) in
        [("a\nb", "control character"), ("arn:aws:secretsmanager:x';y:1:secret:a", "is no region")]
    {
        let failure = backend(&server).fetch(&request(id)).expect_err("refused");
        assert!(failure.cause.contains(part), "{failure}");
    }
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn without_any_region_it_is_that_of_the_endpoint() {
    let server = server(TOOLS, |asked| {
        assert!(asked.text().contains("region_name='us-east-1'"), "{}", asked.text());
        result(asked, &script_result(&answer("a", "us-east-1")))
    });
    let surroundings = Surroundings { region: None, ..surroundings(&server.url(), &[]) };
    assert!(backend_with(&surroundings).fetch(&request("a")).is_ok());
}

#[test]
fn settings_that_are_none_are_refused() {
    for (name, value, part) in [
        ("ASM_EXEC_MCP_TIMEOUT", "0", "set it to seconds"),
        ("ASM_EXEC_MCP_TIMEOUT", "-1", "set it to seconds"),
        ("ASM_EXEC_MCP_TIMEOUT", "soon", "set it to seconds"),
        ("ASM_EXEC_MCP_TIMEOUT", "inf", "set it to seconds"),
        ("ASM_EXEC_MCP_TIMEOUT", "NaN", "set it to seconds"),
        ("ASM_EXEC_MCP_TIMEOUT", "1e9", "set it to seconds"),
        ("ASM_EXEC_MCP_ENDPOINT", "http://example.com/mcp", "sends values unencrypted to example.com"),
        ("ASM_EXEC_MCP_ENDPOINT", "mcp", "is no URL"),
    ] {
        let surroundings = surroundings("http://127.0.0.1:1", &[(name, value)]);
        let failure =
            Mcp::new(&surroundings, Arc::new(CredentialSource::new(&surroundings))).expect_err("refused");
        assert!(failure.cause.contains(name) && failure.cause.contains(part), "{failure}");
    }
    for value in ["30", "0.5", " 15 "] {
        backend_with(&surroundings("http://127.0.0.1:1", &[("ASM_EXEC_MCP_TIMEOUT", value)]));
    }
    let empty = Surroundings::default();
    let mcp = backend_with(&empty);
    assert_eq!(mcp.place(), "aws-mcp.us-east-1.api.aws");
}

#[test]
fn signatures_are_for_the_host() {
    for (host, service, region) in [
        ("aws-mcp.us-east-1.api.aws", "aws-mcp", "us-east-1"),
        ("aws-mcp.eu-central-1.api.aws", "aws-mcp", "eu-central-1"),
        ("other.ap-south-1.api.aws", "other", "ap-south-1"),
        ("127.0.0.1", "aws-mcp", "us-east-1"),
        ("localhost", "aws-mcp", "us-east-1"),
        ("gateway.example.com", "aws-mcp", "us-east-1"),
    ] {
        assert_eq!(scope(host), Scope { service: service.to_owned(), region: region.to_owned() }, "{host}");
    }
}
