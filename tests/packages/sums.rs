use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::{package, packages};

#[test]
#[ignore = "needs the packages: .ci/run makes them"]
fn the_digests_are_of_every_package() {
    let sums = package("SHA256SUMS", "");
    let folder = sums.parent().unwrap();
    let output =
        Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(folder).output();
    assert!(output.as_ref().unwrap().status.success(), "{output:?}");

    let text = std::fs::read_to_string(&sums).unwrap();
    let listed: BTreeSet<&str> = text.lines().filter_map(|line| line.split("  ").nth(1)).collect();
    let there = packages("asm-guard", "");
    let there: BTreeSet<&str> =
        there.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(listed, there);
}

/// That it is CycloneDX is held against the format's own schema by packaging/try; this is about what it says.
#[test]
#[ignore = "needs the packages: .ci/run makes them"]
fn the_bill_of_materials_names_what_is_locked_with_its_checksum() {
    let text = std::fs::read_to_string(package("asm-guard-", ".cdx.json")).unwrap();
    let bill: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        bill["metadata"]["component"]["purl"],
        concat!("pkg:cargo/asm-guard@", env!("CARGO_PKG_VERSION"))
    );

    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    let lock: toml::Table = lock.parse().unwrap();
    let locked = lock["package"].as_array().unwrap();
    let components = bill["components"].as_array().unwrap();
    assert!(components.len() > 100, "{}", components.len());
    for component in components {
        let is_it = |one: &&toml::Value| {
            one["name"].as_str() == component["name"].as_str()
                && one["version"].as_str() == component["version"].as_str()
        };
        let one = locked.iter().find(is_it).unwrap_or_else(|| panic!("not locked: {component:#}"));
        assert_eq!(one["checksum"].as_str(), component["hashes"][0]["content"].as_str(), "{component:#}");
        assert!(component["licenses"][0]["expression"].is_string(), "{component:#}");
    }
    let names: BTreeSet<_> = components.iter().filter_map(|one| one["name"].as_str()).collect();
    for linked in ["serde_json", "clap", "ring", "rustix"] {
        assert!(names.contains(linked), "{linked} is left out");
    }
    for other in ["proptest", "insta", "clap_mangen"] {
        assert!(!names.contains(other), "{other} is in no program");
    }
}
