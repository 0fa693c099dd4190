//! The daemon as a backend, against scripted servers on loopback.

use std::process::Command;

use secrecy::ExposeSecret;

use super::super::Kind;
use super::super::test_server::{Reply, Server, serve, serve_by, untimed};
use super::*;
use crate::resolve::secret::Content;

const ANSWER: &str = r#"{"ARN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf",
    "Name":"app/db","VersionId":"v-1","SecretString":"p@ss","VersionStages":["AWSCURRENT"],"CreatedDate":1.5}"#;
const NOT_READY: &str = "not ready to serve traffic, please wait";

fn request(id: &str, stage: &str) -> Request {
    Request { id: id.to_owned(), version: Version::Stage(stage.to_owned()) }
}

fn at(server: &Server, variables: &[(&str, &str)]) -> Surroundings {
    let url = server.url();
    let endpoint = [("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", url.as_str())];
    let environment = variables.iter().copied().chain(endpoint).collect();
    Surroundings { environment, ..Surroundings::default() }
}

fn daemon(surroundings: &Surroundings) -> Daemon {
    Daemon::with_token_file(surroundings, PathBuf::from("/nowhere/token")).expect("an endpoint")
}

fn text(secret: &Secret) -> &str {
    match &secret.content {
        Content::Text(text) => text.expose_secret(),
        Content::Binary(_) => panic!("binary"),
    }
}

#[test]
fn the_request_as_sent() {
    let id = |id: &str| Version::Id(id.to_owned());
    let stage = |stage: &str| Version::Stage(stage.to_owned());
    let cases = [
        ("app/db", stage("AWSCURRENT"), "secretId=app%2Fdb"),
        ("app/db", stage("AWSPREVIOUS"), "secretId=app%2Fdb&versionStage=AWSPREVIOUS"),
        ("app/db", id("v-1"), "secretId=app%2Fdb&versionId=v-1"),
        ("a b+c", stage("x&y=z #?"), "secretId=a%20b%2Bc&versionStage=x%26y%3Dz%20%23%3F"),
        ("x&roleArn=r", id("1&refreshNow=1"), "secretId=x%26roleArn%3Dr&versionId=1%26refreshNow%3D1"),
        ("d\u{fc}%41", stage("a\r\nHost: b"), "secretId=d%C3%BC%2541&versionStage=a%0D%0AHost%3A%20b"),
        (
            "arn:aws:secretsmanager:us-east-1:1:secret:a-AbCdEf",
            stage("AWSCURRENT"),
            "secretId=arn%3Aaws%3Asecretsmanager%3Aus-east-1%3A1%3Asecret%3Aa-AbCdEf",
        ),
    ];
    for (id, version, query) in cases {
        let server = serve(vec![Reply::plain(404, "")]);
        let request = Request { id: id.to_owned(), version };
        let _ = daemon(&at(&server, &[("AWS_TOKEN", "tok")])).fetch(&request);
        let [asked] = &server.asked()[..] else { panic!("{id}: {:?}", server.asked()) };
        assert_eq!(asked.method, "GET");
        assert_eq!(asked.path, format!("/secretsmanager/get?{query}"));
        assert_eq!(asked.header("X-Aws-Parameters-Secrets-Token"), Some("tok"));
        assert_eq!(asked.header("Host"), Some(format!("127.0.0.1:{}", server.port).as_str()));
        // The daemon refuses what was forwarded.
        assert_eq!(asked.header("X-Forwarded-For"), None);
    }
}

