//! Calls that someone asks for: those of functions by name, and those that change files.

use std::rc::Rc;

use super::EffectKind;
use super::language::Language;
use super::object::{Args, Object, Val};
use super::reader::Reader;
use crate::shell::pattern;
use crate::value::{Text, Value};

/// What is looked for in code beyond what always is.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Globs over the dotted paths of functions whose calls are effects.
    pub calls: Vec<String>,
    /// Whether the change of a file is one.
    pub writes: bool,
}

/// How a call changes a file: at which places its path and its text are.
#[derive(Debug, Clone, Copy)]
enum Does {
    Writes(usize, usize),
    /// Opens it with a mode that says whether it is written.
    Opens(usize, usize),
    Removes(usize),
    Moves(usize, usize),
    Copies(usize, usize),
    Mode(usize),
    /// The object was made with the path.
    WritesItself,
    OpensItself,
    RemovesItself,
}

/// Calls that change files. A name with a dot is the end of a path, `*.name` any member of that name, and a name alone
/// is a function of the language.
const CHANGING: &[(&str, Does)] = &[
    ("io.open|codecs.open|File.open|File.new|IO.open", Does::Opens(0, 1)),
    ("fopen|open", Does::Opens(0, 1)),
    ("*.write_text|write_bytes", Does::WritesItself),
    ("Path().open", Does::OpensItself),
    ("Path().unlink|Path().rmdir", Does::RemovesItself),
    ("os.remove|os.unlink|os.rmdir|os.removedirs|shutil.rmtree", Does::Removes(0)),
    ("os.rename|os.renames|os.replace|shutil.move", Does::Moves(0, 1)),
    ("shutil.copy|shutil.copy2|shutil.copyfile|shutil.copytree|os.symlink|os.link", Does::Copies(0, 1)),
    ("os.chmod|os.chown|os.lchmod", Does::Mode(0)),
    ("*.writeFileSync|writeFile|appendFileSync|appendFile|outputFile|outputFileSync", Does::Writes(0, 1)),
    (
        "*.writeTextFile|writeTextFileSync|writeJson|writeJsonSync|outputJson|createWriteStream",
        Does::Writes(0, 1),
    ),
    ("Bun.write|File.write|File.binwrite|IO.write|os.WriteFile|ioutil.WriteFile", Does::Writes(0, 1)),
    (
        "fs.unlink|fs.unlinkSync|fs.rm|fs.rmSync|fs.rmdir|fs.rmdirSync|fs.remove|fs.removeSync",
        Does::Removes(0),
    ),
    (
        "promises.unlink|promises.rm|promises.rmdir|Deno.remove|Deno.removeSync|os.Remove|os.RemoveAll",
        Does::Removes(0),
    ),
    (
        "fs.rename|fs.renameSync|promises.rename|Deno.rename|os.Rename|File.rename|FileUtils.mv",
        Does::Moves(0, 1),
    ),
    (
        "fs.copyFile|fs.copyFileSync|fs.cp|fs.cpSync|promises.copyFile|promises.cp|FileUtils.cp",
        Does::Copies(0, 1),
    ),
    (
        "fs.symlink|fs.symlinkSync|fs.link|fs.linkSync|File.symlink|FileUtils.ln_s|os.Symlink",
        Does::Copies(0, 1),
    ),
    ("fs.chmod|fs.chmodSync|promises.chmod|os.Chmod", Does::Mode(0)),
    ("File.chmod|FileUtils.chmod", Does::Mode(1)),
    ("File.delete|File.unlink|FileUtils.rm|FileUtils.rm_f|FileUtils.rm_r|FileUtils.rm_rf", Does::Removes(0)),
    ("fs.truncate|fs.truncateSync|os.truncate|os.Create|os.Truncate", Does::Writes(0, usize::MAX)),
    ("file_put_contents", Does::Writes(0, 1)),
    ("*.WriteAllText|WriteAllLines|WriteAllBytes|AppendAllText|AppendAllLines", Does::Writes(0, 1)),
    ("File.Delete|Directory.Delete", Does::Removes(0)),
    ("unlink|rmdir", Does::Removes(0)),
    ("rename", Does::Moves(0, 1)),
    ("copy|symlink", Does::Copies(0, 1)),
];

