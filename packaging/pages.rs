//! Writes the manual pages and the completions of both programs into a folder, as packages carry them:
//!
//! ```sh
//! cargo run --example pages -- FOLDER
//! ```
//!
//! They are made of the command lines themselves, so they say what `--help` says. An example, so that what only this
//! needs is in no binary that is installed.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: pages FOLDER")?;
    let (manual, completions) = (folder.join("man"), folder.join("completions"));
    fs::create_dir_all(&manual)?;
    fs::create_dir_all(&completions)?;
    for command in [asm_guard::cli::command, asm_guard::resolve::command] {
        let mut pages = command().disable_help_subcommand(true);
        pages.build();
        write_pages(&manual, &pages)?;

        let name = command().get_name().to_owned();
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            clap_complete::generate_to(shell, &mut command(), &name, &completions)?;
        }
    }
    Ok(())
}

/// A page for a command, and one for each of its subcommands: asm-guard-check(1), as git has it.
fn write_pages(folder: &Path, command: &Command) -> io::Result<()> {
    let subcommands =
        || command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help");
    let page = Man::new(command.clone()).source(concat!("asm-guard ", env!("CARGO_PKG_VERSION")));
    let mut out = BufWriter::new(File::create(folder.join(page.get_filename()))?);
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    page.render_options_section(&mut out)?;
    if subcommands().next().is_some() {
        page.render_subcommands_section(&mut out)?;
    }
    if let Some(text) = command.get_after_help() {
        write_sections(&mut out, &text.to_string())?;
    }
    out.flush()?;
    subcommands().try_for_each(|inner| write_pages(folder, inner))
}

/// What stands below the options in `--help`: each of its paragraphs has a heading, and lines that stay as they are.
fn write_sections(out: &mut impl Write, text: &str) -> io::Result<()> {
    for paragraph in text.split("\n\n") {
        let (heading, body) = paragraph.split_once(':').unwrap_or(("Notes", paragraph));
        writeln!(out, ".SH \"{}\"\n.nf", heading.to_uppercase())?;
        for line in body.trim_start_matches([' ', '\n']).lines() {
            // A page's own signs: the backslash, a dash that may be copied, and what begins a request.
            let line = line.replace('\\', "\\e").replace('-', "\\-");
            writeln!(out, "\\&{}", line.strip_prefix("  ").unwrap_or(&line))?;
        }
        writeln!(out, ".fi")?;
    }
    Ok(())
}
