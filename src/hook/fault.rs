//! Faults on demand, so that tests can see the real binary survive them. Compiled into debug builds only; a
//! fault can do no more than refuse a call.

/// Panics or hangs where `ASM_GUARD_FAULT` says so.
#[cfg(debug_assertions)]
pub(super) fn before_reading() {
    match std::env::var("ASM_GUARD_FAULT").as_deref() {
        Ok("panic") => panic!("a fault was asked for"),
        Ok("hang") => std::thread::sleep(std::time::Duration::from_secs(60)),
        _ => {}
    }
}

/// A release build knows no faults.
#[cfg(not(debug_assertions))]
pub(super) fn before_reading() {}