impl Reader<'_> {
    /// Notes a call that someone asks for.
    pub(super) fn wanted_call(&mut self, wanted: &Rc<Wanted>, callee: &Object, args: &Args, start: usize) {
        if !self.scope.for_effects {
            return;
        }
        if wanted.calls.iter().any(|glob| pattern::matches(glob, &callee.path)) {
            let given = args.positional.iter().chain(args.named.iter().map(|(_, value)| value));
            let arguments = given.map(Val::value).collect();
            self.emit(EffectKind::Call { path: callee.path.clone(), arguments }, start);
        }
        let does = CHANGING.iter().find(|(names, _)| is_one(names, &callee.path)).map(|(_, does)| *does);
        if let Some(does) = does.filter(|_| wanted.writes) {
            for kind in self.changes(does, callee, args) {
                self.emit(kind, start);
            }
        }
    }

    fn changes(&self, does: Does, callee: &Object, args: &Args) -> Vec<EffectKind> {
        let paths = |at: usize| -> Vec<Value> {
            match args
                .positional
                .get(at)
                .or_else(|| args.by_name(&["file", "path", "src"]).filter(|_| at == 0))
            {
                Some(Val::List(list, _)) => list.iter().map(Val::value).collect(),
                Some(path) => vec![super::file::file(path)],
                None => Vec::new(),
            }
        };
        let itself = || -> Vec<Value> {
            let made = callee.receiver.as_ref().and_then(Val::object);
            made.and_then(|made| made.args.positional.first()).map(super::file::file).into_iter().collect()
        };
        let text = |at: usize| args.positional.get(at).map_or_else(unknown_text, Val::value);
        let written = |paths: Vec<Value>, text: Value| -> Vec<EffectKind> {
            paths.into_iter().map(|path| EffectKind::Write { path, text: text.clone() }).collect()
        };
        let removed = |paths: Vec<Value>| paths.into_iter().map(EffectKind::Remove).collect::<Vec<_>>();
        let contents = |from: &[Value]| {
            let name = from.first().map(|path| path.alternatives()[0].to_string()).unwrap_or_default();
            Value::unknown(format!("contents of {name}"))
        };
        let is_written = |at: usize| {
            let mode = args.get(at, &["mode"]).and_then(Val::literal);
            mode.is_some_and(|mode| mode.len() <= 12 && mode.contains(['w', 'a', 'x', '+', '>']))
        };
        match does {
            // Perl has its handle before the mode, and the path behind that.
            Does::Opens(..) if self.language == Language::Perl => {
                if is_written(1) {
                    written(paths(2), unknown_text())
                } else {
                    Vec::new()
                }
            }
            Does::Opens(path, mode) if is_written(mode) => written(paths(path), unknown_text()),
            Does::OpensItself if is_written(0) => written(itself(), unknown_text()),
            Does::Opens(..) | Does::OpensItself => Vec::new(),
            Does::Writes(path, usize::MAX) => written(paths(path), Value::from("")),
            Does::Writes(path, at) => written(paths(path), text(at)),
            Does::WritesItself => written(itself(), text(0)),
            Does::Removes(path) => removed(paths(path)),
            Does::RemovesItself => removed(itself()),
            Does::Copies(from, to) => written(paths(to), contents(&paths(from))),
            Does::Moves(from, to) => {
                let from = paths(from);
                let mut changes = written(paths(to), contents(&from));
                changes.extend(removed(from));
                changes
            }
            Does::Mode(path) => paths(path).into_iter().map(EffectKind::Mode).collect(),
        }
    }
}

/// What a file gets whose writing the call alone does not tell.
fn unknown_text() -> Value {
    Value::One(Text::unknown("what code writes"))
}

