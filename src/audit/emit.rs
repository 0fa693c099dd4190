//! One `tracing` event a decision, and a layer for each place that it goes to.
//!
//! The subscriber is made for the one event, so a process that logs nothing makes none.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use super::file::Appended;
use super::otlp;
use super::record::{Done, Record, stamp};

/// The target of the event.
const TARGET: &str = "asm_guard::audit";
/// Where journald listens (systemd, "Native Journal Protocol").
const JOURNALD: &str = "/run/systemd/journal/socket";
/// What names of fields begin with in journald.
const PREFIX: &str = "ASM_GUARD";

/// Where an event goes.
#[derive(Debug)]
pub(super) struct Places {
    /// The user's own log.
    pub log: Option<Appended>,
    /// A file in OTLP's JSON lines.
    pub otlp: Option<Appended>,
    /// Whether it goes to journald.
    pub journald: bool,
}

/// Whether journald listens on this machine.
pub(super) fn has_journald() -> bool {
    Path::new(JOURNALD).exists()
}

/// Sends a record to these places, the user's own log first.
///
/// # Errors
/// When the user's own log could not be written.
pub(super) fn emit(record: &Record, places: Places) -> io::Result<()> {
    let failed = Arc::new(Mutex::new(None));
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = Vec::new();
    if let Some(file) = places.log {
        layers.push(Box::new(Lines { file, text: Record::line, failed: Some(failed.clone()) }));
    }
    if let Some(file) = places.otlp {
        layers.push(Box::new(Lines { file, text: otlp::line, failed: None }));
    }
    // It may wait for its reader, so it comes last.
    if places.journald
        && has_journald()
        && let Ok(layer) = tracing_journald::layer()
    {
        let layer = layer.with_field_prefix(Some(PREFIX.to_owned()));
        layers.push(Box::new(layer.with_syslog_identifier("asm-guard".to_owned())));
    }
    tracing::subscriber::with_default(Registry::default().with(layers), || send(record));
    let failed = failed.lock().map_or(None, |mut failed| failed.take());
    failed.map_or(Ok(()), Err)
}

/// The event. Its fields are those of the record; a list is its JSON.
fn send(record: &Record) {
    let time = stamp(record.time).to_string();
    let route = Value::from(record.route.as_slice()).to_string();
    let decision = record.decision.word();
    macro_rules! send {
        ($level:ident) => {
            tracing::event!(
                target: TARGET,
                Level::$level,
                time = time.as_str(),
                session = record.session.as_deref(),
                agent = record.agent.as_str(),
                tool = record.tool.as_deref(),
                decision,
                rule = record.rule.as_deref(),
                route = (!record.route.is_empty()).then_some(route.as_str()),
                file = record.file.as_deref(),
                input = record.input.as_deref(),
                understood = record.understood.as_deref(),
                cause = record.cause.as_deref(),
                replaced_by = record.replaced_by.as_deref(),
                masked = record.masked,
                "{}",
                record.sentence()
            )
        };
    }
    match record.decision {
        Done::Deny => send!(WARN),
        Done::Ask | Done::Mask | Done::Withhold => send!(INFO),
        Done::Allow => send!(DEBUG),
    }
}

/// A layer that appends a line to a file.
struct Lines {
    file: Appended,
    text: fn(&Record) -> String,
    /// Where an error is told.
    failed: Option<Arc<Mutex<Option<io::Error>>>>,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != TARGET {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let appended = match fields.record() {
            Ok(record) => self.file.append(&(self.text)(&record)),
            Err(error) => Err(error.into()),
        };
        if let (Err(error), Some(failed)) = (appended, &self.failed)
            && let Ok(mut failed) = failed.lock()
        {
            *failed = Some(error);
        }
    }
}

/// The fields of an event.
#[derive(Debug, Default)]
struct Fields(BTreeMap<&'static str, Value>);

impl Fields {
    fn record(self) -> serde_json::Result<Record> {
        serde_json::from_value(self.0.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, text: &str) {
        let value = match field.name() {
            "route" => serde_json::from_str(text).unwrap_or_default(),
            _ => Value::from(text),
        };
        self.0.insert(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, number: u64) {
        self.0.insert(field.name(), Value::from(number));
    }

    /// Only the message for people comes this way.
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn what_is_sent_arrives() {
        let folder = tempfile::tempdir().unwrap();
        let record = Record {
            time: OffsetDateTime::UNIX_EPOCH,
            session: Some("s".into()),
            agent: "claude".into(),
            tool: None,
            decision: Done::Ask,
            rule: Some("r".into()),
            route: vec!["a".into(), "b \"c\"".into()],
            file: None,
            input: None,
            understood: Some("x".into()),
            cause: None,
            replaced_by: None,
            masked: Some(3),
        };
        let file = |name: &str| {
            Some(Appended { path: folder.path().join(name), own: true, max_size: 10_000, keep: 1 })
        };
        emit(&record, Places { log: file("log"), otlp: file("otlp"), journald: false }).unwrap();
        let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(text("log"), format!("{}\n", record.line()));
        assert_eq!(text("otlp"), format!("{}\n", otlp::line(&record)));
        std::fs::remove_file(folder.path().join("log")).unwrap();
        std::fs::create_dir(folder.path().join("log")).unwrap();
        assert!(emit(&record, Places { log: file("log"), otlp: file("otlp"), journald: false }).is_err());
        assert_eq!(text("otlp").lines().count(), 2);
    }
}
