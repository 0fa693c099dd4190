//! The APIs of models, a file each.

use serde_json::Value;

use crate::mock::Turn;
use crate::{contents, messages, responses};

/// An API, as far as the clients use it.
pub struct Dialect {
    /// Whether requests to a path are its own.
    pub speaks: fn(&str) -> bool,
    /// Whether the answer to a request is a stream.
    pub streams: fn(&str, &Value) -> bool,
    /// Whether a request is a side errand, such as a title for the session.
    pub errand: fn(&Value) -> bool,
    /// How many turns the model had in the conversation of a request.
    pub said: fn(&Value) -> usize,
    /// What the model says: the number of its turn, the turn, whether as a stream.
    pub answer: fn(usize, Option<&Turn>, bool) -> Answer,
}

static ALL: [&Dialect; 4] = [&messages::DIALECT, &messages::COUNT, &responses::DIALECT, &contents::DIALECT];

/// The API that a path belongs to.
pub fn of(path: &str) -> Option<&'static Dialect> {
    ALL.into_iter().find(|dialect| (dialect.speaks)(path))
}

/// Whether a request offers no tools, as most side errands do not.
pub fn without_tools(request: &Value) -> bool {
    request["tools"].as_array().is_none_or(Vec::is_empty)
}

/// The body of an answer.
pub struct Answer {
    pub kind: &'static str,
    pub body: String,
}

impl Answer {
    pub fn json(value: &Value) -> Self {
        Self { kind: "application/json", body: value.to_string() }
    }

    /// Server-sent events.
    pub fn events(body: String) -> Self {
        Self { kind: "text/event-stream", body }
    }
}

/// One server-sent event, named by its type.
pub fn stream(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap())
}
