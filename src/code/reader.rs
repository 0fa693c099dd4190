//! Reads the tokens of a program statement by statement. It needs no grammar: what it does not know it steps
//! over, token by token, so that an error in the program hides no call.

use std::rc::Rc;

use super::language::Language;
use super::lexicon::Lexicon;
use super::object::{Args, Object, Val};
use super::scope::Scope;
use super::token::{Kind, Part, Token};
use crate::bounds::{Budget, Exceeded};
use crate::value::Value;

/// Words that introduce something and mean nothing here.
const STEPPED_OVER: &[&str] = &[
    "const",
    "let",
    "var",
    "val",
    "my",
    "our",
    "local",
    "final",
    "static",
    "public",
    "private",
    "protected",
    "internal",
    "readonly",
    "export",
    "default",
    "async",
    "await",
    "yield",
    "if",
    "elif",
    "elsif",
    "elseif",
    "else",
    "while",
    "until",
    "unless",
    "try",
    "catch",
    "except",
    "finally",
    "rescue",
    "ensure",
    "begin",
    "end",
    "do",
    "then",
    "done",
    "switch",
    "case",
    "when",
    "match",
    "with",
    "using",
    "go",
    "defer",
    "throw",
    "raise",
    "assert",
    "del",
    "global",
    "nonlocal",
    "mut",
    "pub",
    "unsafe",
    "override",
    "open",
    "suspend",
    "virtual",
    "abstract",
    "declare",
    "lazy",
    "lateinit",
    "typeof",
    "void",
    "delete",
    "echo",
    "not",
    "lambda",
    "BEGIN",
    "END",
    "ref",
    "dyn",
    "loop",
    "new",
    "pass",
    "break",
    "continue",
    "in",
    "is",
    "elseif",
    "endif",
    "co",
    "throws",
    "die",
];

/// Words that define what their next name names.
const DEFINERS: &[&str] = &["def", "function", "fn", "func", "fun", "sub", "defp"];
/// Words that name a type of their own.
const TYPE_DEFINERS: &[&str] = &[
    "class",
    "interface",
    "struct",
    "enum",
    "trait",
    "impl",
    "namespace",
    "package",
    "module",
    "record",
    "type",
];

pub(super) struct Reader<'t> {
    pub text: &'t str,
    pub language: Language,
    pub lexicon: &'static Lexicon,
    pub tokens: &'t [Token],
    pub at: usize,
    pub budget: &'t Budget,
    pub scope: &'t mut Scope,
    /// How many brackets are open around the expression being read; in one, line ends mean nothing.
    pub brackets: usize,
    /// Whether the element of a comprehension is being read again.
    pub comprehension: bool,
    /// Whether the last element read was a comprehension.
    pub made_by_comprehension: bool,
    /// The line and the words of the call that runs this text, where another program does.
    pub outer: Option<(usize, String)>,
}

