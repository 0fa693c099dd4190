//! Operands: literals, names, and what stands in brackets.

use super::argument::grouped;
use super::language::Language;
use super::object::{Args, Val};
use super::reader::Reader;
use super::token::{Kind, Part, Token};
use super::words::Roles;
use crate::bounds::Exceeded;
use crate::value::{Text, Value};

/// An operand, and the variable or field it is, if it is one.
pub(super) struct Operand {
    pub value: Val,
    pub place: Option<String>,
    /// The variable and the key in it that it is, where it is an element.
    pub element: Option<(String, Value)>,
    /// The token that began it.
    pub start: usize,
    pub is_new: bool,
    pub called: bool,
    pub named: bool,
}

impl<'t> Reader<'t> {
    /// Reads one operand.
    pub(super) fn operand(&mut self) -> Result<Operand, Exceeded> {
        let _level = self.budget.enter()?;
        let mut operand = self.primary()?;
        while self.follow(&mut operand)? {
            self.budget.step()?;
        }
        let method = !operand.called && self.ends_in_call(&operand);
        if (operand.is_new || method) && !operand.called {
            let start = operand.start;
            operand.value = self.call(&operand.value, Args::default(), start)?;
        }
        Ok(operand)
    }

    /// In Ruby and Perl a method that ends an operand is called.
    fn ends_in_call(&self, operand: &Operand) -> bool {
        if !matches!(self.language, Language::Ruby | Language::Perl)
            || matches!(self.word_at(0), "=" | "||=" | "+=" | "<<")
        {
            return false;
        }
        let before = self.at.checked_sub(2).and_then(|n| self.tokens.get(n)).map_or("", |t| self.word(t));
        let Some(object) = operand.value.object().filter(|object| object.receiver.is_some()) else {
            return false;
        };
        if self.language == Language::Perl {
            return before == "->" && self.word_at(0) != "(";
        }
        object.last().starts_with(|c: char| c.is_lowercase())
            && match operand.place.as_deref() {
                Some(place) => self.scope.lookup(place).is_none(),
                // A method of a literal, or of what a call gave.
                None => match &object.receiver {
                    Some(Val::Text(_) | Val::List(..)) => true,
                    Some(Val::Object(of)) => of.path.ends_with(')') && matches!(before, "." | "&."),
                    _ => false,
                },
            }
    }

