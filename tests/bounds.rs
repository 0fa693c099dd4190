//! What becomes of a call at whose bounds understanding ends: it is refused where anything that is left could be part
//! of a fetch, and passes where nothing is.

use asm_guard::bounds::MAX_DEPTH;
use asm_guard::call::ToolCall;
use asm_guard::guard::{self, Context};
use asm_guard::policy::{Decision, Verdict};
use asm_guard::trace::Trace;

/// Commands that produce more text than is followed.
fn exhaust() -> String {
    let sixteen_times = format!("x={}\n", "$x".repeat(16));
    format!("x={}\n{}{}", "a".repeat(16), sixteen_times.repeat(3), "y=$x$x\n".repeat(200))
}

const FETCH: &str = "aws secretsmanager get-secret-value --secret-id prod/db";

/// The verdict, and whether a bound was reached.
fn judged(command: &str, files: &[(&str, &str)]) -> (Verdict, bool) {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let trace = Trace::with_steps();
    let verdict = guard::judge(&ToolCall::bash(command), &Context::with_files(files), &trace).verdict;
    let told = trace.steps().iter().any(|step| step.text.starts_with("stops where it is"));
    let reached = !trace.budget.reached().is_empty();
    assert!(
        told == (reached
            && (verdict.decision != Decision::Deny || verdict.rule.as_deref() == Some("not-understood")))
            || verdict.decision == Decision::Deny,
        "a bound is told of: {command}"
    );
    (verdict, reached)
}

#[test]
fn exhausting_a_bound_hides_nothing() {
    let exhaust = exhaust();
    let script = format!("#!/bin/sh\n{FETCH}\n");
    let files =
        [("fetch.sh", script.as_str()), ("sub/fetch.sh", &script), ("Makefile", "x:\n\t./fetch.sh\n")];
    let encoded = "YXdzIHNlY3JldHNtYW5hZ2VyIGdldC1zZWNyZXQtdmFsdWUgLS1zZWNyZXQtaWQgcHJvZC9kYgo=";
    for (before, after) in [
        ("", FETCH),
        ("", "aws sec''rets\\manager get-sec\"ret\"-value --secret-id x"),
        ("", "a=aws; b=secrets; $a ${b}manager get-$c-value"),
        ("", "aws \"$service\" \"$operation\""),
        ("", "aws s$a $b"),
        ("", &format!("eval \"$(echo {encoded} | base64 -d)\"")),
        ("", &format!("echo {encoded} | base64 -d | sh")),
        ("", &format!("bash <<< \"$(echo {encoded} | base64 -d)\"")),
        ("", "$(printf aws) $(printf 'secret%s' smanager) $(printf 'get-%s-value' secret)"),
        ("", "`echo aws` `echo s`"),
        ("", "\"$@\""),
        ("", "${cmd[@]}"),
        ("", "env \"$x\" y"),
        ("", "trap '$y' EXIT"),
        ("", "bash -c 'eval \"$0\"' \"$y\""),
        ("", "printf a | xargs -I{} $y {}"),
        ("", "curl -s \"$url\""),
        ("", "curl -s localhost:2773/secretsmanager/get?secretId=x"),
        ("", "python3 -c \"$code\""),
        ("", "$'\\x61ws' s3 ls"),
        ("", "alias z=\"$y\""),
        ("", "./fetch.sh"),
        ("", "bash fetch.sh"),
        ("", "source fetch.sh"),
        ("", "cd sub && ./fetch.sh"),
        ("", "make x"),
        ("", "sudo timeout 3 ./fetch.sh"),
        ("f() { \"$@\"; }", "f a b c"),
        ("f() { aws \"$1\" \"$2\"; }", "f a b"),
        ("eval 'f() { \"$@\"; }'", "f a b c"),
        ("alias z='eval \"$y\"'", "z"),
        ("y=$(rev <<< 'swa')", "$y s3 ls"),
    ] {
        let (verdict, _) = judged(&format!("{before}\n{exhaust}{after}\n"), &files);
        assert_eq!(verdict.decision, Decision::Deny, "{before} … {after}");
    }
}

