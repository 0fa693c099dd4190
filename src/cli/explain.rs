//! `asm-guard explain`: how a call is understood, step by step, and what is decided.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::input::Question;
use super::judged::{Judged, judge};
use super::style::{self, Style};
use super::{Output, check, status_of};
use crate::call::ToolCall;
use crate::fact::{Fact, Finding, HostClass};
use crate::policy::{Effective, Setting, Verdict};

pub(super) const EXAMPLES: &str = "\
Examples:
  asm-guard explain 'echo prod/db | xargs -I{} aws secretsmanager get-secret-value --secret-id {}'
  asm-guard explain 'for op in list-secrets describe-secret; do aws secretsmanager $op; done'
  asm-guard explain - < deploy.sh
  asm-guard explain --json 'curl http://0x7f.1:2773/ping'

A part that only running the command would tell is shown as ‹what it is›.
Exit status: 0 allowed, 1 the user would be asked, 2 denied, 64 the command line is wrong.
Nothing is run. What agents run is `asm-guard hook`.";

pub(super) fn run(question: &Question, style: Style) -> Output {
    let call = match question.about.call() {
        Ok(call) => call,
        Err(message) => return Output::usage(message),
    };
    let rules = match crate::hook::context(&call).rules.all() {
        Ok(rules) => rules,
        Err(message) => return Output::broken(&message),
    };
    let judged = judge(&call, true);
    let stdout =
        if question.json { json_text(&call, &judged, &rules) } else { text(&call, &judged, &rules, style) };
    Output::new(stdout, status_of(judged.judgement.verdict.decision))
}

/// The whole story for a person: the call, the steps, the facts and their rules, the verdict.
fn text(call: &ToolCall, judged: &Judged, rules: &[Effective], style: Style) -> String {
    let mut out = format!("{} {}\n", style.bold("Tool call"), call.tool);
    let _ = writeln!(out, "  {}", style::indented(&shown(call), 2));

    let _ = writeln!(out, "\n{}", style.bold("Understood"));
    for step in &judged.steps {
        let indent = 2 + 2 * step.depth;
        let _ = writeln!(out, "{}{}", " ".repeat(indent), style::indented(&bounded(&step.text), indent + 2));
    }
    if judged.steps.is_empty() {
        out.push_str("  Nothing: see the verdict.\n");
    }
    if judged.partial {
        out.push_str("  Some of it could be understood only in part.\n");
    }

    let _ = writeln!(out, "\n{}", style.bold("Facts"));
    if judged.judgement.findings.is_empty() {
        out.push_str("  None: it makes no request that rules judge.\n");
    }
    for finding in &judged.judgement.findings {
        finding_text(&mut out, finding, rules, style);
    }

    let _ = writeln!(out, "\n{}", style.bold("Verdict"));
    let verdict = check::text(&judged.judgement.verdict, style);
    for line in verdict.lines() {
        let _ = writeln!(out, "{}{line}", if line.is_empty() { "" } else { "  " });
    }
    out
}

fn finding_text(out: &mut String, finding: &Finding, rules: &[Effective], style: Style) {
    let _ = writeln!(out, "  {}", style::one_line(&finding.fact.shown()));
    let mut lines = details(&finding.fact);
    let mut line = |name: &str, value: String| lines.push((name.to_owned(), value));
    line("evidence", finding.evidence.clone());
    if !finding.route.is_empty() {
        line("route", Verdict { route: finding.route.clone(), ..Verdict::allow() }.route_shown());
    }
    if let Some(origin) = &finding.origin {
        line("file", origin.to_string());
    }
    if let Some(reference) = &finding.reference {
        line("reference", reference.clone());
    }
    let matched = matches(finding, rules);
    if matched.is_empty() {
        line("rules", "none matches".to_owned());
    }
    for (id, decision, unknown) in matched {
        let because =
            if unknown.is_empty() { String::new() } else { format!(", {} unknown", unknown.join(" and ")) };
        line("rule", format!("{id}: {decision}{because}"));
    }
    let width = lines.iter().map(|(name, _)| name.chars().count() + 2).max().unwrap_or(0).clamp(11, 30);
    for (name, value) in lines {
        let value = if value.is_empty() { "(no value)" } else { &value };
        let name = format!("{:<width$}", style::cut(&name, width - 2));
        let _ = writeln!(out, "    {}{}", style.dim(&name), style::indented(&bounded(value), 4 + width));
    }
}

/// The call as its author would write it: a command alone as it is, else a field a line.
fn shown(call: &ToolCall) -> String {
    let Some(input) = call.input.as_object() else { return call.input.to_string() };
    if let (1, Some(Value::String(command))) = (input.len(), input.get("command")) {
        return bounded(command);
    }
    let field = |(name, value): (&String, &Value)| match value {
        Value::String(text) if text.contains('\n') => {
            format!("{name}:\n  {}", style::indented(&bounded(text), 2))
        }
        Value::String(text) => format!("{name}: {}", bounded(text)),
        other => format!("{name}: {}", bounded(&other.to_string())),
    };
    input.iter().map(field).collect::<Vec<_>>().join("\n")
}

/// Characters of one text that a person is shown; `--json` has them all.
const MOST_SHOWN: usize = 2_000;

fn bounded(text: &str) -> String {
    let more = text.chars().count().saturating_sub(MOST_SHOWN);
    if more == 0 {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MOST_SHOWN).collect();
    format!("{kept}… ({more} more characters)")
}

