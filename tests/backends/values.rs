//! Every secret over every backend, to the byte.

use std::process::Command;

use crate::client::{ASM_EXEC, Client, Route};
use crate::scratch::write;
use crate::seeds::{Row, reference, rows};
use crate::servers::{REGION, servers};
use crate::wire::Wire;

/// In arguments, where a value stands as it is.
#[track_caller]
fn every_row_is_exact(client: &Client, rows: &[Row]) {
    assert!(!rows.is_empty());
    let references: Vec<&str> = rows.iter().map(|row| row.reference.as_str()).collect();
    let values = client.arguments(&references);
    assert_eq!(values.len(), rows.len());
    for (row, value) in rows.iter().zip(values) {
        assert!(
            value == row.value,
            "{} ({}): {value:.200?} instead of {:.200?}",
            row.reference,
            row.why,
            row.value
        );
    }
    assert!(client.left_nothing());
}

/// One row a secret: what differs between them by name only is not asked for again by a slow server.
fn briefly(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().filter(|row| !row.by_arn || row.reference.contains("secret:plain")).collect()
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn every_secret_over_the_daemon() {
    every_row_is_exact(&Client::over(Route::Daemon), &rows(REGION));
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn every_secret_over_run_script_in_json() {
    every_row_is_exact(&Client::over(Route::Mcp("json/script")), &rows(REGION));
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn every_secret_over_run_script_in_sse() {
    every_row_is_exact(&Client::over(Route::Mcp("sse/script")), &rows(REGION));
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn every_secret_over_call_aws_in_json() {
    every_row_is_exact(&Client::over(Route::Mcp("json/cli")), &briefly(rows(REGION)));
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn every_secret_over_call_aws_in_sse() {
    every_row_is_exact(&Client::over(Route::Mcp("sse/cli")), &briefly(rows(REGION)));
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn every_secret_over_the_api() {
    every_row_is_exact(&Client::over(Route::Api), &rows(REGION));
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn every_secret_of_the_other_region() {
    for route in [Route::Api, Route::Mcp("json/script"), Route::Mcp("sse/cli")] {
        every_row_is_exact(&Client::over(route).set("AWS_REGION", "eu-west-1"), &rows("eu-west-1"));
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn an_arn_says_its_region() {
    let in_west: Vec<Row> = rows("eu-west-1").into_iter().filter(|row| row.by_arn).collect();
    for route in [Route::Api, Route::Mcp("json/script"), Route::Mcp("json/cli")] {
        every_row_is_exact(&Client::over(route), &in_west);
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn one_reference_a_run() {
    // Together they may be fetched in another way than alone.
    for route in [Route::Daemon, Route::Api] {
        for row in rows(REGION) {
            let value = Client::over(route).value(&row.reference);
            assert!(value == row.value, "{route:?}: {} ({}): {value:.200?}", row.reference, row.why);
        }
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn in_variables() {
    let rows = rows(REGION);
    let references: Vec<&str> = rows.iter().map(|row| row.reference.as_str()).collect();
    let values = Client::over(Route::Daemon).variables(&references);
    for (row, value) in rows.iter().zip(values) {
        assert!(value == row.value, "{} ({}): {value:.200?}", row.reference, row.why);
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn in_the_midst_of_text() {
    let (user, port) = (reference("db/json:SecretString:user"), reference("db/json:SecretString:port"));
    let hostile = reference("hostile-value");
    let cases: &[(String, &str, &str)] = &[
        (format!("--user={user}"), "--user=app", "after an option's name"),
        (format!("{user}{user}:{port};"), "appapp:5432;", "several, and side by side"),
        (
            format!("<{hostile}>"),
            "<hostile-Fo69'; touch pwned; echo \"$(touch pwned)`touch pwned`\" #\n{{resolve:secretsmanager:plain}}\\\n>",
            "what a value holds is not resolved again",
        ),
        ("{{resolve:ssm:/a/b:1}}".into(), "{{resolve:ssm:/a/b:1}}", "another service's"),
    ];
    let texts: Vec<&str> = cases.iter().map(|(text, ..)| text.as_str()).collect();
    for (got, (text, expected, why)) in Client::over(Route::Api).arguments(&texts).iter().zip(cases) {
        assert_eq!(got, expected, "{text}: {why}");
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn in_the_script_of_a_shell() {
    let hostile = rows(REGION).into_iter().find(|row| row.reference == reference("hostile-value")).unwrap();
    let references =
        [reference("hostile-value"), reference("large"), reference("db/json:SecretString:password")];
    for shell in ["sh", "bash"] {
        for (before, after, why) in [
            ("'", "'", "single quotes"),
            ("\"", "\"", "double quotes"),
            ("\"$(printf %s '", "'; echo x)\"", "nested"),
        ] {
            let client = Client::over(Route::Daemon);
            let words =
                references.each_ref().map(|reference| format!("{before}{reference}{after}")).join(" ");
            let script = format!("printf '%s\\0' {words} >\"$DUMP\"");
            let got = client.dumped(Command::new(ASM_EXEC).args([shell, "-c", &script]));
            let end = if why == "nested" { "x" } else { "" };
            assert_eq!(got.len(), references.len(), "{shell}, {why}");
            assert_eq!(got[0], format!("{}{end}", hostile.value), "{shell}, {why}");
            assert_eq!(got[2], format!("json-Pq4 \"x\" ü/\\n{end}"), "{shell}, {why}");
            assert!(client.left_nothing(), "{shell}, {why}");
        }
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn in_a_file_of_variables_and_in_a_template() {
    let client = Client::over(Route::Daemon);
    let lines = format!(
        "# a comment\nPASSWORD={}\nURL=postgresql://{}:{}@host/db\n",
        reference("db/rotated:SecretString:password"),
        reference("db/json:SecretString:user"),
        reference("db/json:SecretString:password"),
    );
    write(&client.file("env"), &lines, 0o600);
    let env_file = client.file("env").display().to_string();
    let got = client.dumped(Command::new(ASM_EXEC).args([
        "--env-file",
        &env_file,
        "sh",
        "-c",
        r#"env -0 >"$DUMP""#,
    ]));
    assert!(got.contains(&"PASSWORD=now-Lk28".to_owned()), "{got:#?}");
    let url = got.iter().find_map(|entry| entry.strip_prefix("URL=")).unwrap();
    let url = url::Url::parse(url).unwrap();
    assert_eq!((url.host_str(), url.username()), (Some("host"), "app"));
    let password = percent_encoding::percent_decode_str(url.password().unwrap()).decode_utf8().unwrap();
    assert_eq!(password, "json-Pq4 \"x\" ü/\\n");

    write(&client.file("template"), &format!("password: {}\n", reference("plain")), 0o644);
    let (out, template) =
        (client.file("out").display().to_string(), client.file("template").display().to_string());
    let outcome = client.run(&["--out", &out, "--template", &template]);
    assert_eq!(outcome.status, Some(0), "{outcome:#?}");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "password: plain-u7Wq2ZkX9e\n");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&out).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn one_request_for_five_references() {
    let json = "counted/api:SecretString";
    let five = [
        reference("counted/api"),
        reference(json),
        reference(&format!("{json}:a")),
        reference(&format!("{json}:b")),
        reference(&format!("{json}:a:AWSCURRENT")),
    ];
    let at_moto = || {
        let mut client = ureq_get(servers().moto, "/requests");
        client.retain(|request| request["params"].to_string().contains("counted/api"));
        client.len()
    };

    let wire = Wire::to(servers().daemon);
    Client::over(Route::Daemon).daemon(wire.port).arguments(&five);
    assert_eq!(wire.requests().len(), 1, "{:?}", wire.requests());

    let before = at_moto();
    Client::over(Route::Api).arguments(&five);
    assert_eq!(at_moto() - before, 1, "over the API");

    for path in ["json/script", "sse/script", "json/cli"] {
        let wire = Wire::to(servers().mcp);
        let before = at_moto();
        Client::over(Route::Mcp(path)).mcp_at(wire.port, path).arguments(&five);
        assert_eq!(at_moto() - before, 1, "over {path}");
        for method in ["initialize\"", "notifications/initialized\"", "tools/list\"", "tools/call\""] {
            assert_eq!(wire.count(&format!("\"{method}")), 1, "{method} over {path}");
        }
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn several_secrets_are_one_batch_and_one_session() {
    let names = ["plain", "db/nested", "team/a/b/c", "with some spaces", "both-regions"];
    let references = names.map(reference);

    let wire = Wire::to(servers().moto);
    Client::over(Route::Api).api(wire.port).arguments(&references);
    assert_eq!(wire.requests().len(), 1, "{:?}", wire.requests());
    assert_eq!(wire.count("secretsmanager.BatchGetSecretValue"), 1);

    let wire = Wire::to(servers().mcp);
    Client::over(Route::Mcp("sse/script")).mcp_at(wire.port, "sse/script").arguments(&references);
    assert_eq!(wire.count("\"initialize\""), 1, "one session a run");

    let wire = Wire::to(servers().daemon);
    Client::over(Route::Daemon).daemon(wire.port).arguments(&references);
    assert_eq!(wire.requests().len(), names.len(), "{:?}", wire.requests());
    assert_eq!(wire.count("GET /ping"), 0);
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn without_the_permission_to_batch_each_is_asked_for() {
    let rows: Vec<Row> = rows(REGION).into_iter().take(40).collect();
    every_row_is_exact(&Client::over(Route::Api).signed_by("single"), &rows);
}

/// The objects in a JSON list that a server answers with.
fn ureq_get(port: u16, path: &str) -> Vec<serde_json::Value> {
    let text = ureq::get(format!("http://127.0.0.1:{port}{path}"))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    serde_json::from_str(&text).unwrap()
}
