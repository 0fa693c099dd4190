//! `asm-guard completions`: what a shell loads to complete this command line.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Arguments, Output};

pub(super) const EXAMPLES: &str = "\
Examples:
  bash   asm-guard completions bash > ~/.local/share/bash-completion/completions/asm-guard
  zsh    asm-guard completions zsh > ~/.zfunc/_asm-guard
  fish   asm-guard completions fish > ~/.config/fish/completions/asm-guard.fish";

pub(super) fn run(shell: Shell) -> Output {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "asm-guard", &mut script);
    Output::new(String::from_utf8_lossy(&script).into_owned(), 0)
}
