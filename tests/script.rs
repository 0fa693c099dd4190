//! References in shell scripts, run by real shells: the bytes that arrive are the value's, and nothing of it runs.
//!
//! `sh` and `bash` are required; other shells are tried where they are installed.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use asm_guard::resolve::script::{Rewriting, places};

#[path = "script/pieces.rs"]
mod pieces;

/// What stands for a reference in a template.
const REFERENCE: &str = "{{resolve:secretsmanager:it's \"a\" `b` $c:SecretString:k}}";
/// Printed behind each script's output.
const END: &str = "\n%%end of one script%%\n";

/// Which shells know a template's syntax.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// All of them.
    All,
    /// bash, zsh, ksh, mksh.
    Extended,
    /// bash alone.
    Bash,
}
use Known::{All, Bash, Extended};

/// Which ways of writing a template has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ways {
    Both,
    /// A value that cannot be pasted there.
    Expansion,
    /// A value may be refused because of what it holds, and is exact otherwise.
    SomeValues,
}
use Ways::{Both, Expansion, SomeValues};

/// Shells, ways, the script, and what it prints.
const TEMPLATES: &[(Known, Ways, &str, &str)] = &[
    // Quotes.
    (All, Both, "printf %s REF", "REF"),
    (All, Both, "printf %s aREFb--p=REF", "aREFb--p=REF"),
    (All, Both, "printf %s \"a REF b\"", "a REF b"),
    (All, Both, "printf %s 'a REF b'", "a REF b"),
    (All, Both, "printf %s 'REF'\"REF\"REF", "REFREFREF"),
    (All, Both, "x=ab; printf %s \"$xREF\"$xREF\"$1REF$#REF\"", "abREFabREFREF0REF"),
    (All, Both, "printf %s $REF\"$REF\"'$REF'", "$REF$REF$REF"),
    (All, Both, "printf %s \\REF\"\\REF\\\\REF\"'\\REF'\\\\REF", "REF\\REF\\REF\\REF\\REF"),
    (All, Both, "printf '%s|' {REF} x~REF REF#REF x=REF", "{REF}|x~REF|REF#REF|x=REF|"),
    (All, Both, "printf %s \"it's REF\" 'say \"REF' \\'REF\\\"REF", "it's REFsay \"REF'REF\"REF"),
    (All, Both, "printf %s \\\n  REF\"a\\\nREF\"", "REFaREF"),
    (Extended, Both, "printf %s $'a\\tREF\\x41REF\\101REF\\\\REF'", "a\tREFAREFAREF\\REF"),
    (Bash, Both, "printf %s $'\\x4REF\\u00e9\\qREF\\REF' $\"a REF\"", "\u{4}REFé\\qREF\\REFa REF"),
    (Extended, Expansion, "printf %s $'it\\'s REF' REF", "it's REFREF"),
    // Assignments, arrays, functions, conditions, patterns.
    (All, Both, "x=REF; printf %s \"$x\"", "REF"),
    (All, Both, "x=REF y='REF' sh -c 'printf %s \"$x$y\"'", "REFREF"),
    (All, Both, "export A=REF B=\"b REF\"; printf %s \"$A$B\"", "REFb REF"),
    (Extended, Both, "a=(x REF 'y REF' \"REF\"); printf %s \"${a[@]}\"", "xREFy REFREF"),
    (Extended, Both, "a=(x\n REF # REF\n); a+=(REF); printf %s \"${a[@]}\"", "xREFREF"),
    (All, Both, "f() { printf %s \"$1\" REF; }; f REF", "REFREF"),
    (All, Both, "f () ( printf %s REF ); f; { printf %s REF; }", "REFREF"),
    (Extended, Both, "function f { printf %s REF; }; f", "REF"),
    (All, Both, "x=REF; case $x in REF) printf y;; *) printf n; esac", "y"),
    (All, Both, "case aREFb in (x|a\"REF\"b) printf y;; *) printf n;; esac", "y"),
    (All, Both, "case any in REF) printf n;; a*) printf %s REF;; esac", "REF"),
    (All, Both, "case REF in\n # it's\n x) ;;\n *) printf %s REF\nesac", "REF"),
    (Extended, Both, "x=REF; [[ $x == REF && REF == \"$x\" ]] && printf y", "y"),
    (Extended, Both, "[[ ( any == REF ) || any != REF ]] && printf y", "y"),
    (Bash, Both, "x=REF; [[ $x =~ ^(REF|x)$ ]] && printf y", "y"),
    (All, Both, "[ REF = 'REF' ] && test REF = \"REF\" && printf y", "y"),
    (All, Both, "for v in x REF \"y REF\"; do printf %s \"$v\"; done", "xREFy REF"),
    (All, Both, "if [ -n REF ]; then printf %s REF; fi; ! false && printf %s REF", "REFREF"),
    (All, Both, "# it's REF\nprintf %s REF # \"REF", "REF"),
    (All, Both, "printf %s a#REF; printf %s REF;# `REF", "a#REFREF"),
    (All, Both, "set -- REF; printf %s \"$@\"; printf %s $# >&2 2>/dev/null", "REF"),
    (All, Both, "printf %s REF 2>&1 </dev/null | cat", "REF"),
    (All, Both, "{ printf %s REF; printf %s REF; } | cat; (printf %s REF) | cat", "REFREFREF"),
    // Substitutions.
    (All, Both, "printf %s \"$(printf %s. REF)\"", "REF."),
    (All, Both, "printf %s \"$(printf %s. \"$(printf %s. \"REF\")\")REF\"", "REF..REF"),
    (All, Both, "printf %s \"$(printf %s. 'REF')\" \"$(case x in x) printf %s. REF;; esac)\"", "REF.REF."),
    (All, Both, "printf %s \"$(case x in x) printf %s. REF ;; esac # it's )\n)\"", "REF."),
    (All, Both, "printf %s \"$( (printf %s REF); printf . )\"", "REF."),
    (All, Both, "printf %s \"$((2*(3+1)))REF$((1))\"", "8REF1"),
    (All, Expansion, "printf %s \"`printf %s. REF`\"", "REF."),
    (All, Expansion, "printf %s \"`printf %s. \"REF\"`\"", "REF."),
    (All, Expansion, "printf %s \"`printf %s. 'REF'`\"", "REF."),
    (All, Both, "x=`printf %s. REF \"REF\" 'REF'`; printf %s \"$x\"", "REF.REF.REF."),
    (All, Both, "x=`printf %s. \\`printf %s, x\\`REF`; printf %s \"$x\"", "x,REF."),
    (All, Both, "x=`y=\\`printf %s, \"REF\"\\`; printf %s. \"$y\"`; printf %s \"$x\"", "REF,."),
    (All, Expansion, "printf %s \"`printf %s. \\\"REF\\\"`\"", "REF."),
    (All, Expansion, "printf %s \"`x=1; printf %s. \"\\$x\"REF'\\\\$'`\"", "1REF\\$."),
    (Bash, Both, "cat <(printf %s REF) <(printf %s 'REF')", "REFREF"),
    // Parameters.
    (All, Both, "printf %s ${u:-REF} ${u-'REF'} ${u:-\"a REF\"}", "REFREFa REF"),
    (All, SomeValues, "printf %s \"${u:-REF}${u-a REF b}\"", "REFa REF b"),
    (All, SomeValues, "printf %s \"${u:-${w:-REF}}\"", "REF"),
    (Bash, Expansion, "printf %s \"${u:-\"REF\"}\"", "REF"),
    (All, Both, ": ${u:=REF}; printf %s \"$u\"", "REF"),
    (All, Both, "x=REF-tail; printf %s \"${x#REF}\" ${x#REF} ${x##'REF'}", "-tail-tail-tail"),
    (Bash, Expansion, "x=REF-tail; printf %s \"${x##'REF'}\" \"${x#\"REF\"}\"", "-tail-tail"),
    (All, Both, "x=head-REF; printf %s \"${x%REF}\" ${x%\"REF\"}", "head-head-"),
    (Extended, Both, "x=a-REF-b; printf %s \"${x/-REF-/X}\" ${x/-REF/X}", "aXbaX-b"),
    (Bash, Expansion, "x=1X2; y=${x/X/REF}; printf %s \"$y\"", "1REF2"),
    (Bash, Expansion, "x=1X2; printf %s \"${x/X/REF}\"", "1REF2"),
    (All, Both, "x=abc; printf %s \"${#x}REF${x%c}REF${x}REF\"", "3REFabREFabcREF"),
    // Here-documents and here-strings.
    (
        All,
        SomeValues,
        "cat <<EOF\na REF\n'REF' \"REF\" $(printf %s. REF) \\REF $REF\nEOF\nprintf %s REF",
        "a REF\n'REF' \"REF\" REF. \\REF $REF\nREF",
    ),
    (All, SomeValues, "x=ab; cat <<EOF\n$xREF${x}\\$REF\nEOF", "abREFab$REF\n"),
    (
        All,
        SomeValues,
        "cat <<'EOF'\na $x `y` \\ \\\\ REF \"REF'\n$REF\\\nx\nEOF\nprintf %s \"REF\"",
        "a $x `y` \\ \\\\ REF \"REF'\n$REF\\\nx\nREF",
    ),
    (
        All,
        SomeValues,
        "cat <<'END OF'\nREF $x\nEND_OF_TEXT_0\nEND OF\nprintf %s REF",
        "REF $x\nEND_OF_TEXT_0\nREF",
    ),
    (Bash, SomeValues, "cat <<''\nREF $x\n\nprintf %s REF", "REF $x\nREF"),
    (All, SomeValues, "cat <<\\EOF\nREF\nEOF\ncat <<\"E\"\nREF\nE", "REF\nREF\n"),
    (All, SomeValues, "cat <<-EOF\n\tREF\n\t\ta REF\n\tEOF\nprintf %s REF", "REF\na REF\nREF"),
    (All, SomeValues, "cat <<-'EOF'\n\ta $x REF\n\tEOF\nprintf %s REF", "a $x REF\nREF"),
    (All, SomeValues, "cat <<A; cat <<'B'\na REF\nA\nb REF $\nB\n", "a REF\nb REF $\n"),
    (All, SomeValues, "cat <<A | cat; printf %s 'REF'\na REF\nA\n", "a REF\nREF"),
    (All, SomeValues, "printf %s \"$(cat <<EOF\na REF ) it's\nEOF\n)\"REF", "a REF ) it'sREF"),
    (All, SomeValues, "printf %s \"$(cat <<'EOF'\na REF $x\nEOF\n)\"REF", "a REF $xREF"),
    (All, SomeValues, "while read -r l; do printf %s. \"$l\"; break; done <<EOF\nfirst\nREF\nEOF", "first."),
    (All, Expansion, "cat <<EOF\n${u:-REF}\nEOF", "REF\n"),
    (Extended, Both, "cat <<<REF; cat <<< \"a REF\"; cat <<<'REF'", "REF\na REF\nREF\n"),
    // Scripts within the script.
    (All, Both, "eval printf %s REF", "REF"),
    (All, Both, "eval \"printf %s REF\"", "REF"),
    (All, Both, "eval 'printf %s REF' '\"REF\"' \"'REF'\"", "REFREFREF"),
    (All, Both, "eval 'eval '\\''printf %s REF'\\'", "REF"),
    (All, Both, "eval \"eval \\\"printf %s 'REF'\\\"\"", "REF"),
    (All, Both, "x=a; eval \"y=\\$x\\REF\"; printf %s \"$y\"", "aREF"),
    (All, Both, "eval printf\\ %s\\ REF", "REF"),
    (All, Both, "sh -c 'printf %s REF'", "REF"),
    (All, Both, "sh -c \"printf %s REF\"", "REF"),
    (All, Both, "sh -c 'printf %s '\\''REF'\\'", "REF"),
    (All, Both, "sh -ec \"printf %s '\\$xREF'\"", "$xREF"),
    (All, Both, "bash -c 'bash -c '\\''printf %s REF'\\'''", "REF"),
    (All, Both, "bash -c \"bash -c \\\"printf %s \\\\\\\"REF\\\\\\\"\\\"\"", "REF"),
    (All, Both, "sh -c 'printf %s \"$1\"REF' sh REF", "REFREF"),
    (All, Both, "env A=1 nohup sh -c 'printf %s REF' 2>/dev/null", "REF"),
    (All, Both, "timeout 9 nice -n 1 bash -c 'printf %s \"REF\"'", "REF"),
    (All, Both, "exec sh -c 'printf %s REF'", "REF"),
    (All, Both, "echo x | xargs sh -c 'printf %s REF'", "REF"),
    (All, Both, "find . -maxdepth 0 -exec sh -c 'printf %s \"$1\"REF' _ REF \\;", "REFREF"),
    (All, Both, "SHELL=/bin/sh; \"$SHELL\" -c 'printf %s REF'", "REF"),
    (All, Both, "(trap 'printf %s REF' EXIT)", "REF"),
    (All, Both, "(trap \"printf %s 'REF'\" EXIT; printf %s REF)", "REFREF"),
    (All, SomeValues, "sh <<EOF\nprintf %s REF \"REF\"\nEOF", "REFREF"),
    (All, SomeValues, "sh -s <<'EOF'\nprintf %s 'REF'\nEOF", "REF"),
    (Extended, Both, "bash <<< 'printf %s REF'", "REF"),
    (All, Both, "sh -c 'cat <<E\nREF\nE\n'", "REF\n"),
    (All, SomeValues, "sh -c 'cat <<\"E\"\n$x REF\nE\n'", "$x REF\n"),
    (All, Both, "sh -c 'x=`printf %s. \"REF\"`; printf %s \"$x\"'", "REF."),
    (All, Both, "sh -c \"x=\\`printf %s. 'REF'\\`; printf %s \\\"\\$x\\\"\"", "REF."),
    (All, Both, "sh -c '# it is REF\nprintf %s REF'", "REF"),
];

