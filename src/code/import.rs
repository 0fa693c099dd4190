//! Imports: under which names a program knows the modules it uses.

use super::language::Language;
use super::object::Val;
use super::reader::Reader;
use super::token::{Kind, Part};
use crate::bounds::Exceeded;

impl<'t> Reader<'t> {
    /// Reads an import; false where the word here is none in this language, and nothing was read.
    pub(super) fn import(&mut self) -> Result<bool, Exceeded> {
        let word = self.word_at(0);
        match (self.language, word) {
            (Language::Python, "import") => self.python_import(""),
            (Language::Python, "from") => {
                self.at += 1;
                let module = self.dotted();
                if self.word_at(0) == "import" {
                    self.python_import(&module)?;
                }
                Ok(())
            }
            (Language::JavaScript, "import") if !matches!(self.word_at(1), "(" | ".") => {
                self.javascript_import()
            }
            (Language::Go | Language::Java | Language::Kotlin, "import") => self.leaf_import(),
            (Language::Rust | Language::Php | Language::Perl, "use") if self.word_at(1) != "(" => {
                self.leaf_import()
            }
            _ => return Ok(false),
        }?;
        Ok(true)
    }

    /// Names joined by dots or their kin.
    fn dotted(&mut self) -> String {
        let mut path = String::new();
        while let Some(token) = self.peek(0) {
            let word = self.word(token);
            match token.kind {
                Kind::Name if word == "import" || path.len() > 200 => break,
                Kind::Name if path.is_empty() || path.ends_with('.') => path.push_str(word),
                Kind::Punct if matches!(word, "." | "::" | "\\" | "..." | "..") => {
                    if !path.is_empty() && !path.ends_with('.') {
                        path.push('.');
                    }
                }
                _ => break,
            }
            self.at += 1;
        }
        path
    }

    /// `import a.b as c, d`, or behind `from m`: `import (a as b, c)`.
    fn python_import(&mut self, module: &str) -> Result<(), Exceeded> {
        self.at += 1;
        let bracket = self.word_at(0) == "(";
        self.at += usize::from(bracket);
        loop {
            self.budget.step()?;
            if bracket {
                self.skip_newlines();
            }
            let name = self.dotted();
            if name.is_empty() {
                break;
            }
            let path = if module.is_empty() { name.clone() } else { format!("{module}.{name}") };
            if self.word_at(0) == "as" && self.is_name(1) {
                let own = self.word_at(1);
                self.scope.assign(own, Val::path(path));
                self.at += 2;
            } else if !module.is_empty() {
                self.scope.assign(&name, Val::path(path));
            }
            if bracket {
                self.skip_newlines();
            }
            if self.word_at(0) != "," {
                break;
            }
            self.at += 1;
        }
        self.at += usize::from(bracket && self.word_at(0) == ")");
        Ok(())
    }

    /// `import a, {b as c} from 'm'`, `import * as a from 'm'`.
    fn javascript_import(&mut self) -> Result<(), Exceeded> {
        self.at += 1;
        let mut names: Vec<(Option<&'t str>, &'t str)> = Vec::new();
        let mut braces = false;
        for _ in 0..400 {
            self.budget.step()?;
            let Some(token) = self.peek(0) else { return Ok(()) };
            let word = self.word(token);
            match &token.kind {
                Kind::Text(parts) => {
                    self.at += 1;
                    if let Some(Part::Text(module)) = parts.first() {
                        let module = module.strip_prefix("node:").unwrap_or(module).to_owned();
                        for (member, own) in names {
                            let path = member.map_or(module.clone(), |member| format!("{module}.{member}"));
                            self.scope.assign(own, Val::path(path));
                        }
                    }
                    return Ok(());
                }
                Kind::Open => braces = true,
                Kind::Punct if word == ";" => return Ok(()),
                Kind::Name if matches!(word, "from" | "type") && self.word_at(1) != "," => {}
                Kind::Name if word == "as" && self.is_name(1) => {
                    self.at += 1;
                    let own = self.word_at(0);
                    match names.last_mut() {
                        Some(last) if braces => last.1 = own,
                        _ => names.push((None, own)),
                    }
                }
                Kind::Name => names.push((braces.then_some(word), word)),
                _ => {}
            }
            self.at += 1;
        }
        Ok(())
    }

    /// `use a::{b, c as d};`, `import a.b.C;`, `import ( e "os/exec" )`: each last name stands for its path.
    fn leaf_import(&mut self) -> Result<(), Exceeded> {
        self.at += 1;
        let mut prefixes: Vec<String> = Vec::new();
        let mut path = String::new();
        let mut alias: Option<&'t str> = None;
        let go = self.language == Language::Go;
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            let word = self.word(token);
            match &token.kind {
                Kind::Text(parts) if go => {
                    if let Some(Part::Text(module)) = parts.first() {
                        let own = alias.take().unwrap_or_else(|| module.rsplit('/').next().unwrap_or(module));
                        self.scope.assign(own, Val::path(module.as_str()));
                    }
                    if prefixes.is_empty() {
                        self.at += 1;
                        return Ok(());
                    }
                }
                Kind::Name if go => alias = Some(word),
                Kind::Name if word == "as" && self.is_name(1) => {
                    self.at += 1;
                    self.scope.assign(
                        self.tokens.get(self.at).map_or("", |t| self.text.get(t.start..t.end).unwrap_or("")),
                        Val::path(path.as_str()),
                    );
                }
                Kind::Name if path.len() < 200 => {
                    path.push_str(word);
                    let leaf = !matches!(self.word_at(1), "." | "::" | "\\" | "as");
                    if leaf && path.contains('.') {
                        self.scope.assign(word, Val::path(path.as_str()));
                    }
                }
                Kind::Name => {}
                Kind::Punct if matches!(word, "::" | "." | "\\") => {
                    if !path.is_empty() && !path.ends_with('.') {
                        path.push('.');
                    }
                }
                Kind::Open => prefixes.push(path.clone()),
                Kind::Close => {
                    prefixes.pop();
                    if prefixes.is_empty() {
                        self.at += 1;
                        return Ok(());
                    }
                }
                Kind::Punct if word == "," => path = prefixes.last().cloned().unwrap_or_default(),
                Kind::Punct if word == ";" => return Ok(()),
                Kind::Newline if !prefixes.is_empty() => {}
                Kind::Newline if !self.lexicon.newline_ends && path.ends_with('.') => {}
                _ => return Ok(()),
            }
            self.at += 1;
        }
        Ok(())
    }
}
