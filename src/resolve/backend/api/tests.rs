//! The backend against scripted servers on loopback.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use secrecy::ExposeSecret;
use serde_json::Value;

use super::*;
use crate::resolve::backend::test_server::{Asked, Reply, Server, serve_by, untimed};
use crate::resolve::secret::Content;

fn surroundings(url: &str, more: &[(&str, &str)]) -> Surroundings {
    let variables = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "AKIATEST"),
        ("AWS_SECRET_ACCESS_KEY", "hush-key"),
        ("AWS_SESSION_TOKEN", "hush-token"),
    ];
    let environment = variables.into_iter().chain(more.iter().copied()).collect();
    Surroundings { environment, region: Some("eu-west-1".to_owned()), deadline: None }
}

fn backend_with(surroundings: &Surroundings) -> Api {
    Api::new(surroundings, Arc::new(CredentialSource::new(surroundings))).expect("a backend")
}

fn backend(server: &Server) -> Api {
    backend_with(&surroundings(&server.url(), &[]))
}

fn request(id: &str) -> Request {
    Request { id: id.to_owned(), version: Version::Stage(CURRENT.to_owned()) }
}

fn operation(asked: &Asked) -> &str {
    let target = asked.header("x-amz-target").expect("a target");
    target.strip_prefix("secretsmanager.").expect("the service's name")
}

fn body(asked: &Asked) -> Value {
    serde_json::from_str(asked.text()).expect("JSON")
}

/// The region that the request is signed for.
fn signed_region(asked: &Asked) -> String {
    let signature = asked.header("authorization").expect("a signature");
    signature.split('/').nth(2).expect("a scope").to_owned()
}

/// The secret named so, in any version, whose value is the name.
fn answer(id: &str, region: &str) -> Value {
    let name = id.rsplit("secret:").next().unwrap_or(id).trim_end_matches("-a1B2c3");
    json!({
        "ARN": format!("arn:aws:secretsmanager:{region}:1:secret:{name}-a1B2c3"),
        "Name": name,
        "VersionId": "v1",
        "VersionStages": ["AWSCURRENT", "AWSPREVIOUS"],
        "SecretString": format!("value of {name}"),
        "CreatedDate": 1.7e9,
    })
}

fn failing(status: u16, code: &str) -> Reply {
    Reply::json(status, json!({"__type": code, "message": "because"}).to_string())
}

/// Answers as the service does, and knows every secret but those whose names begin with `no`.
fn service(asked: &Asked) -> Reply {
    let (body, region) = (body(asked), signed_region(asked));
    let value = match operation(asked) {
        "GetSecretValue" => {
            let id = body["SecretId"].as_str().expect("an id");
            if id.starts_with("no") {
                return failing(400, "ResourceNotFoundException");
            }
            answer(id, &region)
        }
        _ => {
            let ids = body["SecretIdList"].as_array().expect("ids");
            assert!((2..=20).contains(&ids.len()), "{body}");
            let ids: Vec<_> = ids.iter().map(|id| id.as_str().expect("text")).collect();
            let (none, some): (Vec<&str>, Vec<&str>) = ids.iter().partition(|id| id.starts_with("no"));
            json!({
                // The service keeps no order.
                "SecretValues": some.iter().rev().map(|id| answer(id, &region)).collect::<Vec<_>>(),
                "Errors": none.iter().filter(|id| **id != "nothing-said").map(|id| json!({
                    "SecretId": id, "ErrorCode": "ResourceNotFoundException", "Message": "because",
                })).collect::<Vec<_>>(),
            })
        }
    };
    Reply::plain(200, value.to_string()).header("content-type", "application/x-amz-json-1.1")
}

fn values(results: &[Result<Secret, Failure>]) -> Vec<String> {
    let value = |result: &Result<Secret, Failure>| match result {
        Ok(Secret { content: Content::Text(text), .. }) => text.expose_secret().to_owned(),
        Ok(_) => "bytes".to_owned(),
        Err(failure) => format!("{:?}: {failure}", failure.kind),
    };
    results.iter().map(value).collect()
}

#[test]
fn one_secret_is_one_signed_call() {
    let arn = "arn:aws:secretsmanager:us-west-2:1:secret:a-a1B2c3";
    for (request, sent, region) in [
        (request("prod/dä ta+"), json!({"SecretId": "prod/dä ta+"}), "eu-west-1"),
        (request(arn), json!({"SecretId": arn}), "us-west-2"),
        (
            Request { id: "a".to_owned(), version: Version::Stage("AWSPREVIOUS".to_owned()) },
            json!({"SecretId": "a", "VersionStage": "AWSPREVIOUS"}),
            "eu-west-1",
        ),
        (
            Request { id: "a".to_owned(), version: Version::Id("v1".to_owned()) },
            json!({"SecretId": "a", "VersionId": "v1"}),
            "eu-west-1",
        ),
    ] {
        let server = serve_by(service);
        let backend = backend(&server);
        assert!(backend.asks_as_caller());
        assert_eq!(backend.place(), format!("127.0.0.1:{}", server.port));
        let results = untimed(backend.fetch_all(&[&request]));
        assert!(results[0].is_ok(), "{results:?}");
        let asked = &server.asked();
        assert_eq!(asked.len(), 1);
        let asked = &asked[0];
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/"));
        assert_eq!((operation(asked), body(asked)), ("GetSecretValue", sent));
        assert_eq!(asked.header("content-type"), Some("application/x-amz-json-1.1"));
        assert_eq!(asked.header("x-amz-security-token"), Some("hush-token"));
        let signature = asked.header("authorization").expect("a signature");
        assert!(signature.contains(&format!("/{region}/secretsmanager/aws4_request")), "{signature}");
    }
}

