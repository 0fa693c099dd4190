//! A decision as a line of OTLP's JSON: one `LogsData` object (OpenTelemetry specification, "OpenTelemetry Protocol File
//! Exporter"; opentelemetry-proto, `logs.proto` and "JSON Protobuf Encoding": names in lowerCamelCase, 64-bit integers as text).

use serde_json::{Value, json};

use super::record::{Done, Record};

/// The name of the event, the same for every decision.
const EVENT: &str = "asm_guard.decision";

/// A record as one line, without its newline.
pub(super) fn line(record: &Record) -> String {
    let text = |text: &str| json!({ "stringValue": text });
    let attribute = |key: &str, value: Value| json!({ "key": key, "value": value });
    // `SeverityNumber`: DEBUG, INFO, WARN.
    let (number, severity) = match record.decision {
        Done::Allow => (5, "DEBUG"),
        Done::Ask | Done::Mask | Done::Withhold => (9, "INFO"),
        Done::Deny => (13, "WARN"),
    };
    let route: Vec<Value> = record.route.iter().map(|step| text(step)).collect();
    let attributes: Vec<Value> = [
        ("session.id", record.session.as_deref().map(text)),
        ("asm_guard.agent", Some(text(&record.agent))),
        ("asm_guard.tool", record.tool.as_deref().map(text)),
        ("asm_guard.decision", Some(text(record.decision.word()))),
        ("asm_guard.rule", record.rule.as_deref().map(text)),
        ("asm_guard.route", (!route.is_empty()).then(|| json!({ "arrayValue": { "values": route } }))),
        ("asm_guard.file", record.file.as_deref().map(text)),
        ("asm_guard.input", record.input.as_deref().map(text)),
        ("asm_guard.understood", record.understood.as_deref().map(text)),
        ("asm_guard.cause", record.cause.as_deref().map(text)),
        ("asm_guard.replaced_by", record.replaced_by.as_deref().map(text)),
        ("asm_guard.masked", record.masked.map(|count| json!({ "intValue": count.to_string() }))),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some(attribute(key, value?)))
    .collect();
    let nanoseconds = record.time.unix_timestamp_nanos().to_string();
    let log_record = json!({
        "timeUnixNano": nanoseconds,
        "observedTimeUnixNano": nanoseconds,
        "severityNumber": number,
        "severityText": severity,
        "eventName": EVENT,
        "body": text(&record.sentence()),
        "attributes": attributes,
    });
    let version = env!("CARGO_PKG_VERSION");
    let resource =
        [attribute("service.name", text("asm-guard")), attribute("service.version", text(version))];
    json!({
        "resourceLogs": [{
            "resource": { "attributes": resource },
            "scopeLogs": [{
                "scope": { "name": "asm_guard.audit", "version": version },
                "logRecords": [log_record],
            }],
        }],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn a_decision_is_one_log_record() {
        let record = Record {
            time: OffsetDateTime::UNIX_EPOCH + time::Duration::nanoseconds(1_544_712_660_300_000_000),
            session: None,
            agent: "claude".into(),
            tool: Some("Bash".into()),
            decision: Done::Deny,
            rule: Some("r".into()),
            route: vec!["sudo".into()],
            file: None,
            input: None,
            understood: Some("aws x".into()),
            cause: None,
            replaced_by: None,
            masked: Some(2),
        };
        let line = line(&record);
        assert!(!line.contains('\n'));
        let read: Value = serde_json::from_str(&line).unwrap();
        let logs = &read["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        assert_eq!(logs["timeUnixNano"], "1544712660300000000");
        assert_eq!((&logs["severityNumber"], &logs["severityText"]), (&json!(13), &json!("WARN")));
        assert_eq!(logs["body"]["stringValue"], "deny r: values in 2 places of what the tool gave");
        let attributes = logs["attributes"].as_array().unwrap();
        let of = |key: &str| {
            attributes.iter().find(|attribute| attribute["key"] == key).map(|found| &found["value"])
        };
        assert_eq!(
            of("asm_guard.route"),
            Some(&json!({"arrayValue": {"values": [{"stringValue": "sudo"}]}}))
        );
        assert_eq!(of("asm_guard.masked"), Some(&json!({"intValue": "2"})));
        assert_eq!((of("asm_guard.tool"), of("session.id")), (Some(&json!({"stringValue": "Bash"})), None));
    }
}