    fn primary(&mut self) -> Result<Operand, Exceeded> {
        let mut operand = Operand {
            value: Val::unknown(),
            place: None,
            element: None,
            start: self.at,
            is_new: false,
            called: false,
            named: false,
        };
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            let word = self.word(token);
            match &token.kind {
                Kind::Newline if self.brackets > 0 || !self.lexicon.newline_ends => self.at += 1,
                Kind::Newline | Kind::Close => return Ok(operand),
                Kind::Punct if matches!(word, "," | ";" | ":" | "=" | "=>" | ":=" | ")") => {
                    return Ok(operand);
                }
                Kind::Punct if word == "->" && self.language == Language::Ruby => {
                    self.at += 1;
                    let parameters = self.bracketed_parameters()?;
                    self.unsure();
                    operand.value = self.closure(parameters)?;
                    return Ok(operand);
                }
                Kind::Punct if word == "-" && self.peek(1).is_some_and(|next| next.kind == Kind::Number) => {
                    self.at += 2;
                    operand.value = Val::text(format!("-{}", self.word_before()));
                    return Ok(operand);
                }
                Kind::Punct => self.at += 1,
                Kind::Name if word == "new" && self.language != Language::Python && !self.is_call(1) => {
                    operand.is_new = true;
                    self.at += 1;
                }
                Kind::Name
                    if token.roles.any(Roles::PREFIX)
                        && !self.is_call(1)
                        && !matches!(self.word_at(1), "." | "=" | "=>" | "->") =>
                {
                    if !matches!(word, "const" | "let" | "var" | "my" | "our" | "await") {
                        self.unsure();
                    }
                    self.at += 1;
                }
                _ => {
                    operand.start = self.at;
                    self.primary_token(token, word, &mut operand)?;
                    return Ok(operand);
                }
            }
        }
        Ok(operand)
    }

    fn primary_token(
        &mut self,
        token: &'t Token,
        word: &'t str,
        operand: &mut Operand,
    ) -> Result<(), Exceeded> {
        match &token.kind {
            Kind::Text(parts) => {
                self.at += 1;
                operand.value = Val::Text(self.strings(parts)?);
            }
            Kind::Words(words) => {
                self.at += 1;
                operand.value = Val::list(words.iter().map(|w| Val::text(w.as_str())).collect());
            }
            Kind::Command(parts) => {
                self.at += 1;
                let command = self.string(parts)?;
                self.emit_shell(command, operand.start);
                operand.value = Val::path("output");
            }
            Kind::Pattern => self.at += 1,
            Kind::Number => {
                self.at += 1;
                operand.value = match word.as_bytes() {
                    // A number in another notation is a text in decimal digits.
                    [b'0', b'x' | b'X', ..] => {
                        let number = Val::text(word);
                        number.number().map_or(number, |n| Val::text(n.to_string()))
                    }
                    _ => Val::text(word),
                };
            }
            Kind::Open => operand.value = self.bracketed(word)?,
            _ => self.named(word, operand)?,
        }
        Ok(())
    }

    /// A string, and those beside it that are one with it.
    fn strings(&mut self, parts: &'t [Part]) -> Result<Value, Exceeded> {
        let mut value = self.string(parts)?;
        while self.lexicon.adjacent {
            let mut ahead = 0;
            while (self.brackets > 0 || !self.lexicon.newline_ends)
                && self.peek(ahead).is_some_and(|t| matches!(t.kind, Kind::Newline))
            {
                ahead += 1;
            }
            let Some(Token { kind: Kind::Text(more), .. }) = self.peek(ahead) else { break };
            self.at += ahead + 1;
            let more = self.string(more)?;
            value = self.join(value, more)?;
        }
        Ok(value)
    }

    fn bracketed(&mut self, open: &str) -> Result<Val, Exceeded> {
        self.at += 1;
        match open {
            "(" => {
                let (mut args, commas) = self.arguments()?;
                // What the comma operator gives is the last, unless it is the parameters of a function.
                if self.language == Language::JavaScript && commas > 0 && self.word_at(0) != "=>" {
                    return Ok(args.positional.pop().unwrap_or_else(Val::unknown));
                }
                Ok(grouped(args, commas > 0))
            }
            "[" => {
                let (mut args, commas) = self.arguments()?;
                // What a comprehension made is the list itself.
                if self.language == Language::Python
                    && commas == 0
                    && args.positional.len() == 1
                    && self.made_by_comprehension
                {
                    self.made_by_comprehension = false;
                    return Ok(args.positional.swap_remove(0));
                }
                let empty = args.positional.is_empty() && args.named.is_empty();
                // Go: `[]string{…}`.
                if empty && self.language == Language::Go && self.is_name(0) {
                    while self.is_name(0) || matches!(self.word_at(0), "." | "*") {
                        self.at += 1;
                    }
                    if self.word_at(0) == "{" {
                        self.at += 1;
                        return self.braces(false);
                    }
                    // `[]byte("…")` is the text.
                    if self.word_at(0) == "(" {
                        self.at += 1;
                        let (args, _) = self.arguments()?;
                        return Ok(grouped(args, false));
                    }
                }
                Ok(grouped(args, true))
            }
            _ => self.braces(self.language == Language::Lua),
        }
    }

    fn named(&mut self, word: &'t str, operand: &mut Operand) -> Result<(), Exceeded> {
        self.at += 1;
        match word {
            "this" | "self" | "$this" => {
                operand.value = Val::path("this");
                operand.place = Some("this".to_owned());
            }
            "function" | "fn" | "func" | "sub" if self.word_at(0) == "(" || self.word_at(0) == "{" => {
                self.unsure();
                let parameters = self.bracketed_parameters()?;
                if self.word_at(0) == "use" {
                    self.at += 1;
                    self.skip_brackets()?;
                }
                let arrow = usize::from(self.language == Language::Php && self.word_at(0) == "=>");
                let own = matches!(self.language, Language::JavaScript | Language::Php);
                if self.language == Language::R || (own && (arrow > 0 || self.word_at(0) == "{")) {
                    self.at += arrow;
                    operand.value = self.closure(parameters)?;
                }
            }
            "lambda" if self.language == Language::Python => {
                let from = self.at;
                for _ in 0..64 {
                    if self.peek(0).is_none() || self.word_at(0) == ":" {
                        break;
                    }
                    self.at += 1;
                }
                let parameters = self.arrow_parameters(from, self.at);
                self.at += usize::from(self.word_at(0) == ":");
                self.unsure();
                operand.value = self.closure(parameters)?;
            }
            "print" if self.language == Language::Php && self.word_at(0) != "(" => {
                self.php_echo()?;
                // It is an expression, and always worth this.
                operand.value = Val::text("1");
            }
            _ => {
                operand.named = true;
                operand.place = Some(word.to_owned());
                operand.value = self.variable(word)?;
            }
        }
        Ok(())
    }

    pub(super) fn variable(&mut self, word: &str) -> Result<Val, Exceeded> {
        let Some(value) = self.scope.lookup(word) else { return Ok(Val::path(word)) };
        if let Val::Text(Value::One(text)) = value {
            let pieces = if let Text::Mixed(pieces) = text { 16 * pieces.len() } else { 0 };
            self.budget.produce(text.known_len() / 8 + pieces)?;
        }
        Ok(value.clone())
    }

    /// Whether an operator that reaches a member stands `ahead`.
    pub(super) fn is_member(&self, ahead: usize) -> bool {
        self.peek(ahead).is_some_and(|token| token.roles.any(Roles::MEMBER))
    }

    /// Whether an opening parenthesis stands `ahead`.
    pub(super) fn is_call(&self, ahead: usize) -> bool {
        self.word_at(ahead) == "(" && self.peek(ahead).is_some_and(|t| !t.spaced)
    }
}
