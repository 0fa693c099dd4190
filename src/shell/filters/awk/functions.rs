//! awk's own functions, and the formats of `printf`.

use super::ast::Expr;
use super::number;
use super::record::Separator;
use super::run::Awk;
use super::value::Value;
use crate::shell::filters::bytes;
use crate::shell::filters::call::Out;

impl Awk<'_, '_> {
    /// Calls a function that awk brings.
    pub(super) fn builtin(&mut self, name: &str, arguments: &[Expr]) -> Option<Value> {
        match (name, arguments) {
            ("length", []) => {
                let text = self.record.get(0)?;
                return length(text);
            }
            ("length", [Expr::Variable(array)]) if self.value(&arguments[0]).is_none() => {
                return Some(Value::Number(self.array(array).len() as f64));
            }
            ("sub" | "gsub", [pattern, with]) => {
                return self.replace(
                    name == "gsub",
                    pattern,
                    with,
                    &Expr::Field(Box::new(Expr::Number(0.0))),
                );
            }
            ("sub" | "gsub", [pattern, with, target]) => {
                return self.replace(name == "gsub", pattern, with, target);
            }
            ("split", [text, Expr::Variable(array), rest @ ..]) => return self.split(text, array, rest),
            ("match", [text, pattern]) => return self.find(text, pattern),
            _ => {}
        }
        let values: Vec<Value> =
            arguments.iter().map(|argument| self.value(argument)).collect::<Option<_>>()?;
        Some(match (name, values.as_slice()) {
            ("length", [value]) => return length(&value.text()?),
            ("substr", [text, from, rest @ ..]) => {
                let text = plain(text.text()?)?;
                // What begins before the text is not cut alike by all.
                let from = Some(round(from.number()?)).filter(|from| *from >= 1.0)?;
                let until = match rest {
                    [] => f64::INFINITY,
                    [count] => from + round(count.number()?),
                    _ => return None,
                };
                let letters = text.chars().enumerate();
                let kept = letters.filter(|(n, _)| (*n as f64 + 1.0) >= from && (*n as f64 + 1.0) < until);
                Value::Text(kept.map(|(_, c)| c).collect())
            }
            ("index", [text, part]) => {
                let (text, part) = (plain(text.text()?)?, plain(part.text()?)?);
                Value::Number(text.find(&part).map_or(0.0, |at| at as f64 + 1.0))
            }
            ("tolower", [text]) => Value::Text(text.text()?.to_ascii_lowercase()),
            ("toupper", [text]) => Value::Text(text.text()?.to_ascii_uppercase()),
            ("int", [number]) => Value::Number(number.number()?.trunc()),
            ("sqrt", [number]) => Value::Number(Some(number.number()?.sqrt()).filter(|n| n.is_finite())?),
            ("sprintf", values) => Value::Text(format(values)?),
            ("system", [command]) => {
                let command = command.text()?;
                self.run_with(&command, None)?;
                Value::Number(0.0)
            }
            ("close", [name, ..]) => {
                let name = name.text()?;
                self.close(&name)?;
                Value::Number(0.0)
            }
            ("fflush", _) => Value::Number(0.0),
            _ => return None,
        })
    }

    fn split(&mut self, text: &Expr, array: &str, rest: &[Expr]) -> Option<Value> {
        let text = self.value(text)?.text()?;
        let separator = match rest {
            [] => None,
            [Expr::Regex(pattern)] => Some(pattern.clone()),
            [other] => Some(self.value(other)?.text()?),
            _ => return None,
        };
        let parts = match separator {
            None => self.separator.split(&text),
            Some(separator) if separator.is_empty() => {
                if !text.is_ascii() {
                    return None;
                }
                text.chars().map(String::from).collect()
            }
            Some(separator) => Separator::of(&separator)?.split(&text),
        };
        self.call.spend(text.len())?;
        let count = parts.len();
        let array = self.array(array);
        array.clear();
        array
            .extend(parts.into_iter().enumerate().map(|(n, part)| ((n + 1).to_string(), Value::Input(part))));
        Some(Value::Number(count as f64))
    }

    fn pattern(&mut self, pattern: &Expr) -> Option<String> {
        match pattern {
            Expr::Regex(pattern) => Some(pattern.clone()),
            other => self.value(other)?.text(),
        }
    }

    fn find(&mut self, text: &Expr, pattern: &Expr) -> Option<Value> {
        let text = plain(self.value(text)?.text()?)?;
        let pattern = self.pattern(pattern)?;
        let found = self.regex(&pattern)?.find(&text).map(|found| (found.start() + 1, found.len() as f64));
        let (start, length) = found.map_or((0, -1.0), |(start, length)| (start, length));
        self.set_variable("RSTART", Value::Number(start as f64))?;
        self.set_variable("RLENGTH", Value::Number(length))?;
        Some(Value::Number(start as f64))
    }

    fn replace(&mut self, all: bool, pattern: &Expr, with: &Expr, target: &Expr) -> Option<Value> {
        let pattern = self.pattern(pattern)?;
        let with = self.value(with)?.text()?;
        let text = self.value(target)?.text()?;
        self.call.spend(text.len())?;
        let regex = self.regex(&pattern)?;
        let mut out = Out::default();
        let (mut copied, mut count) = (0, 0.0);
        for found in regex.find_iter(&text) {
            count += 1.0;
            out.push(&text[copied..found.start()])?;
            let mut letters = with.chars();
            while let Some(c) = letters.next() {
                match c {
                    '&' => out.push(found.as_str())?,
                    '\\' => match letters.next() {
                        Some('&') => out.push("&")?,
                        // How many backslashes are left is not the same to all.
                        _ => return None,
                    },
                    c => out.push(c.encode_utf8(&mut [0; 4]))?,
                }
            }
            copied = found.end();
            if !all {
                break;
            }
        }
        if count > 0.0 {
            out.push(&text[copied..])?;
            self.assign(target, Value::Text(out.done()))?;
        }
        Some(Value::Number(count))
    }
}

