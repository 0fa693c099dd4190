//! Expressions: operands and the operators between them, folded as far as they are constant.

use super::EffectKind;
use super::input::with_input;
use super::language::Language;
use super::object::{Args, MAX_ELEMENTS, Object, Val};
use super::printed::Output;
use super::reader::Reader;
use super::socket::network_file;
use super::token::Kind;
use super::words::Roles;
use crate::bounds::Exceeded;
use crate::value::Value;

/// What an operator does to what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// Texts are joined, numbers added.
    Join,
    /// Arithmetic on two numbers, repetition or formatting of a text.
    Tight(char),
    /// The one or the other.
    Either,
    /// The first of the three of a condition.
    Condition,
    /// Python's `a if c else b`.
    ConditionWord,
    /// Assigned to, joined on to, or set where it was not.
    Assign,
    Append,
    Default,
    /// Python's `for` inside brackets.
    Comprehension,
    /// `with … as name`.
    As,
    /// What stands at the left does not matter.
    TakeRight,
    /// AWK: `"cmd" | getline`, `print | "cmd"`.
    Pipe,
    /// `"text" |> f(more)`: the first argument of the call behind it.
    Handed,
    /// The result is not known.
    Opaque,
}

impl<'t> Reader<'t> {
    /// Reads one expression.
    pub(super) fn expression(&mut self) -> Result<Val, Exceeded> {
        let _level = self.budget.enter()?;
        let start = self.at;
        let effects = self.scope.effects.len();
        let output = self.scope.output.clone();
        let mut alternatives: Vec<Val> = Vec::new();
        let mut sum: Option<Val> = None;
        let mut opaque = false;
        let mut last = self.operand()?;
        while let Some((operator, width)) = self.operator() {
            self.budget.step()?;
            if !matches!(
                operator,
                Operator::Join
                    | Operator::Tight(_)
                    | Operator::Assign
                    | Operator::Append
                    | Operator::Comprehension
            ) {
                self.unsure();
            }
            self.at += width;
            if width > 0 {
                self.skip_newlines();
            }
            match operator {
                Operator::Join => {
                    let left = self.add(sum.take(), last.value)?;
                    sum = Some(left);
                    last = self.operand()?;
                }
                Operator::Tight(mark) => {
                    let right = self.operand()?;
                    last.value = self.tight(last.value, mark, &right.value)?;
                    // `char *name = …` sets the name.
                    last.place = right.place;
                }
                Operator::Either => {
                    alternatives.push(self.add(sum.take(), last.value)?);
                    last = self.operand()?;
                }
                Operator::Condition => {
                    (sum, opaque) = (None, false);
                    alternatives.clear();
                    let first = self.expression()?;
                    alternatives.push(first);
                    if self.word_at(0) == ":" {
                        self.at += 1;
                        self.skip_newlines();
                    }
                    last = self.operand()?;
                }
                Operator::ConditionWord => {
                    alternatives.push(self.add(sum.take(), last.value)?);
                    let condition = self.expression()?;
                    if self.word_at(0) != "else" {
                        last.value = condition;
                        break;
                    }
                    self.at += 1;
                    last = self.operand()?;
                }
                Operator::Assign if self.peek(0).is_some_and(|token| self.is_shell_line(token)) => {
                    if let Some(token) = self.peek(0) {
                        self.shell_line(token)?;
                    }
                    last.value = Val::path("output");
                }
                Operator::Assign | Operator::Append | Operator::Default => {
                    let right = self.expression()?;
                    if let (Operator::Assign, Some((owner, key))) = (operator, last.element.take()) {
                        self.assign_element(&owner, key, &right)?;
                    }
                    last.value = self.assigned(operator, last.place.as_deref(), last.value, right)?;
                }
                Operator::Comprehension => {
                    self.add(sum.take(), last.value)?;
                    return self.comprehended(start, effects, output);
                }
                Operator::As => {
                    if self.is_name(0) {
                        let name = self.word_at(0);
                        self.at += 1;
                        if self.language == Language::Python {
                            self.scope.assign(name, last.value.clone());
                        }
                    }
                }
                Operator::TakeRight
                    if self.language == Language::JavaScript && self.word_before() == "=>" =>
                {
                    sum = None;
                    let parameters = self.arrow_parameters(last.start, self.at - 1);
                    last.value = self.closure(parameters)?;
                }
                Operator::TakeRight => {
                    sum = None;
                    last.value = self.expression()?;
                }
                Operator::Pipe => {
                    let left = self.add(sum.take(), last.value)?;
                    self.awk_pipe(&left)?;
                    last.value = Val::unknown();
                }
                Operator::Handed => {
                    let left = self.add(sum.take(), last.value)?;
                    let outer = self.piped.replace((self.brackets, left));
                    last = self.operand()?;
                    // A function by its name alone.
                    if self.piped.is_some() {
                        self.called(&mut last, Args::default())?;
                    }
                    self.piped = outer;
                }
                Operator::Opaque => {
                    opaque = true;
                    sum = None;
                    let read = self.language == Language::Awk && self.reads_line(start);
                    last = self.operand()?;
                    if read {
                        self.emit(EffectKind::Read(last.value.value()), start);
                    }
                }
            }
        }
        let value = self.add(sum, last.value)?;
        if opaque && alternatives.is_empty() && value.literal().is_some() {
            return Ok(Val::unknown());
        }
        if alternatives.is_empty() {
            return Ok(value);
        }
        alternatives.push(value);
        Ok(Val::any(alternatives))
    }

