//! The binary: wires, decides nothing.

use std::process::ExitCode;

fn main() -> ExitCode {
    asm_guard::resolve::main()
}