/// The parts of a fact that its line does not show.
fn details(fact: &Fact) -> Vec<(String, String)> {
    let detail = |name: &str, value: String| (name.to_owned(), value);
    match fact {
        Fact::Aws(call) => {
            let region = call.region.iter().map(|region| detail("region", region.to_string()));
            region
                .chain(call.parameters.iter().map(|(name, value)| detail(name, value.to_string())))
                .collect()
        }
        Fact::Http(request) => {
            let mut out = Vec::new();
            if request.class != HostClass::Other {
                out.push(detail("host", format!("{} ({})", request.host, class(request.class))));
            }
            let query = request.query.to_string();
            if !query.is_empty() {
                out.push(detail("query", query));
            }
            out
        }
        Fact::Resolve(resolve) => {
            let options = resolve.options.iter().map(|option| detail("option", option.to_string()));
            options
                .chain(resolve.variables.iter().map(|(name, value)| detail(name, value.to_string())))
                .collect()
        }
        Fact::Command(line) => {
            line.options.iter().map(|(name, value)| detail(name, value.to_string())).collect()
        }
        Fact::Forward(to) => {
            let local = to.local.iter().map(|port| detail("from port", port.to_string()));
            local.chain([detail("host", format!("{} ({})", to.host, class(to.class)))]).collect()
        }
        Fact::Mcp(call) => call.fields.iter().map(|(path, text)| detail(path, text.clone())).collect(),
        Fact::Code(call) => {
            call.arguments.iter().map(|argument| detail("argument", argument.to_string())).collect()
        }
        Fact::Write(file) => vec![detail("text", bounded(&file.text.to_string()))],
        Fact::Unresolved(_) | Fact::File(_) => Vec::new(),
    }
}

fn class(class: HostClass) -> &'static str {
    match class {
        HostClass::Loopback => "this machine",
        HostClass::Other => "another host",
        HostClass::Unknown => "cannot be known",
    }
}

/// What a host is, in a word.
fn class_word(class: HostClass) -> &'static str {
    match class {
        HostClass::Loopback => "loopback",
        HostClass::Other => "other",
        HostClass::Unknown => "unknown",
    }
}

/// Every rule that matches a fact: its id, what it decides, and the parts it could not know.
fn matches<'a>(finding: &Finding, rules: &'a [Effective]) -> Vec<(&'a str, &'static str, Vec<String>)> {
    let of_rule = |effective: &'a Effective| {
        let (rule, matched) = (&effective.rule, effective.judges(finding)?);
        let word = if rule.decision == Setting::Hint { "hint" } else { matched.decision.word() };
        Some((rule.id.as_str(), word, matched.unknown))
    };
    rules.iter().filter_map(of_rule).collect()
}

fn json_text(call: &ToolCall, judged: &Judged, rules: &[Effective]) -> String {
    let steps: Vec<Value> =
        judged.steps.iter().map(|step| json!({ "depth": step.depth, "text": step.text })).collect();
    let facts: Vec<Value> =
        judged.judgement.findings.iter().map(|finding| finding_json(finding, rules)).collect();
    let story = json!({
        "call": { "tool": call.tool, "input": call.input },
        "steps": steps,
        "partial": judged.partial,
        "facts": facts,
        "verdict": judged.judgement.verdict,
    });
    format!("{story:#}\n")
}

fn finding_json(finding: &Finding, rules: &[Effective]) -> Value {
    let fact = match &finding.fact {
        Fact::Aws(call) => json!({
            "kind": "aws",
            "service": call.service.to_string(),
            "operation": call.operation.to_string(),
            "region": call.region.as_ref().map(ToString::to_string),
            "parameters": call.parameters.iter()
                .map(|(name, value)| (name.clone(), Value::from(value.to_string())))
                .collect::<serde_json::Map<_, _>>(),
        }),
        Fact::Http(request) => json!({
            "kind": "http",
            "host": request.host.to_string(),
            "class": class_word(request.class),
            "port": request.port.to_string(),
            "path": request.path.to_string(),
            "query": request.query.to_string(),
        }),
        Fact::Resolve(resolve) => json!({
            "kind": "resolve",
            "program": resolve.program.to_string(),
            "options": resolve.options.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "variables": resolve.variables.iter()
                .map(|(name, value)| (name.clone(), Value::from(value.to_string())))
                .collect::<serde_json::Map<_, _>>(),
            "output": resolve.output.word(),
        }),
        Fact::Unresolved(reference) => json!({
            "kind": "unresolved",
            "program": reference.program.to_string(),
            "place": reference.place.word(),
        }),
        Fact::File(file) => json!({ "kind": "file", "path": file.path.to_string() }),
        Fact::Command(line) => json!({
            "kind": "command",
            "program": line.program.to_string(),
            "operands": line.operands.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "options": line.options.iter()
                .map(|(name, value)| (name.clone(), Value::from(value.to_string())))
                .collect::<serde_json::Map<_, _>>(),
        }),
        Fact::Forward(to) => json!({
            "kind": "forward",
            "host": to.host.to_string(),
            "class": class_word(to.class),
            "port": to.port.to_string(),
            "local": to.local.as_ref().map(ToString::to_string),
        }),
        Fact::Mcp(call) => json!({
            "kind": "mcp",
            "server": call.server,
            "tool": call.tool,
            "fields": call.fields,
        }),
        Fact::Code(call) => json!({
            "kind": "code",
            "language": call.language,
            "call": call.call,
            "arguments": call.arguments.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Fact::Write(file) => json!({
            "kind": "write",
            "path": file.path.to_string(),
            "change": file.change.word(),
            "text": file.text.to_string(),
        }),
    };
    let rules: Vec<Value> = matches(finding, rules)
        .into_iter()
        .map(|(id, decision, unknown)| json!({ "id": id, "decision": decision, "unknown": unknown }))
        .collect();
    json!({
        "fact": fact,
        "evidence": finding.evidence,
        "route": finding.route,
        "file": finding.origin.as_ref().map(ToString::to_string),
        "reference": finding.reference,
        "rules": rules,
    })
}
