//! The book: every page is in its summary, and every link between pages leads to one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn pages() -> BTreeSet<String> {
    let names = fs::read_dir(docs()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect()
}

/// Where the links of a text lead.
fn links(text: &str) -> Vec<&str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

#[test]
fn every_page_is_in_the_summary_once() {
    let summary = fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    let named: Vec<&str> = links(&summary);
    let distinct: BTreeSet<String> = named.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(distinct.len(), named.len(), "a page is named twice");
    assert_eq!(distinct, pages());
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut read: Vec<PathBuf> = pages().iter().map(|name| docs().join(name)).collect();
    read.extend(
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "rules/README.md"].map(|name| root.join(name)),
    );
    let mut checked = 0;
    for page in read {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let path = link.split('#').next().unwrap_or_default();
            // Elsewhere on the web, on the same page, or a regular expression and no link.
            let plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
            if path.is_empty() || !path.chars().all(plain) {
                continue;
            }
            let target = page.parent().unwrap().join(path);
            assert!(target.exists(), "{}: {link}", page.display());
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} links");
}
