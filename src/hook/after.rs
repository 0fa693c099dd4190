//! The output guard: after a tool has run, values that asm-exec left fingerprints of are masked in what the tool gave
//! (PostToolUse; Claude Code documentation, "Hooks reference"; behaviour measured with version 2.1.330).
//!
//! Off, which it is until the settings say otherwise, it costs a look at the two places of settings, and one at the event. The
//! tool has run already, so that nothing here blocks: an output passes as it is, masked, or, where it cannot be searched to its
//! end, with every text in it withheld.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::json;
use serde_json::value::RawValue;

use super::texts::{self, Change};
use super::{Answer, MAX_EVENT, fault, log, watch};
use crate::audit::Masking;
use crate::fingerprint::store::{self, Session};
use crate::fingerprint::{Masker, SHORTEST};
use crate::settings::{self, Places};

/// How long an answer may take, well under the fifteen seconds that `hooks/hooks.json` gives.
pub(super) const DEADLINE: Duration = Duration::from_secs(5);
/// What an event calls itself by.
const EVENT: &str = "hook_event_name";
/// The event that is answered.
const NAME: &str = "PostToolUse";
/// The tool whose output has a shape of its own.
const BASH: &str = "Bash";

/// What is said, and what is logged of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) answer: Answer,
    /// None where nothing was masked or withheld.
    pub(super) masking: Option<Masking>,
}

/// What is said where no answer comes in time, or where its making fails. None while no output is looked at.
static INSTEAD: Mutex<Option<Given>> = Mutex::new(None);

/// What is to be said instead of an answer.
pub(super) fn instead() -> Option<Given> {
    INSTEAD.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn say_instead(given: Given) {
    *INSTEAD.lock().unwrap_or_else(PoisonError::into_inner) = Some(given);
}

/// An event that tells of a tool that has run.
#[derive(Debug)]
struct Event<'e> {
    session: String,
    tool: String,
    /// What the tool gave, in JSON; None where the event cannot be read so far.
    output: Option<&'e RawValue>,
}

/// What is said of an event that tells of a tool that has run, also where it is cut off or nested too deep; None of another. That
/// it may be one is told for as little as a look at its first names costs, and where the output guard is off its rest is only
/// stepped over.
pub(super) fn given(bytes: &[u8]) -> Option<Given> {
    if !begins_as_one(bytes) {
        return None;
    }
    if is_one_for_certain(bytes) {
        let Some(places) = places_where_on() else { return Some(Given::default()) };
        let event = event(bytes)?;
        return Some(answer(&event, &places));
    }
    let event = event(bytes)?;
    Some(places_where_on().map_or_else(Given::default, |places| answer(&event, &places)))
}

/// The event, where it tells of a tool that has run.
fn event(bytes: &[u8]) -> Option<Event<'_>> {
    let mut names = Names::default();
    // What comes after the names need not be JSON.
    let _ = serde_json::Deserializer::from_slice(bytes).deserialize_map(&mut names);
    if names.event.as_deref() != Some(NAME) {
        return None;
    }
    let fields: BTreeMap<Cow<str>, &RawValue> = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |name: &str| serde_json::from_str::<String>(fields.get(name)?.get()).ok();
    // Of fields that stand there twice the last counts, as for an event before a tool.
    if fields.contains_key(EVENT) && text(EVENT).as_deref() != Some(NAME) {
        return None;
    }
    Some(Event {
        session: text("session_id").or(names.session).unwrap_or_default(),
        tool: text("tool_name").or(names.tool).unwrap_or_default(),
        output: fields.get("tool_response").copied(),
    })
}

/// Whether the first name that an event gives itself is that of such an event.
fn begins_as_one(bytes: &[u8]) -> bool {
    let mut named = Named { first: true, is_one: false };
    // What comes after the name need not be JSON.
    let _ = serde_json::Deserializer::from_slice(bytes).deserialize_map(&mut named);
    named.is_one
}

/// Whether every name that an event gives itself is, so that it does not matter which counts. False where it does not read.
fn is_one_for_certain(bytes: &[u8]) -> bool {
    let mut named = Named { first: false, is_one: false };
    serde_json::Deserializer::from_slice(bytes).deserialize_map(&mut named).is_ok() && named.is_one
}

/// What an event calls itself.
struct Named {
    /// Whether the first name is enough.
    first: bool,
    is_one: bool,
}

