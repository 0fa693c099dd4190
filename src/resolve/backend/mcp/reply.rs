//! The secret in what a tool answers.
//!
//! The shape of `run_script`'s result is not published; `call_aws` gives a list of commands with the CLI's output as
//! JSON text within JSON. So the answer of GetSecretValue is searched for, in a bounded way, by the members only it
//! has, and it is proved to be the one asked for by the ARN and the name beside the value.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::resolve::backend::remote::{repeatable, speaks_of_value};
use crate::resolve::backend::{Failure, shown};
use crate::resolve::reference::Request;
use crate::resolve::secret::Secret;

/// JSON within JSON texts, and members within members, are followed this deep: the shapes known take nine.
const MAX_DEPTH: usize = 24;
/// No more values than this are looked at: an answer of one secret has a few dozen.
const MAX_VALUES: usize = 20_000;

/// The secret in the result of `tools/call`, checked against what was asked.
///
/// # Errors
/// What the service or the tool said instead. A text from an answer that may hold a value is never repeated.
pub(super) fn secret(result: &str, request: &Request, region: &str) -> Result<Secret, Failure> {
    let Ok(result) = serde_json::from_str(result).map(Wiped) else {
        return Err(Failure::faulty("the tool's answer is no JSON"));
    };
    let mut found = Found::default();
    found.search(&result.0, 0);
    let mut failure = None;
    for answer in &found.answers {
        match Secret::from_answer(answer)
            .and_then(|secret| secret.check(request, Some(region)).map(|()| secret))
        {
            Ok(secret) => return Ok(secret),
            Err(why) => failure = failure.or(Some(why)),
        }
    }
    Err(failure.unwrap_or_else(|| found.failure(result.0.get("isError") == Some(&Value::Bool(true)))))
}

/// JSON that is wiped when dropped.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

/// What a search came upon.
#[derive(Default)]
struct Found {
    /// Objects with a value in them.
    answers: Vec<Zeroizing<String>>,
    /// What the service said.
    errors: Vec<Failure>,
    /// What the tool said of itself.
    complaints: Vec<String>,
    /// A text speaks of a value, and could not be read.
    is_veiled: bool,
    /// The bounds were reached.
    is_cut: bool,
    values: usize,
}

impl Found {
    fn search(&mut self, value: &Value, depth: usize) {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            self.is_cut = true;
            return;
        }
        match value {
            Value::Object(members) => match answer(members) {
                Some(answer) => self.answers.push(answer),
                None => {
                    self.object(members);
                    members.values().for_each(|member| self.search(member, depth + 1));
                }
            },
            Value::Array(items) => items.iter().for_each(|item| self.search(item, depth + 1)),
            Value::String(text) => self.text(text, depth),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, depth: usize) {
        if text.trim_start().starts_with(['{', '[', '"'])
            && let Ok(inner) = serde_json::from_str(text).map(Wiped)
        {
            return self.search(&inner.0, depth + 1);
        }
        self.is_veiled |= speaks_of_value(text);
        self.errors.extend(service_error(text));
    }

    /// The error that an object without a value in it tells of.
    fn object(&mut self, members: &Map<String, Value>) {
        let text = |names: &[&str]| {
            let member = names.iter().find_map(|name| members.get(*name).and_then(Value::as_str));
            member.filter(|text| !text.is_empty())
        };
        let message = text(&["error", "error_message", "errorMessage", "message", "Message", "stderr"]);
        // What the service's own text says is found there; here is what an object says by its members.
        match text(&["error_code", "errorCode", "Code", "__type"]) {
            Some(code) if message.is_none_or(|message| service_error(message).is_none()) => {
                self.errors.push(of_service(code, message.unwrap_or_default()));
            }
            _ => self.complaints.extend(message.map(repeatable)),
        }
        let is_text = members.get("type").and_then(Value::as_str) == Some("text");
        if is_text
            && let Some(text) = text(&["text"])
            && !text.trim_start().starts_with(['{', '['])
        {
            self.complaints.push(repeatable(text));
        }
    }