#[test]
fn answers() {
    let asked = request("app/db", "AWSCURRENT");
    let v2 = Request { version: Version::Id("v-2".to_owned()), ..asked.clone() };
    let (part, stage) = (request("app/d", "AWSCURRENT"), request("app/db", "AWSPREVIOUS"));
    let elsewhere = request("arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/db", "AWSCURRENT");
    let binary = ANSWER.replace("SecretString", "SecretBinary");
    let ok = |body: &str| Reply::plain(200, body);
    // What is asked; the region where nothing names one; the answer; the failure.
    type Case<'a> = (&'a Request, Option<&'a str>, Reply, Option<(Kind, &'a str)>);
    let cases: Vec<Case> = vec![
        (&asked, None, ok(ANSWER), None),
        (&asked, Some("us-east-1"), ok(ANSWER), None),
        (&asked, None, ok(&binary), None),
        (&asked, None, Reply::chunked(200, vec![(Duration::ZERO, ANSWER.into())]), None),
        (&asked, Some("eu-west-1"), ok(ANSWER), Some((Kind::Other, "us-east-1, but eu-west-1"))),
        (&elsewhere, Some("us-east-1"), ok(ANSWER), Some((Kind::Other, "us-east-1, but eu-west-1"))),
        (&part, None, ok(ANSWER), Some((Kind::Other, "app/db"))),
        (&stage, None, ok(ANSWER), Some((Kind::Other, "AWSPREVIOUS"))),
        (&v2, None, ok(ANSWER), Some((Kind::Other, "the version v-1, but v-2"))),
        (&asked, None, ok("p@ss"), Some((Kind::Faulty, "no secret's"))),
        (&asked, None, ok(&ANSWER.replace("p@ss", "p@ss\",\"")), Some((Kind::Faulty, "no secret's"))),
        (&asked, None, Reply::cut_short(200, ANSWER), Some((Kind::Faulty, "cut"))),
        (&asked, None, Reply::hang_up(), Some((Kind::Faulty, "cut"))),
        (&asked, None, Reply::plain(403, "Bad Token"), Some((Kind::Unavailable, "the token from AWS_TOKEN"))),
    ];
    for (at_case, (request, region, reply, expected)) in cases.into_iter().enumerate() {
        let server = serve(vec![reply]);
        let mut surroundings = at(&server, &[("AWS_TOKEN", "tok")]);
        surroundings.region = region.map(str::to_owned);
        match (daemon(&surroundings).fetch(request), expected) {
            (Ok(secret), None) => assert_eq!((&*secret.name, &*secret.version_id), ("app/db", "v-1")),
            (Err(failure), Some((kind, cause))) => {
                assert_eq!(failure.kind, kind, "case {at_case}: {failure}");
                assert!(failure.cause.contains(cause), "case {at_case}: {failure}");
                assert!(!failure.cause.contains("p@ss") && !failure.cause.contains("tok "), "{failure}");
            }
            (got, _) => panic!("case {at_case}: {got:?}"),
        }
        assert_eq!(server.asked().len(), 1, "case {at_case}");
    }
}

// The system's words for what is not there are in it.
#[cfg(unix)]
#[test]
fn tokens_are_tried_in_order_and_the_one_that_served_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "right\n").expect("a file");
    let named = format!("file://{}", file.display());
    let absent = PathBuf::from("/nowhere/token");
    // The variables; the default file; the tokens as sent for two fetches; the failure.
    type Case<'a> = (Vec<(&'a str, &'a str)>, &'a PathBuf, Vec<Option<&'a str>>, Option<String>);
    let cases: Vec<Case> = vec![
        (vec![("AWS_TOKEN", "right"), ("AWS_SESSION_TOKEN", "x")], &absent, vec![Some("right"); 2], None),
        (vec![("AWS_TOKEN", &named)], &absent, vec![Some("right"); 2], None),
        (vec![], &file, vec![Some("right"); 2], None),
        (vec![("AWS_SESSION_TOKEN", "x")], &file, vec![Some("x"), Some("right"), Some("right")], None),
        (
            vec![("AWS_TOKEN", "x")],
            &file,
            vec![Some("x"); 2],
            Some("HTTP 403, the daemon refuses the token from AWS_TOKEN".into()),
        ),
        (
            vec![("AWS_SESSION_TOKEN", "x")],
            &absent,
            vec![Some("x"); 2],
            Some(
                "HTTP 403, the daemon refuses the token from AWS_SESSION_TOKEN; the file /nowhere/token \
                 cannot be read: No such file or directory"
                    .into(),
            ),
        ),
        (
            vec![("AWS_TOKEN", "file:///nowhere/else")],
            &file,
            vec![None; 2],
            Some(
                "HTTP 403, the daemon wants a token, and the file /nowhere/else that AWS_TOKEN names cannot \
                 be read: No such file or directory"
                    .into(),
            ),
        ),
    ];
    for (variables, default_file, sent, failure) in cases {
        let server = serve_by(|asked| match asked.header("x-aws-parameters-secrets-token") {
            Some("right") => Reply::plain(200, ANSWER),
            _ => Reply::plain(403, "Bad Token"),
        });
        let surroundings = at(&server, &variables);
        let daemon = Daemon::with_token_file(&surroundings, default_file.clone()).expect("an endpoint");
        for _ in 0..2 {
            let got = daemon.fetch(&request("app/db", "AWSCURRENT"));
            assert_eq!(got.as_ref().err().map(|failure| failure.cause.clone()), failure, "{variables:?}");
        }
        let asked = server.asked();
        let tokens: Vec<_> =
            asked.iter().map(|asked| asked.header("x-aws-parameters-secrets-token")).collect();
        assert_eq!(tokens, sent, "{variables:?}");
        assert_eq!(server.connections(), 1, "{variables:?}: one connection serves all");
    }
}

