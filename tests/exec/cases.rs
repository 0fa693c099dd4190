//! What the command receives.

use crate::daemon::{Daemon, PASSWORD, TOKEN, absent, reference, said};

/// A script that writes its first argument to a file.
const KEEP: &str = r#"printf %s "$1" > "$FOLDER/kept""#;

/// What a command receives as an argument.
fn received(daemon: &Daemon, options: &[&str], argument: &str) -> String {
    let all: Vec<&str> = options.iter().copied().chain(["--", "sh", "-c", KEEP, "sh", argument]).collect();
    let (stdout, stderr, status) = said(&daemon.run(&all));
    assert_eq!((stdout.as_str(), status), ("", Some(0)), "{argument}: {stderr}");
    daemon.read("kept")
}

#[test]
fn an_argument_holds_the_exact_value() {
    let daemon = Daemon::start();
    for (text, expected) in [
        (reference("plain"), PASSWORD.to_owned()),
        (reference("plain:SecretString"), PASSWORD.to_owned()),
        (reference("db:SecretString:password"), PASSWORD.to_owned()),
        (reference("db::password"), PASSWORD.to_owned()),
        (reference("db:SecretString:db.name"), "shop-name".to_owned()),
        (reference("db:SecretString:port:AWSPREVIOUS"), "5432".to_owned()),
        (reference("db:SecretString:port::v-7"), "5432".to_owned()),
        (reference("numbers:SecretString:price"), "1.50".to_owned()),
        (reference("numbers:SecretString:big"), "12345678901234567890.0".to_owned()),
        (reference("numbers:SecretString:none"), "null".to_owned()),
        (reference("numbers:SecretString:yes"), "true".to_owned()),
        (reference("bytes:SecretBinary"), "AAEC/w==".to_owned()),
        (reference("path/with space+and/ü"), "odd-name-value".to_owned()),
        (
            reference("arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1B2c3::user"),
            "app-user".to_owned(),
        ),
        (reference("lines"), "first-line-of-it\nsecond-line-of-it\n".to_owned()),
        (format!("u={} p={}", reference("db::user"), reference("plain")), format!("u=app-user p={PASSWORD}")),
        // A value is never resolved again.
        (reference("reference"), reference("other")),
        (
            "{{resolve:ssm:/a/b:1}} {{x}} {resolve}".to_owned(),
            "{{resolve:ssm:/a/b:1}} {{x}} {resolve}".to_owned(),
        ),
    ] {
        assert_eq!(received(&daemon, &[], &text), expected, "{text}");
    }
}

#[test]
fn values_before_the_at_of_a_url_are_encoded_unless_raw() {
    let daemon = Daemon::start();
    let url = format!(
        "postgresql://{}:{}@db.example.com/shop?x={}",
        reference("db::user"),
        reference("plain"),
        reference("other")
    );
    let encoded = "postgresql://app-user:Tr0ub4dor%263%20%27q%22%24x@db.example.com/shop?x=an-other-value";
    assert_eq!(received(&daemon, &[], &url), encoded);
    let raw = format!("postgresql://app-user:{PASSWORD}@db.example.com/shop?x=an-other-value");
    assert_eq!(received(&daemon, &["--raw"], &url), raw);
}

#[test]
fn variables_hold_values_and_the_daemons_token_is_withheld() {
    let daemon = Daemon::start();
    let (password, plain) = (reference("db::password"), reference("plain"));
    let variables =
        [("DB_PASSWORD", password.as_str()), ("TWO", &format!("{plain}/{plain}")), ("MINE", "kept as it is")];
    let script =
        r#"printf '%s\n' "$DB_PASSWORD" "$TWO" "$MINE" "${AWS_TOKEN-unset}" "$HOME" > "$FOLDER/kept""#;
    let (_, stderr, status) = said(&daemon.run_with(&variables, &["sh", "-c", script]));
    assert_eq!((stderr.as_str(), status), ("", Some(0)));
    let home = daemon.file("").display().to_string();
    let expected =
        format!("{PASSWORD}\n{PASSWORD}/{PASSWORD}\nkept as it is\nunset\n{}\n", home.trim_end_matches('/'));
    assert_eq!(daemon.read("kept"), expected);
    assert!(!daemon.read("kept").contains(TOKEN));
}