/// Values that a careless script would run.
fn hostile() -> Vec<String> {
    let mut values: Vec<String> = [
        "plain",
        "",
        "it's",
        "'",
        "''",
        "';touch canary;'",
        "\"; touch canary; \"",
        "$(touch canary)",
        "`touch canary`",
        "${x:-$(touch canary)}",
        "a[$(touch canary)]",
        "\n touch canary\n",
        "x\nEOF\ntouch canary\n",
        ") touch canary; (",
        "}; touch canary; {",
        "; touch canary & # |",
        "\\",
        "\\\\'\\\"\\$\\`\\",
        "!! !x ! ^a^b",
        "* ? [a-z] ~ ~root {a,b} #",
        "-n",
        "-e \\n %s %d %%",
        " lead and trail  ",
        "\ttab\n\ttab",
        "end\n\n",
        "&/x/&",
        "é 🔑 \u{202e} ñ",
        "\u{1}\u{7f}\r\u{1b}[0m",
    ]
    .map(str::to_owned)
    .into();
    values.push(format!("{}'\"$(touch canary)`touch canary`\\", "long ".repeat(1500)));
    // Combinations that nobody thought of, the same in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..12 {
        let mut value = String::new();
        for _ in 0..24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            value.push_str(
                [
                    "'",
                    "\"",
                    "$",
                    "`",
                    "\\",
                    "\n",
                    ";",
                    "&",
                    "|",
                    "}",
                    "{",
                    "(",
                    ")",
                    "x",
                    " ",
                    "$(touch canary)",
                    "!",
                    "*",
                    "/",
                ][(state >> 33) as usize % 19],
            );
        }
        values.push(value);
    }
    values
}