    /// The operator here, and how many tokens it takes.
    fn operator(&mut self) -> Option<(Operator, usize)> {
        if self.peek(0)?.kind == Kind::Newline {
            let continues = !self.lexicon.newline_ends
                || self.brackets > 0
                || (matches!(self.language, Language::JavaScript | Language::Kotlin)
                    && matches!(self.word_at(1), "+" | "||" | "&&" | "??" | "?" | "?:"));
            if !continues {
                return None;
            }
            self.skip_newlines();
        }
        let token = self.peek(0)?;
        let word = self.word(token);
        match token.kind {
            Kind::Name if self.language == Language::Awk && token.roles.any(Roles::AWK) => None,
            // AWK joins what stands side by side.
            Kind::Name if self.language == Language::Awk => Some((Operator::Join, 0)),
            Kind::Name => self.word_operator(word).map(|operator| (operator, 1)),
            Kind::Punct => self.mark_operator(word).map(|operator| (operator, 1)),
            Kind::Text(_) | Kind::Number if self.language == Language::Awk => Some((Operator::Join, 0)),
            _ => None,
        }
    }

    fn word_operator(&self, word: &str) -> Option<Operator> {
        use Language::*;
        Some(match (self.language, word) {
            (Python | Ruby | Perl | Php | Lua, "or") => Operator::Either,
            (Python | Ruby | Perl | Php | Lua | Kotlin, "and") => Operator::Opaque,
            (Python, "if") if self.word_at(1) != ":" => Operator::ConditionWord,
            (Python, "async") if self.word_at(1) == "for" && self.brackets > 0 => Operator::TakeRight,
            (Python, "for") if self.brackets > 0 && !self.comprehension => Operator::Comprehension,
            (Python, "not" | "in" | "is") => Operator::Opaque,
            (Python | JavaScript | Rust | Kotlin | CSharp, "as") => Operator::As,
            (JavaScript | Java | Php | Kotlin | CSharp, "instanceof" | "is") => Operator::Opaque,
            (JavaScript, "in") => Operator::Opaque,
            (Perl, "x") => Operator::Tight('*'),
            (Perl, "eq" | "ne" | "lt" | "gt" | "cmp") => Operator::Opaque,
            (Perl | Php, "xor") => Operator::Opaque,
            _ => return None,
        })
    }

