//! From a program that would start to the facts it brings: the shell's [`Host`].

use std::collections::HashMap;
use std::rc::Rc;

use super::places::Elsewhere;
use super::resolver::Scope;
use super::script::Running;
use super::suggestion::Suggestions;
use super::unresolved::Watch;
use super::{Fact, Finding, Findings, reference, veil};
use crate::bounds::Exceeded;
use crate::disk::Scripts;
use crate::knowledge::{self, Interests, Knowledge, Program};
use crate::shell::{self, Holds, Host, Invocation, Outcome, Setup};
use crate::trace::{FileId, Kind, Left, Trace};
use crate::value::{Piece, Text, Value};

/// As many words a command may hand on to the one inside it without paying for them.
const FEW_WORDS: usize = 64;
/// The memory that one word more takes while the command inside is followed: copies for its options, its arguments, itself.
const COPIED_WORD: usize = 4 * size_of::<Text>();

/// Collects the facts of one tool call.
#[derive(Debug, Default)]
pub struct Reader {
    /// What was found, in order, each once.
    pub findings: Findings,
    /// The first bound that was reached, if one was.
    pub exceeded: Option<Exceeded>,
    /// A port that the hook's own environment names for the agent daemon.
    pub agent_port: Option<u16>,
    /// Local ports that this call forwards to an agent daemon elsewhere.
    pub(super) tunnels: Vec<String>,
    /// The scripts on disk that this call can reach.
    pub(super) disk: Option<Rc<Scripts>>,
    /// What the rules ask for.
    pub(super) interests: Rc<Interests>,
    /// What is known of programs.
    pub(super) knowledge: Rc<Knowledge>,
    /// What of the guard's lies elsewhere than it usually does.
    pub(super) elsewhere: Rc<[Elsewhere]>,
    /// Whether the call runs in a folder of files that a rule asks for; None until someone wants to know.
    pub(super) begins_there: Option<bool>,
    /// Whether a file gets a text that only running the call would tell.
    pub(super) computed: bool,
    /// Scripts that are being followed, outermost first.
    pub(super) running: Vec<Running>,
    pub(super) suggestions: Suggestions,
    /// How often asm-exec was met.
    pub(super) resolvers: u32,
    /// The commands of asm-exec that are being followed, outermost first.
    pub(super) scopes: Vec<Scope>,
    pub(super) watch: Watch,
    /// Other names that are being followed, outermost first: what each leads to, and how many words it stands in.
    aliases: Vec<(String, usize)>,
    /// What is known of the programs met so far.
    programs: HashMap<String, Rc<[Program]>>,
}

impl Reader {
    /// A reader that has read nothing. `agent_port` is the port that the environment names for the agent daemon;
    /// `disk` holds the scripts that a command may run; `interests` say which facts some rule asks for, and `knowledge`
    /// what is known of programs.
    pub fn new(
        agent_port: Option<u16>,
        disk: Option<Scripts>,
        interests: Rc<Interests>,
        knowledge: Rc<Knowledge>,
    ) -> Reader {
        Reader { agent_port, disk: disk.map(Rc::new), interests, knowledge, ..Reader::default() }
    }

    /// Knows where the guard's own files lie, where that is not where they usually do.
    pub fn knowing(self, elsewhere: Rc<[Elsewhere]>) -> Reader {
        Reader { elsewhere, ..self }
    }

    /// The safe form of what was asked for. `fetched` is the reference to what the deciding fact would fetch.
    pub fn suggestion(&self, fetched: Option<&str>) -> String {
        self.suggestions.best(fetched)
    }

    /// Reads shell text.
    pub fn shell_text(&mut self, trace: &Trace, text: &str, setup: Setup) -> Option<Value> {
        let setup = Setup { files: setup.files.or_on(self.disk.as_ref()), ..setup };
        let run = shell::run(text, setup, trace, self);
        self.bounded(run)
    }

