//! Modules that the command itself wrote, and code that loads them: `import x` beside a fresh `x.py`.
//!
//! What is on disk is not followed: an application's modules are its own. A file that the same call writes is as much the
//! call's as the code that loads it.

use crate::code::{self, Language};
use crate::shell::Invocation;
use crate::value::Value;

/// Modules that are put before the code.
const MAX_MODULES: usize = 8;

/// How a language's files end, and what stands before a module's name in code that loads it. `%` is the name without the
/// ending, `&` the path as it is written.
const LOADERS: &[(Language, &[&str], &[&str])] = &[
    (
        Language::Python,
        &[".py"],
        &[
            "import_module('%",
            "import_module(\"%",
            "__import__('%",
            "__import__(\"%",
            "run_path('&",
            "run_path(\"&",
            "run_module('%",
            "run_module(\"%",
            "exec(open('&",
            "exec(open(\"&",
            "exec(compile(open('&",
            "exec(compile(open(\"&",
            "exec(Path('&",
            "exec(Path(\"&",
            "exec(pathlib.Path('&",
            "exec(pathlib.Path(\"&",
        ],
    ),
    (
        Language::JavaScript,
        &[".js", ".mjs", ".cjs", ".ts", ".mts"],
        &[
            "/%'", "/%\"", "/%.js'", "/%.js\"", "/%.mjs'", "/%.mjs\"", "/%.cjs'", "/%.cjs\"", "/%.ts'",
            "/%.ts\"",
        ],
    ),
    (
        Language::Ruby,
        &[".rb"],
        &["/%'", "/%\"", "require_relative '%", "require_relative \"%", "load '&", "load \"&"],
    ),
    (Language::Php, &[".php"], &["/%.php'", "/%.php\"", "'%.php'", "\"%.php\""]),
    (Language::Perl, &[".pl", ".pm"], &["do '&", "do \"&", "require '&", "require \"&", "use %"]),
];

/// The text of those modules, each before the code that loads it; none where it loads nothing that the command wrote.
pub(super) fn loaded(language: Language, code: &str, invocation: &Invocation) -> Option<String> {
    if invocation.files.is_empty() {
        return None;
    }
    let (_, endings, loaders) = LOADERS.iter().find(|(known, ..)| *known == language)?;
    // What is loaded is replaced in part.
    if language == Language::Python && code::brings_mock(code) {
        return None;
    }
    let mut before = String::new();
    let mut found = 0;
    for ending in *endings {
        for path in invocation.files.matching_rule(&format!("*{ending}")) {
            let Some(Value::One(text)) = invocation.files.get(&path) else { continue };
            let Some(text) = text.literal().filter(|text| *text != code) else { continue };
            let file = path.rsplit('/').next().unwrap_or(&path);
            let name = file.strip_suffix(ending).unwrap_or(file);
            let loads = |loader: &&str| {
                let sought = loader.replace('%', name);
                let (sought, whole) = match sought.strip_suffix('&') {
                    Some(start) => (start.to_owned(), true),
                    None => (sought, false),
                };
                code.match_indices(&sought).any(|(at, _)| {
                    let rest = &code[at + sought.len()..];
                    match whole {
                        true => rest.split(['\'', '"']).next().is_some_and(|path| path.ends_with(file)),
                        false => !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'),
                    }
                })
            };
            let named = || language == Language::Python && imports(code, name);
            if found < MAX_MODULES && (named() || loaders.iter().any(loads)) {
                found += 1;
                before.push_str(text);
                before.push('\n');
            }
        }
    }
    (found > 0).then(|| before + code)
}

/// Whether Python code has a statement that imports a module of this name, or something out of it.
fn imports(code: &str, name: &str) -> bool {
    let is_it =
        |path: &str| path.split_whitespace().next().is_some_and(|path| path.rsplit('.').next() == Some(name));
    code.split(['\n', ';']).map(str::trim_start).any(|statement| {
        if let Some(modules) = statement.strip_prefix("import ") {
            return modules.split(',').any(is_it);
        }
        let Some((module, names)) =
            statement.strip_prefix("from ").and_then(|rest| rest.split_once(" import "))
        else {
            return false;
        };
        is_it(module) || names.trim_matches(['(', ')']).split(',').any(is_it)
    })
}