/// Text that is counted alike by those who count bytes and those who count characters.
fn plain(text: String) -> Option<String> {
    text.is_ascii().then_some(text)
}

fn length(text: &str) -> Option<Value> {
    text.is_ascii().then_some(Value::Number(text.len() as f64))
}

/// To the nearest whole number, halves to the even one.
fn round(number: f64) -> f64 {
    let floor = number.floor();
    match number - floor {
        0.5 => {
            if floor % 2.0 == 0.0 {
                floor
            } else {
                floor + 1.0
            }
        }
        fraction if fraction < 0.5 => floor,
        _ => floor + 1.0,
    }
}

/// `printf`'s text.
pub(super) fn format(values: &[Value]) -> Option<String> {
    let (format, mut rest) = values.split_first()?;
    let format = format.text()?;
    let mut out = Out::default();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c.encode_utf8(&mut [0; 4]))?;
            continue;
        }
        let mut flags = String::new();
        let mut width = String::new();
        let mut precision: Option<String> = None;
        let next = |rest: &mut &[Value]| -> Option<Value> {
            let (first, others) = rest.split_first()?;
            *rest = others;
            Some(first.clone())
        };
        let conversion = loop {
            match chars.next()? {
                c @ ('-' | '+' | ' ' | '#') if width.is_empty() && precision.is_none() => flags.push(c),
                '0' if width.is_empty() && precision.is_none() => flags.push('0'),
                '*' => {
                    let number = next(&mut rest)?.text()?;
                    match &mut precision {
                        Some(precision) => *precision = number,
                        None => width = number,
                    }
                }
                c if c.is_ascii_digit() => match &mut precision {
                    Some(precision) => precision.push(c),
                    None => width.push(c),
                },
                '.' => precision = Some(String::new()),
                c => break c,
            }
        };
        if conversion == '%' {
            out.push("%")?;
            continue;
        }
        let number_of = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<usize>().ok() };
        let width = number_of(&width).filter(|w| *w < 4096)?;
        let precision = match &precision {
            Some(text) => Some(number_of(text).filter(|p| *p < 4096)?),
            None => None,
        };
        let value = next(&mut rest)?;
        let numeric = conversion != 's' && conversion != 'c';
        let body = match conversion {
            's' => {
                let text = value.text()?;
                // Widths count bytes to some and characters to others.
                if (width > 0 || precision.is_some()) && !text.is_ascii() {
                    return None;
                }
                match precision {
                    Some(precision) => text.chars().take(precision).collect(),
                    None => text,
                }
            }
            'c' => match &value {
                Value::Number(number) if (1.0..128.0).contains(number) => (*number as u8 as char).to_string(),
                // A field that looks like a number is one to some.
                Value::Input(text) if number::looks_numeric(text) => return None,
                Value::Text(text) | Value::Input(text) if !bytes::has_unknown(text) => {
                    text.chars().take(1).filter(char::is_ascii).collect()
                }
                _ => return None,
            },
            'd' | 'i' => {
                let number = value.number()?.trunc();
                if number.abs() > 1e15 {
                    return None;
                }
                let digits = format!("{:0>1$}", number.abs(), precision.unwrap_or(1));
                signed(number < 0.0, &digits, &flags)
            }
            'o' | 'x' | 'X' | 'u' => {
                let number = value.number()?.trunc();
                if !(0.0..1e15).contains(&number) || flags.contains('#') {
                    return None;
                }
                let number = number as u64;
                let digits = match conversion {
                    'o' => format!("{number:o}"),
                    'x' => format!("{number:x}"),
                    'X' => format!("{number:X}"),
                    _ => number.to_string(),
                };
                format!("{digits:0>0$}", precision.unwrap_or(1))
            }
            'f' | 'F' => {
                let number = value.number()?;
                signed(number < 0.0, &format!("{:.*}", precision.unwrap_or(6), number.abs()), &flags)
            }
            'g' => {
                let number = value.number()?;
                signed(number < 0.0, &number::general(number.abs(), precision.unwrap_or(6)), &flags)
            }
            _ => return None,
        };
        let missing = width.saturating_sub(body.chars().count());
        if flags.contains('-') {
            out.push(&format!("{body}{}", " ".repeat(missing)))?;
        } else if flags.contains('0') && numeric && !(precision.is_some() && matches!(conversion, 'd' | 'i'))
        {
            let (sign, digits) = body.split_at(usize::from(body.starts_with(['-', '+', ' '])));
            out.push(&format!("{sign}{}{digits}", "0".repeat(missing)))?;
        } else {
            out.push(&format!("{}{body}", " ".repeat(missing)))?;
        }
    }
    Some(out.done())
}

fn signed(negative: bool, digits: &str, flags: &str) -> String {
    let sign = match (negative, flags.contains('+'), flags.contains(' ')) {
        (true, _, _) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    format!("{sign}{digits}")
}
