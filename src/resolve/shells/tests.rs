//! Which words are scripts.

use super::How::{Expansion, Foreign, Pasted};
use super::*;

#[test]
fn scripts_of_commands() {
    let none: &[(&str, How)] = &[];
    for (command, expected) in [
        ("sh|-c|S", &[("S", Expansion)][..]),
        ("/bin/bash|-ec|S|_|x", &[("S", Expansion)]),
        ("bash|-euxo|pipefail|-c|S", &[("S", Expansion)]),
        ("bash|-ceuo|pipefail|S", &[("S", Expansion)]),
        ("bash|--norc|--rcfile|f|-lc|S", &[("S", Expansion)]),
        ("bash|-c|-x|--|S", &[("S", Expansion)]),
        ("bash|+x|-O|extglob|-c|S", &[("S", Expansion)]),
        ("-zsh|-c|S", &[("S", Expansion)]),
        ("ksh93|-c|S", &[("S", Expansion)]),
        ("busybox|sh|-c|S", &[("S", Expansion)]),
        ("env|-u|X|A=b|sh|-c|S", &[("S", Expansion)]),
        ("env|-i|sh|-c|S", &[("S", Pasted)]),
        ("nice|-n|5|nohup|timeout|-k|1|9|stdbuf|-oL|bash|-c|S", &[("S", Expansion)]),
        ("taskset|-c|0,1|ionice|-c3|chrt|-f|10|sh|-c|S", &[("S", Expansion)]),
        ("xargs|-0|-n|1|sh|-c|S|_", &[("S", Expansion)]),
        ("find|.|-name|x|-exec|sh|-c|S|_|{}|;", &[("S", Expansion)]),
        ("sudo|-u|app|sh|-c|S", &[("S", Pasted)]),
        ("docker|exec|-it|c|bash|-lc|S", &[("S", Pasted)]),
        ("kubectl|exec|p|--|sh|-c|S", &[("S", Pasted)]),
        ("anything|sh|-c|S", &[("S", Pasted)]),
        ("ssh|-p|22|host|-t|A|B", &[("A B", Pasted)]),
        ("sshpass|-p|x|ssh|host|sh -c|'S'", &[("sh -c 'S'", Pasted)]),
        ("su|-|app|-c|S", &[("S", Pasted)]),
        ("su|--command=S|app", &[("--command=S", Foreign)]),
        ("fish|-c|S", &[("S", Foreign)]),
        ("pwsh|-Command|S", &[("S", Foreign)]),
        ("watch|-n|1|A|B", &[("A B", Expansion)]),
        // A script in a script's arguments.
        ("sh|-c|S|_|bash|-c|T", &[("S", Expansion), ("T", Pasted)]),
        // None.
        ("bash|script.sh|-c|x", none),
        ("bash|-s|x", none),
        ("echo|-c|x", none),
        ("psql|-c|x", none),
        ("sh|-c", none),
        ("", none),
        ("ssh|host", none),
    ] {
        let argv: Vec<&str> = command.split('|').collect();
        let found = scripts(&argv);
        let found: Vec<(String, How)> =
            found.into_iter().map(|found| (argv[found.words].join(" "), found.how)).collect();
        let found: Vec<(&str, How)> = found.iter().map(|(text, how)| (text.as_str(), *how)).collect();
        assert_eq!(found, expected, "{command}");
    }
}

#[test]
fn shells_that_read_their_input() {
    for (command, expected) in [
        ("sh", Some(Expansion)),
        ("bash|-s|x", Some(Expansion)),
        ("env|A=b|bash|-", Some(Expansion)),
        ("sudo|bash", Some(Pasted)),
        ("ssh|host", Some(Pasted)),
        ("ssh|host|bash|-s", Some(Pasted)),
        ("ssh|host|cat", None),
        ("ssh|host|bash -s", Some(Pasted)),
        ("ssh|host|sudo -u app bash", Some(Pasted)),
        ("ssh|host|cd /; bash", Some(Foreign)),
        ("ssh|host|cat > \"$f\"", None),
        ("sh|-c|bash", Some(Expansion)),
        ("sh|-c|cat; \\sh", Some(Foreign)),
        ("sh|-c|cat; ls", None),
        ("docker|exec|-i|c|sh", Some(Pasted)),
        (".|/dev/stdin", Some(Expansion)),
        ("fish", Some(Foreign)),
        ("bash|file", None),
        ("bash|-c|S", None),
        ("cat", None),
    ] {
        let argv: Vec<&str> = command.split('|').collect();
        assert_eq!(reads_script(&argv), expected, "{command}");
    }
}
