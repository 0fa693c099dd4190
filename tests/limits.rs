//! What any input costs at most: 64 MB of memory for 1 MiB, and an answer.
//!
//! Each input goes to the real binary, whose memory the kernel limits: what it allocates to [`DATA`], its stack to
//! 8 MiB. With the pages of the program itself that is under 64 MB, and an input that takes more ends the process
//! without an answer. How long each took is printed (`--nocapture`), not judged: the benches do that.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

const MIB: usize = 1 << 20;
/// What may be allocated, in KiB (`RLIMIT_DATA`: setrlimit(2)).
const DATA: usize = 50 << 10;
/// The stack, in KiB, as a shell usually sets it.
const STACK: usize = 8 << 10;

/// An event of the Bash tool.
fn bash(command: &str) -> Vec<u8> {
    call("Bash", &json!({ "command": command }))
}

fn call(tool: &str, input: &Value) -> Vec<u8> {
    json!({ "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input }).to_string().into()
}

/// `unit` again and again, up to `size` bytes.
fn fill(unit: &str, size: usize) -> String {
    unit.repeat(size / unit.len())
}

/// A line for each number, up to `size` bytes.
fn lines(size: usize, line: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    for n in 0.. {
        if out.len() >= size {
            break;
        }
        out.push_str(&line(n));
    }
    out
}

/// Code in a here-document for an interpreter.
fn code(interpreter: &str, code: &str) -> Vec<u8> {
    bash(&format!("{interpreter} <<'EOF'\n{code}\nEOF\n"))
}

/// Runs the hook on an event, within its limits.
fn hook(event: &[u8]) -> Output {
    let limited = format!("ulimit -d {DATA} && ulimit -s {STACK} && exec \"$0\" hook");
    let mut child = Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_asm-guard")])
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("XDG_STATE_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sh starts");
    // It may refuse before it has read everything.
    let _ = child.stdin.take().expect("it is piped").write_all(event);
    child.wait_with_output().expect("it ends")
}

/// Runs the hook on each, and says which had no answer.
fn all_are_answered(inputs: &[(&str, Vec<u8>)]) {
    let mut failures = Vec::new();
    for (name, event) in inputs {
        assert!(event.len() < 2 * MIB, "{name}: {} bytes", event.len());
        let started = Instant::now();
        let output = hook(event);
        let took = started.elapsed();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        println!("{name:<24} {:>8} bytes {:>6} ms {}", event.len(), took.as_millis(), said.trim());
        let silent = output.stdout.is_empty() && output.stderr.is_empty();
        let reply = serde_json::from_slice::<Value>(&output.stdout).ok();
        let decision = reply.as_ref().map(|reply| &reply["hookSpecificOutput"]["permissionDecision"]);
        let answered = match output.status.code() {
            Some(0) => silent || decision.is_some(),
            Some(2) => decision.is_some_and(|decision| decision == "deny"),
            _ => false,
        };
        if !answered || said.contains("internal error") {
            failures.push(format!("{name}: {}: {said}", output.status));
        }
    }
    assert!(failures.is_empty(), "without an answer:\n{}", failures.join("\n"));
}

#[test]
fn long_shell_text() {
    let script = include_str!("../benches/payloads/script-17k.sh");
    all_are_answered(&[
        ("a script", bash(&fill(script, MIB))),
        ("the script for bash", bash(&format!("bash <<'EOF'\n{}\nEOF\n", fill(script, MIB)))),
        ("one word", bash(&fill("a", MIB))),
        ("one-letter words", bash(&fill("a ", MIB))),
        ("assignments", bash(&lines(MIB, |n| format!("v{n}=x\n")))),
        ("the same assignment", bash(&fill("a=b\n", MIB))),
        ("exports", bash(&lines(MIB, |n| format!("export v{n}=x; ls\n")))),
        ("appended to a variable", bash(&fill("a+=xxxxxxxx\n", MIB))),
        ("a here-document", bash(&format!("cat <<'E'\n{}\nE\n", fill("some text $x\n", MIB)))),
        ("one that expands", bash(&format!("cat <<E\n{}\nE\n", fill("some text $x `ls`\n", MIB)))),
        ("here-documents", bash(&lines(MIB, |n| format!("cat <<E{n}\nx $y\nE{n}\n")))),
        ("variables", bash(&fill("$a ", MIB))),
        ("variables in a word", bash(&fill("$a", MIB))),
        ("an array", bash(&format!("a=({}); ls \"${{a[@]}}\"", fill("x ", MIB)))),
        ("array elements", bash(&format!("{}ls \"${{a[@]}}\"", lines(MIB, |n| format!("a[{n}]=x\n"))))),
        ("functions", bash(&lines(MIB, |n| format!("f{n}() {{ ls; }}; f{n}\n")))),
        ("branches", bash(&lines(MIB, |n| format!("if t; then v{n}=1; fi\n")))),
        ("case arms", bash(&format!("case x in {} esac", lines(MIB, |n| format!("a{n}) ls;;\n"))))),
        (
            "files and globs",
            bash(&(lines(MIB / 2, |n| format!("> a{n}\n")) + &lines(MIB / 2, |n| format!("cat *{n}\n")))),
        ),
        ("files and what hooks them", bash(&lines(MIB, |n| format!("> .git/hooks/{n}; git x\n")))),
        ("substitutions", bash(&lines(MIB, |n| format!("v{n}=$(ls $v{})\n", n / 2)))),
        ("process substitutions", bash(&format!("cat {}", fill("<(ls) ", MIB)))),
        ("written files", bash(&lines(MIB, |n| format!("echo ls > f{n}; bash f{n}\n")))),
        ("a pipeline", bash(&format!("cat x{}", fill(" | cat", MIB)))),
        ("sudo of sudo", bash(&format!("{}ls", fill("sudo ", MIB)))),
        ("env of env", bash(&format!("{}ls", fill("env a=b ", MIB)))),
        ("fetches", bash(&lines(MIB, |n| format!("aws secretsmanager get-secret-value --secret-id a{n}\n")))),
        ("what does not parse", bash(&format!("if {}", fill("ls x y z\n", MIB)))),
        ("lines of mapfile", bash(&format!("mapfile a <<'E'\n{}E\nls \"${{a[@]}}\"", fill("x\n", MIB / 2)))),
    ]);
}

#[test]
fn deep_shell_text() {
    let nested = |open: &str, close: &str| {
        let times = MIB / (open.len() + close.len());
        bash(&format!("{}{}", open.repeat(times), close.repeat(times)))
    };
    let loops = (0..30).map(|n| format!("for v{n} in 1 2 3 4 5 6 7 8 9; do ")).collect::<String>();
    let documents = (0..500).map(|n| format!("bash <<E{n}\n")).collect::<String>()
        + "ls\n"
        + &(0..500).rev().map(|n| format!("E{n}\n")).collect::<String>();
    all_are_answered(&[
        ("parentheses", nested("(", ")")),
        ("substitutions", nested("$(", ")")),
        ("quoted substitutions", nested("\"$(", ")\"")),
        ("groups", nested("{ ", "; }")),
        ("backquotes", bash(&fill("`", MIB))),
        ("braces", nested("{a,", "}")),
        ("arithmetic", bash(&format!("echo $(({}1{}))", fill("(", MIB / 2), fill(")", MIB / 2)))),
        ("loops", bash(&format!("{loops}ls{}", "; done".repeat(30)))),
        ("here-documents", bash(&documents)),
    ]);
}

#[test]
fn short_text_that_grows() {
    let times = |n: usize, text: &str| text.repeat(n);
    let chain = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    all_are_answered(&[
        ("a variable", bash(&format!("a=xxxxxxxx;{}ls \"$a\"", times(40, "a=$a$a;")))),
        ("what nobody knows", bash("x=$(foo); while :; do x=$x$x; done")),
        ("what nobody knows, in 25 turns", bash("x=$(foo); for i in {1..25}; do x=$x$x; done; ls \"$x\"")),
        ("what is known in part", bash("x=$(foo); while :; do x=\"a $x,$(bar) $x\"; done")),
        ("known arguments in part", bash("set -- $(foo); while :; do set -- \"$1 a $1\" \"$@\"; done")),
        ("any element", bash(&format!("a=({{1..9999}}); x={}; a[$(foo)]=$x", fill("x", MIB / 8)))),
        ("one word", bash(&format!("x={}; ls {}", fill("x", MIB / 2), fill("$x", MIB / 2)))),
        (
            "the same arguments",
            bash(&format!("set -- {}; ls {}", fill("x", MIB / 2), fill("\"$@\" ", MIB / 2))),
        ),
        (
            "a file in turns",
            bash(
                "printf 0123456789 > a; while :; do cat a a > b; mv b a; n=$(expr $n + 1); test 10 -lt \"$n\" && break; done",
            ),
        ),
        ("an array", bash(&format!("a=(x);{}ls", times(40, "a=(\"${a[@]}\" \"${a[@]}\");")))),
        ("arguments", bash(&format!("set -- a b;{}ls", times(40, "set -- \"$@\" \"$@\";")))),
        (
            "functions",
            bash(&(chain(60, &|n| format!("f{n}() {{ f{0}; f{0}; }}\n", n + 1)) + "f60() { ls; }; f0")),
        ),
        ("recursion", bash("f() { ls $1; f \"$1$1\"; f \"$@\" \"$@\"; }; f aaaaaaaa")),
        ("a program", bash(&format!("a='ls;';{}eval \"$a\"", times(40, "a=\"$a$a\";")))),
        ("a program of itself", bash("a='eval \"$a;$a\"'; eval \"$a\"")),
        ("eval of each other", bash("a='eval \"$b\"'; b='eval \"$a\"'; eval \"$a\"")),
        ("source of each other", bash("echo '. ./b; . ./b' > a; echo '. ./a; . ./a' > b; . ./a; bash a")),
        ("files", bash(&format!("echo x > f;{}bash f", times(40, "cat f f > g; cat g g > f;")))),
        ("substitutions", bash(&format!("a=x;{}ls $a", times(40, "a=$(echo \"$a$a\");")))),
        ("base64", bash(&format!("x=aaaaaaaaaaaaaaaa;{}ls $x", times(100, "x=$(echo $x | base64);")))),
        ("aliases", bash(&(chain(40, &|n| format!("alias a{n}='a{0}; a{0}'\n", n + 1)) + "a0\n"))),
        (
            "branches",
            bash(
                &(chain(30, &|n| format!("if t; then a{n}=1; else a{n}=2; fi\n")) + "ls $a1$a2$a3$a4$a5$a6"),
            ),
        ),
        ("braces", bash(&format!("echo {}", times(40, "{a,b}")))),
        ("ranges", bash("echo {1..1000000000} {1..100000}{1..100000}")),
        ("seq", bash("for i in $(seq 1 1000000000); do ls $i; done; seq -w 1000000000 | bash")),
        ("printf", bash("printf '%1000000000d' 1; printf -v a '%0999999999d' 1; printf '%*d' 1000000000 1")),
        ("yes", bash("yes | head -c 1G | bash; head -c 1000000000 /dev/zero | tr '\\0' a | bash")),
        ("sed", bash(&format!("echo {} | sed {} | bash", fill("a", 20_000), times(30, "-e s/a/aa/g ")))),
        ("replacement", bash(&format!("x={}; echo ${{x//a/{}}}", fill("a", MIB / 2), fill("b", 4_000)))),
        (
            "makefile variables",
            bash(
                &(String::from("make -f - <<'EOF'\n")
                    + &chain(60, &|n| format!("v{n}=$(v{0})$(v{0})\n", n + 1))
                    + "v60=x\nall:\n\tls $(v0)\nEOF\n"),
            ),
        ),
        (
            "Python texts",
            code("python3 -", &format!("import os\nx='aaaa'\n{}os.system(x)", times(100, "x=x+x\n"))),
        ),
        (
            "Python products",
            code(
                "python3 -",
                "import os\nos.system('a'*1000000000)\nos.system('%1000000000d' % 1)\nos.system('x'.ljust(1000000000))\nos.system(f'{1:>1000000000}')",
            ),
        ),
        (
            "Python calls",
            code(
                "python3 -",
                &(chain(50, &|n| format!("def f{n}(x): return f{0}(x)+f{0}(x)\n", n + 1))
                    + "import os\nos.system(f0('a'))"),
            ),
        ),
    ]);
}

#[test]
fn patterns_that_backtrack() {
    all_are_answered(&[
        ("a test's expression", bash(&format!("[[ {} =~ (a*)*(a*)*(a*)*b ]] && ls", fill("a", 50_000)))),
        (
            "repetitions",
            bash("[[ x =~ ((((a{99}){99}){99}){99}) ]]; echo x | sed -E 's/((((x{99}){99}){99}){99})/y/'"),
        ),
        (
            "trimming",
            bash(&format!("x={}; ls ${{x//*a*a*a*b/y}} ${{x##*a*a*b}} ${{x%%*a*b*}}", fill("a", 20_000))),
        ),
        ("case", bash(&format!("case {} in {}b) ls;; esac", fill("a", 10_000), fill("*a", 10_000)))),
    ]);
}

#[test]
fn long_code() {
    all_are_answered(&[
        (
            "Python",
            code(
                "python3 -",
                &fill("x = 'a' + 'b'\ndef f(a, b=[1]):\n    return {'k': a.b(c)[0]}\nprint(f(x))\n", MIB),
            ),
        ),
        (
            "JavaScript",
            code(
                "node -",
                &fill("let x = (a) => ({k: a.b(`c${a}`)[0]});\nconsole.log(x('a' + 'b'));\n", MIB),
            ),
        ),
        ("Ruby", code("ruby -", &fill("def f(a)\n  {k: a.b(\"c#{a}\")[0]}\nend\nputs f('a' + 'b')\n", MIB))),
        (
            "Perl",
            code("perl -", &fill("sub f { return {k => $_[0]}; }\nprint f('a' . \"b$c\");\ns/a/b/;\n", MIB)),
        ),
        (
            "PHP",
            code(
                "php",
                &format!(
                    "<?php\n{}",
                    fill("function f($a) { return ['k' => $a->b(1)[0]]; }\necho f('a' . \"b\");\n", MIB)
                ),
            ),
        ),
        (
            "PowerShell",
            code("pwsh -", &fill("$x = \"a\" + \"b\"; Get-Item $x | Select-Object -First 1\n", MIB)),
        ),
        ("awk", bash(&format!("awk '{}' f", fill("{print $1}\n", MIB)))),
        ("make", code("make -f -", &lines(MIB, |n| format!("v{n}=$(v{})x\nt{n}:\n\tls $(v{n})\n", n / 2)))),
        ("SQL", code("psql", &fill("select 1; \\! ls\n", MIB))),
        ("sed", bash(&format!("sed '{}' f", fill("s/a/b/;", MIB)))),
        ("nesting", code("python3 -", &(fill("(", MIB / 2) + &fill(")", MIB / 2)))),
        ("a sum", code("python3 -", &format!("x = {}'b'", fill("'a'+", MIB)))),
        ("a list", code("python3 -", &format!("x = [{}]", fill("'a',", MIB)))),
        (
            "processes",
            code("python3 -", &format!("import os\n{}", lines(MIB, |n| format!("os.system('ls {n}')\n")))),
        ),
        ("templates in templates", code("node -", &(fill("`${", MIB / 2) + &fill("}`", MIB / 2)))),
        ("quotes", code("python3 -", &fill("'", MIB))),
        ("slashes", code("node -", &fill("/", MIB))),
        ("quoting operators", code("perl -", &fill("q{", MIB))),
    ]);
}

#[test]
fn long_json() {
    let texts = |text: &str, count: usize| Value::from(vec![text; count]);
    let nested = |open: &str, close: &str, times: usize| {
        let event = r#"{"hook_event_name":"PreToolUse","tool_name":"mcp__x__y","tool_input":{"a":"#;
        format!("{event}{}1{}}}}}", open.repeat(times), close.repeat(times)).into_bytes()
    };
    let mut within = "ls".to_owned();
    while within.len() < MIB / 4 {
        within = json!({ "command": within }).to_string();
    }
    all_are_answered(&[
        ("a text", call("mcp__x__y", &json!({ "text": fill("x", MIB) }))),
        ("numbers", call("mcp__x__y", &json!({ "a": vec![1; MIB / 2] }))),
        ("lists", nested("[[]", "]", 100)),
        ("empty lists", call("mcp__x__y", &json!({ "a": vec![Vec::<u8>::new(); MIB / 3] }))),
        ("nested lists", nested("[", "]", MIB / 2)),
        ("nested objects", nested("{\"a\":", "}", MIB / 6)),
        ("objects", call("mcp__x__y", &json!({ "a": vec![json!({ "k": {} }); MIB / 9] }))),
        ("commands", call("mcp__x__y", &json!({ "commands": texts("ls", MIB / 5) }))),
        (
            "objects with commands",
            call("mcp__x__y", &json!({ "a": vec![json!({ "command": "ls" }); MIB / 17] })),
        ),
        ("JSON in texts", call("mcp__x__y", &json!({ "input": within }))),
    ]);
}
