//! `asm-guard log`: what was decided, read from the audit log.

use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use clap::{Args, ValueEnum};
use globset::{Glob, GlobMatcher};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, Time};

use super::style::{self, Style};
use super::{Output, log_text};
use crate::audit::{self, Done, Line, Log, Record};
use crate::settings::{self, Places};

pub(super) const EXAMPLES: &str = "\
Examples:
  asm-guard log                                    Every decision, the newest last
  asm-guard log --decision deny --since 2h         What was denied in the last two hours
  asm-guard log --rule 'asm-exec-*' -n 20          The last twenty by these rules
  asm-guard log --decision mask,withhold           What the output guard did
  asm-guard log --summary --since 7d               How often, by rule and by session
  asm-guard log --follow                           And what comes in from now on
  asm-guard log --json | jq -r .understood         The lines as they are written

Exit status: 0 well, also where nothing is found, 64 the command line is wrong, 70 the log cannot
be read. The log lies in $XDG_STATE_HOME/asm-guard (~/.local/state/asm-guard); calls that nothing
speaks against are in it where `audit.allow` is set.";

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(super) struct LogArguments {
    /// Only these, separated by commas: allow, ask, deny, mask, withhold
    #[arg(long, value_enum, value_delimiter = ',', value_name = "DECISION,...", hide_possible_values = true)]
    decision: Vec<Decided>,

    /// Only rules whose id matches
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    rule: Option<GlobMatcher>,

    /// Only this session; the beginning of its id is enough
    #[arg(long, value_name = "ID")]
    session: Option<String>,

    /// Only tools whose name matches
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    tool: Option<GlobMatcher>,

    /// Only from then on: `15m`, `2h` or `7d` ago, a date, or RFC 3339
    #[arg(long, value_name = "WHEN", value_parser = since)]
    since: Option<OffsetDateTime>,

    /// Only the last N
    #[arg(short = 'n', long = "lines", value_name = "N")]
    lines: Option<usize>,

    /// Go on with what comes in, until interrupted
    #[arg(short, long)]
    follow: bool,

    /// Count by rule and by session instead
    #[arg(long, conflicts_with_all = ["follow", "lines", "json"])]
    summary: bool,

    /// Print the lines as they are written
    #[arg(long)]
    json: bool,
}

/// A decision, or what the output guard did, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Decided {
    Allow,
    Ask,
    Deny,
    Mask,
    Withhold,
}

impl From<Decided> for Done {
    fn from(decided: Decided) -> Done {
        match decided {
            Decided::Allow => Done::Allow,
            Decided::Ask => Done::Ask,
            Decided::Deny => Done::Deny,
            Decided::Mask => Done::Mask,
            Decided::Withhold => Done::Withhold,
        }
    }
}

