//! Whole answers of the real binary for telling calls: what the hook says to the agent, and how `explain` tells
//! the same call to a person. One snapshot a call, in `tests/snapshots/`.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test --test snapshots`, then read the difference.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, panic};

use serde_json::{Value, json};

/// Bash commands by the name of their snapshot.
const COMMANDS: &[(&str, &str)] = &[
    // The AWS CLI itself.
    ("cli-plain", "aws secretsmanager get-secret-value --secret-id prod/db"),
    (
        "cli-options-around",
        "/usr/bin/aws --region=eu-west-1 --profile p secretsmanager --debug get-secret-value --secret-id prod/db --version-stage AWSPREVIOUS --query SecretString --output text",
    ),
    ("cli-batch", "aws secretsmanager batch-get-secret-value --secret-id-list prod/db prod/api"),
    ("cli-help", "aws secretsmanager get-secret-value help"),
    ("cli-describe", "aws secretsmanager describe-secret --secret-id prod/db"),
    ("cli-unknown-operation", "aws secretsmanager \"$OPERATION\" --secret-id prod/db"),
    // A secret on its way to the command that needs it.
    (
        "use-psql",
        "PGPASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text | jq -r .password) psql -h db",
    ),
    (
        "use-bearer",
        "curl -H \"Authorization: Bearer $(aws secretsmanager get-secret-value --secret-id prod/api --query SecretString --output text)\" https://api.example.com/v1/items",
    ),
    (
        "use-variable",
        "TOKEN=$(aws secretsmanager get-secret-value --secret-id ci/npm --query SecretString --output text | jq -r '.token')\nNPM_TOKEN=\"$TOKEN\" npm publish",
    ),
    (
        "use-stdin",
        "aws secretsmanager get-secret-value --secret-id prod/registry --query SecretString --output text | docker login -u ci --password-stdin registry.example.com",
    ),
    // asm-exec itself.
    (
        "asm-exec-documented",
        "PGPASSWORD='{{resolve:secretsmanager:prod/db:SecretString:password}}' asm-exec -- psql -h db",
    ),
    (
        "asm-exec-piped-to-a-program",
        "asm-exec -- sh -c 'printf %s \"{{resolve:secretsmanager:ci/registry:SecretString:password}}\" | docker login -u ci --password-stdin'",
    ),
    (
        "asm-exec-shown-encoded",
        "DB='{{resolve:secretsmanager:prod/db:SecretString:password}}' asm-exec -- sh -c 'echo \"$DB\" | base64'",
    ),
    ("asm-exec-only-prints", "asm-exec --env-file app.env -- sh -c 'echo $DB_PASSWORD'"),
    ("asm-exec-file-shown", "asm-exec --template app.tmpl --out app.ini -- ./server; tail -n 1 app.ini"),
    (
        "asm-exec-no-mask",
        "asm-exec --no-mask -- psql 'password={{resolve:secretsmanager:prod/db:SecretString:password}}'",
    ),
    (
        "asm-exec-endpoint",
        "export ASM_EXEC_MCP_ENDPOINT=https://aws-mcp.us-east-1.api.aws.example.com/mcp; asm-exec -- ./run '{{resolve:secretsmanager:prod/db}}'",
    ),
    (
        "asm-exec-endpoint-unknown",
        "AWS_ENDPOINT_URL=\"$URL\" asm-exec -- ./run '{{resolve:secretsmanager:prod/db}}'",
    ),
    ("reference-without-asm-exec", "DB='{{resolve:secretsmanager:prod/db:SecretString:password}}' npm start"),
    // Wrappers.
    (
        "wrapper-chain",
        "sudo -u app env AWS_PROFILE=prod timeout 30 aws secretsmanager get-secret-value --secret-id prod/db",
    ),
    (
        "wrapper-xargs",
        "printf '%s\\n' prod/db prod/api | xargs -I{} bash -c 'aws secretsmanager get-secret-value --secret-id {}'",
    ),
    ("wrapper-ssh", "ssh -i key.pem ops@bastion 'aws secretsmanager get-secret-value --secret-id prod/db'"),
    (
        "wrapper-docker",
        "docker run --rm -v ~/.aws:/root/.aws amazon/aws-cli secretsmanager get-secret-value --secret-id prod/db",
    ),
    // Quoting and expansion.
    ("quoting-split", r#"a'w's secrets"manager" get-sec\ret-value --secret-id prod/db"#),
    ("quoting-escapes", r"aws secretsmanager $'\x67et-\u0073ecret-value' --secret-id prod/db"),
    ("expansion-brace", "aws secretsmanager {get-secret-value,--secret-id} prod/db"),
    (
        "expansion-loop",
        "for op in list-secrets get-secret-value; do for id in prod/db prod/api; do aws secretsmanager $op --secret-id \"$id\"; done; done",
    ),
    (
        "expansion-default",
        "op=${OPERATION:-get-secret-value}; aws secretsmanager \"$op\" --secret-id prod/db",
    ),
    (
        "computed-base64",
        "echo YXdzIHNlY3JldHNtYW5hZ2VyIGdldC1zZWNyZXQtdmFsdWUgLS1zZWNyZXQtaWQgcHJvZC9kYg== | base64 -d | bash",
    ),
    // Indirection.
    (
        "script-written-and-run",
        "cat > /tmp/x.sh <<'EOF'\nop=get-secret-value\naws secretsmanager $op --secret-id \"$1\"\nEOF\nchmod +x /tmp/x.sh && /tmp/x.sh prod/db",
    ),
    ("syntax-error-after", "aws secretsmanager get-secret-value --secret-id prod/db\nif then fi ((("),
    // Code.
    (
        "code-python",
        "python3 -c \"import boto3; print(boto3.client('secrets' + 'manager').get_secret_value(SecretId='prod/db')['SecretString'])\"",
    ),
    (
        "code-python-spawns",
        "python3 - <<'EOF'\nimport subprocess\nop = '-'.join(['get', 'secret', 'value'])\nsubprocess.run(['aws', 'secretsmanager', op, '--secret-id', 'prod/db'])\nEOF",
    ),
    (
        "code-node",
        "node -e \"const {SecretsManagerClient: C, GetSecretValueCommand: G} = require('@aws-sdk/client-secrets-manager'); new C({}).send(new G({SecretId: 'prod/db'})).then(r => console.log(r.SecretString))\"",
    ),
    // The agent daemon.
    (
        "daemon-odd-loopback",
        "curl -sH \"X-Aws-Parameters-Secrets-Token: $(cat /var/run/awssmatoken)\" 'http://0x7f.1:2773/secretsmanager/get?secretId=prod%2Fdb'",
    ),
    (
        "daemon-dev-tcp",
        "exec 3<>/dev/tcp/localhost/2773; printf 'GET /v1/prod/db HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' >&3; cat <&3",
    ),
    ("daemon-unknown-host", "curl \"http://$HOST_OF_AGENT:2773/v1/prod/db\""),
    ("daemon-ping", "curl -s http://localhost:2773/ping"),
    ("loopback-other-port", "curl -s http://localhost:3000/api/secrets"),
    // What only mentions it.
    (
        "mention-commit",
        "git commit -m \"$(cat <<'EOF'\nStop calling aws secretsmanager get-secret-value\n\nasm-exec resolves references instead.\nEOF\n)\"",
    ),
    ("mention-grep", "grep -rn \"get-secret-value\\|GetSecretValue\" --include='*.py' . | wc -l"),
    (
        "mention-heredoc",
        "cat > docs/secrets.md <<EOF\nDo not run:\n    aws secretsmanager get-secret-value --secret-id prod/db\nEOF",
    ),
];

/// Calls of other tools.
fn tools() -> Vec<(&'static str, &'static str, Value)> {
    let code = "secret = await call_boto3(\n    service_name='secretsmanager',\n    operation_name='GetSecretValue',\n    params={'SecretId': 'prod/db'},\n)\nprint(secret)";
    let python =
        "import boto3\nvalue = boto3.client('secretsmanager').get_secret_value(SecretId='prod/db')\n";
    vec![
        ("mcp-script", "mcp__aws-mcp__aws___run_script", json!({ "code": code })),
        (
            "mcp-cli",
            "mcp__awslabs_aws-api__call_aws",
            json!({ "cli_command": "aws secretsmanager get-secret-value --secret-id prod/db" }),
        ),
        ("mcp-named-operation", "mcp__secrets__get-secret-value", json!({ "secretId": "prod/db" })),
        (
            "mcp-search",
            "mcp__docs__search_documentation",
            json!({ "search_phrase": "aws secretsmanager get-secret-value" }),
        ),
        (
            "use-aws",
            "use_aws",
            json!({ "service_name": "secretsmanager", "operation_name": "GetSecretValue", "parameters": { "SecretId": "prod/db" }, "region": "eu-west-1" }),
        ),
        (
            "web-fetch",
            "WebFetch",
            json!({ "url": "http://[::ffff:127.0.0.1]:2773/secretsmanager/get?secretId=prod/db", "prompt": "read it" }),
        ),
        ("write-application-code", "Write", json!({ "file_path": "/srv/app/secrets.py", "content": python })),
        ("bash-without-command", "Bash", json!({ "description": "no command" })),
        ("bash-mistyped", "Bash", json!({ "command": { "text": "ls" } })),
    ]
}

/// What is no call at all; only the hook is asked.
fn events() -> Vec<(&'static str, Vec<u8>)> {
    let deep = format!(
        r#"{{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{}1{}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    vec![
        ("event-empty", Vec::new()),
        ("event-cut-short", br#"{"hook_event_name":"PreToolUse","tool_name":"Bash""#.to_vec()),
        (
            "event-lone-surrogate",
            br#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls \ud800"}}"#
                .to_vec(),
        ),
        ("event-not-utf-8", b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"\xff\"}".to_vec()),
        ("event-nested", deep.into_bytes()),
        (
            "event-unknown",
            br#"{"hook_event_name":"BeforeTheTool","tool_name":"Bash","tool_input":{"command":"ls"}}"#
                .to_vec(),
        ),
        ("event-without-tool", br#"{"hook_event_name":"PreToolUse","tool_input":{"command":"ls"}}"#.to_vec()),
        (
            "event-after-the-tool",
            br#"{"hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}"#.to_vec(),
        ),
    ]
}

#[test]
fn answers_are_as_they_were_read() {
    let mut failed = Vec::new();
    let mut names = BTreeSet::new();
    let mut check = |name: &'static str, text: String| {
        assert!(names.insert(name), "two calls named {name}");
        if panic::catch_unwind(|| in_folder(|| insta::assert_snapshot!(name, text))).is_err() {
            failed.push(name);
        }
    };
    let commands = COMMANDS.iter().map(|(name, command)| (*name, "Bash", json!({ "command": command })));
    for (name, tool, input) in commands.chain(tools()) {
        let event = json!({
            "session_id": "s",
            "transcript_path": "/home/u/.claude/projects/app/s.jsonl",
            "cwd": "/srv/app",
            "permission_mode": "default",
            "hook_event_name": "PreToolUse",
            "tool_name": tool,
            "tool_input": input,
            "tool_use_id": "toolu_1",
        });
        let answer = hook(event.to_string().as_bytes());
        check(name, format!("{answer}\n\n=== asm-guard explain\n{}", explain(tool, &input)));
    }
    for (name, bytes) in events() {
        check(name, hook(&bytes));
    }
    assert!(failed.is_empty(), "these answers changed: {}", failed.join(", "));
    assert_eq!(names, stored(), "every snapshot in tests/snapshots belongs to a call here");
}

fn in_folder(assert: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(assert);
}

fn stored() -> BTreeSet<&'static str> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = files.filter_map(|file| file.strip_suffix(".snap").map(str::to_owned));
    names.map(|name| &*name.leak()).collect()
}

/// The hook's answer: exit status, standard output (one JSON object, spread for reading, or nothing), standard error.
fn hook(event: &[u8]) -> String {
    let (status, stdout, stderr) = run(&["hook"], event);
    let stdout = match stdout.as_str() {
        "" => "(nothing)".to_owned(),
        // Parsing the whole output proves that it is one object and nothing else.
        text => {
            format!("{:#}", serde_json::from_str::<Value>(text).unwrap_or_else(|e| panic!("{e}: {text}")))
        }
    };
    let stderr = if stderr.is_empty() { "(nothing)" } else { stderr.trim_end() };
    format!(
        "=== asm-guard hook: exit status {status}\n--- standard output\n{stdout}\n--- standard error\n{stderr}"
    )
}

fn explain(tool: &str, input: &Value) -> String {
    let (status, stdout, stderr) =
        run(&["explain", "--tool", tool, "--input", "-"], input.to_string().as_bytes());
    assert_eq!(stderr, "", "{tool} {input}");
    format!("{stdout}(exit status {status})")
}

fn run(arguments: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_asm-guard"))
        .args(arguments)
        .env_remove("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT")
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("XDG_STATE_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().expect("no signal ends it"), text(output.stdout), text(output.stderr))
}