#[test]
fn waits_until_the_daemon_is_ready() {
    let server = serve(vec![
        Reply::plain(400, NOT_READY),
        Reply::plain(429, "Connection limit exceeded"),
        Reply::plain(200, ANSWER),
    ]);
    let secret = daemon(&at(&server, &[])).fetch(&request("app/db", "AWSCURRENT")).expect("a secret");
    assert_eq!((text(&secret), server.asked().len()), ("p@ss", 3));
}

#[test]
fn waits_no_longer_than_the_run_has() {
    for reply in [Reply::plain(400, NOT_READY), Reply::plain(200, ANSWER).after(Duration::from_secs(30))] {
        let server = serve_by(move |_| reply.clone());
        let mut surroundings = at(&server, &[]);
        let began = Instant::now();
        surroundings.deadline = Some(began + Duration::from_millis(300));
        let failure = daemon(&surroundings).fetch(&request("app/db", "AWSCURRENT")).expect_err("a failure");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        assert_eq!(failure.kind, Kind::Unavailable, "{failure}");
        assert!(failure.cause.contains("not ready") || failure.cause.contains("timed out"), "{failure}");
    }
}

#[test]
fn nobody_listening_is_told_as_such_with_or_without_a_token() {
    let port = serve(vec![]).port;
    // The server is gone; its listener goes when it has seen so.
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    for token in ["tok", "file:///nowhere/else", ""] {
        let port = port.to_string();
        let environment = [("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", &*port), ("AWS_TOKEN", token)];
        let surroundings =
            Surroundings { environment: environment.into_iter().collect(), ..Surroundings::default() };
        let failure = daemon(&surroundings).fetch(&request("a", "AWSCURRENT")).expect_err("a failure");
        assert_eq!(failure, Failure::unavailable("connection refused"));
    }
}

#[test]
fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let target = serve(vec![Reply::plain(200, ANSWER)]);
        let location = format!("{}/secretsmanager/get", target.url());
        let server = serve(vec![Reply::plain(status, "").header("location", &location)]);
        let got = daemon(&at(&server, &[("AWS_TOKEN", "tok")])).fetch(&request("app/db", "AWSCURRENT"));
        let failure = got.expect_err("a failure");
        assert_eq!(failure.kind, Kind::Faulty);
        assert!(failure.cause.contains("redirect, which is not followed"), "{failure}");
        assert_eq!(target.connections(), 0, "{status}");
    }
}

#[test]
fn nothing_off_loopback_is_contacted() {
    let environment = [("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", "http://192.0.2.1:2773"), ("AWS_TOKEN", "tok")];
    let surroundings =
        Surroundings { environment: environment.into_iter().collect(), ..Surroundings::default() };
    let failure = Daemon::new(&surroundings).expect_err("a failure");
    assert!(failure.cause.contains("names 192.0.2.1"), "{failure}");
    assert!(!failure.cause.contains("tok "), "{failure}");
}

/// The proxy variables are the process's own, so this test runs itself in a process that has them.
#[test]
fn goes_through_no_proxy() {
    const URL: &str = "ASM_GUARD_TEST_DAEMON";
    if let Ok(url) = std::env::var(URL) {
        let environment = [("AWS_SECRETS_MANAGER_AGENT_ENDPOINT", &*url), ("AWS_TOKEN", "tok")];
        let surroundings =
            Surroundings { environment: environment.into_iter().collect(), ..Surroundings::default() };
        daemon(&surroundings).fetch(&request("app/db", "AWSCURRENT")).expect("a secret");
        return;
    }
    let (server, proxy) = (serve(vec![Reply::plain(200, ANSWER)]), serve(vec![]));
    let this = std::env::current_exe().expect("this program");
    let mut command = Command::new(this);
    command.args(["--exact", "resolve::backend::daemon::tests::goes_through_no_proxy"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"] {
        command.env(name, proxy.url());
    }
    let done = command.env(URL, server.url()).output().expect("it runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    assert_eq!((server.asked().len(), proxy.connections()), (1, 0));
}

#[test]
fn several_are_fetched_at_most_three_at_once() {
    let server = serve_by(|_| Reply::plain(200, ANSWER).after(Duration::from_millis(30)));
    let wanted = request("app/db", "AWSCURRENT");
    let got = untimed(daemon(&at(&server, &[])).fetch_all(&[&wanted; 9]));
    assert!(got.iter().all(Result::is_ok) && got.len() == 9);
    assert!((2..=3).contains(&server.connections()), "{}", server.connections());
}