impl<'t> Reader<'t> {
    /// A reader at the start of `tokens`, which are those of `text`.
    pub(super) fn new(
        text: &'t str,
        language: Language,
        lexicon: &'static Lexicon,
        tokens: &'t [Token],
        budget: &'t Budget,
        scope: &'t mut Scope,
    ) -> Reader<'t> {
        Reader {
            text,
            language,
            lexicon,
            tokens,
            at: 0,
            budget,
            scope,
            brackets: 0,
            comprehension: false,
            made_by_comprehension: false,
            outer: None,
        }
    }

    /// Reads everything.
    pub(super) fn program(&mut self) -> Result<(), Exceeded> {
        while self.at < self.tokens.len() {
            let before = self.at;
            self.statement()?;
            if self.at == before {
                self.at += 1;
            }
        }
        Ok(())
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<&'t Token> {
        self.tokens.get(self.at + ahead)
    }

    pub(super) fn word(&self, token: &Token) -> &'t str {
        self.text.get(token.start..token.end).unwrap_or("")
    }

    /// The text of the token `ahead`, empty at the end.
    pub(super) fn word_at(&self, ahead: usize) -> &'t str {
        self.peek(ahead).map_or("", |token| if is_text(token) { "" } else { self.word(token) })
    }

    pub(super) fn is_name(&self, ahead: usize) -> bool {
        self.peek(ahead).is_some_and(|t| t.kind == Kind::Name)
    }

    /// Steps over line ends.
    pub(super) fn skip_newlines(&mut self) {
        while self.peek(0).is_some_and(|t| t.kind == Kind::Newline) {
            self.at += 1;
        }
    }

    /// Reads one statement, or steps over one token.
    pub(super) fn statement(&mut self) -> Result<Option<Val>, Exceeded> {
        self.budget.step()?;
        let Some(token) = self.peek(0) else { return Ok(None) };
        match token.kind {
            Kind::Newline => self.at += 1,
            Kind::Punct if matches!(self.word(token), ";" | "," | ":") => self.at += 1,
            Kind::Close => {}
            Kind::Name if self.keyword()? => {}
            _ => {
                self.indentation(token);
                if self.annotated()? {
                    return Ok(None);
                }
                if self.several_targets()? {
                    return Ok(None);
                }
                return self.expression().map(Some);
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
        let begins = self.at == 0 || self.tokens.get(self.at - 1).is_some_and(|t| t.kind == Kind::Newline);
        if begins {
            self.scope.blocks = u32::from(!at_margin);
            if at_margin {
                self.scope.function = None;
            }
        }
    }

    /// Reads a keyword and what belongs to it.
    fn keyword(&mut self) -> Result<bool, Exceeded> {
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
            _ if DEFINERS.contains(&word) && (self.is_name(1) || next == "(" || next == "*") => {
                self.definition()?
            }
            _ if TYPE_DEFINERS.contains(&word) && self.is_name(1) => self.at += 2,
            "catch" | "switch" | "while" | "if" if next == "(" => self.at += 1,
            "new" => return Ok(false),
            "open" | "die" | "with" | "match" | "default" | "do" | "delete" | "end" | "done"
                if next == "(" =>
            {
                return Ok(false);
            }
            "open" if self.lexicon.bare_calls => return Ok(false),
            "echo" if self.lexicon.bare_calls => return Ok(false),
            "END" | "BEGIN" | "in" | "type" if next == "(" => return Ok(false),
            _ if STEPPED_OVER.contains(&word) => self.at += 1,
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
                    self.at += look + 1;
                    let list = self.expression()?;
                    if let Some(name) = name {
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
                    if let [Val::List(list, _)] = values.as_slice() {
                        values = list.as_ref().clone();
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

    /// `def name(a, b=1):`, `func (r T) name(…) …`, `function (…)`.
    fn definition(&mut self) -> Result<(), Exceeded> {
        self.at += 1;
        if self.word_at(0) == "*" {
            self.at += 1;
        }
        if self.word_at(0) == "(" && self.language == Language::Go {
            self.skip_brackets()?;
        }
        let mut name = None;
        while self.is_name(0) || matches!(self.word_at(0), "." | "::" | ":") {
            if self.is_name(0) {
                name = Some(self.word_at(0));
            }
            self.at += 1;
        }
        if self.word_at(0) == "<" {
            self.skip_type_arguments()?;
        }
        let mut parameters = Vec::new();
        if self.word_at(0) == "(" {
            self.at += 1;
            parameters = self.parameters()?;
        }
        if let Some(name) = name {
            self.scope.define(name, parameters);
        }
        Ok(())
    }

    fn parameters(&mut self) -> Result<Vec<String>, Exceeded> {
        let _level = self.budget.enter()?;
        let mut out: Vec<String> = Vec::new();
        let mut fresh = true;
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            match (&token.kind, self.word(token)) {
                (Kind::Close, _) => {
                    self.at += 1;
                    break;
                }
                (Kind::Punct, ",") => {
                    fresh = true;
                    self.at += 1;
                }
                (Kind::Punct, "=") => {
                    self.at += 1;
                    let value = self.expression()?;
                    if let Some(name) = out.last().cloned() {
                        self.scope.also(&name, value);
                    }
                }
                (Kind::Punct, ":") | (Kind::Name, _) if !fresh => {
                    self.at += usize::from(token.kind == Kind::Punct);
                    self.declared_type(&out)?;
                }
                (Kind::Name, name) => {
                    out.push(name.to_owned());
                    fresh = false;
                    self.at += 1;
                }
                (Kind::Open, _) => self.skip_brackets()?,
                _ => self.at += 1,
            }
        }
        Ok(out)
    }

    /// The type of the last parameter tells what it is, where it is a client.
    fn declared_type(&mut self, names: &[String]) -> Result<(), Exceeded> {
        let mut path = String::new();
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            let word = self.word(token);
            match token.kind {
                Kind::Name if path.len() < 200 => path.push_str(word),
                Kind::Name => {}
                Kind::Punct if self.lexicon.members.contains(&word) => path.push('.'),
                Kind::Punct if matches!(word, "*" | "&" | "?" | "'") => {}
                _ => break,
            }
            self.at += 1;
        }
        if let Some(Val::Object(known)) = self.scope.lookup(&path) {
            path = known.path.clone();
        }
        if let Some(name) = names.last()
            && super::aws::client_by_path(&path).is_some()
        {
            self.scope.also(name, Val::path(format!("{path}()")));
        }
        Ok(())
    }

    /// Steps over a bracket and all that is in it.
    pub(super) fn skip_brackets(&mut self) -> Result<(), Exceeded> {
        let mut nesting = 0usize;
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            match token.kind {
                Kind::Open => nesting += 1,
                Kind::Close => nesting = nesting.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if nesting == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Steps over `<…>` where it holds types only; stays where it does not.
    pub(super) fn skip_type_arguments(&mut self) -> Result<bool, Exceeded> {
        let start = self.at;
        let mut nesting = 0i32;
        for _ in 0..40 {
            self.budget.step()?;
            let Some(token) = self.peek(0) else { break };
            match (&token.kind, self.word(token)) {
                (Kind::Punct, "<") => nesting += 1,
                (Kind::Punct, ">") => nesting -= 1,
                (Kind::Punct, ">>") => nesting -= 2,
                (Kind::Name, _) | (Kind::Punct, "," | "." | "::" | "?" | "&" | "'" | "*" | "_") => {}
                (Kind::Open | Kind::Close, "[" | "]") => {}
                _ => break,
            }
            self.at += 1;
            if nesting <= 0 {
                return Ok(true);
            }
        }
        self.at = start;
        Ok(false)
    }

    /// The value of a string that holds code.
    pub(super) fn string(&mut self, parts: &'t [Part]) -> Result<Value, Exceeded> {
        let mut out = Value::from("");
        for part in parts {
            let piece = match part {
                Part::Text(text) => {
                    self.budget.produce(text.len())?;
                    Value::from(text.as_str())
                }
                Part::Code(tokens) => self.inside(tokens)?,
            };
            out = self.join(out, piece)?;
        }
        Ok(out)
    }

    fn inside(&mut self, tokens: &'t [Token]) -> Result<Value, Exceeded> {
        let _level = self.budget.enter()?;
        let (outer, at) = (self.tokens, self.at);
        (self.tokens, self.at) = (tokens, 0);
        let mut value = None;
        while self.at < self.tokens.len() {
            let before = self.at;
            let read = self.statement()?;
            // What follows the first expression is a format, or more statements.
            value = value.or(read);
            if self.at == before {
                self.at += 1;
            }
        }
        (self.tokens, self.at) = (outer, at);
        Ok(match value {
            Some(Val::List(list, _)) if list.len() == 1 => list[0].value(),
            Some(value) => value.value(),
            None => Value::unknown("a value"),
        })
    }

    /// `a` followed by `b`, paid for.
    pub(super) fn join(&mut self, a: Value, b: Value) -> Result<Value, Exceeded> {
        super::joining::join(self.budget, a, b)
    }

    /// The object that a call of `path` with `args` makes.
    pub(super) fn made(&self, callee: &Object, args: Rc<Args>) -> Val {
        let kept = if args.positional.is_empty() && args.named.is_empty() {
            match &callee.receiver {
                Some(Val::Object(receiver)) => receiver.args.clone(),
                _ => args,
            }
        } else {
            args
        };
        let (props, effect) = match &callee.receiver {
            Some(Val::Object(receiver)) => (receiver.props.clone(), receiver.effect),
            _ => (callee.props.clone(), callee.effect),
        };
        Object {
            path: format!("{}()", callee.path),
            client: callee.client.clone(),
            args: kept,
            props,
            effect,
            ..Object::default()
        }
        .into()
    }
}

fn is_text(token: &Token) -> bool {
    matches!(token.kind, Kind::Text(_) | Kind::Words(_) | Kind::Command(_) | Kind::Pattern | Kind::Newline)
}
