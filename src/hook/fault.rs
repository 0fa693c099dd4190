//! Faults on demand, so that tests can see the real binary survive them. Compiled into debug builds only; a
//! fault can do no more than refuse a call.

#[cfg(debug_assertions)]
fn asked_for(fault: &str) -> bool {
    std::env::var("ASM_GUARD_FAULT").is_ok_and(|asked| asked == fault)
}

/// A release build knows no faults.
#[cfg(not(debug_assertions))]
fn asked_for(_: &str) -> bool {
    false
}

/// Panics where `ASM_GUARD_FAULT` says `panic`.
pub(super) fn before_reading() {
    assert!(!asked_for("panic"), "a fault was asked for");
}

/// Hangs, as a network folder may, where `ASM_GUARD_FAULT` says `hang`.
pub(super) fn before_a_file() {
    if asked_for("hang") {
        std::thread::sleep(std::time::Duration::from_secs(60));
    }
}