    fn mark_operator(&self, word: &str) -> Option<Operator> {
        use Language::*;
        if self.lexicon.joins.contains(&word) {
            return Some(Operator::Join);
        }
        Some(match (self.language, word) {
            (Perl | Php | Ruby, "=>") => return None,
            (_, "=" | ":=") => Operator::Assign,
            (R, "<-" | "<<-") => Operator::Assign,
            (Go, "<-") => Operator::Opaque,
            (_, "+=" | ".=") => Operator::Append,
            (Ruby, "<<") => Operator::Append,
            (_, "||=" | "??=" | "//=") => Operator::Default,
            (_, "||" | "??" | "?:") => Operator::Either,
            (Perl, "//") => Operator::Either,
            (JavaScript | Php | Java | CSharp | Cpp | Perl | Ruby | Awk, "?") => Operator::Condition,
            (JavaScript | CSharp, "=>") | (Java, "->") => Operator::TakeRight,
            (Kotlin, "->") | (Rust | Kotlin, "=>") => Operator::TakeRight,
            (Awk, "|" | "|&") => Operator::Pipe,
            (Elixir | R | Julia | OCaml | Php, "|>") | (R, "%>%") => Operator::Handed,
            (Python, "/") => Operator::Tight('/'),
            (_, "*") => Operator::Tight('*'),
            (_, "%") => Operator::Tight('%'),
            (_, "^") => Operator::Tight('^'),
            (_, "-") => Operator::Tight('-'),
            (
                _,
                "==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=" | "<=>" | "&&" | "=~" | "!~" | "/"
                | "//" | "&" | "|" | "<<" | ">>" | "**" | "-=" | "*=" | "|=" | "**=" | "<<=" | ">>=" | "|>"
                | "%>%" | "+" | ".." | "..." | "&&=" | "~",
            ) => Operator::Opaque,
            _ => return None,
        })
    }

    /// `left` and `right` together: texts joined, numbers added, lists one after the other.
    pub(super) fn add(&mut self, left: Option<Val>, right: Val) -> Result<Val, Exceeded> {
        let Some(left) = left else { return Ok(right) };
        if let (Some(a), Some(b)) = (left.number(), right.number())
            && self.lexicon.joins.contains(&"+")
            && !self.is_quoted_number(&left)
        {
            return Ok(Val::text(a.wrapping_add(b).to_string()));
        }
        if let (Val::List(a, _), Val::List(b, _)) = (&left, &right) {
            self.budget.produce(8 * (a.len() + b.len()))?;
            return Ok(Val::list(a.iter().chain(b.iter()).cloned().collect()));
        }
        let joined = self.join(left.into_value(), right.into_value())?;
        Ok(Val::Text(joined))
    }

    /// A number with a leading zero was text.
    fn is_quoted_number(&self, val: &Val) -> bool {
        val.literal().is_some_and(|text| {
            text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
        })
    }

    fn tight(&mut self, left: Val, mark: char, right: &Val) -> Result<Val, Exceeded> {
        // `Path('/var') / 'run'`
        if let ('/', Val::Object(parent), Val::Text(name)) = (mark, &left, right) {
            return Ok(match parent.args.positional.first() {
                Some(Val::Text(text)) if parent.path.ends_with("Path()") => {
                    let joined = Val::Text(text.clone().concat(Value::from("/")).concat(name.clone()));
                    let args = Args { positional: vec![joined], named: Vec::new() };
                    Object { args: std::rc::Rc::new(args), ..parent.as_ref().clone() }.into()
                }
                _ => Val::unknown(),
            });
        }
        if let (Some(a), Some(b)) = (left.number(), right.number()) {
            let result = match mark {
                '*' => Some(a.wrapping_mul(b)),
                '%' => a.checked_rem(b),
                '/' => None,
                '^' => Some(a ^ b),
                _ => Some(a.wrapping_sub(b)),
            };
            return Ok(result.map_or_else(Val::unknown, |n| Val::text(n.to_string())));
        }
        match (mark, left.literal(), right.number()) {
            ('*', Some(text), Some(n)) if (0..=1 << 16).contains(&n) => {
                self.budget.produce(text.len().saturating_mul(n as usize))?;
                Ok(Val::text(text.repeat(n as usize)))
            }
            ('%', Some(format), _) => {
                let values = match right {
                    Val::List(list, _) => list.as_ref().clone(),
                    other => vec![other.clone()],
                };
                let format = format.to_owned();
                self.percent_format(&format, &values, right)
            }
            _ => Ok(Val::unknown()),
        }
    }