/// A template's script with references, understood.
fn rewriting(template: &str) -> Rewriting {
    let (script, references) = written(template);
    places(&script, &references).unwrap_or_else(|refused| panic!("{template}\n{refused}"))
}

fn written(template: &str) -> (String, Vec<std::ops::Range<usize>>) {
    let (mut script, mut references) = (String::new(), Vec::new());
    for (nth, part) in template.split("REF").enumerate() {
        if nth > 0 {
            references.push(script.len()..script.len() + REFERENCE.len());
            script.push_str(REFERENCE);
        }
        script.push_str(part);
    }
    (script, references)
}

/// The shells that are here.
fn shells() -> Vec<(Vec<&'static str>, Known)> {
    let wanted: [(&[&str], Known); 6] = [
        (&["sh"], All),
        (&["bash"], Bash),
        (&["zsh"], Extended),
        (&["ksh"], Extended),
        (&["mksh"], Extended),
        (&["busybox", "sh"], All),
    ];
    let mut found = Vec::new();
    for (nth, (shell, known)) in wanted.into_iter().enumerate() {
        let there = Command::new(shell[0]).args(&shell[1..]).args(["-c", ":"]).stdin(Stdio::null()).output();
        match there {
            Ok(output) if output.status.success() => found.push((shell.to_vec(), known)),
            _ if nth < 2 => panic!("{} is needed for this test", shell[0]),
            _ => eprintln!("SKIPPED: {} is not installed, so nothing is known of it", shell.join(" ")),
        }
    }
    found
}

