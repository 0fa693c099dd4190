//! The page of the dependencies, `docs/dependencies.md`, is made of Cargo.toml, whose comments are the reasons, and of
//! what cargo says of the crates. To renew it: `ASM_GUARD_RENEW=1 cargo test --test dependencies`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the page counts: what the Linux binaries are made of. Other systems have a few crates more or fewer.
const TARGET: &str = "x86_64-unknown-linux-gnu";

const HEAD: &str = "# Dependencies

What asm-guard is made of besides its own code, and why. The reasons are the comments of `Cargo.toml`, of which this page is
made; `.ci/run deps` holds licences, sources and versions to `packaging/deny.toml`, looks for what nothing uses and for known
vulnerabilities.
";

/// The sections of Cargo.toml, with the words that the page has for them.
const SECTIONS: [(&str, &str); 3] = [
    ("dependencies", "In the binaries"),
    ("build-dependencies", "Used while they are built"),
    ("dev-dependencies", "Used by tests, benches and packages only"),
];

#[test]
fn the_committed_page_is_current() {
    let file = checkout("docs/dependencies.md");
    let page = page(&std::fs::read_to_string(checkout("Cargo.toml")).unwrap());
    if std::env::var_os("ASM_GUARD_RENEW").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == page,
        "renew docs/dependencies.md: ASM_GUARD_RENEW=1 cargo test --test dependencies"
    );
}

#[test]
fn a_reason_is_the_comment_right_above_and_none_is_lent() {
    let text = "[dependencies]\n# Reads\n# things.\na = \"1\"\nb = { version = \"2\" }\n\n# Of no dependency.\n\n[x]\n# Y.\nc = 1\n";
    assert_eq!(
        reasons(text, "dependencies"),
        [("a".to_owned(), "Reads things.".to_owned()), ("b".to_owned(), String::new())]
    );
}

/// The page, of a Cargo.toml and of what cargo says of the crates that it brings.
fn page(manifest: &str) -> String {
    let all = tree("normal,build,dev");
    let licence_of = |name: &str| {
        let found = all.iter().find(|(package, _)| package.split(' ').next() == Some(name));
        found.unwrap_or_else(|| panic!("cargo knows no dependency {name}")).1
    };
    let mut out = String::from(HEAD);
    for (section, title) in SECTIONS {
        let _ = write!(out, "\n## {title}\n\n| crate | licence | what for |\n|---|---|---|\n");
        for (name, reason) in reasons(manifest, section) {
            assert!(
                !reason.is_empty(),
                "Cargo.toml: {name} stands in [{section}] without a comment that says why"
            );
            let _ = writeln!(out, "| `{name}` | {} | {reason} |", licence_of(&name));
        }
    }
    // Cargo has those of another system on no disk, so that their licences are left to `.ci/run deps`.
    out.push_str("\n## In the binaries for Windows, besides\n\n| crate | what for |\n|---|---|\n");
    for (name, reason) in reasons(manifest, "target.'cfg(windows)'.dependencies") {
        assert!(!reason.is_empty(), "Cargo.toml: {name} stands there without a comment that says why");
        let _ = writeln!(out, "| `{name}` | {reason} |");
    }
    let (linked, built) = (tree("normal"), tree("normal,build"));
    let _ = write!(
        out,
        "\n## In all\n\nWith what they need themselves, these are {} crates in the binaries and in the macros that \
         write their code,\nand {} with what building them takes (`{TARGET}`). Their licences:\n\n\
         | licence | crates |\n|---|---|\n",
        linked.len(),
        built.len(),
    );
    let mut by_licence: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (package, licence) in &built {
        by_licence.entry(licence).or_default().insert(package.split(' ').next().unwrap());
    }
    for (licence, names) in by_licence {
        let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "| {licence} | {names} |");
    }
    out
}

/// The names in a section of a Cargo.toml, each with the comment right above it.
fn reasons(manifest: &str, section: &str) -> Vec<(String, String)> {
    let lines = manifest.lines().skip_while(|line| *line != format!("[{section}]")).skip(1);
    let (mut found, mut comment) = (Vec::new(), Vec::new());
    for line in lines.take_while(|line| !line.starts_with('[')) {
        if let Some(words) = line.strip_prefix("# ") {
            comment.push(words);
        } else if let Some((name, _)) = line.split_once(" = ") {
            found.push((name.to_owned(), std::mem::take(&mut comment).join(" ")));
        } else {
            comment.clear();
        }
    }
    found
}

/// The crates that ours comes to by edges of these kinds, ours left out: name and version, and licence.
fn tree(edges: &str) -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix=none", "--format={p}|{l}", "--target", TARGET, "--edges", edges])
        .current_dir(checkout("."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let crates = lines.lines().skip(1).filter_map(|line| line.trim_end_matches(" (*)").split_once('|'));
    let without_remarks = |package: &str| package.split(" (").next().unwrap_or_default().to_owned();
    crates.map(|(package, licence)| (without_remarks(package), written_alike(licence))).collect()
}

/// A licence as SPDX has it: older crates have a slash for OR.
fn written_alike(licence: &str) -> String {
    licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
