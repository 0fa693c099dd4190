//! A rule, as it is written in TOML.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::example::Example;
use super::provenance::Application;
use super::verdict::Decision;

/// Judges facts of one kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, unique, in kebab case.
    pub id: String,
    /// One line for people.
    pub summary: String,
    /// What is decided where it matches.
    pub decision: Setting,
    /// Why, in a sentence that the agent reads.
    pub reason: String,
    /// How the safe command is made.
    #[serde(default)]
    pub suggest: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The facts it matches.
    pub when: When,
    /// What a part that cannot be known means to it.
    #[serde(default)]
    pub unknown: Unknowns,
    /// What is decided of an application's own code on disk.
    #[serde(default)]
    pub application: Option<Application>,
    /// Whether users may not loosen it. Only a managed rule says so.
    #[serde(default)]
    pub locked: bool,
    /// Calls that must and must not match.
    #[serde(default, rename = "example")]
    pub examples: Vec<Example>,
}

/// A rule's decision, or that it is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    /// The call is refused.
    Deny,
    /// The user is asked.
    Ask,
    /// The call runs, and the agent is told something.
    Hint,
    /// The rule matches nothing.
    Off,
}

/// What a rule matches: a fact of this kind whose parts all match, or several such conditions over one fact.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Every one of these.
    All(Vec<When>),
    /// One of these or more.
    Any(Vec<When>),
    /// Not this. It stands in an `all`, beside what it takes away from.
    Not(Box<When>),
    /// A request to AWS.
    Aws(AwsMatch),
    /// A request to a host.
    Http(HttpMatch),
    /// asm-exec at work.
    Resolve(ResolveMatch),
    /// A reference that reaches a program without asm-exec.
    Unresolved(UnresolvedMatch),
    /// A file that is read.
    File(FileMatch),
    /// A program, by its command line.
    Command(CommandMatch),
    /// A port that is forwarded.
    Forward(ForwardMatch),
    /// A tool of an MCP server.
    Mcp(McpMatch),
    /// A function that code calls.
    Code(CodeMatch),
    /// A file that is changed.
    Write(WriteMatch),
}

/// Parts of an AWS call. A part that is not written matches anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AwsMatch {
    /// Services, in lower case without separators.
    pub service: Option<OneOrMany>,
    /// Operations, in kebab case.
    pub operation: Option<OneOrMany>,
    /// Parameters by name.
    pub parameters: BTreeMap<String, OneOrMany>,
}

/// Parts of an HTTP request. A part that is not written matches anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpMatch {
    /// `loopback`, or host names.
    pub host: Option<OneOrMany>,
    /// `agent`, or port numbers.
    pub port: Option<OneOrMany>,
    /// Paths.
    pub path: Option<OneOrMany>,
    /// Queries, as they are written.
    pub query: Option<OneOrMany>,
}

/// Parts of a use of asm-exec. A part that is not written matches anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResolveMatch {
    /// The program that asm-exec starts.
    pub program: Option<OneOrMany>,
    /// Options of asm-exec, as they are written; any of them.
    pub option: Option<OneOrMany>,
    /// What the program puts on the tool's output.
    pub output: Option<Seen>,
    /// Variables that are set to one of these values; any of them.
    pub variable: BTreeMap<String, OneOrMany>,
    /// Variables that are set to a URL whose host is none of these; any of them. `loopback` is this machine.
    pub endpoint_outside: BTreeMap<String, OneOrMany>,
}

/// What is seen of the values that asm-exec resolves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// A value, in whatever form.
    Value,
}

/// Parts of a reference that is not resolved. A part that is not written matches anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UnresolvedMatch {
    /// The program that gets it.
    pub program: Option<OneOrMany>,
    /// How: `argument`, `environment`, `input`.
    pub place: Option<OneOrMany>,
}

/// Parts of the reading of a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FileMatch {
    /// Its path. Only literal paths and globs count.
    pub path: Option<OneOrMany>,
}

/// Parts of a command line. A part that is not written matches anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CommandMatch {
    /// The program.
    pub program: Option<OneOrMany>,
    /// Its operands, joined by blanks.
    pub operands: Option<OneOrMany>,
    /// Its options by name; all of them.
    pub option: BTreeMap<String, OneOrMany>,
    /// What it is given to read: an argument, a variable, standard input, a document; any of them.
    pub text: Option<OneOrMany>,
}

/// Parts of a forwarded port. A part that is not written matches anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ForwardMatch {
    /// `loopback`, or host names.
    pub host: Option<OneOrMany>,
    /// `agent`, or port numbers.
    pub port: Option<OneOrMany>,
}

/// Parts of a call of an MCP server's tool. A part that is not written matches anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct McpMatch {
    /// Servers, as they stand in the names of tools.
    pub server: Option<OneOrMany>,
    /// Tools, without the server.
    pub tool: Option<OneOrMany>,
    /// Fields by dotted path; all of them, and of a list any element.
    pub field: BTreeMap<String, OneOrMany>,
}

/// Parts of a call in code. A part that is not written matches anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CodeMatch {
    /// Languages.
    pub language: Option<OneOrMany>,
    /// Functions, by their dotted path.
    pub call: Option<OneOrMany>,
    /// Arguments; any of them.
    pub argument: Option<OneOrMany>,
}

/// Parts of the change of a file. A part that is not written matches anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WriteMatch {
    /// Its path: absolute, beginning with `~/` in the home folder, or of any folder.
    pub path: Option<OneOrMany>,
    /// What is done: `write`, `remove`, `mode`.
    pub change: Option<OneOrMany>,
    /// What is written, or replaced by it.
    pub text: Option<OneOrMany>,
}

