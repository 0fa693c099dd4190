//! Operands: literals, names, and what follows them: members, indexes, calls.

use std::rc::Rc;

use super::language::Language;
use super::object::{Args, Object, Val};
use super::reader::Reader;
use super::token::{Kind, Part, Token};
use crate::bounds::Exceeded;
use crate::value::Value;

/// Words before an operand that change nothing about it here.
const PREFIXES: &[&str] = &[
    "await",
    "yield",
    "not",
    "typeof",
    "void",
    "delete",
    "async",
    "return",
    "throw",
    "if",
    "match",
    "when",
    "case",
    "switch",
    "try",
    "unsafe",
    "mut",
    "ref",
    "out",
    "stackalloc",
    "const",
    "let",
    "var",
    "my",
    "our",
    "local",
    "val",
    "final",
    "defined",
    "do",
    "BEGIN",
    "move",
    "in",
    "dyn",
    "co_await",
    "go",
    "defer",
    "static",
    "else",
    "unless",
    "while",
    "and",
    "or",
];

/// An operand, and the variable or field it is, if it is one.
pub(super) struct Operand {
    pub value: Val,
    pub place: Option<String>,
    /// The token that began it.
    start: usize,
    is_new: bool,
    called: bool,
    named: bool,
}

impl<'t> Reader<'t> {
    /// Reads one operand.
    pub(super) fn operand(&mut self) -> Result<Operand, Exceeded> {
        let _level = self.budget.enter()?;
        let mut operand = self.primary()?;
        while self.follow(&mut operand)? {
            self.budget.step()?;
        }
        // In Ruby a method that ends an operand is called.
        let method = self.language == Language::Ruby
            && !operand.called
            && !matches!(self.word_at(0), "=" | "||=" | "+=" | "<<")
            && operand
                .value
                .object()
                .is_some_and(|o| o.receiver.is_some() && o.last().starts_with(|c: char| c.is_lowercase()))
            && operand.place.as_deref().is_some_and(|p| self.scope.lookup(p).is_none());
        if (operand.is_new || method) && !operand.called {
            let start = operand.start;
            operand.value = self.call(&operand.value, Args::default(), start)?;
        }
        Ok(operand)
    }

    fn primary(&mut self) -> Result<Operand, Exceeded> {
        let mut operand = Operand {
            value: Val::unknown(),
            place: None,
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
                Kind::Punct => self.at += 1,
                Kind::Name if word == "new" && self.language != Language::Python && !self.is_call(1) => {
                    operand.is_new = true;
                    self.at += 1;
                }
                Kind::Name
                    if PREFIXES.contains(&word)
                        && !self.is_call(1)
                        && !matches!(self.word_at(1), "." | "=" | "=>" | "->") =>
                {
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
                operand.value = Val::text(word);
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
                && self.peek(ahead).is_some_and(|t| t.kind == Kind::Newline)
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
                let (args, commas) = self.arguments()?;
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
                if self.word_at(0) == "(" {
                    self.skip_brackets()?;
                }
            }
            "lambda" if self.language == Language::Python => {
                for _ in 0..64 {
                    if self.peek(0).is_none() || self.word_at(0) == ":" {
                        break;
                    }
                    self.at += 1;
                }
                self.at += usize::from(self.word_at(0) == ":");
                operand.value = self.expression()?;
            }
            _ => {
                operand.named = true;
                operand.place = Some(word.to_owned());
                operand.value = self.variable(word)?;
            }
        }
        Ok(())
    }

    fn variable(&mut self, word: &str) -> Result<Val, Exceeded> {
        let Some(value) = self.scope.lookup(word) else { return Ok(Val::path(word)) };
        if let Val::Text(Value::One(text)) = value {
            self.budget.produce(text.literal().map_or(0, str::len) / 8)?;
        }
        Ok(value.clone())
    }

    /// Whether an opening parenthesis stands `ahead`.
    fn is_call(&self, ahead: usize) -> bool {
        self.word_at(ahead) == "(" && self.peek(ahead).is_some_and(|t| !t.spaced)
    }