    /// `element for name in list`: the element is read again for each value that the name takes.
    fn comprehended(
        &mut self,
        start: usize,
        effects: usize,
        output: Option<Output>,
    ) -> Result<Val, Exceeded> {
        let mut names = Vec::new();
        while self.peek(0).is_some() && self.word_at(0) != "in" && names.len() < 8 {
            if self.is_name(0) {
                names.push(self.word_at(0));
            }
            self.at += 1;
        }
        self.at += usize::from(self.word_at(0) == "in");
        let of_element = self.scope.effects.len();
        let list = self.expression()?;
        let end = self.at;
        let elements = match (&list, names.as_slice()) {
            (Val::List(list, _), [_]) => list.clone(),
            (Val::Text(text), [_]) => match text.literal() {
                Some(text) => {
                    let characters: Vec<Val> =
                        text.chars().take(MAX_ELEMENTS).map(|c| Val::text(c.to_string())).collect();
                    std::rc::Rc::new(characters)
                }
                None => {
                    self.unsure();
                    return Ok(Val::unknown());
                }
            },
            _ => {
                self.unsure();
                return Ok(Val::unknown());
            }
        };
        // The element as it was read at first counts for nothing; it stays where values refer to what the list does.
        if self.scope.effects.len() == of_element {
            self.scope.effects.truncate(effects);
        }
        self.scope.output = output;
        let outer = std::mem::replace(&mut self.comprehension, true);
        let mut out = Vec::new();
        for element in elements.iter() {
            self.scope.replace(names[0], element.clone());
            self.at = start;
            out.push(self.expression()?);
        }
        self.comprehension = outer;
        self.at = end;
        self.made_by_comprehension = true;
        Ok(Val::list(out))
    }

    /// Whether `<` was just read behind AWK's `getline` or `getline name`.
    fn reads_line(&self, start: usize) -> bool {
        let words = self.tokens.get(start..self.at).unwrap_or(&[]);
        let mut words = words.iter().rev().map(|token| self.word(token));
        words.next() == Some("<") && words.take(2).any(|word| word == "getline")
    }

    /// AWK hands text to a shell on the other side of a pipe.
    fn awk_pipe(&mut self, left: &Val) -> Result<(), Exceeded> {
        let start = self.at;
        if self.word_at(0) == "getline" {
            self.at += 1;
            if self.is_name(0) {
                self.at += 1;
            }
            // What comes back over the network was asked for by a `print`.
            if network_file(&left.value()).is_none() {
                self.emit_shell(left.value(), start);
            }
            return Ok(());
        }
        let right = self.operand()?;
        let mut command = right.value;
        // What stands side by side behind the pipe is one command.
        while self.peek(0).is_some_and(|t| matches!(t.kind, Kind::Text(_) | Kind::Name | Kind::Number)) {
            let more = self.operand()?.value;
            command = self.add(Some(command), more)?;
        }
        match network_file(&command.value()) {
            Some(server) => {
                let effect = self.connected(server, start);
                self.sent(effect, std::slice::from_ref(left));
            }
            None => {
                let command = match printed(left) {
                    Some(input) => with_input(command.value(), input),
                    None => command.value(),
                };
                self.emit_shell(command, start);
            }
        }
        Ok(())
    }

    /// The values in `list`, spread out.
    pub(super) fn spread(&self, list: &Val) -> Result<Vec<Val>, Exceeded> {
        match list {
            Val::List(values, _) => {
                self.budget.produce(8 * values.len())?;
                Ok(values.as_ref().clone())
            }
            Val::Any(values, _) => Ok(vec![values.first().cloned().unwrap_or_else(Val::unknown)]),
            other => Ok(vec![Val::Text(Value::One(match other.value() {
                Value::One(text) => text,
                Value::Any(mut texts) => texts.swap_remove(0),
            }))]),
        }
    }
}

/// The text that a `print` of AWK, called before a pipe, hands to the other side.
fn printed(call: &Val) -> Option<Value> {
    if let Val::Text(text) = call {
        return Some(text.clone());
    }
    let call = call.object().filter(|call| matches!(call.path.as_str(), "print()" | "printf()"))?;
    let texts = call.args.positional.iter().map(Val::value);
    texts.reduce(|a, b| a.concat(Value::from(" ")).concat(b))
}
