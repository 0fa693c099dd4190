//! The token that the agent daemon wants with each request, so that only those who can read it are served.
//!
//! The daemon takes the first set of `AWS_TOKEN`, `AWS_SESSION_TOKEN` and `AWS_CONTAINER_AUTHORIZATION_TOKEN` (its
//! configuration `ssrf_env_variables`), a `file://` value naming a file that holds it; its install script puts one
//! into `/var/run/awssmatoken`. The Lambda extension takes `AWS_SESSION_TOKEN`. So they are looked for in that order.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::resolve::surroundings::Environment;

/// The variable that is there for the daemon's token alone.
pub const OWN: &str = "AWS_TOKEN";
/// The variables in the daemon's order. The others are credentials that a person may well have set for other ends.
const VARIABLES: [&str; 3] = [OWN, "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];
/// No token is longer; the longest are session tokens, of up to a few thousand bytes.
const MAX: u64 = 16 << 10;

/// A token and where it came from. `Debug` does not show it.
#[derive(Debug)]
pub struct Token {
    value: SecretString,
    /// For people: `AWS_TOKEN`, or `the file /var/run/awssmatoken`.
    pub source: String,
}

/// The tokens to try, in their order, and what was wrong with those that should have been there.
#[derive(Debug, Default)]
pub struct Tokens {
    /// At most two: the one named by a variable, the one in the default file.
    pub usable: Vec<Token>,
    /// Why there is none, where there is none.
    pub trouble: String,
}

impl Token {
    fn new(value: Zeroizing<String>, source: String) -> Result<Token, String> {
        // RFC 9110, section 5.5; a byte over 0x7f would be sent, but is in no token that anyone generates.
        match value.trim() {
            "" => Err(format!("{source} is empty")),
            token if !token.bytes().all(|byte| matches!(byte, b' '..=b'~')) => {
                Err(format!("the token from {source} has a character that cannot be sent in a header field"))
            }
            token => Ok(Token { value: SecretString::from(token.to_owned()), source }),
        }
    }

    fn of_file(path: &Path, named_by: Option<&str>) -> Result<Token, String> {
        let by = named_by.map(|name| format!(" that {name} names")).unwrap_or_default();
        let source = format!("the file {}{by}", path.display());
        let unreadable = |error: std::io::Error| format!("{source} cannot be read: {}", plainly(&error));
        let mut text = Zeroizing::new(String::new());
        // With room for all of it, or growing would leave copies behind.
        text.reserve_exact(MAX as usize + 1);
        File::open(path).and_then(|file| file.take(MAX + 1).read_to_string(&mut text)).map_err(unreadable)?;
        if text.len() as u64 > MAX {
            return Err(format!("{source} is larger than any token"));
        }
        Token::new(text, source)
    }

    /// The token itself.
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }
}

/// An I/O error in words: without Rust's `(os error 2)`.
fn plainly(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

impl Tokens {
    /// Those there are. Where `AWS_TOKEN` is set, it is the token, right or wrong. Where only one of the other two
    /// is, it may be meant for something else, and the default file is there to fall back on.
    pub fn find(environment: &Environment, default_file: &Path) -> Tokens {
        let mut tokens = Tokens::default();
        let set = VARIABLES.iter().find_map(|&name| Some((name, environment.get(name)?)));
        if let Some((name, value)) = set {
            tokens.add(match value.strip_prefix("file://") {
                Some(path) => Token::of_file(Path::new(path), Some(name)),
                None => Token::new(Zeroizing::new(value.to_owned()), name.to_owned()),
            });
            if name == OWN {
                return tokens;
            }
        } else {
            tokens.trouble = format!("{} are not set", in_words(&VARIABLES));
        }
        tokens.add(Token::of_file(default_file, None));
        tokens
    }

    fn add(&mut self, found: Result<Token, String>) {
        match found {
            Ok(token) => self.usable.push(token),
            Err(why) if self.trouble.is_empty() => self.trouble = why,
            Err(why) => self.trouble = format!("{}, and {why}", self.trouble),
        }
    }
}

/// `A, B and C`.
fn in_words(names: &[&str]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        names => names.concat(),
    }
}

