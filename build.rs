//! Compiles `rules/` into tables that need no parsing at start-up.
//!
//! Each entry becomes a line of JSON, found by the name it is looked up by, and is read only when a tool call
//! needs it. The same types read users' TOML files, so nothing here knows what an entry holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let rules = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo")).join("rules");
    println!("cargo::rerun-if-changed={}", rules.display());
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    link_for_a_quick_start();
    let mut out = String::new();

    // Programs: name -> entries of every kind, and names that are patterns.
    let mut programs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    for file in files(&rules.join("programs")) {
        for (kind, entries) in table(&file) {
            if kind == "variable" {
                for entry in entries.as_array().into_iter().flatten() {
                    for name in entry["name"].as_array().into_iter().flatten().filter_map(toml::Value::as_str)
                    {
                        variables.insert(name.to_owned(), json(&entry["holds"], &[]));
                    }
                }
                continue;
            }
            for entry in entries.as_array().unwrap_or_else(|| fail(&file, &format!("`{kind}` is no list"))) {
                let names =
                    entry.get("program").filter(|_| !matches!(kind.as_str(), "image" | "alias" | "cmdlet"));
                let names = names.or_else(|| entry.get("name")).and_then(toml::Value::as_array);
                let Some(names) = names else { fail(&file, &format!("a `{kind}` without a name")) };
                let json = format!("{{\"{kind}\":{}}}", json(entry, &[]));
                for name in names.iter().filter_map(toml::Value::as_str) {
                    let key = match kind.as_str() {
                        "image" | "handling" | "lister" | "remote" | "writer" => format!("{kind} {name}"),
                        // PowerShell knows no case.
                        "cmdlet" | "alias" => name.to_lowercase(),
                        _ => name.to_owned(),
                    };
                    programs.entry(key).or_default().push(json.clone());
                }
            }
        }
    }
    // One text and offsets into it: a table of references would have to be relocated at every start.
    // The names lie by themselves, so that a search for one stays on a page or two.
    let (mut names, mut text) = (String::new(), String::new());
    let mut index = Vec::new();
    for (name, entries) in &programs {
        let starts = (names.len(), text.len());
        names.push_str(name);
        text.push_str(&entries.join("\n"));
        index.push(((starts.0, names.len()), (starts.1, text.len())));
    }
    // Names of other things than programs have a word before them.
    let (mut patterns, mut others) = (Vec::new(), Vec::new());
    for (i, name) in programs.keys().enumerate() {
        if let Some(fixed) = name.find('*') {
            if name.contains(' ') { others.push((i, fixed)) } else { patterns.push((i, fixed)) }
        }
    }
    let _ = writeln!(out, "/// Program names, sorted.\npub static PROGRAM_NAMES: &str = {names:?};");
    let _ =
        writeln!(out, "/// Their entries, a line of JSON each.\npub static PROGRAM_TEXT: &str = {text:?};");
    let _ = writeln!(out, "/// Where each name begins and ends, and where its entries do.");
    let _ = writeln!(out, "pub static PROGRAMS: &[(Span, Span)] = &{index:?};");
    let _ = writeln!(out, "/// Where something begins and ends.\npub type Span = (u32, u32);");
    let kinds = [("PATTERNS", "programs", patterns), ("OTHER_PATTERNS", "other things", others)];
    for (table, of, patterns) in kinds {
        let _ = writeln!(
            out,
            "/// Which of them are patterns over names of {of}, and where the first `*` of each is."
        );
        let _ = writeln!(out, "pub static {table}: &[(u32, u32)] = &{patterns:?};");
    }

    let mut shapes = [0_u32; 16];
    for name in programs.keys().filter_map(|name| name.strip_prefix("writer ")) {
        let first = name.bytes().next().filter(|_| name.len() < 16);
        shapes[name.len().min(15)] |= match first {
            Some(letter @ b'a'..=b'z') => 1 << (letter - b'a'),
            // All digits are one letter more.
            Some(b'0'..=b'9') => 1 << 26,
            _ => panic!(
                "`{name}` in rules/programs/writers.toml begins with no small letter or digit, or is long"
            ),
        };
    }
    let _ = writeln!(
        out,
        "/// With which letters the names of programs that change files begin, by the names' lengths."
    );
    let _ = writeln!(out, "pub static WRITERS: [u32; 16] = {shapes:?};");

    out.push_str("/// Variables that hold commands, by name, sorted.\n");
    out.push_str("pub static VARIABLES: &[(&str, &str)] = &[\n");
    for (name, holds) in &variables {
        let _ = writeln!(out, "    ({name:?}, {holds:?}),");
    }
    out.push_str("];\n");

    let surfaces = rules.join("surfaces.toml");
    out.push_str("/// Surfaces in order: the globs over tool names, and the entry.\n");
    out.push_str("pub static SURFACES: &[(&[&str], &str)] = &[\n");
    for entry in table(&surfaces)["surface"].as_array().into_iter().flatten() {
        let tools: Vec<&str> =
            entry["tool"].as_array().into_iter().flatten().filter_map(toml::Value::as_str).collect();
        let _ = writeln!(out, "    (&{tools:?}, {:?}),", json(entry, &["tool"]));
    }
    out.push_str("];\n");

    let common = &table(&surfaces)["fields"];
    let _ = writeln!(
        out,
        "/// Fields that mean the same everywhere.\npub static FIELDS: &str = {:?};",
        json(common, &[])
    );
    let keys = &table(&surfaces)["request"];
    let _ =
        writeln!(out, "/// Keys of a structured request.\npub static REQUEST: &str = {:?};", json(keys, &[]));

    let hosts = table(&rules.join("hosts.toml"));
    for part in ["loopback", "agent"] {
        let name = part.to_uppercase();
        let text = json(&hosts[part], &[]);
        let _ = writeln!(out, "/// `[{part}]` of rules/hosts.toml.\npub static {name}: &str = {text:?};");
    }

    let disk = toml::Value::Table(table(&rules.join("disk.toml")));
    let _ = writeln!(out, "/// What is read of the disk.\npub static DISK: &str = {:?};", json(&disk, &[]));

    let evidence = toml::Value::Table(table(&rules.join("evidence.toml")));
    let json_of_evidence = json(&evidence, &[]);
    let _ =
        writeln!(out, "/// What may be part of a fetch.\npub static EVIDENCE: &str = {json_of_evidence:?};");

    // Rules: the kind of fact each matches, without its examples; and the examples apart.
    let mut all = Vec::new();
    let (mut paths, mut written, mut commands) = (Vec::new(), Vec::new(), Vec::new());
    for file in files(&rules.join("rules")) {
        for entry in rules_of(&file) {
            let when = &entry["when"];
            asked(when, ("file", "path"), &mut paths);
            asked(when, ("write", "path"), &mut written);
            asked(when, ("command", "program"), &mut commands);
            all.push((kind_of(&file, &entry), json(&entry, &["example"]), json(&entry, &[])));
        }
    }
    // Packs are off, so nothing is asked for because of them until one is turned on.
    let mut packs = Vec::new();
    for file in files(&rules.join("packs")) {
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        for entry in rules_of(&file) {
            packs.push((name.clone(), kind_of(&file, &entry), json(&entry, &["example"]), json(&entry, &[])));
        }
    }
    let _ = writeln!(out, "/// Paths of files that rules judge.\npub static PATHS: &[&str] = &{paths:?};");
    let ends = distinct(paths.iter().map(|glob| glob.rsplit(['/', '*']).next().unwrap_or(glob).to_owned()));
    names_looked_for(&mut out, "READ", "In what those paths end", &ends);
    // A path that says no beginning is meant in any folder.
    let anywhere: Vec<String> = written
        .iter()
        .filter(|glob| !glob.starts_with(['/', '~', '*']))
        .map(|glob| format!("*/{glob}"))
        .collect();
    written.extend(anywhere);
    let _ = writeln!(
        out,
        "/// Paths of files that rules judge the writing of.\npub static WRITTEN: &[&str] = &{written:?};"
    );
    let last = written.iter().filter_map(|glob| glob.rsplit('/').next()).filter(|name| !name.contains('*'));
    let last = distinct(last.map(str::to_owned));
    let _ = writeln!(out, "/// The names of those without a folder, sorted.");
    let _ = writeln!(out, "pub static WRITTEN_LAST: &[&str] = &{last:?};");
    names_looked_for(&mut out, "WRITTEN", "Of which each of those holds one", &cover(&written));
    let commands = distinct(commands.into_iter());
    let _ = writeln!(
        out,
        "/// Programs that rules judge by their command lines, sorted.\npub static COMMANDS: &[&str] = &{commands:?};"
    );
    out.push_str("/// Rules: the kind of fact, and the rule without its examples.\n");
    out.push_str("pub static RULES: &[(&str, &str)] = &[\n");
    for (kind, rule, _) in &all {
        let _ = writeln!(out, "    ({kind:?}, {rule:?}),");
    }
    out.push_str("];\n/// Rules with their examples.\npub static RULES_WITH_EXAMPLES: &[&str] = &[\n");
    for (_, _, whole) in &all {
        let _ = writeln!(out, "    {whole:?},");
    }
    out.push_str("];\n");
    out.push_str("/// Rules of packs: the pack, the kind of fact, and the rule without its examples.\n");
    out.push_str("pub static PACKS: &[(&str, &str, &str)] = &[\n");
    for (pack, kind, rule, _) in &packs {
        let _ = writeln!(out, "    ({pack:?}, {kind:?}, {rule:?}),");
    }
    out.push_str("];\n/// Rules of packs with their examples, behind the name of the pack.\n");
    out.push_str("pub static PACKS_WITH_EXAMPLES: &[(&str, &str)] = &[\n");
    for (pack, _, _, whole) in &packs {
        let _ = writeln!(out, "    ({pack:?}, {whole:?}),");
    }
    out.push_str("];\n");

    let mut hasher = DefaultHasher::new();
    out.hash(&mut hasher);
    let _ = writeln!(
        out,
        "/// What tells this data from that of another build.\npub static DIGEST: u64 = {};",
        hasher.finish()
    );

    let target = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo")).join("builtin.rs");
    fs::write(target, out).expect("OUT_DIR is writable");
}

