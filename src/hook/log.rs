//! The audit log, after the answer.
//!
//! The answer is out before anything here begins, and nothing here can change it or the exit status. What could wait for a
//! disk or for journald runs on a thread that is left behind after [`PATIENCE`]; what fails is silent, and `asm-guard log` says
//! it. A call that nothing speaks against touches nothing of the log where there are no settings: the two places of
//! settings are looked at, and that is all.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::value::RawValue;
use time::OffsetDateTime;

use super::agent::{self, Agent};
use crate::audit::{self, Asked, Masking, Record};
use crate::policy::{Decision, Verdict};
use crate::settings::{self, Places};

/// How long the process waits for disks and for journald. Nothing local takes so long but on a machine that hardly moves, where
/// a line is worth the time.
const PATIENCE: Duration = Duration::from_secs(3);

/// Bytes of the thread's stack: patterns are compiled on it.
const STACK: usize = 1 << 20;

/// The event, once it has arrived.
static EVENT: OnceLock<&'static [u8]> = OnceLock::new();

/// Keeps an event for whoever answers: the process ends with its answer.
pub(super) fn keep(event: Vec<u8>) -> &'static [u8] {
    EVENT.get_or_init(|| event.leak())
}

/// Logs a verdict, where the settings want that. To be called when the answer is out; the process should end then.
/// What the doctor tries is no decision about anybody's call.
pub(super) fn verdict(verdict: Verdict, replaced: bool, agent: Agent) {
    let places = Places::here(None);
    let allowed = verdict.decision == Decision::Allow;
    if allowed && !has_settings(&places) {
        return;
    }
    let now = OffsetDateTime::now_utc();
    beside(move |ready| {
        let asked = asked(EVENT.get().copied().unwrap_or_default(), agent);
        if asked.session.as_deref() == Some(crate::doctor::probe::SESSION) {
            return;
        }
        let record = Record::of(&verdict, &Asked { replaced, ..asked.clone() }, now);
        ready();
        let audit = settings::load(&places).settings.audit;
        if audit.enabled && (audit.allow || !allowed) && outlives_a_full_file() {
            let _ = audit::write(record, asked.input, &places, &audit);
        }
    });
}

/// Logs what the output guard did, where the settings do not say otherwise. To be called as [`verdict`] is.
pub(super) fn masking(masking: Masking, agent: Agent) {
    let now = OffsetDateTime::now_utc();
    beside(move |ready| {
        let record = Record::of_masking(&masking, agent.name(), now);
        ready();
        let places = Places::here(None);
        let audit = settings::load(&places).settings.audit;
        if audit.enabled && outlives_a_full_file() {
            let _ = audit::write(record, None, &places, &audit);
        }
    });
}

/// Does what may wait for a disk, and waits for it as long as [`PATIENCE`] from when it says that it is ready: up to there it
/// waits for nothing but the processor.
fn beside(work: impl FnOnce(&dyn Fn()) + Send + 'static) {
    let (ready, waiting) = mpsc::sync_channel(1);
    let work = move || {
        work(&|| {
            let _ = ready.send(());
        });
        drop(ready);
    };
    let spawned = thread::Builder::new().stack_size(STACK).spawn(work);
    if spawned.is_ok() && waiting.recv().is_ok() {
        let _ = waiting.recv_timeout(PATIENCE);
    }
}

/// What an event says for the log; nothing where it is none. Of fields that stand there twice the last counts, as for the
/// agent's own reader.
fn asked(bytes: &[u8], agent: Agent) -> Asked<'_> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |name: &str| serde_json::from_str(fields.get(name)?.get()).ok();
    let names = &agent.0.log;
    Asked {
        agent: agent.name(),
        session: text(names.session).or_else(|| text(agent::USUAL.session)),
        tool: text(names.tool).or_else(|| text(agent::USUAL.tool)),
        input: fields.get(names.input).or_else(|| fields.get(agent::USUAL.input)).map(|input| input.get()),
        replaced: false,
    }
}

/// Whether anybody has set anything: one call of the system for each place, where there is nothing.
pub(super) fn has_settings(places: &Places) -> bool {
    settings::files(places).any(|path| is_there(&path))
}

#[cfg(unix)]
fn is_there(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXISTS).is_ok()
}

#[cfg(not(unix))]
fn is_there(path: &Path) -> bool {
    path.exists()
}

/// Past a limit on the size of files a write ends the process, unless somebody listens to the signal.
#[cfg(unix)]
fn outlives_a_full_file() -> bool {
    let listens = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, listens).is_ok()
}

/// Where there are no signals a write fails, and that is all.
#[cfg(not(unix))]
fn outlives_a_full_file() -> bool {
    true
}