    fn failure(self, is_error: bool) -> Failure {
        if self.is_veiled {
            return Failure::faulty("the tool's answer holds a secret in a form that cannot be read");
        }
        let definite = self.errors.iter().position(Failure::is_definite).unwrap_or(0);
        if let Some(error) = self.errors.into_iter().nth(definite) {
            return error;
        }
        let complaint = self.complaints.into_iter().find(|complaint| !complaint.is_empty());
        match complaint {
            Some(complaint) => Failure::faulty(format!("the tool answered: {complaint}")),
            None if is_error => Failure::faulty("the tool failed and did not say why"),
            None if self.is_cut => {
                Failure::faulty("the tool's answer is too large or too deep to be searched")
            }
            None => Failure::faulty("the tool's answer holds no secret"),
        }
    }
}

/// The object as an answer of GetSecretValue, where it holds a value. Such an object is searched no further: what is
/// within is the value's own.
fn answer(members: &Map<String, Value>) -> Option<Zeroizing<String>> {
    let holds = |name: &str| members.get(name).is_some_and(|value| !value.is_null());
    if !["SecretString", "SecretBinary", "SecretBinaryHex"].into_iter().any(holds) {
        return None;
    }
    let mut members = Wiped(Value::Object(members.clone()));
    if let Some(hex) = members.0.get("SecretBinaryHex").and_then(Value::as_str)
        && let Some(bytes) = of_hex(hex)
    {
        members.0["SecretBinary"] = BASE64_STANDARD.encode(&*bytes).into();
    }
    // A server that gives bytes as anything else than base64 gives something else than the secret.
    if let Some(binary) = members.0.get("SecretBinary").and_then(Value::as_str)
        && BASE64_STANDARD.decode(binary).map(Zeroizing::new).is_err()
    {
        wipe(&mut members.0["SecretBinary"]);
        members.0["SecretBinary"] = Value::Null;
    }
    serde_json::to_string(&members.0).ok().map(Zeroizing::new)
}

fn of_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect::<Option<Vec<u8>>>()
        .map(Zeroizing::new)
}

/// The error in botocore's words: `An error occurred (CODE) when calling the OPERATION operation: MESSAGE`, where the
/// number of retries may stand in brackets before the colon (botocore's `ClientError`).
fn service_error(text: &str) -> Option<Failure> {
    let (_, rest) = text.split_once("An error occurred (")?;
    let (code, rest) = rest.split_once(')')?;
    let is_code = (1..=100).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    let (_, rest) = rest.split_once(" operation").filter(|_| is_code)?;
    let rest = rest.strip_prefix(" (").and_then(|note| note.split_once(')')).map_or(rest, |(_, rest)| rest);
    let message = rest.strip_prefix(':').and_then(|message| message.lines().next());
    Some(of_service(code, message.unwrap_or_default()))
}

