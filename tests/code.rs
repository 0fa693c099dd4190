//! Code in other languages: the programs of `tests/code/*.txt`, each with the effects it must have, and what no
//! input may bring about: a panic, or work out of proportion.
//!
//! A file is named after its language. A case begins with `=== ` and its reason, then comes the program, then
//! `---` and one effect a line (`aws`, `shell`, `spawn`, `http`, `read`; `key` for what [`json_key`] gives).

use std::fs;
use std::path::Path;

use asm_guard::bounds::{Budget, MAX_STEPS};
use asm_guard::code::{self, Effect, EffectKind, Language, decode_encoded_command, json_key, printed};
use asm_guard::value::Value;

struct Case {
    language: Language,
    place: String,
    reason: String,
    program: String,
    expected: Vec<String>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/code");
    let mut files: Vec<_> =
        fs::read_dir(&folder).expect("tests/code is there").map(|f| f.unwrap().path()).collect();
    files.sort();
    let mut out = Vec::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "txt")) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let language = Language::from_name(name).unwrap_or_else(|| panic!("{name} is no language"));
        let text = fs::read_to_string(file).unwrap();
        for part in text.split("\n=== ").skip(1) {
            let (reason, rest) = part.split_once('\n').unwrap();
            let (program, expected) =
                rest.split_once("\n---").unwrap_or_else(|| panic!("{name}: {reason}: no ---"));
            let expected =
                expected.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')).map(str::to_owned);
            out.push(Case {
                language,
                place: name.to_owned(),
                reason: reason.to_owned(),
                program: program.to_owned(),
                expected: expected.collect(),
            });
        }
    }
    out
}

fn joined<'v>(values: impl IntoIterator<Item = &'v Value>, between: &str) -> String {
    values.into_iter().map(Value::to_string).collect::<Vec<_>>().join(between)
}

fn shown(effect: &Effect) -> String {
    let text = match &effect.kind {
        EffectKind::Aws { service, operation, parameters, region } => {
            let parameters: String =
                parameters.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            let region = region.as_ref().map(|region| format!(" @{region}")).unwrap_or_default();
            format!("aws {service} {operation}{parameters}{region}")
        }
        EffectKind::Shell(text) => format!("shell {text}"),
        EffectKind::Spawn(argv) => format!("spawn {}", joined(argv, " | ")),
        EffectKind::Http { url, headers } => {
            let headers: String = headers.iter().map(|(name, value)| format!(" [{name}: {value}]")).collect();
            format!("http {url}{headers}")
        }
        EffectKind::Read(path) => format!("read {path}"),
        EffectKind::Write { path, text } => format!("write {path} {text}"),
        EffectKind::Keep { path, text } => format!("keep {path} {text}"),
        EffectKind::Remove(path) => format!("remove {path}"),
        EffectKind::Mode(path) => format!("mode {path}"),
        EffectKind::Call { path, arguments } => format!("call {path} {}", joined(arguments, " | ")),
    };
    text.replace('\n', "⏎")
}

