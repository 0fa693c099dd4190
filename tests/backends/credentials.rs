//! Where the keys that sign come from, the real AWS CLI included.

use std::process::Command;

use crate::client::{ASM_EXEC, Client, Route};
use crate::scratch::write;
use crate::seeds::reference;
use crate::servers::servers;

const PLAIN: &str = "plain-u7Wq2ZkX9e";
const ROUTES: [Route; 2] = [Route::Mcp("json/script"), Route::Api];

/// A client without keys in its environment, whose `aws` is the real one and finds these files.
fn with_files(route: Route, config: &str, credentials: &str) -> Client {
    let client =
        Client::over(route).unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY").unset("AWS_REGION");
    write(&client.file("home/.aws/config"), config, 0o600);
    write(&client.file("home/.aws/credentials"), credentials, 0o600);
    client.set("PATH", &format!("{}:/usr/bin:/bin", servers().dir.join("venv/bin").display()))
}

/// A section of the credentials file.
fn keys(profile: &str, user: &str) -> String {
    let user = &servers().users[user];
    let token = user.token.as_ref().map_or(String::new(), |token| format!("aws_session_token = {token}\n"));
    format!("[{profile}]\naws_access_key_id = {}\naws_secret_access_key = {}\n{token}", user.id, user.secret)
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn from_the_environment() {
    for route in ROUTES {
        for user in ["reader", "single", "role"] {
            assert_eq!(
                Client::over(route).signed_by(user).value(&reference("plain")),
                PLAIN,
                "{route:?}, {user}"
            );
        }
        // A token that is not the one of these keys.
        let client = Client::over(route).signed_by("role").set("AWS_SESSION_TOKEN", "another");
        let outcome = client.run(&["true", &reference("plain")]);
        assert_eq!(outcome.status, Some(125), "{outcome:#?}");
        // The environment is asked before the CLI.
        let client = with_files(route, "", &keys("default", "nobody")).set("AWS_REGION", "us-east-1");
        assert_eq!(client.signed_by("reader").value(&reference("plain")), PLAIN, "{route:?}");
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn from_the_aws_cli() {
    let east = "[default]\nregion = us-east-1\n";
    for route in ROUTES {
        for user in ["reader", "role"] {
            let client = with_files(route, east, &keys("default", user));
            assert_eq!(client.value(&reference("both-regions")), "east-Xm47", "{route:?}, {user}");
        }
        // Another profile, with another region.
        let both = keys("default", "nobody") + &keys("work", "reader");
        let client = with_files(route, "[default]\n[profile work]\nregion = eu-west-1\n", &both);
        let client = client.set("AWS_PROFILE", "work");
        assert_eq!(client.value(&reference("both-regions")), "west-Eh58", "{route:?}");
        // The variable is stronger than the profile.
        let client = client.set("AWS_REGION", "us-east-1");
        assert_eq!(client.value(&reference("both-regions")), "east-Xm47", "{route:?}");
        // A profile without keys.
        let client = with_files(route, east, "");
        client.run(&["true", &reference("plain")]).fails_with(&["no credentials"]);
    }
}

#[test]
#[ignore = "needs the backends: see main.rs"]
fn asked_for_once_and_only_where_needed() {
    // An `aws` that notes each call, and is the real one.
    let client =
        with_files(Route::Mcp("json/script"), "[default]\nregion = us-east-1\n", &keys("default", "reader"));
    let (log, real) = (client.file("calls"), servers().dir.join("venv/bin/aws"));
    let note = format!("#!/bin/sh\necho \"$*\" >>'{}'\nexec '{}' \"$@\"\n", log.display(), real.display());
    write(&client.file("bin/aws"), &note, 0o755);
    let path = format!("{}:/usr/bin:/bin", client.file("bin").display());
    let client = client.set("PATH", &path).set("ASM_EXEC_BACKENDS", "mcp,api").api(servers().moto);

    let names = ["plain", "both-regions", "db/nested", "no-such"];
    let outcome = client.run_as(Command::new(ASM_EXEC).arg("true").args(names.map(reference)));
    outcome.fails_with(&["no-such"]);
    let calls = std::fs::read_to_string(&log).unwrap();
    let exports = calls.lines().filter(|call| call.starts_with("configure export-credentials")).count();
    let gets = calls.lines().filter(|call| call.starts_with("configure get aws_access_key_id")).count();
    assert_eq!((exports, gets), (1, 1), "{calls}");
    assert!(!calls.contains("secretsmanager"), "{calls}");

    // The daemon has keys of its own.
    std::fs::remove_file(&log).unwrap();
    let client =
        client.set("ASM_EXEC_BACKENDS", "sma,api").daemon(servers().daemon).set("AWS_REGION", "us-east-1");
    assert_eq!(client.value(&reference("plain")), PLAIN);
    assert!(!log.exists(), "{}", std::fs::read_to_string(&log).unwrap());
}