#[test]
fn several_current_versions_are_one_call_for_each_region() {
    let server = serve_by(service);
    let previous = Request { id: "d".to_owned(), version: Version::Stage("AWSPREVIOUS".to_owned()) };
    let requests = [
        request("a"),
        request("arn:aws:secretsmanager:us-west-2:1:secret:b-a1B2c3"),
        request("none"),
        previous,
        request("nothing-said"),
        request("arn:aws:secretsmanager:us-west-2:1:secret:c"),
        request("e"),
    ];
    let results = untimed(backend(&server).fetch_all(&requests.iter().collect::<Vec<_>>()));
    let none = "NotFound: ResourceNotFoundException: because";
    assert_eq!(
        values(&results),
        ["value of a", "value of b", none, "value of d", none, "value of c", "value of e"]
    );
    let mut calls: Vec<_> = server
        .asked()
        .iter()
        .map(|asked| format!("{} {} {}", signed_region(asked), operation(asked), asked.text()))
        .collect();
    calls.sort();
    assert_eq!(
        calls,
        [
            r#"eu-west-1 BatchGetSecretValue {"SecretIdList":["a","none","nothing-said","e"]}"#,
            r#"eu-west-1 GetSecretValue {"SecretId":"d","VersionStage":"AWSPREVIOUS"}"#,
            // The batch said nothing about it.
            r#"eu-west-1 GetSecretValue {"SecretId":"nothing-said"}"#,
            r#"us-west-2 BatchGetSecretValue {"SecretIdList":["arn:aws:secretsmanager:us-west-2:1:secret:b-a1B2c3","arn:aws:secretsmanager:us-west-2:1:secret:c"]}"#,
        ]
    );
}

