//! Functions and methods whose result is a constant where their arguments are.

use super::encoded;
use super::language::Language;
use super::meaning;
use super::object::{Args, MAX_ELEMENTS, Object, Val};
use super::reader::Reader;
use crate::bounds::Exceeded;
use crate::value::{Text, Value};

/// What a pure function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    /// Gives its text, or its first argument, as it is.
    Same,
    Lower,
    Upper,
    Trim,
    Reverse,
    /// Characters by number: arguments, or a list of them.
    Characters,
    Base64,
    Hex,
    Rot13,
    /// Decodes by the encoding that an argument names.
    Decode,
    /// `pack`: by the format that an argument names.
    Pack,
    Replace,
    /// The pattern, the replacement and the text, in this order.
    ReplaceIn,
    /// The list's elements with the text in between.
    JoinText,
    /// The text in between is the first argument, or the last.
    JoinList,
    /// All arguments in a row, or with `/` between.
    Concat,
    ConcatPath,
    Split,
    Slice,
    PercentFormat,
    BraceFormat,
    Repeat,
    List,
    Map,
    Append,
    Key,
}

type Row = (&'static str, Fold);

/// Methods of texts and lists.
const METHODS: &[Row] = &[
    (
        "*.encode|toString|to_string|to_s|to_str|into|to_owned|as_str|as_ref|clone|freeze|String|asText|unwrap|expect|valueOf|dup|to_sym|intern|to_a|toArray|to_array|ToArray|iter|to_vec|collect|chomp|getBytes|bytes|c_str|as_bytes|toList|unicode_normalize|await",
        Fold::Same,
    ),
    (
        "*.lower|toLowerCase|downcase|ToLower|to_lowercase|lowercase|ToLowerInvariant|casefold|to_ascii_lowercase|swapcase",
        Fold::Lower,
    ),
    (
        "*.upper|toUpperCase|upcase|ToUpper|to_uppercase|uppercase|ToUpperInvariant|to_ascii_uppercase",
        Fold::Upper,
    ),
    ("*.strip|trim|Trim|rstrip|lstrip|trimEnd|trimStart|trimIndent|squish", Fold::Trim),
    ("*.reverse|reversed|rev|Reverse", Fold::Reverse),
    ("*.decode|unpack1|unpack", Fold::Decode),
    ("*.pack", Fold::Pack),
    ("*.replace|replaceAll|Replace|gsub|sub|tr|replace_all|delete", Fold::Replace),
    ("*.join", Fold::JoinText),
    ("*.concat|plus|Concat", Fold::Concat),
    ("*.split|chars|toCharArray|Split|lines|characters|split_whitespace", Fold::Split),
    ("*.slice|substring|substr|Substring|charAt|at", Fold::Slice),
    ("*.format|formatted", Fold::BraceFormat),
    ("*.repeat", Fold::Repeat),
    ("*.append|push|add|Add|extend|unshift|push_str|AddRange|addAll", Fold::Append),
    ("*.get|fetch|dig|path|getString|getAsString|getItem|GetProperty|asString", Fold::Key),
];

/// Functions.
const FUNCTIONS: &[Row] = &[
    (
        "str|String|bytes|unicode|list|tuple|iter|strval|scalar|Some|Ok|Uri|sorted|quote|tostring|raw|Symbol",
        Fold::Same,
    ),
    ("aws.String|StringValue", Fold::Same),
    ("String.from|new|valueOf|raw|copyValueOf", Fold::Same),
    ("shlex.quote", Fold::Same),
    ("UTF8.GetString|GetBytes", Fold::Same),
    ("TextDecoder().decode", Fold::Same),
    ("TextEncoder().encode", Fold::Same),
    ("Uri.parse", Fold::Same),
    ("URI.create|parse|join", Fold::Same),
    ("Path.of|get|new", Fold::Same),
    ("Paths.get", Fold::Same),
    ("os.fspath", Fold::Same),
    ("os.path.expanduser|abspath|realpath", Fold::Same),
    ("fs.path", Fold::Same),
    ("strtolower|lc|tolower|lcfirst", Fold::Lower),
    ("strings.ToLower", Fold::Lower),
    ("string.lower", Fold::Lower),
    ("strtoupper|uc|toupper", Fold::Upper),
    ("strings.ToUpper", Fold::Upper),
    ("string.upper", Fold::Upper),
    ("trim|chomp|rtrim", Fold::Trim),
    ("strings.TrimSpace", Fold::Trim),
    ("strrev|reversed|reverse|rev", Fold::Reverse),
    ("string.reverse", Fold::Reverse),
    ("chr|bytearray|rawToChar|intToUtf8", Fold::Characters),
    ("String.fromCharCode|fromCodePoint", Fold::Characters),
    ("string.char", Fold::Characters),
    ("utf8.char", Fold::Characters),
    ("mb_chr", Fold::Characters),
    ("base64.b64decode|urlsafe_b64decode|standard_b64decode|decodebytes|decodestring", Fold::Base64),
    ("b64decode|atob|base64_decode|decode_base64", Fold::Base64),
    ("Base64.decode64|strict_decode64|urlsafe_decode64|decode", Fold::Base64),
    ("Base64.getDecoder().decode", Fold::Base64),
    ("MIME.Base64.decode_base64|decode", Fold::Base64),
    ("binascii.a2b_base64", Fold::Base64),
    ("Convert.FromBase64String", Fold::Base64),
    ("StdEncoding.DecodeString", Fold::Base64),
    ("bytes.fromhex", Fold::Hex),
    ("bytearray.fromhex", Fold::Hex),
    ("binascii.unhexlify|a2b_hex", Fold::Hex),
    ("unhexlify|hex2bin", Fold::Hex),
    ("hex.DecodeString", Fold::Hex),
    ("Convert.FromHexString", Fold::Hex),
    ("str_rot13", Fold::Rot13),
    ("codecs.decode", Fold::Decode),
    ("Buffer.from", Fold::Decode),
    ("pack", Fold::Pack),
    ("str_replace|preg_replace|gsub|sub", Fold::ReplaceIn),
    ("strings.ReplaceAll|Replace", Fold::Replace),
    ("join|implode", Fold::JoinList),
    ("strings.Join", Fold::JoinList),
    ("string.Join", Fold::JoinList),
    ("String.Join|join", Fold::JoinList),
    ("table.concat", Fold::JoinList),
    ("operator.add|concat", Fold::Concat),
    ("paste0|concat|cat", Fold::Concat),
    ("string.Concat", Fold::Concat),
    ("String.Concat", Fold::Concat),
    ("os.path.join", Fold::ConcatPath),
    ("path.join|resolve", Fold::ConcatPath),
    ("filepath.Join", Fold::ConcatPath),
    ("File.join", Fold::ConcatPath),
    ("sprintf|format", Fold::PercentFormat),
    ("fmt.Sprintf", Fold::PercentFormat),
    ("String.format", Fold::PercentFormat),
    ("string.format", Fold::PercentFormat),
    ("Kernel.format|sprintf", Fold::PercentFormat),
    ("String.Format", Fold::BraceFormat),
    ("string.Format", Fold::BraceFormat),
    ("format!|concat!", Fold::BraceFormat),
    ("c|listOf|arrayOf|mutableListOf|array|qw", Fold::List),
    ("List.of", Fold::List),
    ("Arrays.asList", Fold::List),
    ("Array.of", Fold::List),
    ("shlex.split", Fold::Split),
    ("strings.Fields", Fold::Split),
    ("explode|split", Fold::Split),
    ("array_merge|append", Fold::Append),
    ("strconv.Itoa", Fold::Same),
];

/// Functions that make a map of their named arguments.
const MAPS: &[&str] = &["dict", "list", "array", "mapOf", "hashMapOf"];

impl Reader<'_> {
    /// The result of calling `callee`, where it is one of the functions known here and its arguments are constant.
    pub(super) fn fold_call(&mut self, callee: &Object, args: &Args) -> Result<Option<Val>, Exceeded> {
        let receiver =
            callee.receiver.as_ref().filter(|val| !matches!(val, Val::Object(_)) || is_document(val));
        if let Some(receiver) = receiver {
            return match fold_of(METHODS, &callee.path) {
                Some(fold) => self.fold(fold, Some(receiver), args, &callee.path),
                None => Ok(None),
            };
        }
        // `map(chr, […])` of Python.
        if let ("map", [Val::Object(function), Val::List(list, _)]) =
            (callee.path.as_str(), args.positional.as_slice())
        {
            let (function, list) = (function.clone(), list.clone());
            let mut out = Vec::new();
            for value in list.iter() {
                let args = Args { positional: vec![value.clone()], named: Vec::new() };
                match self.fold_call(&function, &args)? {
                    Some(value) => out.push(value),
                    None => return Ok(None),
                }
            }
            return Ok(Some(Val::list(out)));
        }
        // `list(a = 1)` is a map, `list(x)` is not.
        if !args.named.is_empty() && MAPS.contains(&callee.path.as_str()) {
            return self.fold(Fold::Map, None, args, &callee.path);
        }
        match fold_of(FUNCTIONS, &callee.path) {
            Some(fold) => self.fold(fold, None, args, &callee.path),
            None => Ok(None),
        }
    }

    fn fold(
        &mut self,
        fold: Fold,
        receiver: Option<&Val>,
        args: &Args,
        path: &str,
    ) -> Result<Option<Val>, Exceeded> {
        let first = receiver.or(args.positional.first());
        let Some(first) = first.cloned().or_else(|| (!args.named.is_empty()).then(Val::unknown)) else {
            return Ok(None);
        };
        // The arguments besides the subject.
        let rest: &[Val] =
            if receiver.is_some() { &args.positional } else { args.positional.get(1..).unwrap_or(&[]) };
        if let Val::Text(text) = &first {
            self.budget.produce(text.alternatives().iter().map(|t| t.literal().map_or(0, str::len)).sum())?;
        }
        let text = |f: &dyn Fn(&str) -> Option<String>| -> Option<Val> {
            let Val::Text(value) = &first else { return None };
            Some(Val::Text(value.clone().map(|t| match t.literal().and_then(f) {
                Some(done) => Text::from(done),
                None => Text::unknown(path),
            })))
        };
        Ok(match fold {
            Fold::Same => match &first {
                // A constructor that only wraps keeps what it wraps only where that is known.
                Val::Object(_) if receiver.is_none() && !first.is_known() => None,
                _ => Some(first.clone()),
            },
            Fold::Lower => text(&|s| Some(s.to_lowercase())),
            Fold::Upper => text(&|s| Some(s.to_uppercase())),
            Fold::Trim => text(&|s| Some(s.trim().to_owned())),
            Fold::Reverse => Some(self.reversed(&first)?),
            Fold::Rot13 => text(&|s| Some(encoded::rot13(s))),
            Fold::Base64 => text(&|s| encoded::base64(s).and_then(utf8)),
            Fold::Hex => text(&|s| encoded::hex(s).and_then(utf8)),
            Fold::Decode => {
                let how = rest.first().and_then(Val::literal).unwrap_or("utf-8").to_lowercase();
                text(&|s| match how.as_str() {
                    "base64" | "base64url" | "m" | "m0" => encoded::base64(s).and_then(utf8),
                    "hex" | "hex_codec" => encoded::hex(s).and_then(utf8),
                    "rot13" | "rot_13" | "rot-13" => Some(encoded::rot13(s)),
                    _ => Some(s.to_owned()),
                })
                .or_else(|| self.characters(std::slice::from_ref(&first)))
            }
            Fold::Pack => self.packed(&first, rest),
            Fold::Characters => {
                let all = if receiver.is_some() { std::slice::from_ref(&first) } else { &args.positional };
                self.characters(all)
            }
            Fold::Replace => {
                let (from, to) = (rest.first().and_then(Val::literal), rest.get(1).and_then(Val::literal));
                match from {
                    Some(from) if !from.is_empty() => {
                        let to = to.unwrap_or("");
                        self.budget.produce(
                            to.len().saturating_mul(1 + first.literal().map_or(0, |s| s.len() / from.len())),
                        )?;
                        text(&|s| Some(s.replace(from, to)))
                    }
                    _ => text(&|_| None),
                }
            }
            Fold::ReplaceIn => match (
                first.literal(),
                rest.first().and_then(Val::literal),
                rest.get(1).and_then(Val::literal),
            ) {
                (Some(from), Some(to), Some(subject)) if !from.is_empty() => {
                    self.budget.produce(to.len().saturating_mul(1 + subject.len() / from.len()))?;
                    Some(Val::text(subject.replace(from, to)))
                }
                _ => None,
            },
            Fold::JoinText => match (&first, rest.first()) {
                (Val::Text(between), Some(list)) => Some(self.joined(list, between.clone())?),
                (Val::List(..), between) => {
                    let default = if self.language == Language::JavaScript { "," } else { "" };
                    let between = between.map_or(Value::from(default), Val::value);
                    Some(self.joined(&first, between)?)
                }
                _ => None,
            },
            Fold::JoinList => match (&first, rest) {
                (Val::List(..), []) => Some(self.joined(&first, Value::from(""))?),
                (Val::List(..), [between, ..]) => Some(self.joined(&first, between.value())?),
                (Val::Text(between), [list @ Val::List(..)]) => Some(self.joined(list, between.clone())?),
                (Val::Text(between), more) => Some(self.joined(&Val::list(more.to_vec()), between.clone())?),
                _ => None,
            },
            Fold::Concat | Fold::ConcatPath => {
                if let (Val::List(a, _), Some(Val::List(b, _))) = (&first, rest.first()) {
                    self.budget.produce(8 * (a.len() + b.len()))?;
                    return Ok(Some(Val::list(a.iter().chain(b.iter()).cloned().collect())));
                }
                let mut all = vec![first.clone()];
                all.extend_from_slice(rest);
                let between = if fold == Fold::Concat { "" } else { "/" };
                Some(self.joined(&Val::list(all), Value::from(between))?)
            }
            Fold::Split => self.split(&first, rest),
            Fold::Slice => slice(&first, rest),
            Fold::PercentFormat => match first.literal() {
                Some(format) => {
                    let format = format.to_owned();
                    Some(self.percent_format(&format, rest, &Val::unknown())?)
                }
                None => None,
            },
            Fold::BraceFormat => match first.literal() {
                Some(format) => {
                    let format = format.to_owned();
                    Some(self.brace_format(&format, rest, args)?)
                }
                None => None,
            },
            Fold::Repeat => match (first.literal(), rest.first().and_then(Val::number)) {
                (Some(s), Some(n)) if (0..=1 << 16).contains(&n) => {
                    self.budget.produce(s.len().saturating_mul(n as usize))?;
                    Some(Val::text(s.repeat(n as usize)))
                }
                _ => None,
            },
            Fold::List => Some(Val::list(args.positional.clone())),
            Fold::Map => Some(Val::dict(
                args.named.iter().map(|(k, v)| (Value::from(k.as_str()), v.clone())).collect(),
            )),
            Fold::Append => match (&first, rest.first()) {
                (Val::List(list, _), Some(more)) => {
                    self.budget.produce(8 * list.len())?;
                    let mut all = list.as_ref().clone();
                    match more {
                        Val::List(more, _) => all.extend(more.iter().cloned()),
                        _ => all.extend(rest.iter().cloned()),
                    }
                    Some(Val::list(all))
                }
                (Val::Text(text), Some(more)) => Some(Val::Text(self.join(text.clone(), more.value())?)),
                _ => None,
            },
            Fold::Key => {
                let mut value = first.clone();
                if let Val::List(..) | Val::Text(_) = value
                    && rest.first().and_then(Val::number).is_none()
                {
                    return Ok(Some(value));
                }
                let keys = if path.ends_with("dig") { rest.len() } else { 1 };
                for key in rest.iter().take(keys) {
                    value = self.index(&value, key)?;
                }
                Some(value)
            }
        })
    }

    /// The elements of `list` with `between` in between.
    fn joined(&mut self, list: &Val, between: Value) -> Result<Val, Exceeded> {
        let Val::List(values, _) = list else {
            return Ok(match list {
                Val::Text(text) if between.literal() == Some("") => Val::Text(text.clone()),
                _ => Val::unknown(),
            });
        };
        let mut out = Value::from("");
        for (i, value) in values.iter().enumerate() {
            self.budget.step()?;
            if i > 0 {
                out = self.join(out, between.clone())?;
            }
            out = self.join(out, value.value())?;
        }
        Ok(Val::Text(out))
    }

    /// A text or a list, backwards.
    pub(super) fn reversed(&mut self, val: &Val) -> Result<Val, Exceeded> {
        Ok(match val {
            Val::Text(value) => {
                self.budget.produce(value.literal().map_or(0, str::len))?;
                Val::Text(value.clone().map(|t| match t.literal() {
                    Some(s) => Text::from(s.chars().rev().collect::<String>()),
                    None => Text::unknown("reversed text"),
                }))
            }
            Val::List(values, _) => Val::list(values.iter().rev().cloned().collect()),
            _ => Val::unknown(),
        })
    }

    fn characters(&self, values: &[Val]) -> Option<Val> {
        let mut out = String::new();
        for value in values {
            let numbers: &[Val] = match value {
                Val::List(list, _) => list,
                other => std::slice::from_ref(other),
            };
            for number in numbers {
                let code = number.number().and_then(|n| u32::try_from(n).ok()).and_then(char::from_u32)?;
                out.push(code);
            }
        }
        Some(Val::text(out))
    }

    /// `pack` of Perl, PHP and Ruby, in the formats that spell text.
    fn packed(&self, first: &Val, rest: &[Val]) -> Option<Val> {
        let (format, values) = match first {
            Val::List(values, _) => (rest.first()?.literal()?, values.as_slice()),
            format => (format.literal()?, rest),
        };
        let text = values.first().and_then(Val::literal);
        match format.chars().next()? {
            'H' => Some(Val::text(encoded::hex(text?).and_then(utf8)?)),
            'A' | 'a' => Some(Val::text(text?)),
            'm' => None,
            'C' | 'c' | 'U' | 'W' => self.characters(values),
            _ => None,
        }
    }

    fn split(&self, first: &Val, rest: &[Val]) -> Option<Val> {
        // `split(",", text)` has them the other way round.
        let (text, by) = match (first.literal()?, rest.first().and_then(Val::literal)) {
            (by, Some(text)) if by.len() <= 2 && text.len() > by.len() => (text, Some(by)),
            (text, by) => (text, by),
        };
        let pieces: Vec<Val> = match by {
            Some("") => text.chars().take(MAX_ELEMENTS).map(|c| Val::text(c.to_string())).collect(),
            Some(by) => text.split(by).take(MAX_ELEMENTS).map(Val::text).collect(),
            None => text.split_whitespace().take(MAX_ELEMENTS).map(Val::text).collect(),
        };
        Some(Val::list(pieces))
    }

    /// `%s`, `%d`, `%(name)s`, in turn.
    pub(super) fn percent_format(
        &mut self,
        format: &str,
        values: &[Val],
        map: &Val,
    ) -> Result<Val, Exceeded> {
        let mut out = Value::from("");
        let mut values = values.iter();
        let mut rest = format;
        while let Some(n) = rest.find('%') {
            self.budget.step()?;
            out = self.join(out, Value::from(&rest[..n]))?;
            rest = &rest[n + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out = self.join(out, Value::from("%"))?;
                rest = after;
                continue;
            }
            let named = rest.strip_prefix('(').and_then(|s| s.split_once(')'));
            let value = match named {
                Some((name, after)) => {
                    rest = after;
                    map.entry(name).map(Val::value)
                }
                None => values.next().map(Val::value),
            };
            let spec = rest.bytes().take_while(|b| b.is_ascii_digit() || b"-+ .#$*".contains(b)).count();
            rest = rest[spec..].strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(&rest[spec..]);
            out = self.join(out, value.unwrap_or_else(|| Value::unknown("a value")))?;
        }
        out = self.join(out, Value::from(rest))?;
        Ok(Val::Text(out))
    }

    /// `{}`, `{0}`, `{name}`.
    fn brace_format(&mut self, format: &str, values: &[Val], args: &Args) -> Result<Val, Exceeded> {
        let mut out = Value::from("");
        let mut next = 0;
        let mut rest = format;
        while let Some(n) = rest.find('{') {
            self.budget.step()?;
            out = self.join(out, Value::from(rest[..n].replace("}}", "}")))?;
            rest = &rest[n + 1..];
            if let Some(after) = rest.strip_prefix('{') {
                out = self.join(out, Value::from("{"))?;
                rest = after;
                continue;
            }
            let Some((field, after)) = rest.split_once('}') else { break };
            rest = after;
            let name = field.split([':', '!', ',']).next().unwrap_or("").trim();
            let value = if name.is_empty() {
                next += 1;
                values.get(next - 1).cloned()
            } else if let Ok(at) = name.parse::<usize>() {
                values.get(at).cloned()
            } else {
                args.named
                    .iter()
                    .find(|(k, _)| k == name)
                    .map(|(_, v)| v.clone())
                    .or_else(|| self.scope.lookup(name).cloned())
            };
            out = self.join(out, value.map_or_else(|| Value::unknown("a value"), |v| v.value()))?;
        }
        out = self.join(out, Value::from(rest.replace("}}", "}")))?;
        Ok(Val::Text(out))
    }
}

