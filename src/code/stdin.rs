//! What a program reads from its standard input, put in its place where it is known: `sys.stdin.read()` becomes the
//! text, so that the program is understood like one that holds it.

use std::sync::OnceLock;

use regex::{NoExpand, Regex};

use super::language::Language;

/// A longer text is not put into code.
const MAX_INPUT: usize = 1 << 14;

const PYTHON_ALL: &str =
    r#"(?:\bsys\.)?\bstdin(?:\.buffer)?\.read\(\s*\)|\bopen\(\s*(?:0|['"]/dev/stdin['"])\s*\)\.read\(\s*\)"#;
const PYTHON_LINE: &str = r"(?:\bsys\.)?\bstdin\.readline\(\s*\)|\binput\(\s*\)";
const PYTHON_LINES: &str = r"(?:\bsys\.)?\bstdin\.readlines\(\s*\)|\bin\s+(?:sys\.)?stdin\b";
const JAVASCRIPT_ALL: &str = r#"(?:\brequire\(\s*['"](?:node:)?fs['"]\s*\)|\bfs)\.readFileSync\(\s*(?:0|['"]/dev/stdin['"]|process\.stdin\.fd)\s*(?:,[^)]*)?\)(?:\.toString\([^)]*\))?"#;
const RUBY_ALL: &str = r"(?:\bSTDIN|\$stdin|\bARGF|\$<)\.read\b";
const RUBY_LINE: &str = r"(?:(?:\bSTDIN|\$stdin|\bARGF)\.)?\bgets\b";
const PERL_LINE: &str = r"<(?:STDIN)?>";
const TOPIC: &str = r"\$_\b";

/// The code with `input` where it reads its standard input; None where it reads none, or in a way of its own.
pub fn with_input(language: Language, code: &str, input: &str) -> Option<String> {
    if !reads_input(language, code) || input.is_empty() || input.len() > MAX_INPUT {
        return None;
    }
    let first = input.split_inclusive('\n').next().unwrap_or(input);
    let one_line = first.len() == input.len();
    let quoted = |text: &str| quoted(language, text);
    let mut out = code.to_owned();
    let mut put = |pattern: &'static str, cell: &'static OnceLock<Regex>, text: &str| {
        let regex = cell.get_or_init(|| Regex::new(pattern).expect("it is checked by the test below"));
        if regex.is_match(&out) {
            out = regex.replace_all(&out, NoExpand(text)).into_owned();
        }
    };
    static CELLS: [OnceLock<Regex>; 7] = [const { OnceLock::new() }; 7];
    match language {
        Language::Python => {
            put(PYTHON_ALL, &CELLS[0], &quoted(input));
            put(PYTHON_LINE, &CELLS[1], &quoted(first.trim_end_matches('\n')));
            let lines: Vec<String> = input.split_inclusive('\n').map(quoted).collect();
            put(PYTHON_LINES, &CELLS[2], &format!("in [{}]", lines.join(", ")));
        }
        Language::JavaScript => put(JAVASCRIPT_ALL, &CELLS[3], &quoted(input)),
        Language::Ruby => {
            put(RUBY_ALL, &CELLS[4], &quoted(input));
            put(RUBY_LINE, &CELLS[5], &quoted(first));
        }
        // One line, or all of them: it depends on the place, and is the same where there is one.
        Language::Perl if one_line => put(PERL_LINE, &CELLS[6], &quoted(input)),
        _ => {}
    }
    (out != code).then_some(out)
}

/// The code of one turn of `perl -ne`, with the line in place of `$_`.
pub fn with_line(language: Language, code: &str, line: &str) -> Option<String> {
    static CELL: OnceLock<Regex> = OnceLock::new();
    if !matches!(language, Language::Perl | Language::Ruby) || !code.contains("$_") || line.len() > MAX_INPUT
    {
        return None;
    }
    let regex = CELL.get_or_init(|| Regex::new(TOPIC).expect("it is checked by the test below"));
    // In a text of double quotes or backticks the line itself is what stands there.
    let mut out = String::new();
    let mut copied = 0;
    for found in regex.find_iter(code) {
        let before = &code[..found.start()];
        let inside = |quote: char| before.matches(quote).count() % 2 == 1;
        out.push_str(&code[copied..found.start()]);
        if inside('`') || inside('"') {
            out.push_str(line.trim_end_matches('\n'));
        } else {
            out.push_str(&quoted(language, line));
        }
        copied = found.end();
    }
    out.push_str(&code[copied..]);
    Some(out)
}

/// Whether the code may read its standard input at all: no expression is compiled for one that does not.
fn reads_input(language: Language, code: &str) -> bool {
    let marks: &[&str] = match language {
        Language::Python => &["stdin", "input(", "open(0)"],
        Language::JavaScript => &["readFileSync"],
        Language::Ruby => &["STDIN", "stdin", "ARGF", "gets", "$<"],
        Language::Perl => &["<STDIN>", "<>"],
        _ => &[],
    };
    marks.iter().any(|mark| code.contains(mark))
}

/// A text as the language writes one.
fn quoted(language: Language, text: &str) -> String {
    let plain = text.replace('\\', "\\\\").replace('\'', "\\'");
    match language {
        // Single quotes hold lines as they are.
        Language::Perl | Language::Ruby => format!("'{plain}'"),
        _ => format!("'{}'", plain.replace('\n', "\\n").replace('\r', "\\r")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_stands_where_it_is_read() {
        use Language::{JavaScript, Perl, Python, Ruby};
        for (language, code, input, expected) in [
            (Python, "print(sys.stdin.read()[::-1])", "a'b\n", Some(r"print('a\'b\n'[::-1])")),
            (Python, "print(open(0).read())", "x", Some("print('x')")),
            (Python, "for l in sys.stdin: f(l)", "a\nb\n", Some(r"for l in ['a\n', 'b\n']: f(l)")),
            (Python, "f(input())", "a\nb\n", Some("f('a')")),
            (Python, "f(1)", "a", None),
            (JavaScript, "f(require('fs').readFileSync(0, 'utf8'))", "x\n", Some(r"f('x\n')")),
            (JavaScript, "f(fs.readFileSync('/dev/stdin').toString())", "x", Some("f('x')")),
            (JavaScript, "f(fs.readFileSync('x.txt'))", "x", None),
            (Ruby, "system(STDIN.read)", "x", Some("system('x')")),
            (Ruby, "system gets", "x\n", Some("system 'x\n'")),
            (Perl, "system(<STDIN>)", "x\n", Some("system('x\n')")),
        ] {
            assert_eq!(with_input(language, code, input).as_deref(), expected, "{code}");
        }
        assert_eq!(with_line(Perl, "system($_)", "x").as_deref(), Some("system('x')"));
        assert_eq!(with_line(Perl, "print `$_`", "x\n").as_deref(), Some("print `x`"));
        for pattern in
            [PYTHON_ALL, PYTHON_LINE, PYTHON_LINES, JAVASCRIPT_ALL, RUBY_ALL, RUBY_LINE, PERL_LINE, TOPIC]
        {
            assert!(Regex::new(pattern).is_ok(), "{pattern}");
        }
    }
}