/// The rules of a file, each with examples of both kinds.
fn rules_of(file: &Path) -> Vec<toml::Value> {
    let rules = table(file)["rule"].as_array().cloned().unwrap_or_default();
    for entry in &rules {
        let examples = entry.get("example").and_then(toml::Value::as_array);
        let expecting = |allow: bool| {
            let allows = |e: &toml::Value| e.get("expect").and_then(toml::Value::as_str) == Some("allow");
            examples.into_iter().flatten().any(|example| allows(example) == allow)
        };
        if !expecting(true) || !expecting(false) {
            fail(file, "a rule without examples of both kinds: one that it stops, and one that it allows")
        }
    }
    rules
}

/// The kind of fact that a rule matches.
fn kind_of(file: &Path, rule: &toml::Value) -> String {
    let when = rule.get("when").and_then(toml::Value::as_table);
    match when.and_then(|when| when.keys().next()) {
        Some(kind) => kind.clone(),
        None => fail(file, "a rule without `when`"),
    }
}

/// What the rules ask for of a kind of fact, wherever in a condition it stands.
fn asked(when: &toml::Value, (kind, part): (&str, &str), found: &mut Vec<String>) {
    match when {
        toml::Value::Table(table) => {
            for (name, inner) in table {
                match inner.get(part).filter(|_| name == kind) {
                    Some(toml::Value::Array(list)) => {
                        found.extend(list.iter().filter_map(toml::Value::as_str).map(str::to_owned));
                    }
                    Some(one) => found.extend(one.as_str().map(str::to_owned)),
                    None => asked(inner, (kind, part), found),
                }
            }
        }
        toml::Value::Array(list) => list.iter().for_each(|inner| asked(inner, (kind, part), found)),
        _ => {}
    }
}