fn is_document(val: &Val) -> bool {
    val.object().is_some_and(|o| o.path.starts_with(super::scope::JSON))
}

fn fold_of(rows: &[Row], path: &str) -> Option<Fold> {
    rows.iter().find(|(pattern, _)| meaning::pattern_matches(pattern, path)).map(|(_, fold)| *fold)
}

fn utf8(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

fn slice(first: &Val, rest: &[Val]) -> Option<Val> {
    let from = rest.first()?.number()?;
    let to = rest.get(1).and_then(Val::number);
    let clamp = |n: i64, len: usize| -> usize {
        let n = if n < 0 { n.saturating_add(len as i64) } else { n };
        usize::try_from(n).unwrap_or(0).min(len)
    };
    match first {
        Val::Text(text) => {
            let characters: Vec<char> = text.literal()?.chars().collect();
            let (from, to) =
                (clamp(from, characters.len()), to.map_or(characters.len(), |n| clamp(n, characters.len())));
            Some(Val::text(characters.get(from..to.max(from))?.iter().collect::<String>()))
        }
        Val::List(list, _) => {
            let (from, to) = (clamp(from, list.len()), to.map_or(list.len(), |n| clamp(n, list.len())));
            Some(Val::list(list.get(from..to.max(from))?.to_vec()))
        }
        _ => None,
    }
}
