//! What rules ask for of a call: the facts that are looked for because of them.

use super::rule::{OneOrMany, Pattern, Rule, When};
use crate::knowledge::{Interest, Interests};

/// What these rules ask for beyond the built-in ones. One that is off may be given another decision, and asks too.
pub fn interests<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> Interests {
    let mut interests = Interests::default();
    rules.into_iter().flat_map(|rule| rule.when.leaves()).for_each(|leaf| ask(leaf, &mut interests));
    interests
}

/// What one condition asks for.
fn ask(when: &When, interests: &mut Interests) {
    let (interest, patterns) = match when {
        When::Command(wanted) => (Interest::Program, &wanted.program),
        When::File(wanted) => (Interest::Read, &wanted.path),
        When::Write(wanted) => (Interest::Written, &wanted.path),
        When::Mcp(wanted) => (Interest::Server, &wanted.server),
        When::Code(wanted) => (Interest::Call, &wanted.call),
        When::Aws(_) | When::Http(_) | When::Resolve(_) | When::Unresolved(_) | When::Forward(_) => return,
        When::All(_) | When::Any(_) | When::Not(_) => return,
    };
    for pattern in patterns.as_ref().map_or(&[Pattern::Glob("*".to_owned())] as &[_], OneOrMany::patterns) {
        match pattern {
            Pattern::Glob(glob) => interests.ask(interest, glob),
            // What an expression matches is only known once there is a fact.
            Pattern::Regex { .. } => interests.ask(interest, "*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use serde_json::{Value, json};

    use super::*;
    use crate::call::ToolCall;
    use crate::guard::{self, Context};
    use crate::policy;
    use crate::trace::Trace;

    fn rule(when: &Value) -> Rule {
        let json = json!({"id": "x", "summary": "s", "decision": "ask", "reason": "r", "when": when});
        serde_json::from_value(json).unwrap()
    }

    /// Whether a rule that someone wrote matches a call: that its facts are found, and judged by it.
    #[test]
    fn rules_of_every_kind_find_their_facts() {
        let bash = |command: &str| ToolCall::bash(command);
        let tool = |name: &str, input: Value| ToolCall::new(name, input);
        let mcp =
            json!({"mcp": {"server": "git{hub,lab}", "tool": "create_*", "field": {"repo.owner": "acme"}}});
        let code = json!({"code": {"language": "python", "call": "shutil.rmtree", "argument": "/srv/*"}});
        let write = json!({"write": {"path": "deploy/*.yaml", "change": "write", "text": "*replicas: 0*"}});
        let removes = json!({"write": {"path": "/srv/**", "change": "remove"}});
        let command =
            json!({"command": {"program": "deployctl", "operands": "push *", "option": {"--env": "prod"}}});
        let read = json!({"file": {"path": ["~/.aws/credentials", "*.pem"]}});
        let owner = |owner: &str| json!({"repo": {"owner": owner}, "title": "t"});
        let rm = |path: &str| bash(&format!("python3 -c \"import shutil; shutil.rmtree('{path}')\""));
        for (when, call, expected) in [
            (&mcp, tool("mcp__github__create_issue", owner("acme")), true),
            (&mcp, tool("mcp__gitlab__create_issue", owner("acme")), true),
            (&mcp, tool("mcp__github__create_issue", owner("other")), false),
            (&mcp, tool("mcp__github__get_issue", owner("acme")), false),
            (&mcp, tool("mcp__jira__create_issue", owner("acme")), false),
            (&code, rm("/srv/data"), true),
            (&code, rm("/tmp/data"), false),
            (&code, bash("python3 -c \"print('shutil.rmtree')\""), false),
            (&write, bash("cd deploy && sed 's/x/replicas: 0/' in > app.yaml"), true),
            (&write, bash("printf 'replicas: 0' > deploy/app.yaml"), true),
            (&write, bash("printf 'replicas: 2' > deploy/app.yaml"), false),
            (&write, bash("printf 'replicas: 0' > docs/app.yaml; cat deploy/app.yaml"), false),
            (&write, tool("Write", json!({"file_path": "/w/deploy/a.yaml", "content": "replicas: 0"})), true),
            (&removes, bash("find . -name x; rm -rf /srv/data"), true),
            (&removes, bash("echo x > /srv/data"), false),
            (&command, bash("sudo deployctl --env prod push api"), true),
            (&command, bash("deployctl --env=prod push api"), true),
            (&command, bash("deployctl --env=dev push api"), false),
            (&command, bash("echo deployctl --env=prod push api"), false),
            (&read, bash("cat ~/.aws/credentials"), true),
            (&read, bash("base64 < keys/app.pem"), true),
            (&read, tool("Read", json!({"file_path": "/home/user/.aws/credentials"})), true),
            (&read, bash("cat ~/.aws/config; ls keys/app.pem"), false),
        ] {
            let rules = [rule(when)];
            let asking = Rc::new(policy::Rules::asking_for(interests(&rules)));
            let context = Context { rules: asking, ..Context::with_files([]) };
            let findings = guard::judge(&call, &context, &Trace::new()).findings;
            let verdict = policy::judge_by(&rules.map(policy::Effective::from), &findings);
            assert_eq!(verdict.word() == "ask", expected, "{when}: {} {}", call.tool, call.input);
        }
    }
}