fn of_service(code: &str, message: &str) -> Failure {
    Failure::of_service(&shown(code), &repeatable(message))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;
    use crate::resolve::reference::{CURRENT, Version};
    use crate::resolve::secret::Content;

    const TEXT: &str = "hush \"\\ \u{7f}\u{1f600} {\"a\": 1.50} 12345678901234567890.0\r\n";

    fn answer() -> Value {
        json!({
            "ARN": "arn:aws:secretsmanager:us-east-1:1:secret:a-a1B2c3",
            "Name": "a",
            "VersionId": "v1",
            "VersionStages": ["AWSCURRENT"],
            "SecretString": TEXT,
        })
    }

    fn find(result: &Value) -> Result<String, Failure> {
        let request = Request { id: "a".to_owned(), version: Version::Stage(CURRENT.to_owned()) };
        secret(&result.to_string(), &request, "us-east-1").map(|secret| match secret.content {
            Content::Text(text) => text.expose_secret().to_owned(),
            Content::Binary(base64) => format!("base64 {}", base64.expose_secret()),
        })
    }

    fn in_text(value: &Value) -> Value {
        json!({"content": [{"type": "text", "text": value.to_string()}]})
    }

    #[test]
    fn a_secret_is_found_wherever_it_is() {
        let answer = answer();
        let twice = Value::String(answer.to_string());
        let decoy = json!({"ARN": "arn:aws:secretsmanager:us-east-1:1:secret:b-a1B2c3", "Name": "b", "VersionId": "v",
            "VersionStages": ["AWSCURRENT"], "SecretString": "another"});
        for (result, shape) in [
            (in_text(&answer), "bare output of the CLI"),
            (in_text(&json!({"status": "success", "return_value": answer})), "run_script"),
            (in_text(&json!({"status": "success", "return_value": twice})), "run_script, as text"),
            (in_text(&json!([{"response": {"error": null, "as_json": twice}}])), "call_aws"),
            (json!({"structuredContent": {"result": {"return_value": answer}}, "content": []}), "structured"),
            (
                json!({"structuredContent": {"result": json!({"return_value": twice}).to_string()}}),
                "JSON in JSON in JSON",
            ),
            (in_text(&Value::String(twice.to_string())), "quoted three times"),
            (
                json!({"content": [{"type": "resource", "resource": {"text": answer.to_string()}}]}),
                "a resource",
            ),
            (in_text(&json!({"return_value": [decoy, answer]})), "beside another secret"),
            (
                in_text(
                    &json!({"api_calls": [{"error": "An error occurred (ThrottlingException) when calling the \
              GetSecretValue operation: x"}], "return_value": answer}),
                ),
                "after an error that was got over",
            ),
        ] {
            assert_eq!(find(&result).as_deref(), Ok(TEXT), "{shape}");
        }
    }

    #[test]
    fn bytes_are_exact_or_refused() {
        let with = |name: &str, value: Value| {
            let mut answer = answer();
            answer.as_object_mut().expect("an object").remove("SecretString");
            answer[name] = value;
            find(&in_text(&json!({"return_value": answer})))
        };
        assert_eq!(with("SecretBinary", json!("AAEC/w==")).as_deref(), Ok("base64 AAEC/w=="));
        assert_eq!(with("SecretBinaryHex", json!("000102ff")).as_deref(), Ok("base64 AAEC/w=="));
        assert_eq!(with("SecretBinaryHex", json!("")).as_deref(), Ok("base64 "));
        for (name, value) in [
            ("SecretBinary", json!("b'\\x00\\x01'")),
            ("SecretBinaryHex", json!("0001f")),
            ("SecretBinaryHex", json!("zz")),
            ("SecretBinaryHex", json!(7)),
        ] {
            let failure = with(name, value).expect_err("no bytes");
            assert_eq!(failure.cause, "the answer has neither SecretString nor SecretBinary", "{name}");
        }
    }

    #[test]
    fn errors_are_found_and_mean_what_the_service_says() {
        let not_found = "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: \
                         Secrets Manager can't find the specified secret.";
        let said = Failure::of_service(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
        );
        let denied = "An error occurred (AccessDeniedException) when calling the GetSecretValue operation (reached max \
                      retries: 2): no\ntrace";
        for (result, expected) in [
            (json!({"content": [{"type": "text", "text": not_found}]}), said.clone()),
            (json!({"content": [{"type": "text", "text": not_found}], "isError": true}), said.clone()),
            (
                json!({"content": [{"type": "text", "text": format!("Error executing tool x: {not_found}")}], "isError": true}),
                said.clone(),
            ),
            (
                in_text(
                    &json!([{"response": {"error": not_found, "status_code": 400, "error_code": "ResourceNotFoundException", "as_json": null}}]),
                ),
                said.clone(),
            ),
            (
                in_text(&json!({"status": "error", "error": {"message": not_found, "type": "ClientError"}})),
                said.clone(),
            ),
            (
                in_text(
                    &json!({"status": "error", "stderr": format!("Traceback\n  line 1\nbotocore.errorfactory.X: {not_found}\n")}),
                ),
                said.clone(),
            ),
            (
                in_text(&json!({"error": {"Code": "ResourceNotFoundException", "Message": "gone"}})),
                Failure::of_service("ResourceNotFoundException", "gone"),
            ),
            (
                in_text(&json!({"response": {"error_code": "ThrottlingException", "error": "slow"}})),
                Failure::of_service("ThrottlingException", "slow"),
            ),
            (
                json!({"content": [{"type": "text", "text": denied}]}),
                Failure::of_service("AccessDeniedException", "no"),
            ),
            (
                in_text(
                    &json!({"api_calls": [{"error": "An error occurred (ThrottlingException) when calling the X operation: x"}], "error": not_found}),
                ),
                said.clone(),
            ),
            (
                json!({"content": [{"type": "text", "text": "Input validation error:\n 'code' is too long"}], "isError": true}),
                Failure::faulty("the tool answered: Input validation error: 'code' is too long"),
            ),
            (
                in_text(&json!({"status": "error", "error": "NameError: name 'call_boto3' is not defined"})),
                Failure::faulty("the tool answered: NameError: name 'call_boto3' is not defined"),
            ),
            (json!({"content": [], "isError": true}), Failure::faulty("the tool failed and did not say why")),
            (
                in_text(&json!({"status": "success", "return_value": null})),
                Failure::faulty("the tool's answer holds no secret"),
            ),
            (json!(null), Failure::faulty("the tool's answer holds no secret")),
        ] {
            assert_eq!(find(&result), Err(expected), "{result}");
        }
    }

    #[test]
    fn no_failure_shows_a_value() {
        let mut unnamed = answer();
        unnamed.as_object_mut().expect("an object").remove("ARN");
        unnamed["error"] = json!(TEXT);
        unnamed["message"] = json!(format!("An error occurred (X) when calling the Y operation: {TEXT}"));
        let mut wrong_type = answer();
        wrong_type["Name"] = json!(["hush"]);
        let mut nested = answer();
        nested["Name"] = json!("b");
        nested["SecretString"] = json!(answer().to_string());
        let repr = format!("{{'ARN': 'x', 'SecretString': {TEXT:?}}}");
        let explained = "The request signature we calculated does not match. The Canonical String for this request \
                         should have been x-amz-security-token:hush";
        let deep = (0..200).fold(answer(), |inner, _| json!([inner]));
        let texts = (0..12).fold(answer(), |inner, _| Value::String(json!([[inner]]).to_string()));
        for (result, expected) in [
            (in_text(&unnamed), "the answer has no ARN, so it cannot be checked against what was asked"),
            (in_text(&wrong_type), "the answer is no secret's (line 1, column "),
            (in_text(&nested), "answered with the secret b, but a was asked for"),
            (
                in_text(&json!({"return_value": repr})),
                "the tool's answer holds a secret in a form that cannot be read",
            ),
            (
                json!({"content": [{"type": "text", "text": repr}], "isError": true}),
                "the tool's answer holds a secret in a form that cannot be read",
            ),
            (
                in_text(&json!({"error_code": "InvalidSignatureException", "error": explained})),
                "InvalidSignatureException",
            ),
            (
                json!({"content": [{"type": "text", "text": explained}], "isError": true}),
                "the tool failed and did not say why",
            ),
            (deep, "the tool's answer is no JSON"),
            (texts, "the tool's answer is too large or too deep to be searched"),
        ] {
            let failure = find(&result).expect_err("no secret");
            assert!(failure.cause.starts_with(expected), "{failure}");
            assert!(!failure.cause.contains("hush"), "{failure}");
            assert!(
                failure.cause.chars().count() < 400 && !failure.cause.contains(char::is_control),
                "{failure:?}"
            );
        }
        let many: Vec<_> = (0..MAX_VALUES + 10).map(Value::from).chain([answer()]).collect();
        let failure = find(&json!({"content": many})).expect_err("too many");
        assert_eq!(failure.cause, "the tool's answer is too large or too deep to be searched");
    }

    #[test]
    fn long_words_of_others_are_cut() {
        let long = "x".repeat(5000);
        let text = format!(
            "An error occurred (AccessDeniedException) when calling the GetSecretValue operation: {long}"
        );
        let failure = find(&json!({"content": [{"type": "text", "text": text}]})).expect_err("denied");
        assert_eq!(failure, Failure::of_service("AccessDeniedException", &("x".repeat(300) + "…")));
    }
}