/// One script to run, its value, and what it must print.
struct Case {
    template: &'static str,
    script: String,
    value: String,
    expected: String,
}

/// Runs scripts in one process of a shell, each in a subshell, and compares what they print.
fn run(shell: &[&str], cases: &[Case], failures: &mut Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    // What cases share is handed over once: the kernel bounds the environment.
    let mut variables: BTreeMap<&str, String> = BTreeMap::new();
    let mut driver = String::from("unset x y v w u l a\n");
    for case in cases {
        for text in [&case.script, &case.value] {
            let next = format!("T{}", variables.len());
            variables.entry(text).or_insert(next);
        }
        let (script, value) = (&variables[case.script.as_str()], &variables[case.value.as_str()]);
        let _ = writeln!(
            driver,
            "N=${{{value}}}; export N; (eval \"${{{script}}}\") </dev/null; printf %s \"$END\""
        );
    }
    let file = folder.path().join("driver");
    let run = folder.path().join("run");
    std::fs::create_dir(&run).expect("a folder");
    std::fs::write(&file, driver).expect("a file");
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(&file).current_dir(&run).env("END", END).stdin(Stdio::null());
    // What `$'\u00e9'` is depends on it.
    command.env("LC_ALL", "C.UTF-8");
    command.envs(variables.iter().map(|(text, name)| (name, text)));
    let output = command.output().expect("the shell");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut printed = text.split(END);
    let mut seen = std::collections::BTreeSet::new();
    for case in cases {
        let got = printed.next().unwrap_or("(nothing)");
        // One value that fails says enough of a template.
        if got != case.expected && seen.insert(case.template) {
            failures.push(format!(
                "{shell:?}\n  template {:?}\n  script   {:?}\n  value    {:?}\n  expected {:?}\n  got      {got:?}\n  {}",
                case.template,
                case.script,
                case.value,
                case.expected,
                String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default()
            ));
        }
    }
    let left: Vec<_> =
        std::fs::read_dir(&run).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    if !left.is_empty() {
        failures.push(format!(
            "{shell:?}: {:?} ran a value: {left:?}",
            cases.iter().map(|case| case.template).collect::<std::collections::BTreeSet<_>>()
        ));
    }
}

