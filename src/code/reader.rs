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
    /// What `|>` hands to the next call, and how many brackets are open around that.
    pub piped: Option<(usize, Val)>,
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
            piped: None,
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
        self.peek(ahead).is_some_and(|t| matches!(t.kind, Kind::Name))
    }

    /// Steps over line ends.
    pub(super) fn skip_newlines(&mut self) {
        while self.peek(0).is_some_and(|t| matches!(t.kind, Kind::Newline)) {
            self.at += 1;
        }
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
        // Most strings hold no code.
        if let [Part::Text(text)] = parts {
            self.budget.produce(text.len())?;
            return Ok(Value::from(text.as_str()));
        }
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
            Some(of @ Val::Object(receiver)) => {
                (receiver.props.clone(), receiver.effect.or_else(|| self.stream(of)))
            }
            _ => (callee.props.clone(), callee.effect),
        };
        Object {
            path: called(&callee.path),
            service: callee.service,
            client: callee.client.clone(),
            args: kept,
            props,
            effect,
            ..Object::default()
        }
        .into()
    }
}

/// The path of what calling the thing at `path` makes.
pub(super) fn called(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 2);
    out.push_str(path);
    out.push_str("()");
    out
}

fn is_text(token: &Token) -> bool {
    matches!(token.kind, Kind::Text(_) | Kind::Words(_) | Kind::Command(_) | Kind::Pattern | Kind::Newline)
}