#[test]
fn a_bound_alone_stops_nothing() {
    let exhaust = exhaust();
    for after in [
        "",
        "echo done",
        "ls -la *.txt; cp a b; rm -f \"$file\"",
        "for f in *.png; do convert \"$f\" \"${f%.png}.jpg\"; done",
        "aws s3 ls; aws sts get-caller-identity",
        "git commit -m 'done'; npm test; make build",
        "if [ -f \"$x\" ]; then echo \"it's $x\"; fi",
        "./build.sh --all",
        "while read -r line; do echo \"$line\"; done < names.txt",
        "echo 12773 92773 277 > numbers.txt",
    ] {
        let (verdict, reached) = judged(&format!("{exhaust}{after}\n"), &[("build.sh", "#!/bin/sh\nmake\n")]);
        assert!(reached, "{after}");
        assert_eq!(verdict.decision, Decision::Allow, "{after}: {}", verdict.message());
    }
}

/// The bound may be reached within the script that a command runs.
#[test]
fn a_bound_within_a_script_is_treated_alike() {
    let exhaust = exhaust();
    for (script, expected) in
        [(format!("{exhaust}echo done\n"), Decision::Allow), (format!("{exhaust}{FETCH}\n"), Decision::Deny)]
    {
        for command in ["bash a.sh", "source a.sh; echo", "bash -c 'bash a.sh'"] {
            let (verdict, reached) = judged(command, &[("a.sh", &script)]);
            assert!(reached);
            assert_eq!(verdict.decision, expected, "{command}: {}", verdict.message());
        }
        // What follows it is left too.
        let (verdict, _) = judged(&format!("bash a.sh; {FETCH}"), &[("a.sh", &script)]);
        assert_eq!(verdict.decision, Decision::Deny);
    }
}

#[test]
fn nesting_hides_nothing() {
    let deep = MAX_DEPTH as usize + 10;
    let nested = |text: &str| format!("{}{text}{}", "( ".repeat(deep), " )".repeat(deep));
    let wrapped = |text: &str| format!("{}{text}", "env ".repeat(deep));
    for (command, expected) in [
        (nested(FETCH), Decision::Deny),
        (nested("$a b"), Decision::Deny),
        // A text that is nested like this was made to hide something.
        (nested("echo a"), Decision::Deny),
        (wrapped(FETCH), Decision::Deny),
        (wrapped("$a b c"), Decision::Deny),
        (wrapped("ls"), Decision::Allow),
        (format!("python3 -c '{}print(1){}'", "[".repeat(deep), "]".repeat(deep)), Decision::Allow),
        (format!("python3 -c '{}getattr(a, b)(){}'", "[".repeat(deep), "]".repeat(deep)), Decision::Deny),
    ] {
        let (verdict, _) = judged(&command, &[]);
        assert_eq!(verdict.decision, expected, "{command}: {}", verdict.message());
    }
}

/// A long script has as many steps as it needs.
#[test]
fn a_long_script_is_understood_whole() {
    let part = |n: usize| {
        format!("if [ -f \"file-{n}\" ]; then\n  cp -r \"src/{n}\" dist/ && eval \"$SETUP\"\nfi\n")
    };
    let script: String = (0..20_000).map(part).collect();
    assert!(script.len() > 1 << 20);
    let (verdict, reached) = judged(&script, &[]);
    assert_eq!((verdict.decision, reached), (Decision::Allow, false));
    let (verdict, _) = judged(&format!("{script}{FETCH}\n"), &[]);
    assert_eq!(verdict.rule.as_deref(), Some("secretsmanager-fetch"));
}

#[test]
fn bodies_of_a_function_that_are_not_kept() {
    let ways = |body: &dyn Fn(usize) -> String| {
        (0..40).map(|n| format!("[ -f {n} ] && f() {{ {}; }}\n", body(n))).collect::<String>() + "f\n"
    };
    let last = ways(&|n| if n == 39 { FETCH.to_owned() } else { format!("echo {n}") });
    let harmless = ways(&|n| format!("echo {n}"));
    for (command, decision) in [(last, Decision::Deny), (harmless, Decision::Allow)] {
        let (verdict, reached) = judged(&command, &[]);
        assert_eq!(verdict.decision, decision, "{verdict:?}");
        assert!(reached);
    }
}
