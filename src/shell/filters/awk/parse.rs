//! awk's grammar: rules, functions and statements (POSIX, awk, "Grammar").

use super::ast::{Expr, Function, Pattern, Program, Rule, Statement, Target};
use super::expression::MAX_DEPTH;
use super::lexer::{Token, tokens};
use crate::bounds::Budget;

/// Reads a program; None where anything of it is not understood.
pub(super) fn program(text: &str, budget: &Budget) -> Option<Program> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens, at: 0, depth: 0, budget, in_print: false };
    let mut program =
        Program { begin: Vec::new(), rules: Vec::new(), end: Vec::new(), functions: Vec::new() };
    loop {
        while reader.sign(";") || reader.newline() {}
        match reader.peek() {
            Token::End => return Some(program),
            Token::Keyword("BEGIN") => {
                reader.at += 1;
                program.begin.push(reader.block()?);
            }
            Token::Keyword("END") => {
                reader.at += 1;
                program.end.push(reader.block()?);
            }
            Token::Keyword("function") => {
                reader.at += 1;
                let function = reader.function()?;
                program.functions.push(function);
            }
            _ => {
                let rule = reader.rule()?;
                program.rules.push(rule);
            }
        }
    }
}

/// Tokens, and how far they are read.
pub(super) struct Reader<'b> {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) depth: u32,
    pub(super) budget: &'b Budget,
    /// Whether `>` sends the output of a `print` somewhere.
    pub(super) in_print: bool,
}