fn is_one(names: &str, path: &str) -> bool {
    let (any, names) = match names.strip_prefix("*.") {
        Some(names) => (true, names),
        None => (false, names),
    };
    let ends = |name: &str| {
        let before = path.strip_suffix(name);
        before.is_some_and(|before| {
            before.is_empty() || before.ends_with(['.', '/']) && (any || name.contains('.'))
        })
    };
    names.split('|').any(ends)
}

#[cfg(test)]
mod tests {
    use super::super::{effects_with, language::Language};
    use super::*;
    use crate::bounds::Budget;

    fn shown(language: Language, code: &str, wanted: Wanted) -> String {
        let effects = effects_with(language, code, &Budget::new(), Some(Rc::new(wanted))).unwrap();
        let text = |value: &Value| value.alternatives()[0].to_string();
        let shown = effects.iter().filter_map(|effect| match &effect.kind {
            EffectKind::Call { path, arguments } => {
                Some(format!("{path}({})", arguments.iter().map(text).collect::<Vec<_>>().join(", ")))
            }
            EffectKind::Write { path, text: written } => Some(format!("{} < {}", text(path), text(written))),
            EffectKind::Remove(path) => Some(format!("-{}", text(path))),
            EffectKind::Mode(path) => Some(format!("mode {}", text(path))),
            _ => None,
        });
        shown.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn calls_are_found_by_their_names() {
        let wanted = |glob: &str| Wanted { calls: vec![glob.to_owned()], writes: false };
        use Language::{JavaScript, Python, Ruby};
        for (language, glob, code, expected) in [
            (
                Python,
                "shutil.rmtree",
                "import shutil\nshutil.rmtree('/srv/' + 'data')",
                "shutil.rmtree(/srv/data)",
            ),
            (
                Python,
                "shutil.*",
                "from shutil import rmtree as r\nr('/x', ignore_errors=True)",
                "shutil.rmtree(/x, ‹True›)",
            ),
            (Python, "shutil.rmtree", "print('shutil.rmtree(1)') # shutil.rmtree(2)", ""),
            (JavaScript, "fs.rm*", "require('fs').rmSync(`/srv`)", "fs.rmSync(/srv)"),
            (Ruby, "*.destroy_all", "User.destroy_all()", "User.destroy_all()"),
        ] {
            assert_eq!(shown(language, code, wanted(glob)), expected, "{code}");
        }
    }

    #[test]
    fn changes_of_files_are_found() {
        use Language::{Go, JavaScript, Perl, Php, Python, Ruby};
        for (language, code, expected) in [
            (Python, "open('a', 'w').write('x')", "a < ‹what code writes›"),
            (Python, "open('a').read(); open('b', 'rb')", ""),
            (Python, "from pathlib import Path\nPath('a').write_text('x')", "a < x"),
            (Python, "import pathlib\npathlib.Path('a').unlink()", "-a"),
            (Python, "import os; os.remove('a'); os.chmod('b', 0o644)", "-a; mode b"),
            (Python, "import os; os.rename('a', 'b')", "b < ‹contents of a›; -a"),
            (JavaScript, "const fs = require('fs'); fs.writeFileSync('a', 'x' + 'y')", "a < xy"),
            (JavaScript, "import { rmSync } from 'node:fs'; rmSync('a')", "-a"),
            (JavaScript, "await fs.promises.writeFile('a', d)", "a < ‹d›"),
            (JavaScript, "map.remove('a'); store.rename('a', 'b')", ""),
            (Ruby, "File.write('a', 'x'); FileUtils.rm_rf('b')", "a < x; -b"),
            (Php, "file_put_contents('a', 'x'); unlink('b');", "a < x; -b"),
            (Perl, "open(my $f, '>', 'a'); unlink 'b';", "a < ‹what code writes›; -b"),
            (Go, "os.WriteFile(\"a\", data, 0644)", "a < ‹data›"),
        ] {
            assert_eq!(shown(language, code, Wanted { calls: Vec::new(), writes: true }), expected, "{code}");
        }
    }
}