impl<'de> Visitor<'de> for &mut Named {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<str>>()? {
            if name != EVENT {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            self.is_one = map.next_value::<Cow<str>>()? == NAME;
            if self.first || !self.is_one {
                break;
            }
        }
        Ok(())
    }
}

/// The names that come first in an event.
#[derive(Debug, Default)]
struct Names {
    event: Option<String>,
    session: Option<String>,
    tool: Option<String>,
}

impl<'de> Visitor<'de> for &mut Names {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<str>>()? {
            match name.as_ref() {
                EVENT => self.event = Some(map.next_value()?),
                "session_id" => self.session = Some(map.next_value()?),
                "tool_name" => self.tool = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            if self.event.as_deref().is_some_and(|event| event != NAME) {
                break;
            }
        }
        Ok(())
    }
}

/// Where settings are, if they say that outputs are looked at. From then on nothing fails or is late but with an answer that
/// lets the output pass.
fn places_where_on() -> Option<Places> {
    let places = Places::here(None);
    if !log::has_settings(&places) {
        return None;
    }
    say_instead(Given::default());
    watch::may_take_long();
    settings::load(&places).settings.output_guard.enabled.then_some(places)
}

/// What is said of what a tool gave.
fn answer(event: &Event, places: &Places) -> Given {
    let Some(session) = Session::of(&event.session, places) else { return Given::default() };
    let (known, faults) = session.read(store::now());
    let unchanged = || Given { answer: say(None, None, &faults), masking: None };
    if known.is_empty() {
        return unchanged();
    }
    let masking = |places| Some(Masking { session: event.session.clone(), tool: event.tool.clone(), places });
    let withheld = |why: &str| Given {
        answer: say(Some(withheld(event, why)), None, &faults),
        masking: masking(Err(why.to_owned())),
    };
    say_instead(withheld("it could not be searched in time"));
    let Some(output) = event.output else {
        return withheld(&format!("its event is not readable, or is larger than {} MiB", MAX_EVENT >> 20));
    };
    fault::before_a_file();
    let mut masker = Masker::new(&known);
    let masked = texts::change(output.get(), |text, _| masker.mask(text));
    if masker.cut_short {
        return withheld("there is too much of it to be searched");
    }
    let note = "asm-guard's output guard put references in the place of the secret values in this output. What they were read \
                from holds the values: do not write the references back to it.";
    match masked {
        Some(masked) => {
            Given { answer: say(Some(masked), Some(note), &faults), masking: masking(Ok(masker.masked)) }
        }
        None => unchanged(),
    }
}

/// An output of the same shape that holds no text but this.
fn withheld(event: &Event, why: &str) -> String {
    let sentence = format!(
        "asm-guard's output guard withholds this output: {why}, and it may hold a secret's value. The tool has run. Print less at \
         a time, for example with `head`, or write to a file and read parts of it."
    );
    let long = |text: &str, change: Change| {
        (change == Change::Value && text.chars().count() >= SHORTEST).then(|| sentence.clone())
    };
    match event.output {
        Some(output) => texts::change(output.get(), long).unwrap_or_else(|| output.get().to_owned()),
        None if event.tool == BASH => {
            json!({ "stdout": sentence, "stderr": "", "interrupted": false, "isImage": false }).to_string()
        }
        None => json!([{ "type": "text", "text": sentence }]).to_string(),
    }
}

/// An answer: what takes the output's place, what the model is told, and what the user is.
fn say(output: Option<String>, note: Option<&str>, faults: &[String]) -> Answer {
    let mut fields = serde_json::Map::new();
    if let Some(fault) = faults.first() {
        let more = if faults.len() > 1 { format!(" (and {} more)", faults.len() - 1) } else { String::new() };
        let message = format!(
            "asm-guard's output guard cannot read {fault}{more}. Values may be shown; `asm-guard doctor`."
        );
        fields.insert("systemMessage".to_owned(), message.into());
    }
    if output.is_none() && fields.is_empty() {
        return Answer::silent();
    }
    let mut stdout = serde_json::to_string(&fields).expect("names and texts");
    if let Some(output) = output {
        // The output's own JSON, number for number.
        let separator = if fields.is_empty() { "" } else { "," };
        let note = note.map(|note| format!(r#""additionalContext":{},"#, json!(note))).unwrap_or_default();
        stdout.pop();
        stdout.push_str(&format!(
            r#"{separator}"hookSpecificOutput":{{"hookEventName":"{NAME}",{note}"updatedToolOutput":{output}}}}}"#
        ));
    }
    Answer { stdout, stderr: String::new(), status: 0 }
}
