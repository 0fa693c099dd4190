//! A command of the Bash tool. What is stopped stays stopped when it is quoted for one more shell.

#![no_main]

use asm_guard::policy::Decision;
use asm_guard::shell::quoted;
use asm_guard_fuzz::{decide_command, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(command) = text(bytes) else { return };
    let decided = decide_command(command);
    // No word of a command can hold a NUL: quoting drops it, and what is left is another command.
    if decided == Decision::Allow || command.contains('\0') {
        return;
    }
    let once = quoted(command);
    for wrapped in [
        format!("bash -c {once}"),
        format!("eval {once}"),
        format!("sh -c {}", quoted(&format!("bash -c {once}"))),
    ] {
        assert_ne!(decide_command(&wrapped), Decision::Allow, "{decided:?} until wrapped: {wrapped}");
    }
});
