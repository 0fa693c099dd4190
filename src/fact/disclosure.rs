//! Code of another language that prints a value: where it reads one, and whether what it prints holds it.
//!
//! A value comes into a program by its environment, its arguments, its standard input or a file. Each place that
//! reads one is replaced by the veiled value, as a string; then the code is looked at as if it were written there.

use std::sync::OnceLock;

use regex::{NoExpand, Regex};

use super::veil;
use crate::code::{self, Language};
use crate::shell::Invocation;
use crate::trace::Trace;
use crate::value::{Text, Value};

/// A longer program is not searched.
const MAX_CODE: usize = 1 << 16;

/// Whether programs of a language are searched: those that are programs of their own, not commands of another.
pub(super) fn is_read(language: Language) -> bool {
    !matches!(language, Language::Sed | Language::Sql | Language::Make | Language::Vim | Language::Gdb)
}

/// Where a program gets what from.
pub(super) struct Sources<'a> {
    pub(super) invocation: &'a Invocation,
    /// The arguments behind the code.
    pub(super) arguments: &'a [Text],
    /// Whether the environment holds values under names that are not known.
    pub(super) environment: bool,
}

/// The code with the values that it reads in their places; None where it reads none and holds none.
pub(super) fn with_values(code: &str, sources: &Sources) -> Option<String> {
    if code.len() > MAX_CODE {
        return None;
    }
    let mut out = code.to_owned();
    let mut put = |pattern: &str, value: &Text| {
        let Ok(regex) = Regex::new(pattern) else { return };
        // A value has no quote in it, whichever surrounds the place.
        out = regex.replace_all(&out, NoExpand(&format!("'{value}'"))).into_owned();
    };
    let holding = |value: &Value| value.alternatives().iter().find(|text| veil::is_in(text)).cloned();
    let invocation = sources.invocation;
    for (name, value) in &invocation.environment {
        if let Some(value) = holding(value) {
            put(&variable(name), &value);
        }
    }
    if let Some(value) = sources.arguments.iter().find(|word| veil::is_in(word)) {
        put(ARGUMENTS, value);
    }
    if veil::is_in(&invocation.stdin) {
        put(INPUT, &invocation.stdin);
    }
    if !invocation.files.is_empty() {
        for path in quoted(code) {
            if let Some(value) = invocation.files.get(path).as_ref().and_then(holding) {
                let path = regex::escape(path);
                put(
                    &format!(
                        r#"[\w.:]*(?i-u:open|read\w*|get_contents)\(\s*['"`]{path}['"`][^)]*\)(?:\.\w+\(\))*"#
                    ),
                    &value,
                );
            }
        }
    }
    if sources.environment {
        out = with_whole_environment(&out);
    }
    veil::is_in(&Text::from(out.as_str())).then_some(out)
}

/// The code with all of its environment in its place, where it names all of it and no single variable.
fn with_whole_environment(code: &str) -> String {
    static WHOLE: OnceLock<Regex> = OnceLock::new();
    let value = format!("'{}'", veil::value("the environment"));
    let mut out = String::new();
    let mut copied = 0;
    for found in regex(&WHOLE, WHOLE_ENVIRONMENT).find_iter(code) {
        let rest = &code[found.end()..];
        let of_one = rest.starts_with(['[', '{', '.']) && !rest.starts_with(".keys");
        if !of_one {
            out.push_str(&code[copied..found.start()]);
            out.push_str(&value);
            copied = found.end();
        }
    }
    out.push_str(&code[copied..]);
    out
}