    /// Reads one thing that follows an operand; false where nothing does.
    fn follow(&mut self, operand: &mut Operand) -> Result<bool, Exceeded> {
        let Some(token) = self.peek(0) else { return Ok(false) };
        let mut same_line = true;
        if token.kind == Kind::Newline {
            let member = self.lexicon.members.contains(&self.word_at(1)) && self.language != Language::Python;
            let wanted = if self.lexicon.newline_ends { self.brackets > 0 || member } else { true };
            if !wanted || self.peek(1).is_none() {
                return Ok(false);
            }
            let next = self.word_at(1);
            if !(self.lexicon.members.contains(&next) || self.brackets > 0 && matches!(next, "." | "(")) {
                return Ok(false);
            }
            self.at += 1;
            same_line = false;
        }
        let Some(token) = self.peek(0) else { return Ok(false) };
        let word = self.word(token);
        match &token.kind {
            // `system *words`
            Kind::Punct
                if word == "*"
                    && self.language == Language::Ruby
                    && operand.named
                    && self.is_prefix(token) =>
            {
                self.bare_call(operand)
            }
            Kind::Punct if self.lexicon.members.contains(&word) => self.follow_member(operand, word),
            Kind::Open => self.follow_open(operand, token, word),
            Kind::Punct => Ok(self.follow_mark(operand, token, word)),
            _ if same_line => self.follow_bare(operand, token, word),
            _ => Ok(false),
        }
    }