fn glob(text: &str) -> Result<GlobMatcher, String> {
    Glob::new(text).map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

fn since(text: &str) -> Result<OffsetDateTime, String> {
    since_at(text, OffsetDateTime::now_utc())
}

fn since_at(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, String> {
    const HELP: &str = "give a span such as 2h, a date such as 2026-01-31, or 2026-01-31T09:30:00Z";
    let seconds = |unit: &str| match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        "w" => Some(604_800),
        _ => None,
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if let (Ok(count), Some(unit)) = (text[..digits].parse::<i64>(), seconds(&text[digits..])) {
        let span = count.checked_mul(unit).map(time::Duration::seconds);
        return span.and_then(|span| now.checked_sub(span)).ok_or_else(|| "that is too long ago".to_owned());
    }
    let midnight = format!("{text}T00:00:00Z");
    let is_date = text.len() == 10;
    OffsetDateTime::parse(if is_date { &midnight } else { text }, &Rfc3339)
        .map(|time| if is_date { time.replace_time(Time::MIDNIGHT) } else { time })
        .map_err(|_| HELP.to_owned())
}

impl LogArguments {
    fn want(&self, record: &Record) -> bool {
        let decided = |wanted: &Decided| Done::from(*wanted) == record.decision;
        let is = |glob: &Option<GlobMatcher>, name: &Option<String>| {
            glob.as_ref().is_none_or(|glob| name.as_ref().is_some_and(|name| glob.is_match(name)))
        };
        let session =
            |wanted: &String| record.session.as_ref().is_some_and(|id| id.starts_with(wanted.as_str()));
        (self.decision.is_empty() || self.decision.iter().any(decided))
            && is(&self.rule, &record.rule)
            && is(&self.tool, &record.tool)
            && self.session.as_ref().is_none_or(session)
            && self.since.is_none_or(|since| record.time >= since)
    }

    fn shown(&self, lines: &[Line], style: Style) -> String {
        let of = |line: &Line| match self.json {
            // What is in the file is JSON, so it holds no control characters.
            true => format!("{}\n", line.raw),
            false => log_text::line(&line.record, style),
        };
        lines.iter().map(of).collect()
    }
}

pub(super) fn run(arguments: &LogArguments, style: Style) -> Output {
    let places = Places::here(None);
    let Some(path) = audit::path(&places) else {
        return Output::broken(
            "There is no state folder: neither XDG_STATE_HOME nor HOME names an absolute path.",
        );
    };
    let mut log = Log::new(path.clone());
    let mut lines = match log.next(|record| arguments.want(record)) {
        Ok(lines) => lines,
        Err(error) => return unreadable(&error),
    };
    if let Some(most) = arguments.lines {
        lines.drain(..lines.len().saturating_sub(most));
    }
    let said = if arguments.summary {
        log_text::summary(lines.iter().map(|line| &line.record), style)
    } else {
        arguments.shown(&lines, style)
    };
    let notes = notes(&log, &places, &path, lines.is_empty());
    if !arguments.follow {
        return Output { stdout: said, stderr: notes, status: 0 };
    }
    let _ = io::stderr().write_all(notes.as_bytes());
    follow(arguments, log, said, style)
}

/// What is told beside the lines: what is wrong, and why there may be none.
fn notes(log: &Log, places: &Places, path: &Path, none_shown: bool) -> String {
    let mut out = String::new();
    let mut note = |text: String| out.push_str(&format!("note: {}\n", style::visible(&text)));
    match log.unreadable() {
        0 => {}
        1 => note("1 line could not be read.".to_owned()),
        count => note(format!("{count} lines could not be read.")),
    }
    let loaded = settings::load(places);
    for fault in &loaded.faults {
        note(fault.to_string().trim_end().to_owned());
    }
    let audit = &loaded.settings.audit;
    if !audit.enabled {
        note("Decisions are not logged: `audit.enabled` is false in settings.toml.".to_owned());
    } else if let Err(why) = audit::check(places, audit) {
        note(format!("Decisions are not logged: {why}"));
    }
    if none_shown && !path.exists() {
        note(format!("Nothing was logged yet in {}.", path.display()));
    }
    out
}

/// Says what there is and then what comes in, until nobody reads it any more.
fn follow(arguments: &LogArguments, mut log: Log, first: String, style: Style) -> Output {
    let mut stdout = io::stdout().lock();
    let mut said = first;
    loop {
        if stdout.write_all(said.as_bytes()).and_then(|()| stdout.flush()).is_err() {
            return Output::default();
        }
        thread::sleep(PAUSE);
        said = match log.next(|record| arguments.want(record)) {
            Ok(lines) => arguments.shown(&lines, style),
            Err(error) => return unreadable(&error),
        };
    }
}

fn unreadable(error: &io::Error) -> Output {
    Output::broken(&format!("The audit log cannot be read: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_span_a_date_or_rfc_3339() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(30);
        for (text, expected) in [
            ("30s", Some("1970-01-30T23:59:30")),
            ("15m", Some("1970-01-30T23:45:00")),
            ("2h", Some("1970-01-30T22:00:00")),
            ("1d", Some("1970-01-30T00:00:00")),
            ("1w", Some("1970-01-24T00:00:00")),
            ("1970-01-02", Some("1970-01-02T00:00:00")),
            ("1970-01-02T03:04:05Z", Some("1970-01-02T03:04:05")),
            ("1970-01-02T03:04:05+01:00", Some("1970-01-02T02:04:05")),
            ("99999999999999999d", None),
            ("2y", None),
            ("h", None),
            ("", None),
            ("-2h", None),
            ("1970-13-02", None),
            ("yesterday", None),
            ("zwölf Uhr", None),
        ] {
            let given = since_at(text, now).map(|time| audit::stamp(time).to_string());
            match expected {
                Some(expected) => assert_eq!(given, Ok(format!("{expected}.000000Z")), "{text}"),
                None => assert!(given.is_err(), "{text}: {given:?}"),
            }
        }
    }
}