#[test]
fn no_call_has_more_than_twenty() {
    let server = serve_by(service);
    let requests: Vec<_> = (0..43).map(|n| request(&format!("s{n}"))).collect();
    let results = untimed(backend(&server).fetch_all(&requests.iter().collect::<Vec<_>>()));
    let expected: Vec<_> = (0..43).map(|n| format!("value of s{n}")).collect();
    assert_eq!(values(&results), expected);
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn where_batches_are_refused_each_is_asked_for_alone() {
    for (status, code) in [(400, "AccessDeniedException"), (400, "UnknownOperationException"), (404, "")] {
        let server = serve_by(move |asked| match operation(asked) {
            "BatchGetSecretValue" => failing(status, code),
            _ => service(asked),
        });
        let requests = [request("a"), request("no"), request("c")];
        let results = untimed(backend(&server).fetch_all(&requests.iter().collect::<Vec<_>>()));
        assert_eq!(
            values(&results),
            ["value of a", "NotFound: ResourceNotFoundException: because", "value of c"]
        );
        assert_eq!(server.asked().len(), 4, "{code}");
    }
}

#[test]
fn where_nobody_answers_each_is_not_asked_for_again() {
    for (reply, cause, calls) in [
        (
            failing(400, "ExpiredTokenException"),
            "HTTP 400, the signature or the credentials are not accepted (ExpiredTokenException)",
            1,
        ),
        (Reply::plain(503, ""), "HTTP 503, the service failed", 3),
    ] {
        let server = serve_by(move |_| reply.clone());
        let requests = [request("a"), request("b")];
        let results = untimed(backend(&server).fetch_all(&requests.iter().collect::<Vec<_>>()));
        let expected = format!("Unavailable: {cause}");
        assert_eq!(values(&results), [expected.clone(), expected]);
        assert_eq!(server.asked().len(), calls);
    }
}

#[test]
fn a_busy_service_is_asked_again_twice() {
    for (times, expected) in [(1, Ok(2)), (2, Ok(3)), (3, Err(3))] {
        for reply in [failing(400, "ThrottlingException"), Reply::plain(500, "")] {
            let left = AtomicUsize::new(times);
            let server = serve_by(move |asked| {
                let busy = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
                if busy.is_ok() { reply.clone() } else { service(asked) }
            });
            let outcome = backend(&server).fetch(&request("a"));
            let calls = server.asked().len();
            assert_eq!(outcome.map(|_| calls).map_err(|_| calls), expected);
        }
    }
    // No longer than the run has.
    let server = serve_by(|_| failing(400, "ThrottlingException"));
    let deadline = Some(Instant::now() + Duration::from_millis(100));
    let surroundings = Surroundings { deadline, ..surroundings(&server.url(), &[]) };
    let failure = backend_with(&surroundings).fetch(&request("a")).expect_err("busy");
    assert_eq!(failure, Failure::unavailable("ThrottlingException: because"));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn what_the_service_says_instead_is_the_cause() {
    let elsewhere = serve_by(service);
    let other = answer("b", "eu-west-1").to_string();
    let canonical = json!({"__type": "InvalidSignatureException",
        "message": "The Canonical String for this request should have been x-amz-security-token:hush-token"});
    for (reply, expected) in [
        (failing(400, "AccessDeniedException"), Failure::new(Kind::Denied, "AccessDeniedException: because")),
        (
            Reply::plain(400, "{}").header("x-amzn-ErrorType", "ResourceNotFoundException:http://x"),
            Failure::new(Kind::NotFound, "ResourceNotFoundException"),
        ),
        (
            Reply::json(403, canonical.to_string()),
            Failure::unavailable(
                "HTTP 403, the signature or the credentials are not accepted (InvalidSignatureException)",
            ),
        ),
        (
            Reply::plain(301, "").header("location", &elsewhere.url()),
            Failure::faulty("HTTP 301, a redirect, which is not followed"),
        ),
        (Reply::json(200, other), Failure::other("answered with the secret b, but a was asked for")),
        (Reply::json(200, "hush"), Failure::faulty("the answer is no secret's (line 1, column 1)")),
        (Reply::hang_up(), Failure::faulty("the connection was cut before an answer was complete")),
    ] {
        let server = serve_by(move |_| reply.clone());
        let backend = backend(&server);
        let failure = backend.fetch(&request("a")).expect_err("no secret");
        assert_eq!(failure, expected);
        assert!(!format!("{failure:?}{backend:?}").contains("hush"), "{backend:?}");
    }
    assert_eq!(elsewhere.asked().len(), 0, "a redirect is not followed");
}

#[test]
fn endpoints() {
    for (variables, region, place) in [
        (&[][..], Some("us-east-1"), "secretsmanager.us-east-1.amazonaws.com"),
        (&[], Some("us-gov-west-1"), "secretsmanager.us-gov-west-1.amazonaws.com"),
        (&[], Some("cn-north-1"), "secretsmanager.cn-north-1.amazonaws.com.cn"),
        (&[], Some("eusc-de-east-1"), "secretsmanager.eusc-de-east-1.amazonaws.eu"),
        (&[], None, "secretsmanager.<region>.amazonaws.com"),
        (&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")], Some("us-east-1"), "127.0.0.1:4566"),
        (
            &[
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
                ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://vpce.example.com/"),
            ],
            Some("us-east-1"),
            "vpce.example.com",
        ),
        (
            &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE")],
            Some("us-east-1"),
            "secretsmanager.us-east-1.amazonaws.com",
        ),
    ] {
        let environment = variables.iter().copied().collect();
        let surroundings = Surroundings { environment, region: region.map(str::to_owned), deadline: None };
        assert_eq!(backend_with(&surroundings).place(), place, "{variables:?}");
    }
    let refused = surroundings("http://example.com:4566", &[]);
    let failure = Api::new(&refused, Arc::new(CredentialSource::new(&refused))).expect_err("refused");
    assert!(
        failure.cause.starts_with("the endpoint in AWS_ENDPOINT_URL sends values unencrypted"),
        "{failure}"
    );
}

#[test]
fn nothing_is_sent_without_region_or_credentials() {
    let server = serve_by(service);
    let surroundings = surroundings(&server.url(), &[]);
    let placeless = backend_with(&Surroundings { region: None, ..surroundings.clone() });
    let no_region = "Unavailable: no region is known: set AWS_REGION, or refer to the secret by its ARN";
    assert_eq!(
        values(&untimed(placeless.fetch_all(&[&request("a"), &request("b")]))),
        [no_region, no_region]
    );
    let backend = backend_with(&surroundings);
    let evil = request("arn:aws:secretsmanager:evil.example/:1:secret:a");
    assert_eq!(
        values(&untimed(backend.fetch_all(&[&evil]))),
        ["Faulty: \"evil.example/\" is no region, such as us-east-1: correct it"]
    );
    let url = server.url();
    let environment = [("AWS_ENDPOINT_URL", url.as_str()), ("PATH", "/nonexistent")].into_iter().collect();
    let keyless = backend_with(&Surroundings { environment, ..surroundings });
    let no_keys = "Unavailable: no credentials: the environment has none, and the AWS CLI is not installed";
    assert_eq!(values(&untimed(keyless.fetch_all(&[&request("a"), &request("b")]))), [no_keys, no_keys]);
    assert_eq!(server.asked().len(), 0);
}
