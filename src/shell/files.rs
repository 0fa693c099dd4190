//! Files that the command itself has written.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::value::Value;

/// Files that the command itself has written, by path, shared by every shell in it.
#[derive(Debug, Clone, Default)]
pub struct Files(Rc<RefCell<Written>>);

#[derive(Debug, Default)]
struct Written {
    texts: HashMap<String, Value>,
    /// The path that was last written under each name.
    paths: HashMap<String, String>,
}

impl Files {
    /// What a file holds, where this command wrote it. A path that is spelled otherwise but ends in the same
    /// name counts as the same file: the directory is often not known.
    pub fn get(&self, path: &str) -> Option<Value> {
        let written = self.0.borrow();
        if written.texts.is_empty() {
            return None;
        }
        let path = normal(path);
        let by_name = || written.texts.get(written.paths.get(base_name(path))?);
        written.texts.get(path).or_else(by_name).cloned()
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: Value) {
        let mut written = self.0.borrow_mut();
        let path = normal(path);
        written.paths.insert(base_name(path).to_owned(), path.to_owned());
        written.texts.insert(path.to_owned(), text);
    }

    /// Appends to a file; one that was not written here begins unknown and is then only what is appended.
    pub fn append(&self, path: &str, text: Value) {
        let before = self.0.borrow_mut().texts.remove(normal(path)).unwrap_or_else(|| Value::from(""));
        self.write(path, before.concat(text));
    }

    /// Removes what is known of a file and returns it.
    pub fn take(&self, path: &str) -> Option<Value> {
        self.0.borrow_mut().texts.remove(normal(path))
    }

    /// Paths that match a glob.
    pub fn matching(&self, glob: &str) -> Vec<String> {
        let written = self.0.borrow();
        let matches = |path: &&String| super::pattern::matches(glob, path);
        let mut paths: Vec<String> = written.texts.keys().filter(matches).cloned().collect();
        paths.sort();
        paths
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().texts.is_empty()
    }
}

fn normal(path: &str) -> &str {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