/// Runs all cases, in processes that each hold as much as an environment may, on two threads.
fn run_all(cases_of: impl Fn(usize, Known) -> Vec<Case>) {
    let work: Vec<(Vec<&str>, Vec<Case>)> = shells()
        .into_iter()
        .enumerate()
        .flat_map(|(nth, (shell, known))| {
            let mut batches: Vec<Vec<Case>> = Vec::new();
            let mut size = usize::MAX;
            for case in cases_of(nth, known) {
                let more = case.script.len() + case.value.len() + 16;
                if size.saturating_add(more) > 400_000 {
                    batches.push(Vec::new());
                    size = 0;
                }
                size += more;
                batches.last_mut().expect("a batch").push(case);
            }
            batches.into_iter().map(move |batch| (shell.clone(), batch)).collect::<Vec<_>>()
        })
        .collect();
    let failures = std::sync::Mutex::new(Vec::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some((shell, cases)) = work.get(at) else { return };
                    let mut found = Vec::new();
                    run(shell, cases, &mut found);
                    failures.lock().expect("no panic").extend(found);
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no panic");
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures[..failures.len().min(40)].join("\n")
    );
}

#[test]
fn expansions_give_the_value_and_run_nothing() {
    let values = hostile();
    run_all(|nth, shell| {
        let mut cases = Vec::new();
        for (row, &(_, _, template, expected)) in known(shell) {
            let script = rewriting(template).expansions(|_| "N").expect("expansions");
            cases.extend(chosen(&values, nth, row, template).map(|value| Case {
                template,
                script: script.clone(),
                value: value.clone(),
                expected: expected.replace("REF", value),
            }));
        }
        cases
    });
}

