//! Decisions of the audit log, for a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use time::OffsetDateTime;

use super::style::{self, Style};
use crate::audit::{Done, Record, stamp};
use crate::policy::Verdict;

/// A decision: its time, what and who decided, and on the lines below what it was about.
pub(super) fn line(record: &Record, style: Style) -> String {
    let word = |text: &Option<String>| text.as_ref().map(|text| style::one_line(text));
    let mut out = format!("{}  {}", style.dim(&stamp(record.time).to_string()), style.done(record.decision));
    let rule = word(&record.rule).unwrap_or_else(|| "no rule".to_owned());
    let tool = word(&record.tool).unwrap_or_else(|| "no tool".to_owned());
    let session = word(&record.session).unwrap_or_else(|| "no session".to_owned());
    let _ = writeln!(out, "  {}  {tool}  {}", style.bold(&rule), style.dim(&session));
    let masked = record.masked_shown();
    if let Some(what) = [&masked, &record.understood, &record.cause].into_iter().flatten().next() {
        let _ = writeln!(out, "    {}", style::indented(what, 4));
    }
    if !record.route.is_empty() {
        let route = Verdict { route: record.route.clone(), ..Verdict::allow() }.route_shown();
        let _ = writeln!(out, "    {} {}", style.dim("through"), style::one_line(&route));
    }
    if let Some(file) = word(&record.file) {
        let _ = writeln!(out, "    {} {file}", style.dim("in"));
    }
    out
}

/// How often something was decided.
#[derive(Debug, Clone, Copy)]
struct Count {
    allow: usize,
    ask: usize,
    deny: usize,
    /// What the output guard masked or withheld.
    mask: usize,
    last: OffsetDateTime,
}

/// How often what was decided, by rule and by session.
pub(super) fn summary<'a>(records: impl Iterator<Item = &'a Record>, style: Style) -> String {
    let (mut rules, mut sessions) = (BTreeMap::new(), BTreeMap::new());
    for record in records {
        add(&mut rules, record.rule.as_deref().unwrap_or("(no rule)"), record);
        add(&mut sessions, record.session.as_deref().unwrap_or("(no session)"), record);
    }
    let (by_rule, by_session) = (table("RULE", &rules, style), table("SESSION", &sessions, style));
    format!("{by_rule}\n{by_session}")
}

fn add(counts: &mut BTreeMap<String, Count>, name: &str, record: &Record) {
    let first = Count { allow: 0, ask: 0, deny: 0, mask: 0, last: record.time };
    let count = counts.entry(style::one_line(name)).or_insert(first);
    match record.decision {
        Done::Allow => count.allow += 1,
        Done::Ask => count.ask += 1,
        Done::Deny => count.deny += 1,
        Done::Mask | Done::Withhold => count.mask += 1,
    }
    count.last = count.last.max(record.time);
}

/// A table, what was decided last at its end.
fn table(title: &str, counts: &BTreeMap<String, Count>, style: Style) -> String {
    let width = counts.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(title.len());
    let head = format!("{title:<width$}  {:>6}  {:>6}  {:>6}  {:>6}  LAST", "DENY", "ASK", "ALLOW", "MASK");
    let mut out = format!("{}\n", style.bold(&head));
    let mut rows: Vec<_> = counts.iter().collect();
    rows.sort_by_key(|(_, count)| count.last);
    for (name, Count { allow, ask, deny, mask, last }) in rows {
        let last = stamp(*last);
        let _ = writeln!(out, "{name:<width$}  {deny:>6}  {ask:>6}  {allow:>6}  {mask:>6}  {last}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(second: i64, decision: Done, rule: Option<&str>) -> Record {
        Record {
            time: OffsetDateTime::from_unix_timestamp(second).unwrap(),
            session: Some("s1".into()),
            agent: "claude".into(),
            tool: Some("Bash".into()),
            decision,
            rule: rule.map(str::to_owned),
            route: Vec::new(),
            file: None,
            input: None,
            understood: None,
            cause: None,
            replaced_by: None,
            masked: None,
        }
    }

    #[test]
    fn a_decision_is_a_line_and_what_it_was_about() {
        let denied = Record {
            understood: Some("aws x\u{1b}[2J\ny".into()),
            route: vec!["sudo".into(), "sh -c".into()],
            file: Some("db.sh:3".into()),
            ..record(0, Done::Deny, Some("r"))
        };
        assert_eq!(
            line(&denied, Style::plain()),
            "1970-01-01T00:00:00.000000Z  DENY   r  Bash  s1\n    aws x\\u{1b}[2J\n    y\n    through `sh -c` inside `sudo`\n    in db.sh:3\n"
        );
        let refused = Record {
            cause: Some("why".into()),
            replaced_by: None,
            tool: None,
            session: None,
            ..record(0, Done::Deny, Some("u"))
        };
        assert_eq!(
            line(&refused, Style::plain()),
            "1970-01-01T00:00:00.000000Z  DENY   u  no tool  no session\n    why\n"
        );
        let masked = Record { masked: Some(1), ..record(0, Done::Mask, Some("output-guard")) };
        assert_eq!(
            line(&masked, Style::plain()),
            "1970-01-01T00:00:00.000000Z  MASK   output-guard  Bash  s1\n    \
             a value in one place of what the tool gave\n"
        );
    }

    #[test]
    fn a_summary_counts() {
        let records = [
            record(1, Done::Deny, Some("a")),
            record(9, Done::Deny, Some("a")),
            record(5, Done::Ask, Some("longer")),
            record(2, Done::Allow, None),
            record(3, Done::Mask, Some("output-guard")),
        ];
        assert_eq!(
            summary(records.iter(), Style::plain()),
            "\
RULE            DENY     ASK   ALLOW    MASK  LAST
(no rule)          0       0       1       0  1970-01-01T00:00:02.000000Z
output-guard       0       0       0       1  1970-01-01T00:00:03.000000Z
longer             0       1       0       0  1970-01-01T00:00:05.000000Z
a                  2       0       0       0  1970-01-01T00:00:09.000000Z

SESSION    DENY     ASK   ALLOW    MASK  LAST
s1            2       1       1       1  1970-01-01T00:00:09.000000Z
"
        );
    }
}
