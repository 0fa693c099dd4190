//! awk's programs as they are written (POSIX, awk, "Grammar").

/// A program: its rules in order, and its functions.
pub(super) struct Program {
    pub(super) begin: Vec<Vec<Statement>>,
    pub(super) rules: Vec<Rule>,
    pub(super) end: Vec<Vec<Statement>>,
    pub(super) functions: Vec<Function>,
}

/// A rule: where it applies, and what it does; None prints the record.
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    pub(super) action: Option<Vec<Statement>>,
}

pub(super) enum Pattern {
    Always,
    Where(Expr),
    Range(Expr, Expr),
}

pub(super) struct Function {
    pub(super) name: String,
    pub(super) parameters: Vec<String>,
    pub(super) body: Vec<Statement>,
}

pub(super) enum Statement {
    Expr(Expr),
    Print { words: Vec<Expr>, formatted: bool, to: Option<Target> },
    If(Expr, Vec<Statement>, Vec<Statement>),
    While(Expr, Vec<Statement>),
    Do(Vec<Statement>, Expr),
    For(Box<Option<Statement>>, Option<Expr>, Box<Option<Statement>>, Vec<Statement>),
    ForIn(String, String, Vec<Statement>),
    Block(Vec<Statement>),
    Next,
    Exit,
    Break,
    Continue,
    Return(Option<Expr>),
    Delete(String, Option<Vec<Expr>>),
}

/// Where `print` prints.
pub(super) enum Target {
    File { path: Expr, append: bool },
    Pipe(Expr),
}

pub(super) enum Expr {
    Number(f64),
    Text(String),
    Regex(String),
    Variable(String),
    Element(String, Vec<Expr>),
    Field(Box<Expr>),
    Assign(Box<Expr>, Option<&'static str>, Box<Expr>),
    /// `++x`, `x--`: by how much, and whether the old value counts.
    Step {
        target: Box<Expr>,
        by: f64,
        old: bool,
    },
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Condition(Box<Expr>, Box<Expr>, Box<Expr>),
    In(Vec<Expr>, String),
    Builtin(&'static str, Vec<Expr>),
    Call(String, Vec<Expr>),
    Getline {
        target: Option<Box<Expr>>,
        file: Option<Box<Expr>>,
        command: Option<Box<Expr>>,
    },
    /// `(a, b)`, before `in`.
    List(Vec<Expr>),
}