/// A variable of the environment, as the languages read one.
fn variable(name: &str) -> String {
    let name = regex::escape(name);
    format!(
        r#"(?x) [\w.:\\]* (?i-u:environb?|getenv|getenvironmentvariable|env) (?:\.\w+)? \s* [\[({{] \s* b?['"`]? {name} ['"`]? [^\])}}]* [\])}}]
        | \b (?:process|Bun|import\.meta) \.env \.{name}\b
        | \$ (?:_ENV|_SERVER) \[ ['"] {name} ['"] \]
        | \$ENV\{{ ['"]? {name} ['"]? \}}
        | (?i-u:\$env:{name}\b)"#
    )
}

const WHOLE_ENVIRONMENT: &str = r#"(?x) \bos\.environ\b(?:\.(?:items|values|copy)\(\))? | \bprocess\.env\b | \bENV\b(?:\.(?:to_h|to_a|inspect|map|each\w*))? | %ENV | \$_ENV\b | \bgetenv\(\s*\) | \bDeno\.env\.toObject\(\) | \bENVIRON\b | \bSys\.getenv\(\) | \bos\.Environ\(\)"#;
const ARGUMENTS: &str = r#"(?x) (?:\bsys\.argv | \bprocess\.argv(?:\.slice\(\d*\))? | \bDeno\.args | \$?\bARGV | \$argv | \bos\.Args | \barg) \s* (?:\[[^\]]*\])? | @ARGV | \bshift\b"#;
const INPUT: &str = r#"(?x) \bsys\.stdin(?:\.buffer)?(?:\.\w+\(\))? | \binput\(\s*\) | \bopen\(\s*0\s*\)(?:\.\w+\(\))? | \$?\b(?:STDIN|stdin)(?:\.\w+)? | \bgets\b | <STDIN> | <> | \$<(?:\.\w+)? | \bARGF(?:\.\w+)? | \$_\b | \$0\b | \b\w*readFileSync\(\s*(?:0|['"]/dev/stdin['"])[^)]*\) | \bfile_get_contents\(\s*['"]php://stdin['"]\s*\) | \bio\.read\([^)]*\)"#;

/// Calls that print what they are given, in whichever language.
const PRINTS: &str = r#"(?x) (?:\bp?print(?:f|ln|_r)?\b(?:\.pprint)? | \bsys\.(?:std(?:out|err)(?:\.buffer)?\.write|exit) | \bos\.write | \bconsole\.\w+ | \bstd(?:out|err)\.(?:write|puts|print)\b | \b(?i-u:STD(?:OUT|ERR))\.(?:write|puts|print)\b | \bputs\b | \bpp?(?:\( | \s+[^=\s]) | \becho\b | \bsay\b | \bvar_dump\b | \bwarn\b | \bdie\b | \braise\b | \bthrow\b | \bfmt\.\w*[Pp]rint\w* | \bSystem\.(?:out|err)\.print\w* | (?i-u:\bWrite-(?:Output|Host|Error)) | \bcat\( | \bio\.write)"#;

/// `x = VALUE`, `const {X} = VALUE`, `for k, v in VALUE`; a value begins with a character of its own.
const ASSIGNED_VALUE: &str = r#"(?x) (\w+ | \{[\w,\s]+\}) \s* :?= \s* ['"] [\x{10E000}-\x{10E07F}] | \bfor\s+ \(? (?:const|let|var|my)? \s* ([\w,\s\[\]]+?) \s+ (?:in|of) \s+ ['"] [\x{10E000}-\x{10E07F}]"#;

/// What of a value is not the value: its length, its digest, whether it is there.
const NOT_THE_VALUE: &str = r#"(?x) \blen\( | \b(?:sha\d+|md5|blake2\w|digest|hexdigest|hash|crc32|Digest)\b | \bcreateHash | \bbool\( | \b(?:length|size|strlen|count|empty|isset|defined|type|typeof|isinstance)\b | !! | [!=]= | \bis\s | \bnot\s | \bif\b | \bunless\b | \bin\s | \?\s*['"] | \bkeys\b"#;

fn regex(cell: &'static OnceLock<Regex>, pattern: &str) -> &'static Regex {
    cell.get_or_init(|| Regex::new(pattern).expect("it is checked by the tests below"))
}

/// A value, or a part of one, that the code prints; `code` has the values in their places.
pub(super) fn printed(language: Language, code: &str, trace: &Trace) -> Option<Text> {
    if let Some(printed) = code::printed(language, code, &trace.budget) {
        return printed.alternatives().iter().find(|text| veil::is_in(text)).cloned();
    }
    static CALLS: OnceLock<Regex> = OnceLock::new();
    static OTHERS: OnceLock<Regex> = OnceLock::new();
    let others = regex(&OTHERS, NOT_THE_VALUE);
    let names = names_of_values(code);
    let holds = |argument: &str| {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        veil::is_in(&Text::from(argument)) || argument.split(|c| !word(c)).any(|name| names.contains(&name))
    };
    let calls = regex(&CALLS, PRINTS).find_iter(code);
    calls
        .map(|call| argument(&code[call.end() - usize::from(call.as_str().ends_with('('))..]))
        .find(|argument| holds(argument) && !others.is_match(argument))
        .map(|argument| match veil::is_in(&Text::from(argument)) {
            true => Text::from(argument),
            false => Text::from(veil::value(argument)),
        })
}

/// Variables of the code to which a value itself is assigned, or over which a loop takes it apart.
fn names_of_values(code: &str) -> Vec<&str> {
    static ASSIGNED: OnceLock<Regex> = OnceLock::new();
    let assigned = regex(&ASSIGNED, ASSIGNED_VALUE).captures_iter(code);
    let lists = assigned.filter_map(|found| found.get(1).or(found.get(2))).map(|list| list.as_str());
    lists
        .flat_map(|list| list.split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .filter(|n| !n.is_empty())
        .collect()
}

/// What a call is given: what its parentheses enclose, or the rest of the statement.
fn argument(rest: &str) -> &str {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, c) in rest.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '`', None) => quote = Some(c),
            ('(' | '[' | '{', None) => depth += 1,
            (')' | ']' | '}', None) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &rest[..=at];
                }
            }
            (';' | '\n', None) if depth == 0 => return &rest[..at],
            _ => {}
        }
    }
    rest
}

/// The quoted texts of some code, as far as it takes to find the names of files.
fn quoted(code: &str) -> impl Iterator<Item = &str> {
    code.split(['\'', '"', '`']).skip(1).step_by(2).filter(|path| path.len() < 256).take(64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Files;

    const REFERENCE: &str = "{{resolve:secretsmanager:prod/db}}";

    /// What the code prints of a value in the variable `X`, the file `f`, its argument and its input.
    fn prints(language: Language, code: &str) -> bool {
        let value = veil::resolved(Text::from(REFERENCE));
        let files = Files::default();
        files.write("f", Value::One(value.clone()));
        let invocation = Invocation {
            argv: vec![Text::from("python3")],
            environment: vec![("X".to_owned(), Value::One(value.clone()))],
            stdin: value.clone(),
            files,
            functions: Default::default(),
            captured: false,
        };
        let sources = Sources { invocation: &invocation, arguments: &[value], environment: true };
        with_values(code, &sources).is_some_and(|code| printed(language, &code, &Trace::new()).is_some())
    }

    #[test]
    fn code_that_prints_a_value_is_told_from_code_that_uses_it() {
        use Language::{Awk, JavaScript, Perl, Php, Python, Ruby};
        for (language, code, expected) in [
            (Python, "import os; print(os.environ['X'])", true),
            (Python, "import os\nx = os.environ.get('X', '')\nprint(x)", true),
            (Python, "import os; print(os.getenv('X')[:4])", true),
            (Python, "import os; print(os.environ)", true),
            (Python, "import os, base64; print(base64.b64encode(os.environ[\"X\"].encode()).decode())", true),
            (Python, "import sys; sys.stdout.write(sys.argv[1])", true),
            (Python, "import sys; print(sys.stdin.read())", true),
            (Python, "print(open('f').read())", true),
            (Python, "import os; raise SystemExit(os.environ['X'])", true),
            (Python, "import os; print(len(os.environ['X']))", false),
            (
                Python,
                "import os, hashlib; print(hashlib.sha256(os.environ['X'].encode()).hexdigest())",
                false,
            ),
            (
                Python,
                "import os, psycopg2; psycopg2.connect(password=os.environ['X']); print('connected')",
                false,
            ),
            (Python, "import os; print(os.environ['HOME'])", false),
            (Python, "print('X')", false),
            (Python, "import os; p = os.environ['X']; connect(p)", false),
            (Python, "import os; x = os.environ['X']; print(' '.join(x))", true),
            (Python, "import os\nfor k, v in os.environ.items():\n  print(k, v)", true),
            (Python, "import os; print(os.environb[b'X'])", true),
            (Python, "import os; c = connect(os.environ['X']); print(c.status)", false),
            (JavaScript, "const {X} = process.env; console.log(X)", true),
            (Python, "import os; print('X' in os.environ)", false),
            (Python, "import os; print(f\"{os.environ['X']}\")", true),
            (JavaScript, "console.log(process.env.X)", true),
            (JavaScript, "console.log(Buffer.from(process.env['X']).toString('base64'))", true),
            (JavaScript, "process.stdout.write(require('fs').readFileSync(0, 'utf8'))", true),
            (JavaScript, "console.log(process.env)", true),
            (
                JavaScript,
                "fetch('https://a', {headers: {a: process.env.X}}).then(r => console.log(r.status))",
                false,
            ),
            (JavaScript, "console.log(process.env.X ? 'set' : 'missing')", false),
            (JavaScript, "console.log(process.env.HOME)", false),
            (Ruby, "puts ENV['X']", true),
            (Ruby, "p ENV['X']", true),
            (Perl, "die unless $ENV{X}", false),
            (Ruby, "puts ENV.fetch('X').reverse", true),
            (Perl, "print $ENV{X}", true),
            (Perl, "print \"$ENV{X}\\n\"", true),
            (Php, "echo getenv('X');", true),
            (Awk, "BEGIN { print ENVIRON[\"X\"] }", true),
        ] {
            assert_eq!(prints(language, code), expected, "{code}");
        }
    }

    #[test]
    fn every_pattern_compiles() {
        let name = variable("DB_PASSWORD");
        for pattern in
            [WHOLE_ENVIRONMENT, ARGUMENTS, INPUT, PRINTS, NOT_THE_VALUE, ASSIGNED_VALUE, name.as_str()]
        {
            assert!(Regex::new(pattern).is_ok(), "{:?}", Regex::new(pattern));
            // What ships has no tables of Unicode's cases, as the crates that tests use ask for.
            assert!(!pattern.contains("(?i:"), "write (?i-u:…): {pattern}");
        }
    }
}