/// Where the install script puts the token (`aws_secretsmanager_agent/configuration/install`, and on Windows the
/// provider's `common.ps1`).
pub fn default_file() -> PathBuf {
    match cfg!(windows) {
        true => {
            let data = std::env::var_os("ProgramData").unwrap_or_else(|| "C:\\ProgramData".into());
            Path::new(&data).join("AWS").join("WorkloadCredentialsProvider").join("awssmatoken")
        }
        false => PathBuf::from("/var/run/awssmatoken"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The system's words for what is not there are in it.
    #[cfg(unix)]
    #[test]
    fn sources() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path.into_os_string().into_string().expect("its path in UTF-8")
        };
        let default = write("default", b" from-default\n");
        let other = write("other", b"\tfrom-other \r\n");
        let (empty, long) = (write("empty", b"\n"), write("long", &[b'x'; MAX as usize + 1]));
        let (lines, latin) = (write("lines", b"one\ntwo"), write("latin", b"\xe9"));
        let absent = folder.path().join("absent").into_os_string().into_string().expect("UTF-8");
        let file = |path: &str| format!("file://{path}");

        let (own, session, container) = (VARIABLES[0], VARIABLES[1], VARIABLES[2]);
        // The variables; the default file; the tokens in their order; what the trouble says.
        type Case<'a> = (Vec<(&'a str, String)>, &'a str, &'a [&'a str], String);
        let cases: Vec<Case> = vec![
            (vec![(own, "a".into()), (session, "b".into())], &default, &["a"], String::new()),
            (
                vec![(session, "b".into()), (container, "c".into())],
                &default,
                &["b", "from-default"],
                String::new(),
            ),
            (vec![(container, "c".into())], &default, &["c", "from-default"], String::new()),
            // An empty variable is none.
            (
                vec![(own, String::new()), (session, "b".into())],
                &default,
                &["b", "from-default"],
                String::new(),
            ),
            (vec![], &default, &["from-default"], "are not set".into()),
            (vec![(own, file(&other))], &default, &["from-other"], String::new()),
            (
                vec![(session, file(&other))],
                &absent,
                &["from-other"],
                format!("the file {absent} cannot be read: No such file or directory"),
            ),
            // AWS_TOKEN is the token, right or wrong.
            (
                vec![(own, file(&absent)), (session, "b".into())],
                &default,
                &[],
                format!("the file {absent} that AWS_TOKEN names cannot be read: No such file or directory"),
            ),
            (
                vec![(own, file(&empty))],
                &default,
                &[],
                format!("the file {empty} that AWS_TOKEN names is empty"),
            ),
            (vec![(own, file(&long))], &default, &[], "larger than any token".into()),
            (
                vec![(own, file(&latin))],
                &default,
                &[],
                "cannot be read: stream did not contain valid UTF-8".into(),
            ),
            (vec![(own, file(&lines))], &default, &[], "cannot be sent in a header field".into()),
            (vec![(own, "a\nb".into())], &default, &[], "the token from AWS_TOKEN has a character".into()),
            (vec![(own, "\u{e9}".into())], &default, &[], "the token from AWS_TOKEN has a character".into()),
            (
                vec![],
                &absent,
                &[],
                format!(
                    "AWS_TOKEN, AWS_SESSION_TOKEN and AWS_CONTAINER_AUTHORIZATION_TOKEN are not set, and the \
                     file {absent} cannot be read: No such file or directory"
                ),
            ),
        ];
        for (variables, default_file, expected, trouble) in cases {
            let environment = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let found = Tokens::find(&environment, Path::new(default_file));
            let tokens: Vec<_> = found.usable.iter().map(Token::expose).collect();
            assert_eq!(tokens, expected, "{variables:?}");
            assert!(found.trouble.contains(&trouble), "{variables:?}: {}", found.trouble);
            assert_eq!(found.trouble.is_empty(), trouble.is_empty(), "{variables:?}: {}", found.trouble);
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let environment = [("AWS_TOKEN", "do-not-show")].into_iter().collect();
        let shown = format!("{:?}", Tokens::find(&environment, Path::new("/nowhere")));
        assert!(shown.contains("AWS_TOKEN") && !shown.contains("do-not-show"), "{shown}");
    }
}