    /// Reads shell text of which parts may be unknown, as a program started for it would.
    pub(super) fn inner_shell(
        &mut self,
        trace: &Trace,
        invocation: &Invocation,
        text: &Text,
        arguments: Vec<Text>,
    ) -> Outcome {
        let name = invocation.argv.first().cloned().unwrap_or_else(|| Text::from("bash"));
        self.shell_file(trace, invocation, text, name, arguments, None)
    }

    /// Reads shell text that is a file: `name` is the path by which it is run, `file` its number where it is on disk.
    pub(super) fn shell_file(
        &mut self,
        trace: &Trace,
        invocation: &Invocation,
        text: &Text,
        name: Text,
        arguments: Vec<Text>,
        file: Option<FileId>,
    ) -> Outcome {
        let carried = file.is_none().then(|| invocation.files.carried(trace, text, Kind::Script)).flatten();
        let carried =
            carried.as_ref().and_then(|source| Some((source.text.alternatives().first()?, source.file)));
        let (text, file) = carried.unwrap_or((text, file));
        let Some(program) = shell::program_text(text) else { return Outcome { output: None, entered: true } };
        let setup = Setup {
            name,
            arguments,
            functions: invocation.functions.clone(),
            environment: invocation.environment.clone(),
            stdin: Value::One(invocation.stdin.clone()),
            files: invocation.files.clone(),
            captured: invocation.captured,
            file,
        };
        Outcome { output: self.shell_text(trace, &program, setup), entered: true }
    }

    /// Follows a command inside another.
    pub(super) fn inner_command(&mut self, trace: &Trace, invocation: &Invocation, argv: &[Text]) -> Outcome {
        // Each level of `sudo sudo …` copies the words of the next.
        let long = argv.len().saturating_sub(FEW_WORDS) * COPIED_WORD;
        let paid = trace.budget.produce(long);
        if self.bounded(paid).is_none() {
            return Outcome { output: None, entered: true };
        }
        let files = invocation.files.clone().or_on(self.disk.as_ref());
        let inner = Invocation { argv: argv.to_vec(), files, ..invocation.clone() };
        let outcome = match trace.budget.enter() {
            Ok(_level) => self.invoke(trace, &inner),
            Err(exceeded) => {
                trace.leave(Left::Shell(inner.to_string()), None);
                self.exceeded.get_or_insert(exceeded);
                Outcome::default()
            }
        };
        // Programs that only print keep their meaning behind a wrapper.
        let output = outcome.output.or_else(|| shell::printed(trace, &inner).map(Value::One));
        Outcome { output, entered: true }
    }

