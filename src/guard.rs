//! The whole way of a tool call: surface, understanding, facts, verdict.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use serde_json::Value;

use crate::bounds::Exceeded;
use crate::call::ToolCall;
use crate::disk::{Disk, Memory, Scripts};
use crate::fact::{self, Elsewhere, Fact, Finding, Reader};
use crate::knowledge::Knowledge;
use crate::policy::{self, BROKEN_RULES, Certainty, Decision, MALFORMED, NOT_UNDERSTOOD, Rules, Verdict};
use crate::surface::{self, Reading};
use crate::trace::Trace;

/// What the guard is told of its surroundings. It looks at none of them itself.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The port that `PARAMETERS_SECRETS_EXTENSION_HTTP_PORT` names for the agent daemon.
    pub agent_port: Option<u16>,
    /// Where scripts that a command runs are read; without it none is.
    pub disk: Option<Rc<dyn Disk>>,
    /// The folder in which the call would run, where the call itself does not say.
    pub folder: Option<String>,
    /// The user's home folder.
    pub home: Option<String>,
    /// What of the guard's own and its client's files lies elsewhere than it usually does.
    pub elsewhere: Rc<[Elsewhere]>,
    /// The rules that hold.
    pub rules: Rc<Rules>,
}

impl Context {
    /// Surroundings in which these files are on disk and no other, for examples and tests. A path that is not absolute
    /// begins in the folder in which the call runs.
    pub fn with_files(files: impl IntoIterator<Item = (String, String)>) -> Context {
        const FOLDER: &str = "/home/user/project";
        Context {
            disk: Some(Rc::new(Memory::new(FOLDER, files))),
            folder: Some(FOLDER.to_owned()),
            home: Some("/home/user".to_owned()),
            ..Context::default()
        }
    }

    /// The scripts that a call can reach.
    fn scripts(&self, call: &ToolCall) -> Option<Scripts> {
        let folder = call.cwd.as_ref().or(self.folder.as_ref())?;
        Some(Scripts::new(self.disk.clone()?, folder, self.home.clone()))
    }
}

/// What was understood of a tool call, and what is decided.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// What is decided.
    pub verdict: Verdict,
    /// Every fact that was found.
    pub findings: Vec<Finding>,
}

/// Decides about a tool call. Where it is refused and has a safe form, says whether that one is certain.
pub fn judge(call: &ToolCall, context: &Context, trace: &Trace) -> Judgement {
    let mut judgement = decide(call, context, trace);
    let verdict = &mut judgement.verdict;
    if verdict.decision == Decision::Deny
        && verdict.suggests
        && let Some(suggested) = &verdict.safe_command
    {
        verdict.certainty = Some(match replacement(call, context, verdict, suggested) {
            Ok(command) => {
                verdict.safe_command = Some(command);
                Certainty::Certain
            }
            Err(doubt) => Certainty::Uncertain(doubt),
        });
    }
    judgement
}

/// The command that may take the call's place.
fn replacement(
    call: &ToolCall,
    context: &Context,
    verdict: &Verdict,
    suggested: &str,
) -> Result<String, String> {
    let command = call.input.get("command").and_then(Value::as_str).filter(|_| call.tool == ToolCall::BASH);
    let command = command.ok_or("the call is no command of the Bash tool")?;
    if !verdict.unknown.is_empty() {
        return Err("what the call would do cannot be known".to_owned());
    }
    let replacement = fact::rewritten(command, suggested)?;
    let rewritten = ToolCall { cwd: call.cwd.clone(), ..ToolCall::bash(replacement.as_str()) };
    let judged = decide(&rewritten, context, &Trace::new()).verdict;
    match judged.decision == Decision::Allow && judged.hint.is_none() {
        true => Ok(replacement),
        false => Err("the safe command would not pass either".to_owned()),
    }
}

/// Decides about a tool call, and says what to use instead.
///
/// What a user's files say of programs and tools may bring more to light, and hide nothing: where any of it was used, the
/// call is judged without it too, and the stricter verdict counts.
fn decide(call: &ToolCall, context: &Context, trace: &Trace) -> Judgement {
    let knowledge = Rc::new(context.rules.knowledge());
    let judgement = decide_by(call, context, &knowledge, trace);
    if !knowledge.met_users() {
        return judgement;
    }
    trace.step(|| "judged once more, without what the user's files say of programs and tools".to_owned());
    let without = Rc::new(knowledge.without_users());
    united(judgement, decide_by(call, context, &without, &Trace::new()))
}

