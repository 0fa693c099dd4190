//! Statements: keywords, loops, declarations and assignments to several names.

use super::language::Language;
use super::object::Val;
use super::reader::Reader;
use super::token::{Kind, Token};
use super::words::Roles;
use crate::bounds::Exceeded;

impl<'t> Reader<'t> {
    /// Reads one statement, or steps over one token.
    pub(super) fn statement(&mut self) -> Result<Option<Val>, Exceeded> {
        self.budget.step()?;
        let Some(token) = self.peek(0) else { return Ok(None) };
        match token.kind {
            Kind::Newline => self.at += 1,
            Kind::Punct if matches!(self.word(token), ";" | "," | ":") => self.at += 1,
            Kind::Close => {}
            Kind::Punct if self.is_shell_line(token) => self.shell_line(token)?,
            Kind::Name if token.roles.begins() && self.keyword(token.roles)? => {
                // A condition, a loop or a definition: what is printed in it may not be.
                if !matches!(
                    self.word(token),
                    "import"
                        | "from"
                        | "use"
                        | "require"
                        | "const"
                        | "let"
                        | "var"
                        | "my"
                        | "our"
                        | "echo"
                        | "await"
                        | "BEGIN"
                ) {
                    self.unsure();
                }
            }
            _ => {
                self.indentation(token);
                if self.annotated()? {
                    return Ok(None);
                }
                if self.several_targets()? {
                    return Ok(None);
                }
                let value = self.expression()?;
                // A name alone may be a call.
                if matches!(value, Val::Object(_) | Val::Any(..)) {
                    self.unsure();
                }
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// `name: Type = …`, and `name: Type` where the type tells something.
    fn annotated(&mut self) -> Result<bool, Exceeded> {
        const DECLARERS: &[&str] = &[
            "const",
            "let",
            "var",
            "val",
            "mut",
            "readonly",
            "private",
            "public",
            "protected",
            "static",
            "lateinit",
            "{",
            ";",
            "}",
            "\n",
        ];
        let possible = matches!(
            self.language,
            Language::Python | Language::JavaScript | Language::Kotlin | Language::Rust
        );
        if !possible || !self.is_name(0) || self.word_at(1) != ":" {
            return Ok(false);
        }
        let before = self.at.checked_sub(1).and_then(|n| self.tokens.get(n)).map_or("\n", |t| self.word(t));
        if !DECLARERS.contains(&before) {
            return Ok(false);
        }
        let name = self.word_at(0);
        let start = self.at;
        self.at += 2;
        self.declared_type(&[name.to_owned()])?;
        if self.word_at(0) == "<" {
            self.skip_type_arguments()?;
        }
        while matches!(self.word_at(0), "[" | "]" | "|" | "?") || (self.is_name(0) && self.word_at(1) == "=")
        {
            self.at += 1;
        }
        if self.word_at(0) != "=" {
            // A label, or a type without a value: what stands there is read as it would be without it.
            self.at = start + 2;
            return Ok(true);
        }
        self.at += 1;
        self.skip_newlines();
        let value = self.expression()?;
        self.scope.assign(name, value);
        Ok(true)
    }

    /// In a language of indentation, a statement at the margin stands in no block.
    fn indentation(&mut self, token: &Token) {
        if !self.lexicon.indented || self.outer.is_some() {
            return;
        }
        let at_margin = token.start == 0 || self.text.as_bytes().get(token.start - 1) == Some(&b'\n');
        let begins =
            self.at == 0 || self.tokens.get(self.at - 1).is_some_and(|t| matches!(t.kind, Kind::Newline));
        if begins {
            self.scope.blocks = u32::from(!at_margin);
            if at_margin {
                self.scope.function = None;
            }
        }
    }

    /// Reads a keyword and what belongs to it.
    fn keyword(&mut self, roles: Roles) -> Result<bool, Exceeded> {
        let word = self.word_at(0);
        let next = self.word_at(1);
        // A keyword that is a key, a member or assigned to is a name like others.
        if matches!(next, "=" | "." | "=>" | "->" | "+=" | ":=") && word != "export" {
            return Ok(false);
        }
        match word {
            "return" => {
                self.at += 1;
                if self.ends_statement() {
                    return Ok(true);
                }
                let value = self.expression()?;
                self.scope.returns(value);
            }
            "import" | "from" | "use" | "require" if self.import()? => {}
            "for" | "foreach" => self.each_loop()?,
            "const" | "let" | "var" if next == "{" || next == "[" => {
                self.at += 1;
                if !self.destructure()? {
                    return Ok(true);
                }
            }
            "print" if next == "(" => return Ok(false),
            _ if roles.any(Roles::DEFINES) && (self.is_name(1) || next == "(" || next == "*") => {
                self.definition()?
            }
            _ if roles.any(Roles::TYPE) && self.is_name(1) => {
                self.scope.types.insert(next.to_owned());
                self.at += 2;
            }
            "catch" | "switch" | "while" | "if" if next == "(" => self.at += 1,
            "new" => return Ok(false),
            "open" | "die" | "with" | "match" | "default" | "do" | "delete" | "end" | "done"
                if next == "(" =>
            {
                return Ok(false);
            }
            "echo" if self.language == Language::Php => {
                self.at += 1;
                self.php_echo()?;
            }
            "open" if self.lexicon.bare_calls => return Ok(false),
            "echo" if self.lexicon.bare_calls => return Ok(false),
            "END" | "BEGIN" | "in" | "type" if next == "(" => return Ok(false),
            _ if roles.any(Roles::STEPPED) => self.at += 1,
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn ends_statement(&self) -> bool {
        match self.peek(0) {
            None => true,
            Some(token) => match token.kind {
                Kind::Newline | Kind::Close => true,
                Kind::Punct => matches!(self.word(token), ";" | ","),
                _ => false,
            },
        }
    }

    /// `for x in …`, `for (const x of …)`, `foreach ($list as $x)`.
    fn each_loop(&mut self) -> Result<(), Exceeded> {
        self.at += 1;
        let mut look = 0;
        let mut name = None;
        while look < 8 {
            match self.word_at(look) {
                "in" | "of" => {
                    let several = self.names_before(look);
                    self.at += look + 1;
                    let list = self.expression()?;
                    if several.len() > 1 {
                        self.bind_several(&several, &list)?;
                    } else if let Some(name) = name {
                        self.bind_element(name, &list);
                    }
                    return Ok(());
                }
                ":" if self.lexicon.typed && name.is_some() => {
                    self.at += look + 1;
                    let list = self.expression()?;
                    if let Some(name) = name {
                        self.bind_element(name, &list);
                    }
                    return Ok(());
                }
                "(" | "," | ")" | "_" if look < 7 => {
                    // Perl: `for my $x (…)`.
                    if self.word_at(look) == "(" && self.lexicon.bare_calls && name.is_some() {
                        self.at += look;
                        let list = self.operand()?.value;
                        if let Some(name) = name {
                            self.bind_element(name, &list);
                        }
                        return Ok(());
                    }
                }
                "const" | "let" | "var" | "my" | "val" | "final" | "auto" | "&" | "*" | "String"
                | "string" => {}
                "" => break,
                word if self.is_name(look) => name = Some(word),
                _ => break,
            }
            look += 1;
        }
        if self.word_at(0) == "(" && self.language == Language::Php {
            self.at += 1;
            let list = self.expression()?;
            if self.word_at(0) == "as" {
                self.at += 1;
                let value = if self.word_at(1) == "=>" { 2 } else { 0 };
                let name = self.word_at(value);
                self.at += value + 1;
                self.bind_element(name, &list);
            }
        }
        Ok(())
    }

    /// The names among the next `count` tokens.
    fn names_before(&self, count: usize) -> Vec<&'t str> {
        const NONE: &[&str] = &["const", "let", "var", "my", "await", "final", "auto"];
        (0..count)
            .filter(|at| self.is_name(*at))
            .map(|at| self.word_at(at))
            .filter(|w| !NONE.contains(w))
            .collect()
    }

    /// `names` run together over the elements of `list`, which are lists themselves, or what else gives several.
    fn bind_several(&mut self, names: &[&'t str], list: &Val) -> Result<(), Exceeded> {
        let elements = match list {
            Val::List(elements, _) => elements.clone(),
            Val::Dict(entries, _) => {
                let pairs =
                    entries.iter().map(|(key, value)| Val::list(vec![Val::Text(key.clone()), value.clone()]));
                std::rc::Rc::new(pairs.collect())
            }
            other => std::rc::Rc::new(vec![other.clone()]),
        };
        self.budget.produce(8 * elements.len())?;
        for (at, name) in names.iter().enumerate() {
            let values: Vec<Val> = elements
                .iter()
                .filter_map(|element| match element {
                    Val::List(values, _) => values.get(at).cloned(),
                    // A position and the element.
                    other => (at + 1 == names.len()).then(|| other.clone()),
                })
                .collect();
            let value = if values.is_empty() { Val::path(*name) } else { Val::any(values) };
            self.scope.replace(name, value);
        }
        Ok(())
    }

    /// `name` runs over the elements of `list`.
    pub(super) fn bind_element(&mut self, name: &str, list: &Val) {
        let elements = list.each().iter().flat_map(|val| match val {
            Val::List(values, _) => values.as_ref().clone(),
            Val::Dict(entries, _) => entries.iter().map(|(key, _)| Val::Text(key.clone())).collect(),
            _ => vec![Val::path(name)],
        });
        let value = Val::any(elements);
        self.scope.replace(name, value);
    }

    /// `a, b = …`: reads it all, and says whether it was that.
    fn several_targets(&mut self) -> Result<bool, Exceeded> {
        let mut names = Vec::new();
        let mut look = 0;
        while self.is_name(look) && names.len() < 12 {
            names.push(self.word_at(look));
            look += 1;
            match self.word_at(look) {
                "," => look += 1,
                "=" | ":=" if names.len() > 1 => {
                    self.at += look + 1;
                    let first = self.expression()?;
                    let mut values = vec![first];
                    while self.word_at(0) == "," {
                        self.at += 1;
                        self.skip_newlines();
                        values.push(self.expression()?);
                    }
                    match values.as_slice() {
                        [Val::List(list, _)] => values = list.as_ref().clone(),
                        // `reader, writer = …`: both ends are the connection.
                        [one] if self.socket(one).is_some() => values = vec![one.clone(); names.len()],
                        _ => {}
                    }
                    for (name, value) in names.iter().zip(values) {
                        self.scope.assign(name, value);
                    }
                    return Ok(true);
                }
                _ => return Ok(false),
            }
        }
        Ok(false)
    }

    /// `{a, b: c} = …` and `[a, b] = …`; false where it was none and nothing was read.
    fn destructure(&mut self) -> Result<bool, Exceeded> {
        let (start, list) = (self.at, self.word_at(0) == "[");
        let mut pairs: Vec<(String, &'t str)> = Vec::new();
        let mut look = 1;
        let mut index = 0;
        loop {
            self.budget.step()?;
            match self.word_at(look) {
                "}" | "]" => break,
                "," => index += 1,
                "" if self.peek(look).is_none() => return Ok(false),
                word if self.is_name(look) => {
                    let renamed = self.word_at(look + 1) == ":" && self.is_name(look + 2);
                    let own = if renamed { self.word_at(look + 2) } else { word };
                    pairs.push((if list { index.to_string() } else { word.to_owned() }, own));
                    look += if renamed { 2 } else { 0 };
                }
                _ => {}
            }
            look += 1;
        }
        if self.word_at(look + 1) != "=" {
            self.at = start;
            return Ok(false);
        }
        self.at += look + 2;
        let value = self.expression()?;
        for (key, name) in pairs {
            let member = self.index(&value, &Val::text(key))?;
            self.scope.assign(name, member);
        }
        Ok(true)
    }
}