    /// Notes a bound that was reached.
    pub(super) fn bounded<T>(&mut self, result: Result<T, Exceeded>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(exceeded) => {
                self.exceeded.get_or_insert(exceeded);
                None
            }
        }
    }

    /// Records a fact.
    pub(super) fn find(&mut self, trace: &Trace, fact: Fact, evidence: String, reference: Option<&Text>) {
        let (fact, evidence) = match self.resolvers {
            0 => (fact, evidence),
            _ => (fact.lifted(), veil::shown(&evidence)),
        };
        let origin = trace.origin();
        if self.findings.has(&fact, origin.as_ref().map(|origin| origin.kind)) {
            return;
        }
        trace.step(|| match &fact {
            Fact::Aws(call) => format!("fact: AWS call {} {}", call.service, call.operation),
            Fact::Http(request) => format!("fact: HTTP request to {}", request.shown()),
            _ => format!("fact: {}", fact.shown()),
        });
        let reference = reference.map(|text| reference::tidy(&text.to_string()));
        self.findings.add(Finding { fact, evidence, route: trace.route(), origin, reference, instead: None });
    }

    /// What a program does that is known by its name.
    pub(super) fn known(&mut self, trace: &Trace, name: &str, invocation: &Invocation) -> Outcome {
        let mut result = Outcome::default();
        let programs = match self.programs.get(name) {
            Some(programs) => programs.clone(),
            None => {
                let programs: Rc<[Program]> = self.knowledge.programs(name).into();
                self.programs.insert(name.to_owned(), programs.clone());
                programs
            }
        };
        for program in programs.iter() {
            let outcome = match program {
                Program::Wrapper(wrapper) => self.wrapper(trace, name, wrapper, invocation),
                Program::Shell(shell) => Some(self.shell_program(trace, name, shell, invocation)),
                Program::Interpreter(interpreter) => self.interpreter(trace, name, interpreter, invocation),
                Program::HttpClient(client) => self.http_client(trace, name, client, invocation),
                Program::AwsCli(cli) => self.aws_cli(trace, cli, invocation),
                Program::Cmdlet(cmdlet) => Some(self.cmdlet(trace, cmdlet, invocation)),
                Program::Alias(alias) => Some(self.alias(trace, alias, invocation)),
                Program::Resolver(resolver) => Some(self.resolver(trace, name, resolver, invocation)),
                Program::Tasks(tasks) => self.tasks(trace, tasks, invocation),
                Program::Command(known) => {
                    if self.interests.in_program(name) {
                        self.command_line(trace, name, known, invocation);
                    }
                    self.named_output(name, known, invocation)
                }
                Program::Forwarder(forwarder) => {
                    self.forwarder(trace, forwarder, invocation);
                    None
                }
                Program::Image(_)
                | Program::Handling(_)
                | Program::Remote(_)
                | Program::Writer(_)
                | Program::Lister(_) => None,
            };
            // A program may be several things at once: git reads configuration and runs commands.
            if let Some(outcome) = outcome {
                result.entered |= outcome.entered;
                result.output = outcome.output.or(result.output);
            }
        }
        result
    }

    fn alias(&mut self, trace: &Trace, alias: &knowledge::Alias, invocation: &Invocation) -> Outcome {
        let renamed = |word: &Text| {
            let known = word.literal().and_then(|literal| {
                alias
                    .options
                    .iter()
                    .find(|(from, _)| from.eq_ignore_ascii_case(literal.trim_end_matches(':')))
            });
            known.map_or_else(|| word.clone(), |(_, to)| Text::from(to.as_str()))
        };
        let mut argv = vec![Text::from(alias.program.as_str())];
        argv.extend(invocation.argv[1..].iter().map(renamed));
        let followed =
            self.once(&alias.program, invocation, |reader| reader.inner_command(trace, invocation, &argv));
        followed.unwrap_or_default()
    }

    /// Follows what another name stands for, unless that is being followed already: a name that leads back to itself leads
    /// nowhere. Behind `find . -exec` it stands anew, with fewer words.
    pub(super) fn once<T>(
        &mut self,
        name: &str,
        invocation: &Invocation,
        follow: impl FnOnce(&mut Reader) -> T,
    ) -> Option<T> {
        let words = invocation.argv.len();
        if self.aliases.iter().any(|(before, had)| before == name && *had <= words) {
            return None;
        }
        self.aliases.push((name.to_owned(), words));
        let followed = follow(self);
        self.aliases.pop();
        Some(followed)
    }
}

impl Reader {
    /// What a program does, by what is known of it, without what it does with values.
    fn enter(&mut self, trace: &Trace, program: &Text, invocation: &Invocation) -> Outcome {
        if let Some(output) = self.selected(invocation) {
            return Outcome { output: Some(Value::One(output)), entered: true };
        }
        match base_name(program) {
            Name::Known(name) => {
                if let Some(outcome) = self.run_by_path(trace, program, &name, invocation) {
                    return outcome;
                }
                // `uvx awscli@latest`, `pipx run awscli==1.32.0`: a version is no part of the name.
                let name = name.split(['@', '=']).next().filter(|n| !n.is_empty()).unwrap_or(&name);
                if let Some(command) = super::wrapper::likely_command(name, invocation, &self.knowledge) {
                    let _through = trace.through(name.to_owned());
                    return self.inner_command(trace, invocation, command);
                }
                self.known(trace, name, invocation)
            }
            Name::Pattern(glob) => {
                // `/usr/bin/aw?` is whatever file it matches: try all it could be.
                for name in self.knowledge.programs_like(&glob) {
                    self.known(trace, &name, invocation);
                }
                Outcome::default()
            }
            Name::Unknown => {
                // `$AWS secretsmanager …`: the words say what the program must be.
                let second = invocation.argv.get(1).and_then(Text::literal);
                if second.is_some_and(|word| word.eq_ignore_ascii_case("secretsmanager")) {
                    return self.known(trace, "aws", invocation);
                }
                // `$SUDO aws …`: an unquoted unknown may be nothing, or a wrapper.
                if program.may_split() && invocation.argv.len() > 1 {
                    return self.inner_command(trace, invocation, &invocation.argv[1..]);
                }
                Outcome::default()
            }
        }
    }
}

