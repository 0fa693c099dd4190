//! `asm-guard rules new`: a rule to begin with, from a command that should be stopped.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::sync::Arc;

use super::text;
use crate::cli::input::CallArguments;
use crate::cli::{Output, judged};
use crate::fact::{Fact, Finding};
use crate::knowledge::{Interest, Interests};
use crate::layers;
use crate::policy::{Compiled, Rules};
use crate::settings::Places;
use crate::value::Text;

pub(super) fn run(arguments: &CallArguments) -> Result<Output, Output> {
    let call = arguments.call().map_err(Output::usage)?;
    let findings = judged::judge_with(&call, curious()).judgement.findings;
    let Some(finding) =
        findings.iter().min_by_key(|finding| (rank(&finding.fact), Reverse(finding.route.len())))
    else {
        let message =
            "This call does nothing that a rule can match: see `asm-guard explain` with the same arguments.";
        return Err(Output::usage(message));
    };
    let example = match call.input["command"].as_str().filter(|_| call.tool == "Bash") {
        Some(command) => format!("bash = {}", text::string(command)),
        None => format!("tool = {}\ninput = {}", text::string(&call.tool), text::json(&call.input)),
    };
    Ok(Output::new(skeleton(finding, &example, findings.len()), 0))
}

/// Rules that ask for every fact, with what is known here of programs.
fn curious() -> Rules {
    let mut interests = Interests::default();
    for interest in [Interest::Program, Interest::Read, Interest::Written, Interest::Server, Interest::Call] {
        interests.ask(interest, "*");
    }
    let folder = std::env::current_dir().ok();
    let here = layers::load(&Places::here(folder.as_deref()), || ());
    let mut compiled = Compiled::asking_for(interests);
    compiled.knowledge.clone_from(&here.shared.knowledge);
    Rules { shared: Arc::new(compiled), ..Rules::default() }
}

/// Which of the things that a call does a rule is most likely about; of several alike it is the innermost.
fn rank(fact: &Fact) -> usize {
    match fact {
        Fact::Aws(_) => 0,
        Fact::Http(_) => 1,
        Fact::Mcp(_) => 2,
        Fact::Resolve(_) => 3,
        Fact::Unresolved(_) => 4,
        Fact::Forward(_) => 5,
        Fact::Code(_) => 6,
        Fact::Command(_) => 7,
        Fact::Write(_) => 8,
        Fact::File(_) => 9,
    }
}

fn skeleton(finding: &Finding, example: &str, facts: usize) -> String {
    let (name, when) = of(&finding.fact);
    let mut out = String::new();
    if facts > 1 {
        let _ =
            writeln!(out, "# The call does {facts} things that rules can match; this is about one of them.");
    }
    let shown = finding.fact.shown().replace('\n', " ");
    let _ = write!(
        out,
        "# What the call would do: {shown}
[[rule]]
# A name of your own, in kebab case. Others amend the rule by it.
id = {id}
# One line for people: what a call does that this stops.
summary = {summary}
# \"deny\" refuses the call, \"ask\" asks the user, \"hint\" lets it run and tells the agent something.
decision = \"deny\"
# Why, in a sentence that the agent reads.
reason = \"Our policy does not allow it.\"
# What to do instead; values of the fact stand in braces, such as {{operation}} or {{program}}.
# suggest = \"ask the platform team\"
# What it matches. A part that is left out matches anything; `*` is a glob, {{ regex = \"…\" }} a regular expression,
# a list means one of these. Make it as wide as you mean it.
{when}
# What a part that cannot be known before the call runs means: \"deny\", \"ask\" or nothing.
unknown = \"ask\"

# A rule proves itself: one call that it stops, one that it leaves alone. `asm-guard rules test FILE` runs them.
[[rule.example]]
{example}
expect = \"deny\"

[[rule.example]]
bash = \"git status\"
expect = \"allow\"
why = \"a command that has nothing to do with it; better is one that nearly matches\"
",
        id = text::string(&name),
        summary = text::string(&format!("Does what `{shown}` does")),
    );
    out
}

/// A name for a rule over a fact, and its condition.
fn of(fact: &Fact) -> (String, String) {
    let known = |text: &Text| text.literal().map(text::string);
    let part = |name: &str, text: &Text| known(text).map(|value| format!("{name} = {value}"));
    let table = |kind: &str, parts: Vec<Option<String>>| {
        format!("when.{kind} = {{ {} }}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    };
    match fact {
        Fact::Aws(call) => (
            kebab(&format!("no {} {}", call.service, call.operation)),
            table("aws", vec![part("service", &call.service), part("operation", &call.operation)]),
        ),
        Fact::Http(request) => (
            kebab(&format!("no requests to {}", request.host)),
            table(
                "http",
                vec![
                    part("host", &request.host),
                    part("port", &request.port),
                    part("path", &request.path).filter(|path| path != "path = \"/\""),
                ],
            ),
        ),
        Fact::Command(line) => {
            let operands: Option<Vec<&str>> = line.operands.iter().map(Text::literal).collect();
            let operands = operands.unwrap_or_default();
            // What it is told first is what it does; what follows is what it does that to.
            let first = operands.first().map(|first| match operands.len() {
                1 => text::string(first),
                _ => format!("[{}, {}]", text::string(first), text::string(&format!("{first} *"))),
            });
            let name = format!("no {} {}", line.program, operands.first().unwrap_or(&""));
            let parts =
                vec![part("program", &line.program), first.map(|first| format!("operands = {first}"))];
            (kebab(&name), table("command", parts))
        }
        Fact::File(file) => {
            (kebab(&format!("no reading of {}", file.path)), table("file", vec![part("path", &file.path)]))
        }
        Fact::Resolve(resolve) => (
            kebab(&format!("no asm-exec for {}", resolve.program)),
            table("resolve", vec![part("program", &resolve.program)]),
        ),
        Fact::Unresolved(reference) => (
            kebab(&format!("no reference for {}", reference.program)),
            table("unresolved", vec![part("program", &reference.program)]),
        ),
        Fact::Mcp(call) => (
            kebab(&format!("no {} {}", call.server, call.tool)),
            table(
                "mcp",
                vec![part("server", &Text::from(&*call.server)), part("tool", &Text::from(&*call.tool))],
            ),
        ),
        Fact::Code(call) => (
            kebab(&format!("no {} in {}", call.call, call.language)),
            table(
                "code",
                vec![part("language", &Text::from(call.language)), part("call", &Text::from(&*call.call))],
            ),
        ),
        Fact::Write(file) => (
            kebab(&format!("no change of {}", file.path)),
            table("write", vec![part("path", &file.path), part("change", &Text::from(file.change.word()))]),
        ),
        Fact::Forward(to) => (
            kebab(&format!("no forwarding to {}", to.host)),
            table("forward", vec![part("host", &to.host), part("port", &to.port)]),
        ),
    }
}

/// A text as a name in kebab case.
fn kebab(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}