/// A few names of which each of these globs holds one: those that most of them hold come first.
fn cover(globs: &[String]) -> Vec<String> {
    let segments = |glob: &String| -> Vec<String> {
        glob.split(['/', '*', '?', '[', ']', '{', '}'])
            .filter(|part| part.len() > 3)
            .map(str::to_owned)
            .collect()
    };
    let mut open: Vec<Vec<String>> = globs.iter().map(segments).collect();
    let mut names = Vec::new();
    while let Some(first) = open.first() {
        let held = |name: &String| open.iter().filter(|segments| segments.contains(name)).count();
        let all = distinct(open.iter().flatten().cloned());
        let most = all.into_iter().max_by_key(|name| (held(name), name.len()));
        let Some(name) = most.filter(|_| !first.is_empty()) else {
            panic!("a rule's glob over written paths names nothing: {globs:?}")
        };
        open.retain(|segments| !segments.contains(&name));
        names.push(name);
    }
    let holds_another =
        |name: &String| names.iter().any(|other| other != name && name.contains(other.as_str()));
    distinct(names.iter().filter(|name| !holds_another(name)).cloned())
}

/// Sorted, each once.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// Names by which words are told that cannot be one of the paths, and the length of the shortest.
fn names_looked_for(out: &mut String, table: &str, what: &str, names: &[String]) {
    let shortest = names.iter().map(String::len).min().unwrap_or_default();
    let _ = writeln!(out, "/// {what}.\npub static {table}_NAMES: &[&str] = &{names:?};");
    let _ =
        writeln!(out, "/// The length of the shortest.\npub static SHORTEST_{table}: usize = {shortest};");
}

