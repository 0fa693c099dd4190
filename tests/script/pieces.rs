//! Random rows of pieces of scripts: whatever they are read as, no value runs.

use super::*;

/// Pieces of scripts, of which random rows are tried: nearly all are nonsense, and some are read in an unexpected way.
const PIECES: &[&str] = &[
    "REF",
    "REF",
    "REF",
    "REF",
    "REF",
    "REF",
    "'",
    "'",
    "\"",
    "\"",
    "`",
    "`",
    "\\",
    "\\",
    "$",
    "$'",
    "$(",
    ")",
    "(",
    "{ ",
    "; }",
    "${u:-",
    "${u#",
    "${u/",
    "/",
    "}",
    "\n",
    "\n",
    " ",
    " ",
    " ",
    ";",
    "&&",
    "|",
    "<<E\n",
    "<<'E'\n",
    "\nE\n",
    "<<-E\n\t",
    "<<<",
    "# ",
    "#",
    "case x in ",
    "x) ",
    ";;",
    " esac",
    "[[ ",
    " ]]",
    " == ",
    " =~ ",
    "a=(",
    "a=",
    "$y",
    "$((",
    "))",
    "1",
    "printf %s ",
    "echo ",
    "eval ",
    "sh -c ",
    "bash -c ",
    "cat ",
    ": ",
    "trap ",
    " EXIT",
    "\\\n",
    "\\'",
    "\\\"",
    "if ",
    "; then ",
    "; fi",
    "f() ",
    "!",
    "x",
    "*",
    "@(",
    "=",
    "<(",
    "&",
    "<",
    "xargs ",
    "env ",
];

#[test]
fn no_row_of_pieces_runs_a_value() {
    let values = [
        "';touch canary;'\";touch canary;\"\ntouch canary\n",
        "$(touch canary)`touch canary`\nE\ntouch canary\n#",
        ")\ntouch canary\n}\ntouch canary\n;;esac\ntouch canary\n\\",
        "\"{touch canary;,};touch canary;'\\",
    ];
    let mut state =
        std::env::var("SCRIPT_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7_u64);
    let mut random = move |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    };
    let wanted = if std::env::var_os("SCRIPT_TEST_ALL").is_some() { 4_000 } else { 400 };
    let mut scripts: Vec<(String, String, String)> = Vec::new();
    while scripts.len() < wanted {
        let mut template =
            String::from(["printf %s ", "", "eval \"", "sh -c '", "x=`", "cat <<E\n"][random(6)]);
        for _ in 0..3 + random(14) {
            template.push_str(PIECES[random(PIECES.len())]);
        }
        template.push_str(["", "\"", "'", "`", "\nE\n", "\n"][random(6)]);
        let (script, references) = written(&template);
        let Ok(rewriting) = places(&script, &references) else { continue };
        // `${u:-eval }REF` is a command that the script computes: its author's own.
        let mut computed = ["${u:-", "${u/"].iter().filter_map(|opens| template.split_once(opens));
        if references.is_empty() || computed.any(|(_, rest)| rest.contains("eval") || rest.contains("sh -c"))
        {
            continue;
        }
        let value = values[random(values.len())];
        if let Ok(script) = rewriting.expansions(|_| "N") {
            scripts.push((template.clone(), script, value.to_owned()));
        }
        if let Ok(script) = rewriting.pasted(|_| value) {
            scripts.push((template, script.as_str().to_owned(), String::new()));
        }
    }
    let count = if std::env::var_os("SCRIPT_TEST_ALL").is_some() { 6 } else { 2 };
    for (shell, _) in shells().iter().take(count) {
        for batch in scripts.chunks(300) {
            let folder = tempfile::tempdir().expect("a folder");
            let mut command = Command::new("timeout");
            command.arg("60");
            let mut driver = String::new();
            let run = folder.path().join("run");
            for (nth, (_, script, value)) in batch.iter().enumerate() {
                // A folder for each: what runs in the background is known by where it runs.
                std::fs::create_dir_all(run.join(nth.to_string())).expect("a folder");
                command.env(format!("S{nth}"), script).env(format!("V{nth}"), value);
                let _ = writeln!(
                    driver,
                    "printf '{nth} '; N=${{V{nth}}}; export N; (cd {nth} && eval \"${{S{nth}}}\") </dev/null >/dev/null 2>&1"
                );
            }
            let file = folder.path().join("driver");
            std::fs::write(&file, driver + "printf end").expect("a file");
            command.args(shell).arg(&file).current_dir(&run).stdin(Stdio::null());
            let output = command.output().expect("timeout");
            let text = String::from_utf8_lossy(&output.stdout);
            // ksh does not survive all of it.
            let all = text.ends_with("end") || !matches!(shell[0], "sh" | "bash");
            let last = text.split(' ').rev().find_map(|nth| batch.get(nth.parse::<usize>().ok()?));
            assert!(all, "{shell:?} did not get further than {last:#?}");
            std::thread::sleep(std::time::Duration::from_millis(50));
            let canary = |nth: usize| run.join(nth.to_string()).join("canary").exists();
            let ran: Vec<_> = (0..batch.len()).filter(|nth| canary(*nth)).map(|nth| &batch[nth]).collect();
            assert!(ran.is_empty(), "{shell:?} ran a value: {ran:#?}");
        }
    }
}