#[test]
fn pasted_values_are_exact_and_run_nothing() {
    let values = hostile();
    run_all(|nth, shell| {
        let mut cases = Vec::new();
        for (row, &(_, ways, template, expected)) in known(shell) {
            let rewriting = rewriting(template);
            let mut written = 0;
            for value in &values {
                let script = match rewriting.pasted(|_| value) {
                    Ok(script) => script.as_str().to_owned(),
                    Err(refused) => {
                        assert!(ways != Both, "{template}\n{value:?}\n{refused}");
                        continue;
                    }
                };
                written += 1;
                // bash itself spoils these two in a script's text, whatever the quotes.
                let spoilt = value.contains(['\u{1}', '\u{7f}']);
                if !spoilt && chosen(&values, nth, row, template).any(|other| other == value) {
                    let expected = expected.replace("REF", value);
                    cases.push(Case { template, script, value: String::new(), expected });
                }
            }
            match ways {
                Both => assert_eq!(written, values.len()),
                SomeValues => assert!(written * 2 > values.len(), "{template}: {written}"),
                Expansion => assert_eq!(written, 0, "{template}"),
            }
        }
        cases
    });
}

/// The templates that a shell knows, with their rows.
fn known(shell: Known) -> impl Iterator<Item = (usize, &'static (Known, Ways, &'static str, &'static str))> {
    TEMPLATES
        .iter()
        .enumerate()
        .filter(move |(_, (known, ..))| *known == All || shell == *known || shell == Bash)
}

/// The values that a template is tried with: a third of them in sh and bash, fewer in the others; each value
/// meets other templates. All of them where `SCRIPT_TEST_ALL` is set.
fn chosen<'a>(
    values: &'a [String],
    shell: usize,
    row: usize,
    template: &str,
) -> impl Iterator<Item = &'a String> {
    let every = match std::env::var_os("SCRIPT_TEST_ALL") {
        Some(_) => 1,
        None if shell < 2 => 3,
        None => 9,
    };
    // find(1) itself replaces `{}` in its arguments.
    let find = template.starts_with("find");
    let some = values
        .iter()
        .enumerate()
        .filter(move |(nth, _)| (nth + row).is_multiple_of(every))
        .map(|(_, value)| value);
    some.filter(move |value| !find || !value.contains("{}"))
}
