//! What one line of the log holds.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::redact::redact;
use crate::policy::{Decision, Verdict};

/// The longest line, in bytes.
const MAX_LINE: usize = 8 << 10;
/// Characters of a text that a line holds.
const MAX_TEXT: usize = 1000;
/// Characters of a name: a session, a tool, a step of a route.
const MAX_NAME: usize = 200;
/// Steps of a route that a line holds.
const MAX_STEPS: usize = 16;

/// What an event says beside what is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The agent, as `--agent` names it.
    pub agent: &'static str,
    /// The agent's session.
    pub session: Option<String>,
    /// The tool.
    pub tool: Option<String>,
    /// The tool's input, as the agent wrote it.
    pub input: Option<&'a str>,
    /// Whether another command takes its place.
    pub replaced: bool,
}

/// What the output guard did to what a tool gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masking {
    /// The agent's session.
    pub session: String,
    /// The tool.
    pub tool: String,
    /// In how many places a value stood; or why all of it was withheld.
    pub places: Result<usize, String>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Done {
    /// Nothing spoke against a call.
    Allow,
    /// The user was asked about one.
    Ask,
    /// One was refused.
    Deny,
    /// Values were masked in what a tool gave.
    Mask,
    /// What a tool gave was withheld.
    Withhold,
}

impl Done {
    /// Its word in the log.
    pub fn word(self) -> &'static str {
        match self {
            Done::Allow => "allow",
            Done::Ask => "ask",
            Done::Deny => "deny",
            Done::Mask => "mask",
            Done::Withhold => "withhold",
        }
    }
}

impl From<Decision> for Done {
    fn from(decision: Decision) -> Done {
        match decision {
            Decision::Allow => Done::Allow,
            Decision::Ask => Done::Ask,
            Decision::Deny => Done::Deny,
        }
    }
}

/// What stands in the place of a rule where the output guard did something.
const OUTPUT_GUARD: &str = "output-guard";

/// One decision, or what the output guard did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it was reached.
    #[serde(serialize_with = "to_stamp", deserialize_with = "from_stamp")]
    pub time: OffsetDateTime,
    /// The agent's session, where it named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The agent.
    pub agent: String,
    /// The tool; None where the event could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// What was decided, or done.
    pub decision: Done,
    /// The rule that decided, or that gave a hint; None for a call that nothing speaks against. `output-guard` where that did
    /// something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How what was understood was reached, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<String>,
    /// The place in a file on disk that would do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// A keyed digest of the tool's input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// What the call would do, with values redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub understood: Option<String>,
    /// Why the guard itself refused what it could not understand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The command that took the call's place, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
    /// In how many places of what a tool gave a value was masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<u64>,
}

impl Record {
    /// What is logged of a verdict at a time.
    pub fn of(verdict: &Verdict, asked: &Asked, time: OffsetDateTime) -> Record {
        let name = |name: &String| cut(name, MAX_NAME);
        let text = |text: &str| (!text.is_empty()).then(|| cut(&redact(&bounded(text)), MAX_TEXT));
        let hint = verdict.hint.as_ref().map(|hint| &hint.rule);
        // What is not understood has no evidence; its reason says what was wrong, and may show a piece of it.
        let refused = verdict.rule.is_some() && verdict.evidence.is_empty();
        Record {
            time,
            session: asked.session.as_ref().map(name),
            agent: asked.agent.to_owned(),
            tool: asked.tool.as_ref().map(name),
            decision: verdict.decision.into(),
            rule: verdict.rule.as_ref().or(hint).map(name),
            route: verdict
                .route
                .iter()
                .take(MAX_STEPS)
                .map(|step| cut(&redact(&bounded(step)), MAX_NAME))
                .collect(),
            file: verdict.place.as_deref().and_then(text),
            input: None,
            understood: text(&verdict.evidence),
            cause: if refused { text(&verdict.reason) } else { None },
            replaced_by: verdict.replacement().filter(|_| asked.replaced).and_then(text),
            masked: None,
        }
    }

    /// What is logged of what the output guard did at a time. No value is in it, nor anything that is made of one.
    pub fn of_masking(masking: &Masking, agent: &str, time: OffsetDateTime) -> Record {
        let name = |name: &String| (!name.is_empty()).then(|| cut(name, MAX_NAME));
        Record {
            time,
            session: name(&masking.session),
            agent: agent.to_owned(),
            tool: name(&masking.tool),
            decision: if masking.places.is_ok() { Done::Mask } else { Done::Withhold },
            rule: Some(OUTPUT_GUARD.to_owned()),
            route: Vec::new(),
            file: None,
            input: None,
            understood: None,
            cause: masking.places.as_ref().err().map(|why| cut(why, MAX_TEXT)),
            replaced_by: None,
            masked: masking.places.as_ref().ok().map(|count| *count as u64),
        }
    }

    /// What was masked, for people.
    pub fn masked_shown(&self) -> Option<String> {
        Some(match self.masked? {
            1 => "a value in one place of what the tool gave".to_owned(),
            places => format!("values in {places} places of what the tool gave"),
        })
    }

    /// The record as one line of JSON, without its newline, of at most 8 KiB.
    pub fn line(&self) -> String {
        let line = self.json();
        if line.len() <= MAX_LINE {
            return line;
        }
        // Text of nothing but characters that JSON escapes takes six bytes each.
        let short = |text: &Option<String>| text.as_ref().map(|text| cut(text, MAX_LINE / 60));
        let route = self.route.iter().take(4).map(|step| cut(step, MAX_LINE / 120)).collect();
        let (file, understood, cause) = (short(&self.file), short(&self.understood), short(&self.cause));
        let replaced_by = short(&self.replaced_by);
        Record { route, file, understood, cause, replaced_by, ..self.clone() }.json()
    }

