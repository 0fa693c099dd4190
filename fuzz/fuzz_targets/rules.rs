//! A file of rules, as people write them, over one finding of each kind.

#![no_main]

use std::sync::OnceLock;

use asm_guard::call::ToolCall;
use asm_guard::fact::Finding;
use asm_guard::guard::{self, Context};
use asm_guard::policy::{self, Rule};
use asm_guard::trace::Trace;
use asm_guard_fuzz::text;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;

/// A file of `rules/rules/`.
#[derive(Deserialize)]
struct File {
    rule: Vec<Rule>,
}

/// Calls that bring facts of every kind, known and unknown.
const CALLS: &[&str] = &[
    "aws secretsmanager get-secret-value --secret-id prod/db --region eu-west-1",
    "aws secretsmanager \"$OPERATION\" --secret-id \"$ID\"",
    "curl http://127.1:2773/secretsmanager/get?secretId=a; curl \"http://$HOST/v1/x\"",
    "AWS_ENDPOINT_URL=http://h:1 asm-exec --no-mask -- echo '{{resolve:secretsmanager:a}}'",
    "psql 'postgres://u:{{resolve:secretsmanager:a}}@h/d'",
];

fn findings() -> &'static [Finding] {
    static FINDINGS: OnceLock<Vec<Finding>> = OnceLock::new();
    FINDINGS.get_or_init(|| {
        let found = |command: &&str| {
            guard::judge(&ToolCall::bash(*command), &Context::default(), &Trace::new()).findings
        };
        CALLS.iter().flat_map(found).collect()
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = text(bytes) else { return };
    let Ok(file) = toml::from_str::<File>(text) else { return };
    let verdict = policy::judge_by(&file.rule, findings());
    let _ = verdict.message();
    policy::examples(&file.rule, |example| {
        let context = Context::with_files(example.files.clone());
        guard::judge(&example.call(), &context, &Trace::new()).verdict
    });
});
