//! Credentials by their place among the words of a command: the word after an option, or attached to it.

use super::redact::{hidden, is_credential};

/// Words within a quoted word are looked at as deep as this: `sh -c "su -c 'mysql -px'"`.
const MAX_DEPTH: usize = 4;

/// Programs with an option for a credential whose name does not say so.
const PROGRAM_OPTIONS: &[(&str, &str, Takes)] = &[
    ("sshpass", "-p", Takes::Either),
    ("mysql", "-p", Takes::Attached),
    ("mysqldump", "-p", Takes::Attached),
    ("mysqladmin", "-p", Takes::Attached),
    ("mariadb", "-p", Takes::Attached),
    ("mariadb-dump", "-p", Takes::Attached),
    ("redis-cli", "-a", Takes::Either),
    ("mongo", "-p", Takes::Either),
    ("mongosh", "-p", Takes::Either),
    ("sqlcmd", "-P", Takes::Either),
    ("bcp", "-P", Takes::Either),
    ("ldapsearch", "-w", Takes::Either),
    ("ldapmodify", "-w", Takes::Either),
    ("docker", "-p", Takes::Either),
    ("podman", "-p", Takes::Either),
    ("az", "-p", Takes::Either),
    ("zip", "-P", Takes::Either),
    ("unzip", "-P", Takes::Either),
    ("7z", "-p", Takes::Attached),
    ("openssl", "-k", Takes::Either),
    ("openssl", "-K", Takes::Either),
    ("curl", "-b", Takes::Either),
    ("curl", "-u", Takes::User),
    ("curl", "-U", Takes::User),
    ("curl", "--user", Takes::User),
    ("curl", "--proxy-user", Takes::User),
    ("http", "-a", Takes::User),
    ("https", "-a", Takes::User),
    ("smbclient", "-U", Takes::User),
];

/// How an option takes a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// `-pVALUE` alone; `-p` asks for it.
    Attached,
    /// `-pVALUE` or `-p VALUE`.
    Either,
    /// As `Either`, a user and a password after `:` or `%`.
    User,
}

/// What the next word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Any,
    Credential,
    User,
}

/// What places among the words of a command tell.
pub(super) fn words(text: &str, depth: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut next = Next::Any;
    let mut programs: Vec<&str> = Vec::new();
    for word in split(text) {
        if word.starts_with(char::is_whitespace) {
            out.push_str(word);
            continue;
        }
        let is_option = word.len() > 1 && word.starts_with('-');
        match std::mem::replace(&mut next, Next::Any) {
            Next::Credential if !is_option => {
                out.push_str(hidden(word));
                continue;
            }
            Next::User if !is_option => {
                out.push_str(&after_user(word));
                continue;
            }
            _ => {}
        }
        if is_option {
            let (shown, then) = option(word, &programs);
            next = then;
            out.push_str(&shown);
        } else {
            let name = word.rsplit('/').next().unwrap_or(word);
            if PROGRAM_OPTIONS.iter().any(|(program, ..)| *program == name) {
                programs.push(name);
            }
            out.push_str(&inside(word, depth));
        }
    }
    out
}

/// An option as it is shown, and what the next word is.
fn option(word: &str, programs: &[&str]) -> (String, Next) {
    if let Some((name, _)) = word.split_once(['=', ':']) {
        // `named_and_shaped` has seen these, but for a user's.
        let user = PROGRAM_OPTIONS
            .iter()
            .any(|known| programs.contains(&known.0) && known.1 == name && known.2 == Takes::User);
        return match word.split_once('=') {
            Some((_, value)) if user => (format!("{name}={}", after_user(value)), Next::Any),
            _ => (attached(word, programs).unwrap_or_else(|| word.to_owned()), Next::Any),
        };
    }
    let is_long = word.starts_with("--") || word.len() > 2;
    if is_long && is_credential(word) {
        return (word.to_owned(), Next::Credential);
    }
    for (_, name, takes) in PROGRAM_OPTIONS.iter().filter(|known| programs.contains(&known.0)) {
        // curl's letters may stand together: `-su user:password`.
        let last =
            !word.starts_with("--") && name.len() == 2 && word.ends_with(&name[1..]) && *takes == Takes::User;
        match takes {
            Takes::Either if word == *name => return (word.to_owned(), Next::Credential),
            Takes::User if word == *name || last => return (word.to_owned(), Next::User),
            _ => {}
        }
    }
    (attached(word, programs).unwrap_or_else(|| word.to_owned()), Next::Any)
}

/// A short option with its credential attached: `-pVALUE`.
fn attached(word: &str, programs: &[&str]) -> Option<String> {
    let mut known = PROGRAM_OPTIONS.iter().filter(|known| programs.contains(&known.0) && known.1.len() == 2);
    let (name, value, takes) = known.find_map(|(_, name, takes)| {
        Some((*name, word.strip_prefix(name).filter(|value| !value.is_empty())?, *takes))
    })?;
    Some(format!("{name}{}", if takes == Takes::User { after_user(value) } else { hidden(value).to_owned() }))
}

/// A user with what comes after it hidden.
fn after_user(word: &str) -> String {
    match word.split_once([':', '%']) {
        Some((user, password)) => {
            let mark = &word[user.len()..=user.len()];
            format!("{user}{mark}{}", hidden(password))
        }
        None => word.to_owned(),
    }
}

/// A word that is quoted may hold words.
fn inside(word: &str, depth: usize) -> String {
    let quote = word.chars().next().filter(|c| matches!(c, '\'' | '"'));
    match quote {
        Some(quote) if depth < MAX_DEPTH && word.len() > 1 && word.ends_with(quote) => {
            let inner = &word[1..word.len() - 1];
            format!("{quote}{}{quote}", words(inner, depth + 1))
        }
        _ => word.to_owned(),
    }
}

/// Words and the white space between them, in turn. Quotes hold a word together.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quote, mut escaped, mut in_space) = (0, None, false, None);
    for (at, c) in text.char_indices() {
        let is_space = quote.is_none() && !escaped && c.is_whitespace();
        if in_space.is_some_and(|was| was != is_space) {
            parts.push(&text[start..at]);
            start = at;
        }
        in_space = Some(is_space);
        if escaped {
            escaped = false;
        } else if c == '\\' && quote != Some('\'') {
            escaped = true;
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && matches!(c, '\'' | '"') {
            quote = Some(c);
        }
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}