    fn follow_member(&mut self, operand: &mut Operand, mark: &str) -> Result<bool, Exceeded> {
        let Some(next) = self.peek(1) else { return Ok(false) };
        // Lua's `:` and the `::` of others before something else is no member.
        let word = self.word(next);
        match &next.kind {
            Kind::Name => {
                self.at += 2;
                let sigil = next.start > 0 && self.text.as_bytes().get(next.start - 1) == Some(&b'$');
                if word == "await" || (word == "class" && mark == "::") {
                    return Ok(true);
                }
                if sigil
                    && self.language != Language::R
                    && self.lexicon.sigils.contains('$')
                    && mark != "::"
                    && self.is_call(0)
                {
                    let name = self.variable(word)?;
                    operand.value = self.member(&operand.value, &name.value())?;
                    operand.place = None;
                    return Ok(true);
                }
                let place =
                    operand.place.take().map(|place| format!("{place}.{word}")).filter(|p| p.len() < 200);
                let known = place.as_deref().and_then(|place| self.scope.lookup(place)).cloned();
                operand.value = match known {
                    Some(known) if !self.is_call(0) || !matches!(known, Val::Text(_)) => known,
                    _ if self.is_call(0) => self.method(&operand.value, &Value::from(word))?,
                    _ => self.member(&operand.value, &Value::from(word))?,
                };
                operand.place = place;
                // Where parentheses may go, a member before another member was called.
                let more = self
                    .peek(0)
                    .is_some_and(|t| self.lexicon.members.contains(&self.word(t)) && t.kind == Kind::Punct);
                let method = mark == "->" || word.starts_with(|c: char| c.is_lowercase());
                let bound = operand.value.object().is_some_and(|o| o.receiver.is_some());
                if self.lexicon.bare_calls
                    && more
                    && method
                    && bound
                    && self.word_at(1) != "{"
                    && self.word_at(1) != "["
                {
                    self.called(operand, Args::default())?;
                }
                Ok(true)
            }
            Kind::Open => {
                self.at += 1;
                match word {
                    "(" if self.language == Language::Go => self.skip_brackets()?,
                    "{" if self.language == Language::Rust => return Ok(false),
                    "{" => {
                        self.at += 1;
                        let key = self.key()?;
                        operand.value = if self.language == Language::Php {
                            self.member(&operand.value, &key.value())?
                        } else {
                            self.index(&operand.value, &key)?
                        };
                        operand.place = None;
                    }
                    _ => {}
                }
                Ok(true)
            }
            Kind::Punct if word == "<" => {
                self.at += 1;
                self.skip_type_arguments()
            }
            Kind::Text(parts) if matches!(self.language, Language::JavaScript | Language::Php) => {
                self.at += 2;
                let name = self.string(parts)?;
                operand.value = self.member(&operand.value, &name)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn follow_open(&mut self, operand: &mut Operand, token: &Token, word: &str) -> Result<bool, Exceeded> {
        let tight = !token.spaced;
        match word {
            "(" if self.lexicon.bare_calls && !tight && !operand.named => Ok(false),
            "(" if !tight
                && self.language == Language::Awk
                && !matches!(self.word_before(), "system" | "printf" | "print") =>
            {
                Ok(false)
            }
            "(" => {
                self.at += 1;
                let (args, _) = self.arguments()?;
                self.called(operand, args)?;
                Ok(true)
            }
            "[" if !tight
                && (self.lexicon.bare_calls
                    || self.language == Language::Awk
                    || self.language == Language::Lua) =>
            {
                if self.lexicon.bare_calls && operand.named && !operand.called {
                    self.bare_call(operand)
                } else {
                    Ok(false)
                }
            }
            "[" => {
                self.at += 1;
                // `char *argv[] = …` declares, and indexes nothing.
                if self.word_at(0) == "]" && self.word_at(1) == "=" && self.lexicon.typed {
                    self.at += 1;
                    return Ok(true);
                }
                if self.word_at(0) == "]" && self.word_at(1) == "{" {
                    self.at += 2;
                    operand.value = self.braces(false)?;
                    operand.is_new = false;
                    return Ok(true);
                }
                if self.word_at(0) == ":"
                    && self.word_at(1) == ":"
                    && self.word_at(2) == "-"
                    && self.word_at(3) == "1"
                {
                    operand.value = self.reversed(&operand.value)?;
                    self.at += 4 + usize::from(self.word_at(4) == "]");
                    return Ok(true);
                }
                if matches!((self.word_at(0), self.word_at(1), self.word_at(2)), ("::", "-", "1")) {
                    operand.value = self.reversed(&operand.value)?;
                    self.at += 3 + usize::from(self.word_at(3) == "]");
                    return Ok(true);
                }
                let key = self.key()?;
                operand.value = self.index(&operand.value, &key)?;
                operand.place = None;
                Ok(true)
            }
            _ => self.follow_brace(operand, tight),
        }
    }

    fn follow_brace(&mut self, operand: &mut Operand, tight: bool) -> Result<bool, Exceeded> {
        use Language::*;
        match self.language {
            Perl if tight && operand.named => {
                self.at += 1;
                let key = self.key()?;
                operand.value = self.index(&operand.value, &key)?;
                Ok(true)
            }
            Lua if operand.named => {
                self.at += 1;
                let table = self.braces(true)?;
                self.called(operand, Args { positional: vec![table], named: Vec::new() })?;
                Ok(true)
            }
            Ruby | Kotlin if operand.called || operand.named => {
                self.at += 1;
                let block = self.braces(self.language == Kotlin)?;
                if let Val::Dict(entries, _) = &block {
                    if operand.called {
                        self.set_entries(operand, entries);
                    } else {
                        self.called(operand, Args { positional: vec![block], named: Vec::new() })?;
                    }
                }
                Ok(true)
            }
            Go | Rust | CSharp | Java | Cpp if self.is_struct_literal(operand) => {
                self.at += 1;
                let fields = self.braces(self.language == CSharp)?;
                match fields {
                    Val::Dict(..) if !operand.called => {
                        self.called(operand, Args { positional: vec![fields], named: Vec::new() })?;
                    }
                    Val::Dict(entries, _) => {
                        self.set_entries(operand, &entries);
                    }
                    list @ Val::List(..) if operand.is_new || self.language == Go => {
                        operand.value = list;
                        operand.called = true;
                    }
                    _ => {}
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// `Name { a = b }` behind a call sets fields on what was made.
    fn set_entries(&mut self, operand: &mut Operand, entries: &[(Value, Val)]) {
        let Val::Object(object) = &operand.value else { return };
        let set = with_entries(object, entries);
        if let Some(effect) = object.effect {
            for (name, value) in entries.iter().take(16) {
                self.complete_with(effect, &name.to_string(), std::slice::from_ref(value));
            }
        }
        operand.value = set;
    }

    fn is_struct_literal(&self, operand: &Operand) -> bool {
        let named = operand.value.object().is_some_and(|o| {
            o.last().trim_end_matches("()").starts_with(|c: char| c.is_uppercase() || c == '>')
        });
        let body = self.peek(1).is_some_and(|t| t.kind == Kind::Close)
            || matches!(self.first_after(1), Some((true, ":" | "=" | "," | "}")));
        operand.is_new || (named && body)
    }

    /// Whether the first token from `ahead` on that ends no line is a name, and the word after it.
    fn first_after(&self, ahead: usize) -> Option<(bool, &'t str)> {
        let from = (ahead..ahead + 4).find(|n| self.peek(*n).is_some_and(|t| t.kind != Kind::Newline))?;
        Some((self.is_name(from), self.word_at(from + 1)))
    }

    fn follow_mark(&mut self, operand: &mut Operand, token: &Token, word: &str) -> bool {
        let next = self.word_at(1);
        let tight = !token.spaced;
        match word {
            // A macro of Rust is called by its name with the mark.
            "!" if tight && self.language == Language::Rust && matches!(next, "(" | "[" | "{") => {
                if let Val::Object(object) = &operand.value {
                    operand.value = Val::path(format!("{}!", object.path));
                }
                if next == "[" {
                    operand.value = Val::path("");
                }
                self.at += 1;
                // `vec![…]` is the list itself.
                if next == "[" {
                    self.at += 1;
                    if let Ok((args, _)) = self.arguments() {
                        operand.value = grouped(args, true);
                    }
                    operand.called = true;
                }
                true
            }
            "!" | "!!"
                if tight
                    && (next == "(" || next == "[" || self.lexicon.members.contains(&next))
                    && self.language != Language::Rust =>
            {
                self.at += 1;
                true
            }
            "?" if self.language == Language::Rust => {
                self.at += 1;
                true
            }
            // `args...` of Go spreads the last argument.
            "..." if self.language == Language::Go && matches!(next, ")" | ",") => {
                self.at += 1;
                true
            }
            "++" | "--" if tight => {
                self.at += 1;
                true
            }
            "<" if operand.is_new || (tight && operand.named) => {
                let start = self.at;
                let types = self.skip_type_arguments().unwrap_or(false);
                if types && matches!(self.word_at(0), "(" | "{" | "[") && (operand.is_new || self.is_call(0))
                {
                    return true;
                }
                self.at = start;
                false
            }
            _ => false,
        }
    }

    /// A call without parentheses, a tagged template, a declaration after its type.
    fn follow_bare(&mut self, operand: &mut Operand, token: &'t Token, word: &str) -> Result<bool, Exceeded> {
        let object = operand.value.object();
        if let (Kind::Text(parts), Language::JavaScript) = (&token.kind, self.language) {
            if !token.spaced && word.starts_with('`') && operand.value.object().is_some() {
                self.at += 1;
                let text = self.string(parts)?;
                self.called(operand, Args { positional: vec![Val::Text(text)], named: Vec::new() })?;
                return Ok(true);
            }
            return Ok(false);
        }
        if let (Kind::Text(_), Language::Lua, Some(_)) = (&token.kind, self.language, object) {
            let text = self.operand()?.value;
            self.called(operand, Args { positional: vec![text], named: Vec::new() })?;
            return Ok(true);
        }
        if self.lexicon.typed
            && operand.named
            && !operand.called
            && !operand.is_new
            && token.kind == Kind::Name
            && let (Some(object), true) = (
                object,
                token.spaced
                    && (self.language == Language::Cpp
                        || !matches!(
                            word,
                            "in" | "is" | "as" | "instanceof" | "new" | "when" | "and" | "or"
                        )),
            )
        {
            let declared = Val::path(format!("{}()", object.path));
            self.scope.assign(word, declared.clone());
            self.at += 1;
            operand.place = Some(word.to_owned());
            operand.value = declared;
            // `Client client(config);` makes it at once.
            if self.word_at(0) == "(" && self.language == Language::Cpp {
                let made = Val::path(object_type(&operand.value));
                self.at += 1;
                let (args, _) = self.arguments()?;
                operand.value = self.call(&made, args, operand.start)?;
                self.scope.replace(word, operand.value.clone());
            }
            operand.named = false;
            return Ok(true);
        }
        if self.lexicon.bare_calls && operand.named && !operand.called && token.spaced {
            let begins = token.kind.is_literal() || (token.kind == Kind::Name && !self.is_infix(word));
            if begins {
                return self.bare_call(operand);
            }
        }
        if self.language == Language::Awk && operand.named && matches!(self.word_before(), "print" | "printf")
        {
            return self.bare_call(operand);
        }
        Ok(false)
    }

    /// Whether a mark stands right before an operand and apart from what is before it.
    fn is_prefix(&self, token: &Token) -> bool {
        token.spaced && self.peek(1).is_some_and(|next| !next.spaced && next.kind != Kind::Newline)
    }

    fn is_infix(&self, word: &str) -> bool {
        matches!(
            word,
            "if" | "unless"
                | "while"
                | "until"
                | "for"
                | "foreach"
                | "and"
                | "or"
                | "do"
                | "then"
                | "in"
                | "x"
                | "eq"
                | "ne"
                | "lt"
                | "gt"
                | "le"
                | "ge"
                | "cmp"
                | "xor"
                | "rescue"
                | "end"
                | "isa"
        )
    }

    /// The word just read.
    fn word_before(&self) -> &'t str {
        self.at.checked_sub(1).and_then(|n| self.tokens.get(n)).map_or("", |t| self.word(t))
    }

    /// `name argument, argument`.
    fn bare_call(&mut self, operand: &mut Operand) -> Result<bool, Exceeded> {
        let mut args = Args::default();
        loop {
            self.budget.step()?;
            let before = self.at;
            self.argument(&mut args)?;
            if self.word_at(0) != "," || self.at == before {
                break;
            }
            self.at += 1;
            self.skip_newlines();
        }
        self.called(operand, args)?;
        Ok(true)
    }

    fn called(&mut self, operand: &mut Operand, args: Args) -> Result<(), Exceeded> {
        const GROWING: &[&str] = &["append", "push", "add", "Add", "extend", "unshift", "AddRange", "addAll"];
        let grows = operand.value.object().is_some_and(|o| GROWING.contains(&o.last()));
        let owner =
            operand.place.as_deref().and_then(|p| p.rsplit_once('.')).map(|(owner, _)| owner.to_owned());
        operand.value = self.call(&operand.value, args, operand.start)?;
        if let Some(owner) = owner.filter(|_| !matches!(operand.value, Val::List(..)) || grows) {
            self.changed(&owner, &operand.value);
        }
        operand.place = None;
        operand.called = true;
        operand.is_new = false;
        operand.named = false;
        Ok(())
    }

    /// A method that set something on `owner` leaves it with that set: `request.SetSecretId("x")`.
    fn changed(&mut self, owner: &str, result: &Val) {
        if let (Val::List(..), Some(Val::List(..))) = (result, self.scope.lookup(owner)) {
            self.scope.replace(owner, result.clone());
            return;
        }
        if let (Val::Object(result), Some(Val::Object(known))) = (result, self.scope.lookup(owner))
            && result.props.len() > known.props.len()
            && result.path.starts_with(known.path.as_str())
        {
            let changed = Object { props: Rc::clone(&result.props), ..known.as_ref().clone() };
            self.scope.replace(owner, changed.into());
        }
    }

    /// Reads arguments up to the closing bracket, which is read too; also says how many commas stood there.
    pub(super) fn arguments(&mut self) -> Result<(Args, usize), Exceeded> {
        let _level = self.budget.enter()?;
        let brackets = self.brackets;
        self.brackets += 1;
        let outer = std::mem::replace(&mut self.comprehension, false);
        self.made_by_comprehension = false;
        let (mut args, mut commas) = (Args::default(), 0);
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            match (&token.kind, self.word(token)) {
                (Kind::Close, _) => {
                    self.at += 1;
                    break;
                }
                (Kind::Punct, "," | ";") => {
                    commas += 1;
                    self.at += 1;
                }
                (Kind::Newline, _) => self.at += 1,
                _ => {
                    let before = self.at;
                    self.argument(&mut args)?;
                    self.at += usize::from(self.at == before);
                }
            }
        }
        self.comprehension = outer;
        self.brackets = brackets;
        Ok((args, commas))
    }

    /// Reads one argument: by position, by name, or spread out of a list.
    fn argument(&mut self, args: &mut Args) -> Result<(), Exceeded> {
        let Some(token) = self.peek(0) else { return Ok(()) };
        let word = self.word(token);
        if token.kind == Kind::Punct && matches!(word, "*" | "**" | "..." | "&" | "\\@") {
            self.at += 1;
            let spread = self.expression()?;
            match &spread {
                Val::Dict(entries, _) => {
                    for (key, value) in entries.iter() {
                        args.named.push((key.to_string(), value.clone()));
                    }
                }
                Val::List(..) => args.positional.extend(self.spread(&spread)?),
                _ if word == "**" => args.named.push(("**".to_owned(), spread)),
                _ => args.positional.push(spread),
            }
            return Ok(());
        }
        let mark = self.word_at(1);
        let named = (mark == "=" && self.lexicon.named.contains('=') && token.kind == Kind::Name)
            || (mark == ":"
                && self.lexicon.named.contains(':')
                && (token.kind == Kind::Name || matches!(token.kind, Kind::Text(_))));
        if named && self.word_at(2) != "=" {
            let name = match &token.kind {
                Kind::Text(parts) => self.string(parts)?.to_string(),
                _ => word.to_owned(),
            };
            self.at += 2;
            self.skip_newlines();
            let value = self.expression()?;
            args.named.push((name, value));
            return Ok(());
        }
        let value = self.pair_or_value(args)?;
        if let Some(value) = value {
            args.positional.push(value);
        }
        Ok(())
    }

    /// `key => value` is named; anything else is handed back.
    fn pair_or_value(&mut self, args: &mut Args) -> Result<Option<Val>, Exceeded> {
        let bare = self.is_name(0)
            && self.word_at(1) == "=>"
            && matches!(self.language, Language::Perl | Language::Ruby | Language::Php);
        let value = if bare {
            self.at += 1;
            let before = self.tokens.get(self.at - 1).map_or("", |t| self.word(t));
            Val::text(before)
        } else {
            self.expression()?
        };
        if self.word_at(0) != "=>" {
            return Ok(Some(value));
        }
        self.at += 1;
        self.skip_newlines();
        let entry = self.expression()?;
        args.named.push((value.value().to_string(), entry));
        Ok(None)
    }

    /// Reads what stands between `[` or `{` and its partner as a key.
    fn key(&mut self) -> Result<Val, Exceeded> {
        let bare = self.is_name(0) && matches!(self.word_at(1), "}") && self.language == Language::Perl;
        let sigil =
            self.peek(0).is_some_and(|t| t.start > 0 && self.text.as_bytes().get(t.start - 1) == Some(&b'$'));
        if bare && !sigil {
            let word = self.word_at(0);
            self.at += 2;
            return Ok(Val::text(word));
        }
        let (args, _) = self.arguments()?;
        Ok(args.positional.into_iter().next().unwrap_or_else(Val::unknown))
    }

    /// Reads what stands in braces: a map, a list, or statements. With `fields`, `name = value` is an entry.
    pub(super) fn braces(&mut self, fields: bool) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        let brackets = std::mem::take(&mut self.brackets);
        let blocks = self.scope.blocks;
        self.scope.blocks += 1;
        let (mut entries, mut values) = (Vec::new(), Vec::new());
        self.block_parameters();
        while let Some(token) = self.peek(0) {
            self.budget.step()?;
            let before = self.at;
            match (&token.kind, self.word(token)) {
                (Kind::Close, _) => {
                    self.at += 1;
                    break;
                }
                (Kind::Newline, _) | (Kind::Punct, "," | ";") => self.at += 1,
                (Kind::Punct, "..." | "**") => {
                    self.at += 1;
                    if let Val::Dict(more, _) = self.expression()? {
                        self.budget.produce(16 * more.len())?;
                        entries.extend(more.iter().cloned());
                    }
                }
                _ => self.entry(token, fields, &mut entries, &mut values)?,
            }
            self.at += usize::from(self.at == before);
        }
        self.scope.blocks = blocks;
        self.brackets = brackets;
        Ok(if entries.is_empty() { Val::list(values) } else { Val::dict(entries) })
    }

    fn entry(
        &mut self,
        token: &'t Token,
        fields: bool,
        entries: &mut Vec<(Value, Val)>,
        values: &mut Vec<Val>,
    ) -> Result<(), Exceeded> {
        let mark = self.word_at(1);
        let is_key = mark == ":" || mark == "=>" || (mark == "=" && fields);
        let key = match &token.kind {
            Kind::Name | Kind::Number if is_key => Some(Value::from(self.word(token))),
            Kind::Text(parts) if is_key => Some(self.string(parts)?),
            Kind::Name if self.language == Language::JavaScript && matches!(mark, "," | "}") => {
                let name = self.word(token);
                self.at += 1;
                let value = self.variable(name)?;
                entries.push((Value::from(name), value));
                return Ok(());
            }
            _ => None,
        };
        if let Some(key) = key {
            self.at += 2;
            self.skip_newlines();
            // A label, a type or a case is no entry, but what follows is read all the same.
            let value = self.in_brackets(|reader| reader.expression())?;
            entries.push((key, value));
            return Ok(());
        }
        if self.word(token) == "[" && token.kind == Kind::Open {
            let value = self.expression()?;
            if matches!(self.word_at(0), ":" | "=") {
                self.at += 1;
                let entry = self.expression()?;
                let key = match &value {
                    Val::List(list, _) => list.first().map_or(Value::unknown("a key"), Val::value),
                    other => other.value(),
                };
                entries.push((key, entry));
                return Ok(());
            }
            values.push(value);
            return Ok(());
        }
        let value = self.statement()?;
        if matches!(self.word_at(0), ":" | "=>") {
            self.at += 1;
            self.skip_newlines();
            let entry = self.in_brackets(|reader| reader.expression())?;
            entries.push((value.unwrap_or_else(Val::unknown).value(), entry));
            return Ok(());
        }
        values.extend(value);
        Ok(())
    }

    fn in_brackets<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        // Inside a map of JavaScript or Python, an entry ends at a comma, not at a line end.
        let ignored = matches!(self.language, Language::JavaScript | Language::Python);
        let brackets = self.brackets;
        self.brackets += usize::from(ignored);
        let result = read(self);
        self.brackets = brackets;
        result
    }

    /// `|x, y|` at the start of a block.
    fn block_parameters(&mut self) {
        if self.word_at(0) != "|" {
            return;
        }
        for ahead in 1..16 {
            if self.word_at(ahead) == "|" {
                self.at += ahead + 1;
                return;
            }
        }
    }
}

/// What stands in parentheses or brackets: one value, a list, or a map.
fn grouped(args: Args, list: bool) -> Val {
    if !args.named.is_empty() {
        return Val::dict(args.named.into_iter().map(|(key, value)| (Value::from(key), value)).collect());
    }
    let mut values = args.positional;
    if values.len() == 1 && !list { values.swap_remove(0) } else { Val::list(values) }
}

fn with_entries(object: &Object, entries: &[(Value, Val)]) -> Val {
    let mut object = object.clone();
    for (key, value) in entries.iter().take(16) {
        object = object.with(&key.to_string(), value.clone());
    }
    object.into()
}

fn object_type(value: &Val) -> String {
    value.object().map_or(String::new(), |o| o.path.trim_end_matches("()").to_owned())
}
