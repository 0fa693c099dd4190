//! Several secrets in one call ("BatchGetSecretValue", Secrets Manager API reference).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::resolve::backend::Failure;
use crate::resolve::backend::remote::repeatable;
use crate::resolve::reference::{CURRENT, Request, Version};
use crate::resolve::secret::Secret;

/// The most secrets in one call.
const MOST: usize = 20;

/// Which requests are sent together, by their positions: current versions of one region in calls of up to 20, all
/// others alone. The API gives current versions only.
pub(super) fn plan(requests: &[&Request], regions: &[Option<&str>]) -> Vec<Vec<usize>> {
    let mut by_region: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut jobs = Vec::new();
    for (at, (request, region)) in requests.iter().zip(regions).enumerate() {
        let is_current = matches!(&request.version, Version::Stage(stage) if stage == CURRENT);
        match region {
            Some(region) if is_current => by_region.entry(region).or_default().push(at),
            _ => jobs.push(vec![at]),
        }
    }
    let batches = by_region.values().flat_map(|together| together.chunks(MOST)).map(<[usize]>::to_vec);
    batches.chain(jobs).collect()
}

/// What is asked.
pub(super) fn body(requests: &[&Request]) -> Value {
    json!({"SecretIdList": requests.iter().map(|request| request.id.as_str()).collect::<Vec<_>>()})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow, default)]
    secret_values: Vec<&'a RawValue>,
    #[serde(default)]
    errors: Vec<OneError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OneError {
    secret_id: String,
    error_code: String,
    #[serde(default)]
    message: Option<String>,
}

/// What the answer says about each of the requests: its secret, its error, or nothing.
pub(super) fn results(
    answer: &str,
    requests: &[&Request],
    region: &str,
) -> Vec<Option<Result<Secret, Failure>>> {
    let Ok(answer) = serde_json::from_str::<Answer>(answer) else {
        return requests.iter().map(|_| None).collect();
    };
    let result = |request: &&Request| {
        let secret = answer.secret_values.iter().find_map(|value| {
            Secret::from_answer(value.get()).ok().filter(|secret| secret.check(request, Some(region)).is_ok())
        });
        let error = || answer.errors.iter().find(|error| error.secret_id == request.id);
        match secret {
            Some(secret) => Some(Ok(secret)),
            None => error().map(|error| {
                let message = repeatable(error.message.as_deref().unwrap_or_default());
                Err(Failure::of_service(&repeatable(&error.error_code), &message))
            }),
        }
    };
    requests.iter().map(result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: &str, version: Version) -> Request {
        Request { id: id.to_owned(), version }
    }

    #[test]
    fn current_versions_of_a_region_go_together() {
        let current = |id: &str| request(id, Version::Stage(CURRENT.to_owned()));
        let requests = [
            current("a"),
            request("b", Version::Stage("AWSPREVIOUS".to_owned())),
            current("c"),
            current("d"),
            request("e", Version::Id("v1".to_owned())),
            current("f"),
        ];
        let regions = [
            Some("us-east-1"),
            Some("us-east-1"),
            Some("eu-west-1"),
            Some("us-east-1"),
            Some("us-east-1"),
            None,
        ];
        let jobs = plan(&requests.iter().collect::<Vec<_>>(), &regions);
        assert_eq!(jobs, [vec![2], vec![0, 3], vec![1], vec![4], vec![5]]);
        let many: Vec<_> = (0..45).map(|n| current(&n.to_string())).collect();
        let jobs = plan(&many.iter().collect::<Vec<_>>(), &[Some("us-east-1"); 45]);
        assert_eq!(jobs.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 5]);
        assert!(jobs.concat().into_iter().eq(0..45));
    }
}