    /// The decision in one line, for people.
    pub fn sentence(&self) -> String {
        let rule = self.rule.as_deref().map(|rule| format!(" {rule}")).unwrap_or_default();
        let masked = self.masked_shown();
        let said = [&masked, &self.understood, &self.cause, &self.tool];
        let what = said.into_iter().flatten().next().map_or("", String::as_str);
        format!("{}{rule}: {what}", self.decision.word())
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("a record holds text and lists of text")
    }
}

/// A time in UTC as RFC 3339 writes it, to the microsecond, so that lines sort by it.
pub fn stamp(time: OffsetDateTime) -> impl fmt::Display {
    let time = time.to_offset(time::UtcOffset::UTC);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second, micro) = time.to_hms_micro();
    let month = u8::from(month);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
}

fn to_stamp<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&stamp(*time))
}

fn from_stamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    OffsetDateTime::parse(&text, &Rfc3339).map_err(de::Error::custom)
}

/// Text that is short enough to be read for what is to be redacted, cut between words.
fn bounded(text: &str) -> String {
    const MOST: usize = 8 * MAX_TEXT;
    if text.len() <= MOST {
        return text.to_owned();
    }
    let (whole, _) = text
        .char_indices()
        .take_while(|(at, _)| *at <= MOST)
        .filter(|(_, c)| c.is_whitespace())
        .last()
        .unwrap_or_default();
    format!("{} …", &text[..whole])
}

/// At most `most` characters.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Hint;

    const NOON: OffsetDateTime = time::OffsetDateTime::UNIX_EPOCH;

    fn asked() -> Asked<'static> {
        Asked {
            agent: "claude",
            session: Some("s".into()),
            tool: Some("Bash".into()),
            input: None,
            replaced: false,
        }
    }

    #[test]
    fn a_line_reads_back() {
        let verdict = Verdict {
            decision: Decision::Deny,
            rule: Some("secretsmanager-fetch".into()),
            evidence: "PGPASSWORD=hunter2 aws x".into(),
            route: vec!["sudo".into(), "sh -c".into()],
            place: Some("db.sh:3".into()),
            ..Verdict::allow()
        };
        let record = Record::of(&verdict, &asked(), NOON);
        let line = record.line();
        assert_eq!(
            line,
            r#"{"time":"1970-01-01T00:00:00.000000Z","session":"s","agent":"claude","tool":"Bash","decision":"deny","rule":"secretsmanager-fetch","route":["sudo","sh -c"],"file":"db.sh:3","understood":"PGPASSWORD=‹redacted› aws x"}"#
        );
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }

    #[test]
    fn what_nothing_speaks_against_is_short() {
        let record = Record::of(&Verdict::allow(), &Asked { agent: "claude", ..Asked::default() }, NOON);
        assert_eq!(
            record.line(),
            r#"{"time":"1970-01-01T00:00:00.000000Z","agent":"claude","decision":"allow"}"#
        );
        let hint = Some(Hint { rule: "reference-unresolved".into(), message: "m".into() });
        let record = Record::of(&Verdict { hint, ..Verdict::allow() }, &asked(), NOON);
        assert_eq!((record.rule.as_deref(), record.cause), (Some("reference-unresolved"), None));
    }

    #[test]
    fn a_masking_says_how_many_and_where() {
        let masking = |places| Masking { session: "s".into(), tool: "Read".into(), places };
        for (places, line, sentence) in [
            (
                Ok(2),
                r#""tool":"Read","decision":"mask","rule":"output-guard","masked":2}"#,
                "mask output-guard: values in 2 places of what the tool gave",
            ),
            (
                Err("it is too large".to_owned()),
                r#""tool":"Read","decision":"withhold","rule":"output-guard","cause":"it is too large"}"#,
                "withhold output-guard: it is too large",
            ),
        ] {
            let record = Record::of_masking(&masking(places), "claude", NOON);
            let begin = r#"{"time":"1970-01-01T00:00:00.000000Z","session":"s","agent":"claude","#;
            assert_eq!((record.line(), record.sentence()), (format!("{begin}{line}"), sentence.to_owned()));
            assert_eq!(serde_json::from_str::<Record>(&record.line()).unwrap(), record);
        }
    }

    #[test]
    fn a_refusal_says_its_cause() {
        let refusal = Verdict::refusal("unreadable-event", "The event is empty.");
        let record = Record::of(&refusal, &asked(), NOON);
        assert_eq!(record.cause.as_deref(), Some("The event is empty."));
    }

    #[test]
    fn a_line_is_bounded() {
        let long = |text: &str| text.repeat(1 << 20);
        let verdict = Verdict {
            decision: Decision::Deny,
            rule: Some(long("r")),
            evidence: long("\u{1} "),
            route: vec![long("\u{1}"); 300],
            place: Some(long("\u{1}")),
            ..Verdict::allow()
        };
        let name = || Some(long("\u{1}"));
        let asked = Asked { agent: "claude", session: name(), tool: name(), input: None, replaced: false };
        let line = Record::of(&verdict, &asked, NOON).line();
        assert!(line.len() <= MAX_LINE, "{}", line.len());
        assert!(serde_json::from_str::<Record>(&line).is_ok());
    }
}
