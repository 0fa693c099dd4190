//! A run from beginning to end: plan, fetch, fill in, start, mask.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use secrecy::SecretString;

use super::backend::api::Api;
use super::backend::daemon::Daemon;
use super::backend::mcp::Mcp;
use super::child;
use super::credentials::CredentialSource;
use super::fetch::{self, Source};
use super::masking::Masking;
use super::options::Options;
use super::plan::{Inputs, Plan};
use super::progress::Progress;
use super::reference::{Reference, Request};
use super::surroundings::{Environment, Surroundings};
use super::template::Values;
use super::{files, output, region, remembered, report, select};

/// The exit status of `--check` where a reference does not resolve.
const UNRESOLVED: i32 = 1;
/// The backends that are asked where nobody says otherwise.
const BACKENDS: &str = "sma,mcp";

/// A reference's value and where it came from, or why there is none.
type Resolved = Result<(SecretString, String), String>;

/// Does what the options say, and gives the exit status.
///
/// # Errors
/// One or more sentences, where asm-exec itself fails. Then the command was not run.
pub fn run(options: Options) -> Result<i32, String> {
    options.check_command()?;
    let plan = Plan::read(inputs(&options)?)?;
    let others = plan.others();
    if !others.is_empty() {
        tell(&format!(
            "CloudFormation resolves these, asm-exec leaves them as they are: {}",
            others.join(", ")
        ));
    }
    if options.dry_run {
        let surroundings = surroundings(&options);
        say(&output::dry_run(&plan, &sources(&surroundings)?, options.out.as_deref()));
        return Ok(0);
    }
    if options.check {
        return check(&options, &plan);
    }
    let environment = Environment::of_process();
    let masking = Masking::of(options.no_mask, &environment)?;
    let references = plan.references();
    let mut values = Values::new();
    let mut failures = Vec::new();
    if !references.is_empty() {
        child::undumpable();
        for (reference, resolved) in resolve(&options, &references)? {
            match resolved {
                Ok((value, _)) => drop(values.insert(reference, value)),
                Err(why) => failures.push(format!("cannot resolve {reference}\n{why}")),
            }
        }
    }
    if !failures.is_empty() {
        return Err(failures.join("\n"));
    }
    // Before the file is written, for where this fails nothing is to be left behind.
    let launch = plan.has_command().then(|| plan.launch(&values)).transpose()?;
    remembered::leave(&values, &environment, tell);
    if let (Some(out), Some(text)) = (&options.out, plan.file(&values)) {
        files::write_private(out, &text)?;
    }
    let Some(launch) = launch else { return Ok(0) };
    Ok(masking.run(launch, values, &environment, tell).unwrap_or_else(|problem| {
        tell(&problem.to_string());
        i32::from(problem.exit_status())
    }))
}

/// `--check`: resolves everything and runs nothing.
fn check(options: &Options, plan: &Plan) -> Result<i32, String> {
    child::undumpable();
    let results: Vec<(Reference, Result<String, String>)> = resolve(options, &plan.references())?
        .into_iter()
        .map(|(reference, resolved)| (reference, resolved.map(|(_, origin)| origin)))
        .collect();
    say(&output::check(&results));
    Ok(if results.iter().all(|(_, result)| result.is_ok()) { 0 } else { UNRESOLVED })
}

/// The value of every reference, each secret and version fetched once.
fn resolve(options: &Options, references: &[Reference]) -> Result<Vec<(Reference, Resolved)>, String> {
    let surroundings = surroundings(options);
    let sources = sources(&surroundings)?;
    let requests: Vec<Request> = references
        .iter()
        .map(|reference| &reference.request)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .cloned()
        .collect();
    let progress = Progress::begin();
    let outcomes =
        fetch::fetch(&sources, &requests, &|name, place, wanted| progress.asking(name, place, wanted));
    drop(progress);
    if options.verbose {
        for (request, outcome) in requests.iter().zip(&outcomes) {
            let before = outcome.as_ref().map_or(&[][..], |fetched| &fetched.before);
            before.iter().for_each(|attempt| tell(&format!("{request}: {}", report::line(attempt))));
            if let Ok(fetched) = outcome {
                tell(&format!("{request}: {}", report::origin(fetched)));
            }
        }
    }
    let of = |reference: &Reference| -> Resolved {
        let at = requests
            .binary_search(&reference.request)
            .unwrap_or_else(|_| unreachable!("every request was made"));
        let fetched = outcomes[at].as_ref().map_err(|attempts| report::causes(attempts))?;
        let value = select::select(&fetched.secret, reference)
            .map_err(|why| format!("  {}: {why}", fetched.backend))?;
        Ok((value, report::origin(fetched)))
    };
    Ok(references.iter().map(|reference| (reference.clone(), of(reference))).collect())
}

fn surroundings(options: &Options) -> Surroundings {
    let environment = Environment::of_process();
    let region = region::find(&environment);
    Surroundings { region, deadline: options.timeout.map(|timeout| Instant::now() + timeout), environment }
}

/// The backends that `ASM_EXEC_BACKENDS` names, in its order.
fn sources(surroundings: &Surroundings) -> Result<Vec<Source<'_>>, String> {
    let names = surroundings.environment.get("ASM_EXEC_BACKENDS").unwrap_or(BACKENDS);
    let credentials = Arc::new(CredentialSource::new(surroundings));
    let mut sources: Vec<Source> = Vec::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let credentials = credentials.clone();
        let source = match name {
            "sma" => Source { name: "sma", open: Box::new(|| Ok(Box::new(Daemon::new(surroundings)?))) },
            "mcp" => Source {
                name: "mcp",
                open: Box::new(move || Ok(Box::new(Mcp::new(surroundings, credentials.clone())?))),
            },
            "api" => Source {
                name: "api",
                open: Box::new(move || Ok(Box::new(Api::new(surroundings, credentials.clone())?))),
            },
            other => {
                return Err(format!(
                    "ASM_EXEC_BACKENDS names `{other}`; there are sma, mcp and api, separated by commas"
                ));
            }
        };
        if sources.iter().all(|there| there.name != source.name) {
            sources.push(source);
        }
    }
    match sources.is_empty() {
        true => {
            Err("ASM_EXEC_BACKENDS names no backend; there are sma, mcp and api, separated by commas"
                .to_owned())
        }
        false => Ok(sources),
    }
}

fn inputs(options: &Options) -> Result<Inputs, String> {
    let file = |path: &Path| files::read(path).map(|text| (path.display().to_string(), text));
    Ok(Inputs {
        command: options.command.clone(),
        environment: std::env::vars_os().collect(),
        env_files: options.env_file.iter().map(|path| file(path)).collect::<Result<_, _>>()?,
        template: options.template.as_deref().map(file).transpose()?,
        raw: options.raw,
    })
}

/// One line, or a few, on standard error.
pub(super) fn tell(text: &str) {
    // Nothing can be done where standard error is gone.
    let _ = writeln!(std::io::stderr(), "asm-exec: {text}");
}

fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
