//! What the log must not hold: text that looks like a credential's value, in the words of a command as it was understood.
//!
//! A value is taken for a credential's by the name before it (`--password x`, `PGPASSWORD=x`, `"apiKey": "x"`, `Authorization: x`),
//! by its place (the user information of a URL, curl's `-u`, mysql's `-p`), or by its look (a known shape of token, a long text of
//! mixed letters and digits). Names of programs, operations, options, hosts and paths, and the ids of secrets stay. It looks at text
//! alone: where it is wrong, it should be wrong by hiding too much.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use super::words::words;

/// What stands in a value's place.
const REDACTED: &str = "‹redacted›";

/// `text` without what looks like a credential's value.
pub fn redact(text: &str) -> String {
    words(&named_and_shaped(text), 0)
}

/// Names, and parts of names, without case and punctuation, whose value is a credential's.
const CREDENTIALS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secretkey",
    "secretaccesskey",
    "secretstring",
    "secretbinary",
    "clientsecret",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "credential",
    "authorization",
    "bearer",
    "token",
    "signature",
];
/// Ends of such names.
const CREDENTIAL_ENDS: &[&str] = &["pwd", "pass", "passin", "passout", "secret", "auth", "cookie"];
/// Names that are none all the same: folders, and what says where a credential is.
const NO_CREDENTIALS: &[&str] = &["pwd", "oldpwd"];
/// Ends of names of what says where a credential is, or which.
const NO_CREDENTIAL_ENDS: &[&str] =
    &["file", "path", "dir", "stdin", "url", "uri", "endpoint", "command", "name", "arn", "secretid", "env"];

/// Whether a name's value is a credential's.
pub(super) fn is_credential(name: &str) -> bool {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let (is, ends) = (
        |names: &[&str]| names.contains(&name.as_str()),
        |ends: &[&str]| ends.iter().any(|end| name.ends_with(end)),
    );
    !is(NO_CREDENTIALS)
        && !ends(NO_CREDENTIAL_ENDS)
        && (CREDENTIALS.iter().any(|part| name.contains(part)) || ends(CREDENTIAL_ENDS))
}

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        # What stays as it is: references, ARNs, ids of secrets, versions.
        (?<kept> \{\{resolve:[^}]*\}\}
            | \b arn:[a-z-]+:[^\s'"]*
            | (?i: secret[_-]?id (?:-?list)? ) ["']? (?: \s*[=:]\s* | \s+ ) ["']? [^\s"'&,;)}]+
            | \b [0-9a-f]{8} - (?: [0-9a-f]{4} - ){3} [0-9a-f]{12} \b )
        | (?<pem> -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY----- (?s:.*?) (?: -----END\ [A-Z\ ]*----- | $ ) )
        # A header, to the end of its quotes.
        | (?<header> \b (?i: [a-z-]*authorization | [a-z-]*cookie ) ["']? \s* : \s* ["']? ) (?<header_value> [^'"\r\n]+ )
        # User information of a URL.
        | (?<scheme> [A-Za-z][A-Za-z0-9+.-]* :// ) (?<user> [^\s/@:'"?\#]* ) (?: : (?<password> [^\s/@'"]* ) )? @
        # A name and its value, in a shell, a URL, JSON or code.
        | (?<name> [A-Za-z_][A-Za-z0-9_.-]* ) (?<is> ["']? \]? \s* (?: => | := | = | : ) \s* )
        # SQL.
        | (?<sql> \b (?i: password | identified\ by ) \s+ ) (?: '\\'' [^']* '\\'' | '[^']*' | "[^"]*" | ['"\\]\S* )
        # Well-known shapes of tokens.
        | (?<scheme_word> \b (?i: bearer | basic ) \s+ ) [A-Za-z0-9._~+/=-]{8,}
        | (?<token> \b (?: (?: AKIA | ASIA ) [A-Z0-9]{12,} | gh[pousr]_[A-Za-z0-9]{16,} | github_pat_[A-Za-z0-9_]{16,}
            | glpat-[A-Za-z0-9_-]{16,} | xox[abeprs]-[A-Za-z0-9-]{8,} | sk-[A-Za-z0-9_-]{16,} | npm_[A-Za-z0-9]{16,}
            | AIza[A-Za-z0-9_-]{16,} | eyJ[A-Za-z0-9_-]+ \. [A-Za-z0-9_-]+ (?: \. [A-Za-z0-9_-]* )? ) )
        # Anything long.
        | (?<long> [A-Za-z0-9] [A-Za-z0-9+/=_-]{19,} )
        "#,
    )
    .expect("the pattern is one")
});

/// The value after a name: quoted, or to the next mark that ends it.
static VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:"[^"]*"|'[^']*'|(?:‹[^›]*›|\{\{resolve:[^}]*\}\}|[^\s"',;&(){}\[\]‹])+)"#)
        .expect("the pattern is one")
});

