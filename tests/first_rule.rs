//! The README's section "Write your first rule": what it says to type does what it says.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");

/// The commands of a section, a script for each of its blocks.
fn blocks(heading: &str) -> Vec<&'static str> {
    let section = README.split_once(heading).expect("the section").1;
    let section = section.split("\n## ").next().expect("its text");
    section.split("```sh\n").skip(1).map(|block| block.split("```").next().expect("its end")).collect()
}

#[test]
fn what_the_readme_says_to_type_works() {
    let home = tempfile::tempdir().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_asm-guard")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("PATH"));
    let run = |script: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-c", script]).env_clear().env("PATH", &path).env("HOME", home.path());
        let output = bash.current_dir(home.path()).output().expect("bash");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let [begin, use_it] = blocks("## Write your first rule").try_into().expect("two blocks");
    let (status, said) = run(&format!("set -e\n{begin}"));
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("2 examples of 1 rule: all hold."), "{said}");
    let (status, said) = run(&format!("set -e\n{use_it}"));
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("no-vault-kv") && said.contains("DENY"), "{said}");
}