#[test]
fn five_references_to_one_secret_are_one_request() {
    let daemon = Daemon::start();
    let five = [
        reference("db::user"),
        reference("db::password"),
        reference("db:::AWSCURRENT"),
        reference("db"),
        reference("db:SecretString:port"),
    ];
    let mut arguments = vec!["true"];
    arguments.extend(five.iter().map(String::as_str));
    assert!(daemon.run(&arguments).status.success());
    assert_eq!(daemon.asked(), ["/secretsmanager/get?secretId=db"]);
    // Another version is another request.
    let versions =
        [reference("db"), reference("db:::AWSPREVIOUS"), reference("db::::v1"), reference("plain")];
    let mut arguments = vec!["true"];
    arguments.extend(versions.iter().map(String::as_str));
    assert!(daemon.run(&arguments).status.success());
    let mut asked = daemon.asked().split_off(1);
    asked.sort();
    let path = "/secretsmanager/get?secretId=";
    assert_eq!(
        asked,
        [
            format!("{path}db"),
            format!("{path}db&versionId=v1"),
            format!("{path}db&versionStage=AWSPREVIOUS"),
            format!("{path}plain")
        ]
    );
}

#[test]
fn nothing_in_a_script_is_read_as_code() {
    let daemon = Daemon::start();
    let hostile = reference("hostile");
    let scripts = [
        format!("printf %s {hostile} > $FOLDER/kept"),
        format!("printf %s \"{hostile}\" > $FOLDER/kept"),
        format!("printf %s '{hostile}' > $FOLDER/kept"),
        format!("cat > $FOLDER/kept <<EOF\n{hostile}\nEOF"),
        format!("x=$(printf %s \"{hostile}\"); printf %s \"$x\" > $FOLDER/kept"),
        format!("sh -c 'printf %s \"{hostile}\"' > $FOLDER/kept"),
    ];
    let value = "'; touch $FOLDER/hacked; echo \"`touch $FOLDER/hacked`$(touch $FOLDER/hacked)";
    for shell in ["sh", "bash"] {
        for script in &scripts {
            let (_, stderr, status) = said(&daemon.run(&["--", shell, "-c", script]));
            assert_eq!((stderr.as_str(), status), ("", Some(0)), "{shell}: {script}");
            assert_eq!(daemon.read("kept").trim_end_matches('\n'), value, "{shell}: {script}");
            assert!(absent(&daemon.file("hacked")), "{shell}: {script}");
        }
    }
}

#[test]
fn a_file_of_variables() {
    let daemon = Daemon::start();
    let text = format!("# variables\nA={}\nexport B='two words'\nHOME=/nowhere\n", reference("plain"));
    std::fs::write(daemon.file("app.env"), text).unwrap();
    let file = daemon.file("app.env").display().to_string();
    let script = r#"printf '%s\n' "$A" "$B" "$HOME" > "$FOLDER/kept""#;
    let (_, stderr, status) = said(&daemon.run(&["--env-file", &file, "--", "sh", "-c", script]));
    assert_eq!((stderr.as_str(), status), ("", Some(0)));
    assert_eq!(daemon.read("kept"), format!("{PASSWORD}\ntwo words\n/nowhere\n"));
}

#[test]
fn a_template_becomes_a_file_of_its_owners() {
    let daemon = Daemon::start();
    std::fs::write(
        daemon.file("app.tmpl"),
        format!("[db]\npassword = {}\nnul = {}\n", reference("plain"), reference("nul")),
    )
    .unwrap();
    let (template, out) =
        (daemon.file("app.tmpl").display().to_string(), daemon.file("app.ini").display().to_string());
    // Without a command the file is all there is to do.
    let (stdout, stderr, status) = said(&daemon.run(&["--template", &template, "--out", &out]));
    assert_eq!((stdout.as_str(), stderr.as_str(), status), ("", "", Some(0)));
    assert_eq!(daemon.read("app.ini"), format!("[db]\npassword = {PASSWORD}\nnul = with\0nul\n"));
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    // With a command it is there when the command starts, and what the command prints of it is masked.
    std::fs::remove_file(&out).unwrap();
    let (stdout, _, status) =
        said(&daemon.run(&["--template", &template, "--out", &out, "--", "grep", "-a", "pass", &out]));
    assert_eq!((stdout, status), (format!("password = {}\n", reference("plain")), Some(0)));
}

#[test]
fn without_references_the_command_takes_asm_execs_place() {
    let daemon = Daemon::start();
    let (stdout, stderr, status) = said(&daemon.run(&["sh", "-c", "echo $PPID; exit 3"]));
    assert_eq!(
        (stdout.trim(), stderr.as_str(), status),
        (std::process::id().to_string().as_str(), "", Some(3))
    );
    assert!(daemon.asked().is_empty());
    // Arguments that are no text arrive as they are.
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    let output = daemon.asm_exec(&["printf", "%s"]).arg(odd).output().unwrap();
    assert_eq!(output.stdout, b"\xff\xfe");
}