/// The stricter of two judgements of one call, with the facts of both. What an allowed call is told is told by the first, which
/// understood more of it.
fn united(one: Judgement, other: Judgement) -> Judgement {
    let is_stricter = other.verdict.decision > one.verdict.decision;
    let (mut kept, other) = if is_stricter { (other, one) } else { (one, other) };
    let mut more = other.findings;
    let known: HashMap<u64, Vec<&Fact>> = {
        let mut known = HashMap::<u64, Vec<&Fact>>::new();
        kept.findings.iter().for_each(|found| known.entry(hash(&found.fact)).or_default().push(&found.fact));
        known
    };
    more.retain(|found| !known.get(&hash(&found.fact)).is_some_and(|facts| facts.contains(&&found.fact)));
    kept.findings.extend(more);
    kept
}

fn hash(fact: &Fact) -> u64 {
    let mut hasher = DefaultHasher::new();
    fact.hash(&mut hasher);
    hasher.finish()
}

/// Decides about a tool call by what is known.
fn decide_by(call: &ToolCall, context: &Context, knowledge: &Rc<Knowledge>, trace: &Trace) -> Judgement {
    let readings = match surface::read(call, knowledge) {
        Ok(readings) => readings,
        Err(mistyped) => {
            let verdict = Verdict::refusal(MALFORMED, format!("{mistyped}."));
            return Judgement { verdict, findings: Vec::new() };
        }
    };
    if readings.iter().all(|reading| matches!(reading, Reading::Write { .. } | Reading::Patch(_))) {
        trace.step(|| format!("{} carries nothing that would run", call.tool));
    }
    if readings.len() >= surface::MAX_READINGS {
        let most = surface::MAX_READINGS;
        let reason = format!("The call carries more than {most} commands. Split it into smaller calls.");
        return Judgement { verdict: Verdict::refusal(NOT_UNDERSTOOD, reason), findings: Vec::new() };
    }
    let (interests, scripts) = (context.rules.interests(), context.scripts(call));
    let mut reader = Reader::new(context.agent_port, scripts, interests, knowledge.clone())
        .knowing(context.elsewhere.clone());
    trace.budget.allow_for(size(&call.input));
    reader.mcp_call(trace, call);
    for reading in &readings {
        reader.read(trace, reading);
    }
    reader.settle(|| texts(&call.input).join("\n"));
    let mut verdict = context.rules.judge(reader.findings.all());
    let exceeded = reader.exceeded.or_else(|| trace.budget.reached().first().copied());
    if verdict.decision != Decision::Deny
        && let Some(exceeded) = exceeded
    {
        trace.step(|| format!("stops where it is {exceeded}"));
        match reader.evidence_left(trace, &texts(&call.input)) {
            Some(evidence) => verdict = refused(exceeded, &evidence),
            None => {
                trace.step(|| "nothing of what is left could be part of a fetch".to_owned());
                verdict = context.rules.judge(reader.findings.all());
            }
        }
    }
    if knowledge.is_broken() {
        verdict =
            Verdict::refusal(BROKEN_RULES, "What rule files say of programs cannot be read.".to_owned());
    }
    if verdict.suggests {
        verdict.safe_command = Some(reader.suggestion(verdict.reference.as_deref()));
    }
    Judgement { verdict, findings: reader.findings.into_all() }
}

fn refused(exceeded: Exceeded, evidence: &str) -> Verdict {
    let reason = format!(
        "The command is {exceeded}, too much to be understood without running it, and what was left holds \
         `{}`. Split it into smaller commands.",
        policy::shortened(evidence)
    );
    Verdict::refusal(NOT_UNDERSTOOD, reason)
}

/// Every text in a call's input.
fn texts(input: &Value) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut open = vec![input];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => texts.push(text.as_str()),
            Value::Array(values) => open.extend(values),
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
    texts
}

/// How many bytes of text a call brings.
fn size(input: &Value) -> usize {
    texts(input).iter().map(|text| text.len()).sum()
}
