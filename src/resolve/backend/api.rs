//! Secrets Manager's own API, asked directly: opt-in, for those who may and want to call it from here.
//!
//! In: [`Request`]s. Out: their [`Secret`]s, one `GetSecretValue` each, or one `BatchGetSecretValue` for up to 20
//! current versions of the same region.

mod batch;
mod call;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::http::Client;
use super::remote::{self, Remote};
use super::{Backend, Failure, Kind, Timed, in_parallel, timed};
use crate::resolve::credentials::CredentialSource;
use crate::resolve::reference::{CURRENT, Request, Version};
use crate::resolve::region::is_region;
use crate::resolve::secret::Secret;
use crate::resolve::surroundings::{Limit, Surroundings};

/// The API answers within a second.
const OWN_LIMIT: Duration = Duration::from_secs(10);
/// The variables that name another endpoint ("Service-specific endpoints", AWS SDKs and Tools reference guide).
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"];
/// Switches them off.
const IGNORE_ENDPOINTS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
/// The domains of partitions, by the start of their regions' names (botocore's partitions.json).
const DOMAINS: [(&str, &str); 6] = [
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
];

/// The API.
#[derive(Debug)]
pub struct Api {
    /// The endpoint that the environment names, for all regions.
    endpoint: Option<Remote>,
    client: Client,
    limit: Limit,
    region: Option<String>,
    credentials: Arc<CredentialSource>,
}

impl Api {
    /// The API at the endpoint that the environment names, or else at each region's own. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the environment names no endpoint that values may come from.
    pub fn new(surroundings: &Surroundings, credentials: Arc<CredentialSource>) -> Result<Api, Failure> {
        let environment = &surroundings.environment;
        let is_ignored =
            environment.get(IGNORE_ENDPOINTS).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let named = ENDPOINTS
            .iter()
            .filter(|_| !is_ignored)
            .find_map(|name| environment.get(name).map(|text| Remote::parse(name, text)));
        let endpoint = named.transpose()?;
        let limit = surroundings.limit(OWN_LIMIT);
        let client = match &endpoint {
            Some(endpoint) => endpoint.client(surroundings, limit)?,
            None => remote::outward(surroundings, limit)?,
        };
        Ok(Api { endpoint, client, limit, region: surroundings.region.clone(), credentials })
    }

    /// The region that a request is for.
    fn region<'a>(&'a self, request: &'a Request) -> Result<&'a str, Failure> {
        let Some(region) = request.region().or(self.region.as_deref()) else {
            return Err(Failure::unavailable(
                "no region is known: set AWS_REGION, or refer to the secret by its ARN",
            ));
        };
        match is_region(region) {
            true => Ok(region),
            false => Err(Failure::faulty(format!("{region:?} is no region, such as us-east-1: correct it"))),
        }
    }

    fn endpoint(&self, region: &str) -> Result<Remote, Failure> {
        match &self.endpoint {
            Some(endpoint) => Ok(endpoint.clone()),
            None => Remote::parse("the region", &format!("https://{}/", host(region))),
        }
    }

    /// Fetches current versions of one region together. What the batch does not settle is none: it is asked for alone.
    fn fetch_batch(&self, region: &str, requests: &[&Request]) -> Vec<Option<Result<Secret, Failure>>> {
        let answer = self.call(region, "BatchGetSecretValue", &batch::body(requests));
        match answer {
            Ok(answer) => batch::results(&answer, requests, region),
            // Nobody answered, or these credentials are not accepted: it would be the same for each alone.
            Err(failure) if failure.kind == Kind::Unavailable => {
                requests.iter().map(|_| Some(Err(failure.clone()))).collect()
            }
            // The permission for batches is one of its own, and not every stand-in has batches.
            Err(_) => requests.iter().map(|_| None).collect(),
        }
    }
}

impl Backend for Api {
    fn place(&self) -> String {
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => endpoint.place(),
            (None, Some(region)) => host(region),
            (None, None) => host("<region>"),
        }
    }

    fn asks_as_caller(&self) -> bool {
        true
    }

    fn fetch(&self, request: &Request) -> Result<Secret, Failure> {
        let region = self.region(request)?;
        let body = match &request.version {
            Version::Stage(stage) if stage == CURRENT => json!({"SecretId": request.id}),
            Version::Stage(stage) => json!({"SecretId": request.id, "VersionStage": stage}),
            Version::Id(id) => json!({"SecretId": request.id, "VersionId": id}),
        };
        let answer = self.call(region, "GetSecretValue", &body)?;
        let secret = Secret::from_answer(&answer)?;
        secret.check(request, Some(region))?;
        Ok(secret)
    }

    fn fetch_all(&self, requests: &[&Request]) -> Vec<Timed> {
        let mut results: Vec<Option<Timed>> = requests.iter().map(|_| None).collect();
        let regions: Vec<_> = requests.iter().map(|request| self.region(request).ok()).collect();
        let jobs = batch::plan(requests, &regions);
        // First the batches, with the single ones among them, then those that a batch did not settle.
        let done = in_parallel(&jobs, |job| match (job.as_slice(), regions[job[0]]) {
            (_, Some(region)) if job.len() > 1 => {
                let requests: Vec<_> = job.iter().map(|&at| requests[at]).collect();
                let (results, took) = timed(|| self.fetch_batch(region, &requests));
                results.into_iter().map(|result| Some((result?, took))).collect()
            }
            _ => vec![Some(timed(|| self.fetch(requests[job[0]])))],
        });
        for (at, result) in jobs.iter().flatten().zip(done.into_iter().flatten()) {
            results[*at] = result;
        }
        let open: Vec<_> = (0..requests.len()).filter(|&at| results[at].is_none()).collect();
        let alone = in_parallel(&open, |&at| timed(|| self.fetch(requests[at])));
        for (at, result) in open.into_iter().zip(alone) {
            results[at] = Some(result);
        }
        results.into_iter().flatten().collect()
    }
}

/// The host of the API in a region.
fn host(region: &str) -> String {
    let domain = DOMAINS.iter().find(|(start, _)| region.starts_with(start));
    format!("secretsmanager.{region}.{}", domain.map_or("amazonaws.com", |(_, domain)| domain))
}