#[test]
fn every_program_has_the_effects_it_should() {
    let cases = cases();
    let mut failures = Vec::new();
    for case in &cases {
        let mut found: Vec<String> = match code::effects(case.language, &case.program, &Budget::new()) {
            Ok(effects) => effects.iter().map(shown).collect(),
            Err(exceeded) => vec![exceeded.to_string()],
        };
        if case.expected.iter().any(|line| line.starts_with("key ")) {
            found.retain(|line| !line.starts_with("read "));
            found.extend(json_key(case.language, &case.program).map(|key| format!("key {key}")));
        }
        if found != case.expected {
            failures.push(format!(
                "{}: {}\n{}\n  expected {:#?}\n  found    {:#?}",
                case.place, case.reason, case.program, case.expected, found
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {} failed\n\n{}", failures.len(), cases.len(), failures.join("\n\n"));
    assert!(cases.len() >= 200, "only {} cases", cases.len());
}

#[test]
fn an_effect_says_where_it_is() {
    let program = "import os\n\n\nos.system(\n  'ls')";
    let effects = code::effects(Language::Python, program, &Budget::new()).unwrap();
    assert_eq!((effects[0].line, effects[0].snippet.as_str()), (4, "os.system( 'ls')"));
    let program = "$a = 1\n\nGet-ChildItem -Path C:\\\n";
    let effects = code::effects(Language::PowerShell, program, &Budget::new()).unwrap();
    assert_eq!((effects[0].line, effects[0].snippet.as_str()), (3, "Get-ChildItem -Path C:\\"));
}

#[test]
fn an_encoded_command_is_decoded_and_read() {
    let encoded = "RwBlAHQALQBTAEUAQwBTAGUAYwByAGUAdABWAGEAbAB1AGUAIAAtAFMAZQBjAHIAZQB0AEkAZAAgAHgA";
    let program = decode_encoded_command(encoded).unwrap();
    let effects = code::effects(Language::PowerShell, &program, &Budget::new()).unwrap();
    assert_eq!(effects.iter().map(shown).collect::<Vec<_>>(), ["spawn Get-SECSecretValue | -SecretId | x"]);
}

/// Numbers that only look random (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

fn steps(language: Language, program: &str) -> u32 {
    let budget = Budget::new();
    let _ = code::effects(language, program, &budget);
    budget.steps()
}

#[test]
fn no_prefix_and_no_mutation_panics_or_takes_long() {
    const MARKS: &[&str] = &[
        "\"",
        "'",
        "`",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\\",
        "\n",
        "#",
        "$",
        "${",
        "#{",
        "@",
        "<<EOF",
        "%",
        "/",
        "é",
        "\u{1f511}",
        "=",
        ":",
        ".",
    ];
    let cases = cases();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for (i, case) in cases.iter().enumerate() {
        let mut programs = vec![case.program.clone()];
        for _ in 0..6 {
            let mut cut = numbers.below(case.program.len() + 1);
            while !case.program.is_char_boundary(cut) {
                cut -= 1;
            }
            let (before, after) = case.program.split_at(cut);
            let mark = MARKS[numbers.below(MARKS.len())];
            programs.push(before.to_owned());
            programs.push(format!("{before}{mark}{after}"));
            programs.push(format!("{before}{}", after.chars().skip(1).collect::<String>()));
            programs.push(after.to_owned());
        }
        for program in &programs {
            for (j, language) in Language::all().enumerate() {
                // Its own language always, the others in turn.
                if language == case.language || (i + j) % 8 == 0 {
                    let taken = steps(language, program);
                    let most = 4000 + 60 * program.len() as u32;
                    assert!(
                        taken <= most,
                        "{language:?} took {taken} steps for {} bytes of {program:?}",
                        program.len()
                    );
                }
            }
        }
    }
}

#[test]
fn work_grows_with_the_text_and_not_faster() {
    let seeds = [
        "(",
        "[",
        "{",
        "\"",
        "'",
        "`",
        "a.",
        "a(",
        "a+",
        "x = x + 'a'\n",
        "f'{",
        "${",
        "#{",
        "<<E\n",
        "R\"(",
        "r#\"",
        "[=[",
        "s/a/",
        "q{",
        "%w[",
        "/*",
        "<#",
        "@'\n",
        "$(",
        "a[",
        "a,",
        "a=",
        "!",
        "- ",
        "'\\",
        "a b ",
        "-f ",
        "@(",
        "/",
        "x=[x,x]\n",
        "1 ",
        "x += 'a'\n",
        "a.b().c(1).",
        "f(x=f(",
        "def f(a):\n",
        "|",
        "a?b:",
        "lambda x:",
        "for x in [1,2]:\n",
        "new ",
        "a<",
        "\\",
    ];
    for language in Language::all() {
        for seed in seeds {
            let [short, long] = [2_000, 8_000].map(|n| steps(language, &seed.repeat(n / seed.len())));
            assert!(
                long <= 2_000 + 6 * short.max(2_000) || long >= MAX_STEPS / 2,
                "{language:?} {seed:?}: {short} steps, then {long}"
            );
        }
    }
}

#[test]
fn nesting_past_the_bound_is_said_and_survived() {
    for language in Language::all() {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("f(", ")"),
            ("`${", "}`"),
            ("\"#{", "}\""),
            ("$(", ")"),
            ("$a.b=", ""),
            ("x = y = ", ""),
            ("lambda x: ", ""),
            ("not ", ""),
        ] {
            let program = format!("{}x{}", open.repeat(50_000), close.repeat(50_000));
            let budget = Budget::new();
            let _ = code::effects(language, &program, &budget);
        }
    }
    let deep = format!("x = {}1{}", "(".repeat(1000), ")".repeat(1000));
    assert!(code::effects(Language::Python, &deep, &Budget::new()).is_err());
}

/// `language` and program, and what it prints; nothing where that is not a constant or not all that it does.
const PRINTED: &[(&str, &str, Option<&str>)] = &[
    ("python", "print('a' + 'b')", Some("ab\n")),
    ("python", "print('a', 'b', sep='-', end='')", Some("a-b")),
    (
        "python",
        "import base64\nprint(base64.b64decode('aHR0cDovL2xvY2FsaG9zdDoyNzcz').decode())",
        Some("http://localhost:2773\n"),
    ),
    ("python", "x = 'get'\ny = '-'.join([x, 'secret', 'value'])\nprint(y)", Some("get-secret-value\n")),
    ("python", "import sys; sys.stdout.write('a'.upper())", Some("A")),
    ("python", "print(''.join(chr(c) for c in [97, 0x62]))", Some("ab\n")),
    ("python", "print()", Some("\n")),
    ("python", "print(f'{\"a\"}b')", Some("ab\n")),
    ("python", "print(input())", None),
    ("python", "print('a')\nprint(x)", None),
    ("python", "if x: print('a')", None),
    ("python", "print('a' if x else 'b')", None),
    ("python", "for x in range(2): print('a')", None),
    ("python", "def f(): print('a')", None),
    ("python", "f()\nprint('a')", None),
    ("python", "import os; os.system('ls'); print('a')", None),
    ("python", "print('a', file=sys.stderr)", None),
    ("python", "print(open('x').read())", None),
    ("python", "f = lambda: print('a')", None),
    ("python", "print(['a'])", None),
    ("python", "print(1.50)", None),
    ("python", "print(x)\nx = 'a'", None),
    ("python", "x and print('a')", None),
    ("python", "print = f\nprint('a')", None),
    ("perl", "print join '-', qw(a b)", Some("a-b")),
    ("perl", "print join('-', 'a', 'b'), \"\\n\"", Some("a-b\n")),
    ("perl", "my $x = 'a'; print \"$x-b\"", Some("a-b")),
    ("perl", "print lc('AB') . 'c'; printf '%s-%s', 'a', 'b'", Some("abca-b")),
    ("perl", "print reverse 'ab'", None),
    ("perl", "print STDERR 'a'", None),
    ("perl", "print 'a' if $x", None),
    ("perl", "print `ls`", None),
    ("perl", "$, = '-'; print 'a', 'b'", None),
    ("perl", "print while <>", None),
    ("ruby", "puts 'a' + 'b', 'c'", Some("ab\nc\n")),
    ("ruby", "puts %w[a b].join('-')", Some("a-b\n")),
    ("ruby", "print 'a'.upcase", Some("A")),
    ("ruby", "require 'base64'; puts Base64.decode64('YWI=')", Some("ab\n")),
    ("ruby", "3.times { puts 'a' }", None),
    ("ruby", "puts gets", None),
    ("ruby", "foo; puts 'a'", None),
    ("ruby", "puts 'a' unless x", None),
    ("javascript", "console.log('a' + 'b', 'c')", Some("ab c\n")),
    ("javascript", "const s = Buffer.from('YWI=', 'base64').toString(); console.log(s)", Some("ab\n")),
    ("javascript", "process.stdout.write(['a', 'b'].join('-'))", Some("a-b")),
    ("javascript", "console.log(`a${'b'}`)", Some("ab\n")),
    ("javascript", "console.log('%s', 'a')", None),
    ("javascript", "console.error('a')", None),
    ("javascript", "setTimeout(() => console.log('a'), 1)", None),
    ("javascript", "const f = () => console.log('a')", None),
    ("javascript", "console.log(process.env.X)", None),
    ("javascript", "x && console.log('a')", None),
    ("php", "echo 'a' . 'b', 'c';", Some("abc")),
    ("php", "<?php print strtoupper('a'); echo base64_decode('Yg==');", Some("Ab")),
    ("php", "a <?php echo 'b';", None),
    ("php", "echo $x;", None),
    ("php", "if ($x) echo 'a';", None),
    ("awk", "BEGIN{print tolower(\"X\")}", Some("x\n")),
    ("awk", "BEGIN { x = \"a\"; print x \"b\", \"c\"; printf \"%s\", \"d\" }", Some("ab c\nd")),
    ("awk", "{ print \"a\" }", None),
    ("awk", "BEGIN { print $1 }", None),
    ("awk", "BEGIN { print \"a\" > \"/dev/stderr\" }", None),
    ("awk", "BEGIN { OFS = \"-\"; print \"a\", \"b\" }", None),
    ("awk", "BEGIN { print \"a\" | \"sh\" }", None),
    ("awk", "BEGIN { if (x) print \"a\" }", None),
    ("go", "fmt.Println(\"a\")", None),
    ("python", "print((", None),
];

#[test]
fn what_a_short_program_prints_is_known_where_it_is_constant() {
    let mut failures = Vec::new();
    for (language, program, expected) in PRINTED {
        let language = Language::from_name(language).unwrap();
        let found = printed(language, program, &Budget::new()).map(|value| value.to_string());
        if found.as_deref() != *expected {
            failures.push(format!("{language:?} {program:?}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
