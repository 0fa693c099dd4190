//! The deadline, kept by a second thread.
//!
//! Few answers take so long that it matters, and a thread costs each of them: its start, and locks in every allocation
//! from then on. So it begins where something is met that may take long: input that is not there yet, a large event, a file
//! on disk, or more steps of evaluation than everyday commands take. All work is counted in steps.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use super::DEADLINE;

/// When the hook began to answer, and what to do once it is late. None outside of the hook.
static STARTED: OnceLock<(Instant, fn())> = OnceLock::new();
/// Set once someone watches.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Begins to count towards [`DEADLINE`]; `late` is called by another thread when it has passed.
pub(super) fn begin(late: fn()) {
    let _ = STARTED.set((Instant::now(), late));
}

/// Says that what comes may take long: from here on someone watches. In commands that are not the hook, nobody does.
///
/// # Panics
/// When no thread can be started; the hook makes a refusal of that.
pub(super) fn may_take_long() {
    let Some(&(started, late)) = STARTED.get() else { return };
    if WATCHED.swap(true, Ordering::Relaxed) {
        return;
    }
    let watch = move || {
        thread::sleep(DEADLINE.saturating_sub(started.elapsed()));
        late();
    };
    let thread = thread::Builder::new().stack_size(128 << 10).spawn(watch);
    assert!(thread.is_ok(), "no thread can be started");
}