/// A pattern, or several of which one must match.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, `{ regex = \"…\" }`, or a list of these")]
pub enum OneOrMany {
    /// One.
    One(Pattern),
    /// Several.
    Many(Vec<Pattern>),
}

impl OneOrMany {
    /// Every pattern.
    pub fn patterns(&self) -> &[Pattern] {
        match self {
            OneOrMany::One(pattern) => std::slice::from_ref(pattern),
            OneOrMany::Many(patterns) => patterns,
        }
    }
}

/// A pattern over a text.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Pattern {
    /// A text, or a glob where it holds `*`, `?`, `[` or `{`.
    Glob(String),
    /// A regular expression over the whole text. Letters have no case with `(?i-u:…)`; Unicode's own tables are not
    /// in the binary.
    Regex {
        /// The expression.
        regex: String,
    },
}

/// What a part that cannot be known means: one decision for all, or one a part. A part that is not named makes
/// the rule not match.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Unknowns {
    /// The same for every part.
    All(Setting),
    /// By part.
    ByPart(BTreeMap<String, Setting>),
}

impl Default for Unknowns {
    fn default() -> Unknowns {
        Unknowns::ByPart(BTreeMap::new())
    }
}

impl Unknowns {
    /// The decision where `part` is not known.
    pub fn of(&self, part: &str) -> Option<Decision> {
        match self {
            Unknowns::All(setting) => setting.decision(),
            Unknowns::ByPart(parts) => parts.get(part).and_then(|setting| setting.decision()),
        }
    }
}

impl Setting {
    /// Its word, as rules write it.
    pub fn word(self) -> &'static str {
        match self {
            Setting::Deny => "deny",
            Setting::Ask => "ask",
            Setting::Hint => "hint",
            Setting::Off => "off",
        }
    }

    /// The decision, where the rule is on. A hint allows.
    pub fn decision(self) -> Option<Decision> {
        match self {
            Setting::Deny => Some(Decision::Deny),
            Setting::Ask => Some(Decision::Ask),
            Setting::Hint => Some(Decision::Allow),
            Setting::Off => None,
        }
    }
}

impl When {
    /// The conditions on one fact that this is made of.
    pub fn leaves(&self) -> Vec<&When> {
        match self {
            When::All(conditions) | When::Any(conditions) => {
                conditions.iter().flat_map(When::leaves).collect()
            }
            When::Not(condition) => condition.leaves(),
            leaf => vec![leaf],
        }
    }

    /// The kinds of fact that it can match; None for every kind.
    pub fn kinds(&self) -> Option<Vec<&'static str>> {
        match self {
            When::All(conditions) => conditions.iter().filter_map(When::kinds).reduce(|mut kinds, others| {
                kinds.retain(|kind| others.contains(kind));
                kinds
            }),
            When::Any(conditions) => {
                let kinds: Option<Vec<_>> = conditions.iter().map(When::kinds).collect();
                kinds.map(|kinds| kinds.concat())
            }
            When::Not(_) => None,
            leaf => Some(vec![leaf.word()]),
        }
    }

    /// The patterns of a condition on one kind of fact.
    pub fn patterns(&self) -> Vec<&OneOrMany> {
        fn some<const N: usize>(parts: [&Option<OneOrMany>; N]) -> Vec<&OneOrMany> {
            parts.into_iter().flatten().collect()
        }
        fn and<'p>(
            mut patterns: Vec<&'p OneOrMany>,
            more: &'p BTreeMap<String, OneOrMany>,
        ) -> Vec<&'p OneOrMany> {
            patterns.extend(more.values());
            patterns
        }
        match self {
            When::All(_) | When::Any(_) | When::Not(_) => Vec::new(),
            When::Aws(wanted) => and(some([&wanted.service, &wanted.operation]), &wanted.parameters),
            When::Http(wanted) => some([&wanted.host, &wanted.port, &wanted.path, &wanted.query]),
            When::Resolve(wanted) => {
                let named = and(some([&wanted.program, &wanted.option]), &wanted.variable);
                and(named, &wanted.endpoint_outside)
            }
            When::Unresolved(wanted) => some([&wanted.program, &wanted.place]),
            When::File(wanted) => some([&wanted.path]),
            When::Command(wanted) => {
                and(some([&wanted.program, &wanted.operands, &wanted.text]), &wanted.option)
            }
            When::Forward(wanted) => some([&wanted.host, &wanted.port]),
            When::Mcp(wanted) => and(some([&wanted.server, &wanted.tool]), &wanted.field),
            When::Code(wanted) => some([&wanted.language, &wanted.call, &wanted.argument]),
            When::Write(wanted) => some([&wanted.path, &wanted.change, &wanted.text]),
        }
    }

    /// Its word, as rules write it.
    pub fn word(&self) -> &'static str {
        match self {
            When::All(_) => "all",
            When::Any(_) => "any",
            When::Not(_) => "not",
            When::Aws(_) => "aws",
            When::Http(_) => "http",
            When::Resolve(_) => "resolve",
            When::Unresolved(_) => "unresolved",
            When::File(_) => "file",
            When::Command(_) => "command",
            When::Forward(_) => "forward",
            When::Mcp(_) => "mcp",
            When::Code(_) => "code",
            When::Write(_) => "write",
        }
    }
}

/// Reads a rule from the form it has in the binary.
pub(super) fn from_json(json: &str) -> Result<Rule, String> {
    serde_json::from_str(json).map_err(|error| format!("a built-in rule does not read: {error}"))
}
