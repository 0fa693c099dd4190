//! A file of rules, as people write them, over one finding of each kind.

#![no_main]

use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use asm_guard::call::ToolCall;
use asm_guard::fact::Finding;
use asm_guard::guard::{self, Context};
use asm_guard::policy::{self, Compiled, Layer, RuleFile, Rules, builtin_standings};
use asm_guard::trace::Trace;
use asm_guard_fuzz::text;
use libfuzzer_sys::fuzz_target;

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
    let (file, faults) = RuleFile::read("fuzz.toml", text);
    faults.iter().for_each(|fault| assert!(!fault.to_string().is_empty()));
    // Whoever writes it, it compiles, and judges whatever there is.
    for layer in [Layer::Managed, Layer::User, Layer::Project] {
        let compiled = Compiled::new(&[(layer, file.clone())], builtin_standings(), &[]);
        let rules = Rules { shared: Arc::new(compiled), ..Rules::default() };
        let verdict = rules.judge(findings());
        let _ = verdict.message();
        // What a project says loosens nothing.
        if layer == Layer::Project {
            assert!(verdict.decision >= Rules::default().judge(findings()).decision);
        }
    }
    // Nor does what a user says of programs.
    let known = RuleFile { knowledge: file.knowledge.clone(), ..RuleFile::default() };
    if !known.knowledge.is_empty() {
        let compiled = Compiled::new(&[(Layer::User, known)], builtin_standings(), &[]);
        let rules = Rc::new(Rules { shared: Arc::new(compiled), ..Rules::default() });
        for command in CALLS {
            let judge =
                |context: Context| guard::judge(&ToolCall::bash(*command), &context, &Trace::new()).verdict;
            let with = judge(Context { rules: rules.clone(), ..Context::default() });
            assert!(with.decision >= judge(Context::default()).decision);
        }
    }
    for entry in &file.rules {
        policy::tried(&entry.value.0, |example| {
            let context = Context::with_files(example.files.clone());
            (guard::judge(&example.call(), &context, &Trace::new()).verdict, false)
        });
    }
});
