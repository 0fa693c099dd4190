//! What is said when something is refused, missing, lost or late, and who is asked next.

use std::time::Duration;

use crate::client::{Client, Route};
use crate::seeds::reference;
use crate::servers::{free_port, servers};
use crate::wire::{Wire, answer};

const PLAIN: &str = "plain-u7Wq2ZkX9e";

const ROUTES: &[(Route, &str)] = &[
    (Route::Daemon, "sma"),
    (Route::Mcp("json/script"), "mcp"),
    (Route::Mcp("sse/script"), "mcp"),
    (Route::Mcp("json/cli"), "mcp"),
    (Route::Mcp("sse/cli"), "mcp"),
    (Route::Api, "api"),
];

#[test]
#[ignore = "needs the backends: see main.rs"]
fn not_found() {
    for (route, name) in ROUTES {
        for missing in ["no-such", "db/rotated:SecretString::NOSUCH"] {
            let outcome = Client::over(*route).run(&["true", &reference(missing)]);
            outcome.fails_with(&[name, "ResourceNotFoundException", missing.split(':').next().unwrap()]);
        }
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn denied() {
    for (route, name) in ROUTES.iter().filter(|(route, _)| *route != Route::Daemon) {
        let outcome = Client::over(*route).signed_by("nobody").run(&["true", &reference("plain")]);
        outcome.fails_with(&[name, "AccessDenied", "user/nobody"]);
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn missing_key() {
    for (route, _) in ROUTES {
        let client = Client::over(*route);
        let outcome = client.run(&["true", &reference("db/json:SecretString:passwort")]);
        outcome.fails_with(&["passwort", "password", "user", "ratio"]);
        assert!(!outcome.stderr.contains("json-Pq4") && !outcome.stderr.contains("5432"), "{outcome:#?}");
        client.run(&["true", &reference("plain:SecretString:key")]).fails_with(&["JSON"]);
        // Bytes come as base64, and only to those who ask for them.
        client.run(&["true", &reference("binary")]).fails_with(&["SecretBinary"]);
        client.run(&["true", &reference("plain:SecretBinary")]).fails_with(&["SecretString"]);
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn wrong_token() {
    for (token, why) in [("wrong", "another"), ("file:///nonexistent/token", "no file")] {
        let client = Client::over(Route::Daemon).set("AWS_TOKEN", token);
        let outcome = client.run(&["true", &reference("plain")]);
        outcome.fails_with(&["sma", if why == "another" { "403" } else { "/nonexistent/token" }]);
        assert!(why == "no file" || !outcome.stderr.contains("wrong"), "{outcome:#?}");
    }
    // It is no answer about the secret, so the next backend is asked.
    let client = Client::over(Route::Api).set("ASM_EXEC_BACKENDS", "sma,api").daemon(servers().daemon);
    assert_eq!(client.set("AWS_TOKEN", "wrong").value(&reference("plain")), PLAIN);
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn no_daemon() {
    // That nobody listens is no error: the default is the daemon, then MCP.
    let client = Client::new().mcp("json/script").signed_by("reader");
    assert_eq!(client.value(&reference("plain")), PLAIN);
    let outcome = client.run(&["true", &reference("plain")]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    // Nobody listens, and there is nothing to ask AWS's own endpoint with.
    let outcome = Client::new().run(&["true", &reference("plain")]);
    outcome.fails_with(&["sma", "connection refused", "mcp", "no credentials"]);
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn wrong_keys() {
    for (route, name) in ROUTES.iter().filter(|(route, _)| *route != Route::Daemon) {
        let wrong = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let client = Client::over(*route).set("AWS_SECRET_ACCESS_KEY", wrong);
        let outcome = client.run(&["true", &reference("plain")]);
        match route {
            Route::Api => outcome.fails_with(&[name, "signature"]),
            _ => outcome.fails_with(&[name, "401", "signature", "credentials"]),
        }
        assert!(!outcome.stderr.contains(wrong), "{outcome:#?}");
        let unknown = Client::over(*route).set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
        unknown.run(&["true", &reference("plain")]).fails_with(&[name]);
        let none = Client::over(*route).unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
        none.run(&["true", &reference("plain")]).fails_with(&[name, "no credentials"]);
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn lost_session() {
    for path in ["json/script", "sse/script", "json/cli"] {
        let lost = format!("forgets/once-{}/{path}", path.replace('/', "-"));
        let wire = Wire::to(servers().mcp);
        let client = Client::over(Route::Mcp(path)).mcp_at(wire.port, &lost);
        assert_eq!(
            client.arguments(&["plain", "both-regions"].map(reference)),
            [PLAIN, "east-Xm47"],
            "{path}"
        );
        assert_eq!(wire.count("\"initialize\""), 2, "{path}");
    }
    // A server that forgets every session is not asked for ever.
    let wire = Wire::to(servers().mcp);
    let client = Client::over(Route::Mcp("json/script")).mcp_at(wire.port, "forgets/always/json/script");
    client.run(&["true", &reference("plain")]).fails_with(&["mcp", "session"]);
    assert_eq!(wire.count("\"initialize\""), 2);
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn late() {
    let cases: &[(Client, &[&str], &str)] = &[
        (
            Client::over(Route::Mcp("json/script"))
                .mcp("slow/30/json/script")
                .set("ASM_EXEC_MCP_TIMEOUT", "1"),
            &[],
            "an MCP tool",
        ),
        (
            Client::over(Route::Mcp("sse/script")).mcp("slow/30/sse/script"),
            &["--timeout", "1"],
            "an MCP tool, and the whole run",
        ),
        (
            Client::over(Route::Daemon).daemon(Wire::answering(None).port),
            &["--timeout", "1"],
            "a daemon that never answers",
        ),
        (
            Client::over(Route::Api).api(Wire::answering(None).port),
            &["--timeout", "1"],
            "an API that never answers",
        ),
    ];
    for (client, options, why) in cases {
        let plain = reference("plain");
        let args: Vec<&str> = options.iter().copied().chain(["true", &plain]).collect();
        let outcome = client.run(&args);
        outcome.fails_with(&["timed out after "]);
        // What was left of the second, as people write it.
        let time = outcome.stderr.split("timed out after ").nth(1).unwrap().split(" s").next().unwrap();
        assert!(time.len() <= 4, "{why}: {outcome:#?}");
        assert!(outcome.took < Duration::from_secs(8), "{why}: {outcome:#?}");
    }
    // Slow, and in time.
    let client = Client::over(Route::Mcp("sse/script")).mcp("slow/2/sse/script");
    assert_eq!(client.value(&reference("plain")), PLAIN);
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn who_is_asked_next() {
    // A definite answer from the daemon, whose credentials are its own: others may know more.
    let east_only = |client: Client| client.set("ASM_EXEC_BACKENDS", "sma,api").daemon(servers().daemon);
    let client = east_only(Client::over(Route::Api)).set("AWS_REGION", "eu-west-1");
    assert_eq!(client.value(&reference("only-west")), "away-Kc69");
    let outcome = east_only(Client::over(Route::Api)).run(&["true", &reference("no-such")]);
    outcome.fails_with(&["sma", "api", "ResourceNotFoundException"]);
    // Each reference has its own way: one that the daemon has, one that only the API has.
    let west =
        servers().arns.iter().find(|arn| arn.contains("eu-west-1") && arn.contains("only-west")).unwrap();
    let client = east_only(Client::over(Route::Api));
    assert_eq!(client.arguments(&[reference("plain"), reference(west)]), [PLAIN, "away-Kc69"]);
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn what_is_no_answer() {
    let secret = r#"{"ARN":"arn:aws:secretsmanager:us-east-1:1:secret:plain-AbCdEf","Name":"plain","VersionId":"v","SecretString":"mangled-Zz11""#;
    for (body, status, why) in [
        (secret.to_owned(), "200 OK", "cut off"),
        (secret.replace("\"mangled-Zz11\"", "[\"mangled-Zz11\"]") + "}", "200 OK", "of another type"),
        ("mangled-Zz11".into(), "200 OK", "no JSON"),
        ("<h1>mangled-Zz11</h1>".into(), "502 Bad Gateway", "a proxy's page"),
        (
            secret.replace("plain", "other") + ",\"VersionStages\":[\"AWSCURRENT\"]}",
            "200 OK",
            "another secret",
        ),
        (secret.to_owned() + ",\"VersionStages\":[\"AWSPREVIOUS\"]}", "200 OK", "another version"),
    ] {
        let wire = Wire::answering(answer(status, "application/json", &body));
        let clients = [
            Client::over(Route::Daemon).daemon(wire.port),
            Client::over(Route::Api).api(wire.port),
            Client::over(Route::Mcp("json/script")).mcp_at(wire.port, ""),
        ];
        for client in clients {
            let outcome = client.run(&["true", &reference("plain")]);
            outcome.fails_with(&["plain"]);
            assert!(!outcome.stderr.contains("mangled"), "{why}: {outcome:#?}");
        }
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn check_and_dry_run() {
    let [plain, json, missing] =
        [reference("plain"), reference("db/json:SecretString:password"), reference("no-such")];
    for (route, name) in ROUTES {
        let client = Client::over(*route);
        let outcome = client.run(&["--check", "touch", &plain, &json]);
        assert_eq!(outcome.status, Some(0), "{outcome:#?}");
        let said = outcome.stdout.clone() + &outcome.stderr;
        for words in [name, &plain.as_str(), &json.as_str()] {
            assert!(said.contains(*words), "{words}: {outcome:#?}");
        }
        assert!(!said.contains(PLAIN) && !said.contains("json-Pq4"), "{outcome:#?}");
        assert!(client.left_nothing(), "--check runs nothing");

        let outcome = client.run(&["--check", "touch", &plain, &missing]);
        assert_eq!(outcome.status, Some(1), "{outcome:#?}");
        let said = outcome.stdout.clone() + &outcome.stderr;
        assert!(
            said.contains(&plain) && said.contains(&missing) && said.contains("NotFound"),
            "{outcome:#?}"
        );
    }
    // A dry run asks nobody.
    let wire = Wire::answering(None);
    let client = Client::over(Route::Daemon).daemon(wire.port);
    let outcome = client.run(&["--dry-run", "touch", &plain, &json]);
    assert_eq!(outcome.status, Some(0), "{outcome:#?}");
    let said = outcome.stdout.clone() + &outcome.stderr;
    assert!(said.contains("touch") && said.contains(&plain) && said.contains(&json), "{outcome:#?}");
    assert_eq!(wire.connections(), 0);
    assert!(client.left_nothing());
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn endpoints() {
    // A plain connection leaves this machine for nobody, and a token or a signature with it.
    for endpoint in ["http://aws-mcp.us-east-1.api.aws/mcp", "ftp://127.0.0.1/mcp", "no url"] {
        let client = Client::over(Route::Mcp("json/script")).set("ASM_EXEC_MCP_ENDPOINT", endpoint);
        client.run(&["true", &reference("plain")]).fails_with(&["ASM_EXEC_MCP_ENDPOINT"]);
    }
    let client = Client::over(Route::Daemon).set("ASM_EXEC_BACKENDS", "sma,vault");
    client.run(&["true", &reference("plain")]).fails_with(&["vault", "ASM_EXEC_BACKENDS"]);
    // The port of the Lambda extension's own variable.
    let client = Client::over(Route::Daemon).unset("AWS_SECRETS_MANAGER_AGENT_ENDPOINT");
    let client = client.set("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", &servers().daemon.to_string());
    assert_eq!(client.value(&reference("plain")), PLAIN);
    // AWS_ENDPOINT_URL is that of all services, and the more special one wins.
    let all = format!("http://127.0.0.1:{}", servers().moto);
    let client =
        Client::over(Route::Api).unset("AWS_ENDPOINT_URL_SECRETS_MANAGER").set("AWS_ENDPOINT_URL", &all);
    assert_eq!(client.value(&reference("plain")), PLAIN);
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let client = Client::over(Route::Api).set("AWS_ENDPOINT_URL", &nobody);
    assert_eq!(client.value(&reference("plain")), PLAIN);
}