/// The hook starts at every tool call. At an address that is not known beforehand some eight thousand pointers would have to
/// be corrected each time, in pages that could else stay shared. asm-exec, which talks to a network, keeps its random one.
///
/// And of the library that unwinds a panic, the one that is linked in starts sooner than the one that is loaded: a library of
/// that name that only leads there is found first.
fn link_for_a_quick_start() {
    let of = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if of("OS") == "linux"
        && of("ENV") == "gnu"
        && !of("FEATURE").split(',').any(|feature| feature == "crt-static")
    {
        println!("cargo::rustc-link-arg-bin=asm-guard=-no-pie");
        if has_static_unwinder() {
            let folder = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo")).join("link");
            fs::create_dir_all(&folder).expect("OUT_DIR is writable");
            fs::write(folder.join("libgcc_s.so"), "INPUT(-lgcc_eh)\n").expect("OUT_DIR is writable");
            println!("cargo::rustc-link-arg-bin=asm-guard=-L{}", folder.display());
        }
    }
}

/// Whether what links for the target has it: gcc does, and others answer with the bare name.
fn has_static_unwinder() -> bool {
    let linker = env::var_os("RUSTC_LINKER");
    let cross = env::var_os("HOST") != env::var_os("TARGET");
    let linker = match linker {
        Some(linker) => linker,
        None if cross => return false,
        None => "cc".into(),
    };
    let asked = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output();
    asked.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

fn table(file: &Path) -> toml::Table {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    text.parse().unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// An entry as JSON, without some of its keys.
fn json(entry: &toml::Value, without: &[&str]) -> String {
    let mut value = serde_json::to_value(entry).expect("TOML without dates is JSON");
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| !without.contains(&key.as_str()));
    }
    value.to_string()
}

fn fail(file: &Path, message: &str) -> ! {
    panic!("{}: {message}", file.display())
}
