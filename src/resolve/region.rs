//! The region that names without one are meant in.
//!
//! `AWS_REGION`, else `AWS_DEFAULT_REGION`, else the profile's `region` in the AWS configuration file ("Configuration
//! and credential file settings", AWS CLI user guide). The AWS CLI itself is not run for it: that takes half a second.

use super::profile::{self, File};
use super::surroundings::Environment;

/// The region, as this process finds it: reads the configuration file only where no variable says it.
pub fn find(environment: &Environment) -> Option<String> {
    region(environment, || std::fs::read_to_string(File::Config.path(environment)?).ok())
}

/// The region, by the variables or else by the text of the configuration file.
pub fn region(environment: &Environment, config: impl FnOnce() -> Option<String>) -> Option<String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .find_map(|name| environment.get(name))
        .map(|region| region.trim().to_owned())
        .or_else(|| of_profile(&config()?, profile::name(environment)))
}

/// Whether `text` can be a region's name. It becomes part of a host's name, so nothing else may stand in it.
pub fn is_region(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The `region` of a profile in the text of a configuration file.
fn of_profile(config: &str, profile: &str) -> Option<String> {
    let (_, value) = profile::entries(config, profile, File::Config)
        .into_iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("region"))?;
    // What follows white space is a comment: a region has none.
    value.split_whitespace().next().filter(|word| !word.starts_with(['#', ';'])).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home;

    const CONFIG: &str = "\
# region = in-a-comment
[default]
region = eu-central-1
output = json

[profile work]
; region = in-a-comment
s3 =
  region = of-s3
  addressing_style = path
region=eu-west-1 # Ireland

[profile \"two words\"]
  Region : ap-south-1
  output = json
[profile none]
output = json
[sso-session work2]
region = of-a-session
[profile cut
region = not-a-section
[work3]
region = without-the-word
[profile empty]
region =
[profile commented]
region = # none
[profile services]
services = s
[services s]
region = of-a-service
";

    #[test]
    fn the_region_is_the_first_one_said() {
        for (variables, expected, why) in [
            (
                &[("AWS_REGION", "us-west-1"), ("AWS_DEFAULT_REGION", "us-west-2")][..],
                Some("us-west-1"),
                "first",
            ),
            (&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "us-west-2")], Some("us-west-2"), "empty is unset"),
            (&[("AWS_DEFAULT_REGION", " us-west-2\n")], Some("us-west-2"), "trimmed"),
            (&[], Some("eu-central-1"), "the default profile"),
            (&[("AWS_PROFILE", "default")], Some("eu-central-1"), "by its name"),
            (&[("AWS_PROFILE", "work")], Some("eu-west-1"), "not s3's own block, no comment"),
            (&[("AWS_DEFAULT_PROFILE", "work")], Some("eu-west-1"), "the older variable"),
            (
                &[("AWS_PROFILE", "none"), ("AWS_DEFAULT_PROFILE", "work")],
                None,
                "the first names the profile",
            ),
            (&[("AWS_PROFILE", "two words")], Some("ap-south-1"), "quoted, indented, colon, capital"),
            (&[("AWS_PROFILE", "work2")], None, "a section of another kind"),
            (&[("AWS_PROFILE", "cut")], None, "a header that does not end"),
            (&[("AWS_PROFILE", "work3")], None, "a profile's header has the word profile"),
            (&[("AWS_PROFILE", "empty")], None, "nothing said"),
            (&[("AWS_PROFILE", "commented")], None, "only a comment"),
            (&[("AWS_PROFILE", "services")], None, "another section's key"),
            (&[("AWS_PROFILE", "nosuch")], None, "no such profile"),
            (
                &[("AWS_PROFILE", "work"), ("AWS_REGION", "us-east-2")],
                Some("us-east-2"),
                "variables go first",
            ),
        ] {
            let environment = variables.iter().copied().collect();
            assert_eq!(region(&environment, || Some(CONFIG.to_owned())).as_deref(), expected, "{why}");
        }
        assert_eq!(region(&Environment::default(), || None), None, "no file");
    }

    #[test]
    fn the_file_is_where_the_variables_say() {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(home.path().join(".aws")).expect("a directory");
        std::fs::write(home.path().join(".aws/config"), "[default]\nregion = sa-east-1\n").expect("a file");
        std::fs::write(home.path().join("other"), "[default]\nregion = sa-west-1\n").expect("a file");
        let path = home.path().to_str().expect("text");
        let other = format!("{path}/other");
        for (variables, expected) in [
            (&[(home::VARIABLE, path)][..], Some("sa-east-1")),
            (&[(home::VARIABLE, path), ("AWS_CONFIG_FILE", &other)], Some("sa-west-1")),
            (&[(home::VARIABLE, path), ("AWS_CONFIG_FILE", "~/other")], Some("sa-west-1")),
            (&[(home::VARIABLE, path), ("AWS_CONFIG_FILE", "~/missing")], None),
            (&[], None),
        ] {
            let environment = variables.iter().copied().collect();
            assert_eq!(find(&environment).as_deref(), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_region_is_a_label_and_nothing_else() {
        for region in ["us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for text in
            ["", "evil.com/#", "us-east-1.evil.com", "US-EAST-1", "-us", "us-", "a b", "é", &"a".repeat(64)]
        {
            assert!(!is_region(text), "{text}");
        }
    }
}