/// What names, places in text and shapes tell.
fn named_and_shaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = PATTERN.captures_at(text, at) {
        let whole = found.get(0).expect("a match has a whole");
        out.push_str(&text[at..whole.start()]);
        at = whole.end();
        if let Some(kept) = found.name("kept") {
            out.push_str(kept.as_str());
        } else if found.name("pem").is_some() || found.name("token").is_some() {
            out.push_str(REDACTED);
        } else if let (Some(header), Some(value)) = (found.name("header"), found.name("header_value")) {
            out.push_str(header.as_str());
            out.push_str(hidden(value.as_str()));
        } else if let Some(scheme) = found.name("scheme") {
            out.push_str(scheme.as_str());
            out.push_str(&user_information(&found));
        } else if let Some(before) = found.name("sql").or(found.name("scheme_word")) {
            out.push_str(before.as_str());
            out.push_str(REDACTED);
        } else if let (Some(name), Some(is)) = (found.name("name"), found.name("is")) {
            out.push_str(if is_random(name.as_str()) { REDACTED } else { name.as_str() });
            out.push_str(is.as_str());
            if is_credential(name.as_str())
                && let Some(value) = VALUE.find(&text[at..])
                // A call's result is no literal.
                && !text[at + value.end()..].starts_with('(')
            {
                out.push_str(hidden(value.as_str()));
                at += value.end();
            }
        } else if is_random(whole.as_str()) {
            out.push_str(REDACTED);
        } else {
            // Its parts may be names of their own.
            let part = whole.as_str().find(['/', '=', '_', '-', '+']).map_or(whole.len(), |part| part + 1);
            out.push_str(&whole.as_str()[..part]);
            at = whole.start() + part;
        }
    }
    out.push_str(&text[at..]);
    out
}

fn user_information(found: &Captures) -> String {
    let user = found.name("user").map_or("", |user| user.as_str());
    let shown = if is_random(user) { REDACTED } else { user };
    match found.name("password") {
        Some(password) => format!("{shown}:{}@", hidden(password.as_str())),
        // A token takes the place of a user; `git@` is none.
        None => format!("{}@", if user.len() > 16 { REDACTED } else { shown }),
    }
}

/// What is shown of a value: a reference and what is not known are no values.
pub(super) fn hidden(value: &str) -> &str {
    let plain = value.trim_matches(['"', '\'']);
    let is_one = |open: &str, close: &str| {
        plain.strip_prefix(open).and_then(|rest| rest.find(close).map(|at| at + close.len() == rest.len()))
            == Some(true)
    };
    if plain.is_empty() || is_one("{{resolve:", "}}") || is_one("‹", "›") { value } else { REDACTED }
}