impl Host for Reader {
    fn invoke(&mut self, trace: &Trace, invocation: &Invocation) -> Outcome {
        trace.step(|| format!("runs: {}", veil::shown(&invocation.to_string())));
        self.suggestions.consider(invocation, &self.knowledge);
        let Some(program) = invocation.argv.first() else { return Outcome::default() };
        let met = self.met();
        if invocation.argv[1..].iter().any(|word| self.interests.may_be_read(word))
            && let Name::Known(name) = base_name(program)
        {
            self.files_of(trace, &name, invocation);
        }
        self.files_written(trace, &|| known_name(program), invocation);
        if self.interests.adds_programs()
            && let Name::Known(name) = base_name(program)
        {
            self.any_command_line(trace, &name, invocation);
        }
        let mut outcome = self.enter(trace, program, invocation);
        if outcome.output.is_none() {
            outcome.output = self.paths_listed(&|| known_name(program), invocation);
        }
        if !self.watch.on && self.resolvers == 0 {
            return outcome;
        }
        let name = match base_name(program) {
            Name::Known(name) => Some(name),
            Name::Pattern(_) | Name::Unknown => None,
        };
        let name = name.as_deref();
        self.consider_unresolved(trace, name, invocation, &outcome, met);
        if self.resolvers == 0 { outcome } else { self.follow(trace, name, invocation, outcome) }
    }

    fn read(&mut self, trace: &Trace, path: &Text) {
        self.file_read(trace, path, || format!("< {path}"));
    }

    fn write(&mut self, trace: &Trace, path: &Text, text: &Value, folder: &dyn Fn() -> Option<Value>) {
        self.redirected(trace, path, text, folder);
        self.written_to_network(trace, path, text);
        if self.resolvers > 0 {
            self.written_to_output(trace, path, text);
        }
    }

    fn changes(&self) -> usize {
        self.tunnels.len()
    }

    fn holds(&self, variable: &str) -> Option<Holds> {
        self.knowledge.variable(variable)
    }
}

/// The name of a program without its folder, where it is known.
fn known_name(program: &Text) -> Option<String> {
    match base_name(program) {
        Name::Known(name) => Some(name),
        Name::Pattern(_) | Name::Unknown => None,
    }
}

/// The name of a program without its folder.
enum Name {
    Known(String),
    Pattern(String),
    Unknown,
}

fn base_name(program: &Text) -> Name {
    let last = |text: &str| {
        let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
        let plain = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".EXE")).unwrap_or(name);
        plain.to_owned()
    };
    match program {
        Text::Literal(text) => Name::Known(last(text)),
        Text::Mixed(pieces) => {
            let name: Vec<&Piece> = match pieces
                .iter()
                .rposition(|p| matches!(p, Piece::Literal(t) | Piece::Glob(t) if t.contains('/')))
            {
                Some(at) => pieces[at..].iter().collect(),
                None => pieces.iter().collect(),
            };
            let mut out = String::new();
            let mut glob = false;
            for piece in name {
                match piece {
                    Piece::Literal(text) => out.push_str(text),
                    Piece::Glob(text) => {
                        glob = true;
                        out.push_str(text);
                    }
                    Piece::Unknown(_) => return Name::Unknown,
                }
            }
            let name = last(&out);
            match glob {
                false => Name::Known(name),
                // `hooks.d/*` could be any program, which says as much as an unknown one.
                true if name.chars().all(|c| matches!(c, '*' | '?')) => Name::Unknown,
                true => Name::Pattern(name),
            }
        }
    }
}
