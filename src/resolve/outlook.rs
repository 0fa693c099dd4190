//! Where the caller's credentials would be found, told without asking for them: by the names of variables and of keys in
//! files. Nothing is run and nobody is contacted, so an SSO session, a role or an instance's own credentials are named,
//! and not tried.

use super::credentials::{self, cli::Cli};
use super::profile::{self, File};
use super::surroundings::Environment;

/// Where credentials would be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlook {
    /// They are there; where, for people: `the environment`.
    Found(String),
    /// Whoever would have to be asked for them.
    NotAsked(String),
    /// There are none, and why.
    None(String),
}

/// Keys of a profile that lead to somebody who has to be asked, and who that is.
const ASKED: [(&str, &str); 7] = [
    ("sso_session", "IAM Identity Center"),
    ("sso_start_url", "IAM Identity Center"),
    ("sso_account_id", "IAM Identity Center"),
    ("login_session", "a login session"),
    ("role_arn", "a role"),
    ("web_identity_token_file", "a web identity"),
    ("credential_process", "a credential process"),
];
/// Variables that lead to somebody who has to be asked.
const ASKED_BY_VARIABLE: [(&str, &str); 3] = [
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "a web identity"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "the container's role"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "the container's role"),
];

/// Where the resolver would find them, in its own order: the environment, then the AWS CLI, which has profiles.
pub fn find(environment: &Environment) -> Outlook {
    let text = |file: File| std::fs::read_to_string(file.path(environment)?).ok();
    let has_cli = Cli::on_path(environment).is_some();
    outlook(environment, has_cli, text)
}

fn outlook(environment: &Environment, has_cli: bool, text: impl Fn(File) -> Option<String>) -> Outlook {
    if credentials::of_environment(environment).is_some() {
        return Outlook::Found("the environment".to_owned());
    }
    let lack = credentials::lack_of_environment(environment);
    if !has_cli {
        return Outlook::None(format!("{lack}, and the AWS CLI is not installed"));
    }
    let profile = profile::name(environment);
    let mut keys: Vec<String> = Vec::new();
    for file in [File::Credentials, File::Config] {
        let text = text(file).unwrap_or_default();
        let entries = profile::entries(&text, profile, file);
        let named = |wanted: &str| entries.iter().any(|(key, value)| *key == wanted && !value.is_empty());
        if named("aws_access_key_id") && named("aws_secret_access_key") {
            return Outlook::Found(format!("the profile {profile}"));
        }
        keys.extend(entries.iter().map(|(key, _)| key.to_ascii_lowercase()));
    }
    let by_profile = ASKED.iter().find(|(key, _)| keys.iter().any(|known| known == key));
    if let Some((_, who)) = by_profile {
        return Outlook::NotAsked(format!("{who}, by the profile {profile}"));
    }
    let by_variable = ASKED_BY_VARIABLE.iter().find(|(name, _)| environment.get(name).is_some());
    if let Some((name, who)) = by_variable {
        return Outlook::NotAsked(format!("{who}, by {name}"));
    }
    let instance =
        environment.get("AWS_EC2_METADATA_DISABLED").is_none_or(|value| !value.eq_ignore_ascii_case("true"));
    if instance && keys.is_empty() {
        return Outlook::NotAsked("the role of this instance, if it has one".to_owned());
    }
    Outlook::None(format!("{lack}, and the profile {profile} has none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_they_would_be_found() {
        const CONFIG: &str = "[default]\nregion = x\n[profile sso]\nsso_session = s\n[profile role]\nrole_arn = r\n\
                              source_profile = keys\n[profile keys]\naws_access_key_id = A\naws_secret_access_key = B\n";
        const CREDENTIALS: &str =
            "[work]\naws_access_key_id=A\naws_secret_access_key=B\n[half]\naws_access_key_id=A\n";
        let text = |file| Some(if file == File::Config { CONFIG } else { CREDENTIALS }.to_owned());
        let found = |place: &str| Outlook::Found(place.to_owned());
        let not_asked = |who: &str| Outlook::NotAsked(who.to_owned());
        let none = |why: &str| Outlook::None(format!("the environment has none, {why}"));
        let keys = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "B")];
        for (variables, has_cli, expected) in [
            (&keys[..], false, found("the environment")),
            (&[], false, none("and the AWS CLI is not installed")),
            (&[("AWS_PROFILE", "work")], true, found("the profile work")),
            (&[("AWS_PROFILE", "keys")], true, found("the profile keys")),
            (&[("AWS_PROFILE", "half")], true, none("and the profile half has none")),
            (&[("AWS_PROFILE", "sso")], true, not_asked("IAM Identity Center, by the profile sso")),
            (&[("AWS_PROFILE", "role")], true, not_asked("a role, by the profile role")),
            (&[], true, none("and the profile default has none")),
            (&[("AWS_PROFILE", "x")], true, not_asked("the role of this instance, if it has one")),
            (
                &[("AWS_PROFILE", "x"), ("AWS_EC2_METADATA_DISABLED", "true")],
                true,
                none("and the profile x has none"),
            ),
            (
                &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")],
                true,
                not_asked("a web identity, by AWS_WEB_IDENTITY_TOKEN_FILE"),
            ),
        ] {
            let environment = variables.iter().copied().collect();
            assert_eq!(outlook(&environment, has_cli, text), expected, "{variables:?}");
        }
    }
}