/// Whether a long text looks made by chance: letters and digits mixed in one piece, or all kinds of them in pieces.
fn is_random(text: &str) -> bool {
    let count = |of: fn(&u8) -> bool, text: &str| text.bytes().filter(of).count();
    let (digits, letters) =
        (u8::is_ascii_digit as fn(&u8) -> bool, u8::is_ascii_alphabetic as fn(&u8) -> bool);
    let (upper, lower) =
        (u8::is_ascii_uppercase as fn(&u8) -> bool, u8::is_ascii_lowercase as fn(&u8) -> bool);
    let piece = |piece: &str| piece.len() >= 16 && count(digits, piece) >= 2 && count(letters, piece) >= 2;
    let pieces = || text.split(['/', '-', '_', '.', '=', '+']);
    let all_kinds = text.len() >= 32 && [digits, upper, lower].iter().all(|&kind| count(kind, text) >= 3);
    // A secret access key of AWS: forty characters of base64.
    let aws = text.len() == 40
        && !text.contains(['-', '_', '='])
        && count(digits, text) >= 1
        && [upper, lower].iter().all(|&kind| count(kind, text) >= 5);
    text.len() >= 20 && (aws || pieces().any(piece) || all_kinds && pieces().count() <= 1 + text.len() / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_credential_is_hidden() {
        for (text, shown) in [
            // By its name.
            ("mysql --password hunter2 -h db", "mysql --password ‹redacted› -h db"),
            ("mysql --password=hunter2 -h db", "mysql --password=‹redacted› -h db"),
            ("x --password 'correct horse' y", "x --password ‹redacted› y"),
            ("PGPASSWORD=hunter2 psql -h db", "PGPASSWORD=‹redacted› psql -h db"),
            ("PGPASSWORD='correct horse' psql", "PGPASSWORD=‹redacted› psql"),
            ("AWS_SECRET_ACCESS_KEY=abc aws s3 ls", "AWS_SECRET_ACCESS_KEY=‹redacted› aws s3 ls"),
            ("psql 'password=hunter2 host=db'", "psql 'password=‹redacted› host=db'"),
            (r#"curl -d '{"password": "x", "a": 1}' u"#, r#"curl -d '{"password": ‹redacted›, "a": 1}' u"#),
            ("f(aws_secret_access_key='abc', x='y')", "f(aws_secret_access_key=‹redacted›, x='y')"),
            ("curl 'https://h/p?token=abc&x=1'", "curl 'https://h/p?token=‹redacted›&x=1'"),
            ("curl -H 'Authorization: Bearer abc def' u", "curl -H 'Authorization: ‹redacted›' u"),
            ("curl -H 'Cookie: a=b; c=d' u", "curl -H 'Cookie: ‹redacted›' u"),
            (
                "curl -H X-Aws-Parameters-Secrets-Token:abc u",
                "curl -H X-Aws-Parameters-Secrets-Token:‹redacted› u",
            ),
            (
                "aws secretsmanager put-secret-value --secret-string s",
                "aws secretsmanager put-secret-value --secret-string ‹redacted›",
            ),
            ("Set-Thing -SecretId a -Password b", "Set-Thing -SecretId a -Password ‹redacted›"),
            ("psql -c 'ALTER USER x PASSWORD '\\''abc'\\'''", "psql -c 'ALTER USER x PASSWORD ‹redacted›'"),
            // By its place.
            ("git clone https://u:p@h/x", "git clone https://u:‹redacted›@h/x"),
            ("postgres://app:s3cr3t@db:5432/x", "postgres://app:‹redacted›@db:5432/x"),
            ("curl -u AK:SK https://h/", "curl -u AK:‹redacted› https://h/"),
            ("curl -uAK:SK https://h/", "curl -uAK:‹redacted› https://h/"),
            ("curl -sSu a:b https://h/", "curl -sSu a:‹redacted› https://h/"),
            ("curl --user=a:b https://h/", "curl --user=a:‹redacted› https://h/"),
            ("/usr/bin/mysql -u root -phunter2 db", "/usr/bin/mysql -u root -p‹redacted› db"),
            ("sshpass -p hunter2 ssh h", "sshpass -p ‹redacted› ssh h"),
            ("sh -c 'mysql -phunter2 db'", "sh -c 'mysql -p‹redacted› db'"),
            ("openssl enc -pass pass:x", "openssl enc -pass ‹redacted›"),
            // By its look.
            ("echo AKIAIOSFODNN7EXAMPLE", "echo ‹redacted›"),
            ("echo wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "echo ‹redacted›"),
            ("echo eyJhbGciOi.eyJzdWIi.c2lnbmF0", "echo ‹redacted›"),
            ("echo 9f86d081884c7d659a2feaa0c55ad015", "echo ‹redacted›"),
            (
                "git clone https://ghp_0123456789abcdefghij@github.com/x",
                "git clone https://‹redacted›@github.com/x",
            ),
            (
                "echo -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- x",
                "echo ‹redacted› x",
            ),
        ] {
            assert_eq!(redact(text), shown, "{text}");
        }
    }

    #[test]
    fn what_was_understood_stays() {
        for text in [
            "aws --region eu-west-1 secretsmanager get-secret-value --secret-id prod/db --version-stage AWSPREVIOUS",
            "aws secretsmanager get-secret-value --secret-id arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
            "aws secretsmanager get-secret-value --secret-id a1b2c3d4e5f6a7b8c9d0e1f2 --version-id 01234567-89ab-cdef-0123-456789abcdef",
            "aws secretsmanager batch-get-secret-value --secret-id-list prod/db prod/api",
            "PGPASSWORD='{{resolve:secretsmanager:prod/db:SecretString:password}}' asm-exec -- psql -h db",
            "psql 'password={{resolve:secretsmanager:prod/db:SecretString:password}} host=db'",
            "curl 'http://localhost:2773/secretsmanager/get?secretId=prod%2Fdb'",
            "curl -H \"X-Aws-Parameters-Secrets-Token: ‹contents of /var/run/awssmatoken›\" u",
            "secretsmanager get-secret-value SecretId=prod/db, by boto3.client('secrets' + 'manager').get_secret_value(SecretId='prod/db') (line 1)",
            "AWS_ENDPOINT_URL=https://aws-mcp.us-east-1.api.aws.example.com/mcp asm-exec -- ./run",
            "docker login -u ci --password-stdin registry.example.com",
            "python3 /home/user/projects/service-2024/very/long/path/to/deploy_production.py",
            "PWD=/home/user cat /var/run/awssmatoken",
            "git clone git@github.com:x/y && git fetch ssh://git@h/x",
            "token = read_token(x)",
            "aws ‹$OPERATION› --token-file f",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    /// What a person would not write is no reason to fail, and what is hidden stays hidden.
    #[test]
    fn odd_text_is_no_matter() {
        for text in
            ["", "'", "\"\\", "--", "-", "=", "a=", "password=", "‹", "password=‹", "é=ü password:é", "\\'"]
        {
            let once = redact(text);
            assert_eq!(redact(&once), once, "{text}");
        }
    }
}
