//! The binary: wires, decides nothing.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match (arguments.next(), arguments.next()) {
        (None, _) if !std::io::IsTerminal::is_terminal(&std::io::stdin()) => asm_guard::hook::main(None),
        (Some(only), None) if only == "hook" => asm_guard::hook::main(None),
        _ => asm_guard::cli::main(),
    }
}