impl Reader<'_> {
    pub(super) fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(known) if *known == sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Keyword(known) if *known == word);
        self.at += usize::from(found);
        found
    }

    fn newline(&mut self) -> bool {
        let found = *self.peek() == Token::Newline;
        self.at += usize::from(found);
        found
    }

    pub(super) fn newlines(&mut self) {
        while self.newline() {}
    }

    pub(super) fn expect(&mut self, sign: &str) -> Option<()> {
        self.sign(sign).then_some(())
    }

    pub(super) fn name(&mut self) -> Option<String> {
        let (Token::Name(name) | Token::Call(name)) = self.peek().clone() else { return None };
        self.at += 1;
        Some(name)
    }

    fn function(&mut self) -> Option<Function> {
        let name = self.name()?;
        self.expect("(")?;
        let mut parameters = Vec::new();
        while !self.sign(")") {
            parameters.push(self.name()?);
            self.sign(",");
            self.newlines();
        }
        self.newlines();
        Some(Function { name, parameters, body: self.block()? })
    }

    fn rule(&mut self) -> Option<Rule> {
        let pattern = if matches!(self.peek(), Token::Sign("{")) {
            Pattern::Always
        } else {
            let from = self.expr()?;
            if self.sign(",") {
                self.newlines();
                Pattern::Range(from, self.expr()?)
            } else {
                Pattern::Where(from)
            }
        };
        let action = if matches!(self.peek(), Token::Sign("{")) { Some(self.block()?) } else { None };
        Some(Rule { pattern, action })
    }

    pub(super) fn block(&mut self) -> Option<Vec<Statement>> {
        self.expect("{")?;
        let mut out = Vec::new();
        loop {
            while self.sign(";") || self.newline() {}
            if self.sign("}") {
                return Some(out);
            }
            out.push(self.statement()?);
        }
    }

    /// The end of a simple statement.
    fn ended(&mut self) -> Option<()> {
        if self.sign(";") || self.newline() || matches!(self.peek(), Token::Sign("}") | Token::End) {
            return Some(());
        }
        None
    }

    /// The body of `if` and loops: one statement.
    fn body(&mut self) -> Option<Vec<Statement>> {
        self.newlines();
        if self.sign(";") {
            return Some(Vec::new());
        }
        Some(vec![self.statement()?])
    }

    fn statement(&mut self) -> Option<Statement> {
        self.budget.step().ok()?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let statement = self.statement_inside();
        self.depth -= 1;
        statement
    }

    fn statement_inside(&mut self) -> Option<Statement> {
        if matches!(self.peek(), Token::Sign("{")) {
            return self.block().map(Statement::Block);
        }
        let Token::Keyword(word) = *self.peek() else {
            let statement = self.simple()?;
            self.ended()?;
            return Some(statement);
        };
        match word {
            "if" => {
                self.at += 1;
                let condition = self.condition()?;
                let then = self.body()?;
                let before = self.at;
                while self.sign(";") || self.newline() {}
                if self.keyword("else") {
                    let otherwise = self.body()?;
                    return Some(Statement::If(condition, then, otherwise));
                }
                self.at = before;
                Some(Statement::If(condition, then, Vec::new()))
            }
            "while" => {
                self.at += 1;
                let condition = self.condition()?;
                Some(Statement::While(condition, self.body()?))
            }
            "do" => {
                self.at += 1;
                let body = self.body()?;
                while self.sign(";") || self.newline() {}
                self.keyword("while").then_some(())?;
                let condition = self.condition()?;
                self.ended()?;
                Some(Statement::Do(body, condition))
            }
            "for" => self.for_loop(),
            "next" | "exit" | "break" | "continue" | "return" | "delete" => {
                self.at += 1;
                let value = |reader: &mut Self| -> Option<Option<Expr>> {
                    let none = matches!(reader.peek(), Token::Sign(";" | "}") | Token::Newline | Token::End);
                    if none { Some(None) } else { reader.expr().map(Some) }
                };
                let statement = match word {
                    "next" => Statement::Next,
                    "break" => Statement::Break,
                    "continue" => Statement::Continue,
                    "exit" => {
                        value(self)?;
                        Statement::Exit
                    }
                    "return" => Statement::Return(value(self)?),
                    _ => {
                        let name = self.name()?;
                        let index = if self.sign("[") { Some(self.list("]")?) } else { None };
                        Statement::Delete(name, index)
                    }
                };
                self.ended()?;
                Some(statement)
            }
            "print" | "printf" | "getline" => {
                let statement = self.simple()?;
                self.ended()?;
                Some(statement)
            }
            _ => None,
        }
    }

    fn condition(&mut self) -> Option<Expr> {
        self.expect("(")?;
        let condition = self.expr()?;
        self.expect(")")?;
        Some(condition)
    }

    fn for_loop(&mut self) -> Option<Statement> {
        self.at += 1;
        self.expect("(")?;
        if let [Token::Name(variable), Token::Keyword("in"), Token::Name(array), Token::Sign(")"), ..] =
            &self.tokens[self.at..]
        {
            let (variable, array) = (variable.clone(), array.clone());
            self.at += 4;
            return Some(Statement::ForIn(variable, array, self.body()?));
        }
        let part = |reader: &mut Self, end: &str| -> Option<Option<Statement>> {
            if reader.sign(end) {
                return Some(None);
            }
            let statement = reader.simple()?;
            reader.expect(end)?;
            reader.newlines();
            Some(Some(statement))
        };
        let first = part(self, ";")?;
        let condition = if self.sign(";") {
            None
        } else {
            let condition = self.expr()?;
            self.expect(";")?;
            Some(condition)
        };
        let step = part(self, ")")?;
        Some(Statement::For(Box::new(first), condition, Box::new(step), self.body()?))
    }

    fn simple(&mut self) -> Option<Statement> {
        let formatted = matches!(self.peek(), Token::Keyword("printf"));
        if !formatted && !matches!(self.peek(), Token::Keyword("print")) {
            return self.expr().map(Statement::Expr);
        }
        self.at += 1;
        let outer = std::mem::replace(&mut self.in_print, true);
        let mut words = Vec::new();
        let none =
            matches!(self.peek(), Token::Sign(";" | "}" | ">" | ">>" | "|") | Token::Newline | Token::End);
        if !none {
            words.push(self.expr()?);
            while self.sign(",") {
                self.newlines();
                words.push(self.expr()?);
            }
        }
        // `print(a, b)`: a list is what is printed.
        if let [Expr::List(_)] = words.as_slice()
            && let Some(Expr::List(list)) = words.pop()
        {
            words = list;
        }
        let to = if self.sign(">") {
            Some(Target::File { path: self.concatenated_target()?, append: false })
        } else if self.sign(">>") {
            Some(Target::File { path: self.concatenated_target()?, append: true })
        } else if self.sign("|") {
            Some(Target::Pipe(self.concatenation()?))
        } else {
            None
        };
        self.in_print = outer;
        if formatted && words.is_empty() {
            return None;
        }
        Some(Statement::Print { words, formatted, to })
    }

    /// Behind `>` stands one operand; that of a longer expression is not the same to all.
    fn concatenated_target(&mut self) -> Option<Expr> {
        self.postfix()
    }

    pub(super) fn list(&mut self, end: &str) -> Option<Vec<Expr>> {
        let outer = std::mem::replace(&mut self.in_print, false);
        let mut out = Vec::new();
        self.newlines();
        while !self.sign(end) {
            out.push(self.expr()?);
            self.newlines();
            if !self.sign(",") {
                self.expect(end)?;
                break;
            }
            self.newlines();
        }
        self.in_print = outer;
        Some(out)
    }
}
