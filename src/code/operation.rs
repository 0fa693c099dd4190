//! Names of AWS in every spelling: operations, services, parameters.

/// The service's name in the CLI and in boto3.
pub(super) const SECRETS_MANAGER: &str = "secretsmanager";

/// Operations of AWS Secrets Manager (API reference, "Actions").
const OPERATIONS: &[&str] = &[
    "BatchGetSecretValue",
    "CancelRotateSecret",
    "CreateSecret",
    "DeleteResourcePolicy",
    "DeleteSecret",
    "DescribeSecret",
    "GetRandomPassword",
    "GetResourcePolicy",
    "GetSecretValue",
    "ListSecretVersionIds",
    "ListSecrets",
    "PutResourcePolicy",
    "PutSecretValue",
    "RemoveRegionsFromReplication",
    "ReplicateSecretToRegions",
    "RestoreSecret",
    "RotateSecret",
    "StopReplicationToReplica",
    "TagResource",
    "UntagResource",
    "UpdateSecret",
    "UpdateSecretVersionStage",
    "ValidateResourcePolicy",
];

/// Parameters of the operations that fetch or name a secret, as far as a builder may set them.
const PARAMETERS: &[&str] =
    &["SecretId", "SecretIdList", "VersionId", "VersionStage", "Filters", "Name", "MaxResults", "NextToken"];

/// What SDKs put around the name of an operation.
const SUFFIXES: &[&str] = &[
    "",
    "command",
    "async",
    "callable",
    "paginator",
    "paginated",
    "pages",
    "pageswithcontext",
    "withcontext",
];

/// What in a path of class or module names tells the service, in small letters and without `_` and `-`.
const SERVICE_MARKS: &[(&str, &str)] = &[
    (SECRETS_MANAGER, SECRETS_MANAGER),
    ("aws.ssm", "ssm"),
    ("ssmclient", "ssm"),
    ("awssdkssm", "ssm"),
    ("simplesystemsmanagement", "ssm"),
    ("aws.stepfunctions", "stepfunctions"),
    ("sfnclient", "stepfunctions"),
    ("awssdksfn", "stepfunctions"),
    ("aws.states", "stepfunctions"),
    ("aws.scheduler", "scheduler"),
    ("schedulerclient", "scheduler"),
    ("awssdkscheduler", "scheduler"),
];

/// No mark of a service is longer, with what may stand between its letters.
const LONGEST_MARK: usize = 28;

/// The API's own spelling of an operation written in any way.
pub(super) fn operation(written: &str) -> Option<&'static str> {
    // Without its marks, in small letters; what does not fit is too long for any of them.
    let mut plain = [0; 48];
    let mut length = 0;
    for byte in written.bytes().filter(|b| !matches!(b, b'_' | b'-' | b' ' | b':')) {
        *plain.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    let plain = &plain[..length];
    // A paginator of the operation.
    let plain =
        [&b"paginate"[..], b"new"].iter().find_map(|before| plain.strip_prefix(*before)).unwrap_or(plain);
    OPERATIONS.iter().copied().find(|known| {
        let known = known.as_bytes();
        plain.first().is_some_and(|first| known[0].eq_ignore_ascii_case(first))
            && plain.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known))
            && SUFFIXES.iter().any(|suffix| suffix.as_bytes() == &plain[known.len()..])
    })
}

/// The service that a path of class or module names leads to, where its part up to `from` led to `known`.
pub(super) fn service_of(path: &str, from: usize, known: Option<&'static str>) -> Option<&'static str> {
    if known == Some(SECRETS_MANAGER) {
        return known;
    }
    let bytes = &path.as_bytes()[from.saturating_sub(LONGEST_MARK).min(path.len())..];
    let mut found = known;
    for (at, byte) in bytes.iter().enumerate() {
        // Every mark begins with one of these pairs, perhaps with a `_` or `-` in it.
        let second = bytes.get(at + 1).map_or(0, |b| b | 0x20);
        let pair = match byte | 0x20 {
            b's' => matches!(second, b'e' | b's' | b'i' | b'f' | b'c'),
            b'a' => second == b'w',
            _ => false,
        };
        if !pair {
            continue;
        }
        for (mark, service) in SERVICE_MARKS {
            if (found.is_none() || *service == SECRETS_MANAGER) && begins_with(&bytes[at..], mark.as_bytes())
            {
                found = Some(service);
            }
        }
        if found == Some(SECRETS_MANAGER) {
            break;
        }
    }
    found
}

/// Whether `mark` stands at the start of `bytes`, in letters of any size and with `_` and `-` anywhere in it.
fn begins_with(bytes: &[u8], mark: &[u8]) -> bool {
    let mut letters = bytes.iter().filter(|b| !matches!(b, b'_' | b'-')).map(u8::to_ascii_lowercase);
    mark.iter().all(|wanted| letters.next() == Some(*wanted))
}

/// A parameter's name as the API spells it: `secret_id`, `setSecretId`, `withSecretId` are `SecretId`.
pub(super) fn parameter(written: &str) -> String {
    let mut name = String::with_capacity(written.len());
    let mut upper = true;
    for c in written.chars() {
        match c {
            '_' | '-' => upper = true,
            c if upper => {
                name.extend(c.to_uppercase());
                upper = false;
            }
            c => name.push(c),
        }
    }
    for prefix in ["Set", "With", "Add"] {
        match name.strip_prefix(prefix) {
            Some(rest) if PARAMETERS.contains(&rest) => return rest.to_owned(),
            _ => {}
        }
    }
    name
}

/// Whether a builder's call or a field of this name sets a parameter.
pub(super) fn is_parameter(written: &str) -> bool {
    PARAMETERS.contains(&parameter(written).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_known_in_any_spelling() {
        for (written, expected) in [
            ("get_secret_value", Some("GetSecretValue")),
            ("GetSecretValueCommand", Some("GetSecretValue")),
            ("getSecretValueAsync", Some("GetSecretValue")),
            ("batch-get-secret-value", Some("BatchGetSecretValue")),
            ("list_secrets", Some("ListSecrets")),
            ("get_secret_values_of", None),
            ("get_secret", None),
        ] {
            assert_eq!(operation(written), expected, "{written}");
        }
    }

    #[test]
    fn parameters_are_spelled_as_in_the_api() {
        for written in ["SecretId", "secretId", "secret_id", "SetSecretId", "withSecretId"] {
            assert_eq!(parameter(written), "SecretId");
        }
        assert_eq!(parameter("settings"), "Settings");
    }
}
