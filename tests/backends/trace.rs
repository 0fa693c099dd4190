//! What a run does, as strace sees it: which process wrote what, and where.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::client::{ASM_EXEC, Client, Outcome};

/// What can carry a text out of a process, and what makes processes. A `?` is for what not every machine has.
const CALLS: &str = "trace=write,writev,pwrite64,pwritev,sendto,sendmsg,execve,openat,?rename,renameat,renameat2,\
                     linkat,symlinkat,mkdirat,memfd_create,prctl,clone,?clone3,?fork,?vfork";

/// A system call of a run.
#[derive(Debug)]
pub struct Call {
    /// Whether `asm-exec` made it: the program itself, its threads, and what it forks until that becomes another program.
    pub own: bool,
    pub name: String,
    /// Its arguments and its result, with strings as they are.
    pub text: String,
}

impl Call {
    /// Whether it writes to a socket.
    pub fn is_to_socket(&self) -> bool {
        ["TCP", "UDP", "UNIX", "socket:"].iter().any(|kind| self.target().starts_with(kind))
    }

    /// Whether it starts a program.
    pub fn is_execve(&self) -> bool {
        self.name == "execve"
    }

    /// What its file descriptor is, where it has one: `TCP:[…]`, `pipe:[…]`, a path.
    pub fn target(&self) -> &str {
        let digits = self.text.trim_start_matches(|c: char| c.is_ascii_digit());
        digits.strip_prefix('<').unwrap_or("")
    }
}

/// Runs `asm-exec` under strace.
pub fn run(client: &Client, args: &[&str]) -> (Outcome, Vec<Call>) {
    let dir = client.file("trace");
    // A run before this one left its own.
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).unwrap();
    let mut command = Command::new("strace");
    // -ff: a file for each process; -v: the variables that a program is given; -yy: what a descriptor is.
    command
        .args(["-ff", "-v", "-yy", "-s", "65536", "-e", CALLS, "-e", "signal=none", "-o"])
        .arg(dir.join("of"));
    let outcome = client.run_as(command.arg(ASM_EXEC).args(args));
    (outcome, calls(&dir))
}

fn calls(dir: &Path) -> Vec<Call> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let id: u32 = path.extension().unwrap().to_str().unwrap().parse().unwrap();
        files.insert(id, fs::read(&path).unwrap());
    }
    let made: BTreeSet<u32> =
        files.values().flat_map(|file| lines(file)).filter_map(|line| child(&line)).collect();
    let root = files.keys().find(|id| !made.contains(id)).copied().expect("strace wrote nothing");
    let mut calls = Vec::new();
    of_process(root, true, &files, &mut calls);
    calls
}

/// Adds the calls of a process and of those that it made. It is `asm-exec`, or what `asm-exec` forked, as long as `own`.
fn of_process(id: u32, mut own: bool, files: &BTreeMap<u32, Vec<u8>>, calls: &mut Vec<Call>) {
    let Some(file) = files.get(&id) else { return };
    for line in lines(file) {
        let Some((name, text)) = line.split_once('(') else { continue };
        let is_itself = text.starts_with(&format!("\"{ASM_EXEC}\""));
        calls.push(Call { own, name: name.to_owned(), text: text.to_owned() });
        if let Some(child) = child(&line) {
            of_process(child, own, files, calls);
        }
        own = own && (name != "execve" || is_itself || !succeeded(&line));
    }
}

/// The process that a call made.
fn child(line: &str) -> Option<u32> {
    let makes = ["clone(", "clone3(", "fork(", "vfork("].iter().any(|name| line.starts_with(name));
    makes.then(|| result(line)?.parse().ok()).flatten()
}

fn succeeded(line: &str) -> bool {
    result(line) == Some("0")
}

fn result(line: &str) -> Option<&str> {
    line.rsplit_once(" = ").map(|(_, result)| result.split(' ').next().unwrap_or(result))
}

fn lines(file: &[u8]) -> Vec<String> {
    file.split(|byte| *byte == b'\n').map(unescaped).collect()
}

/// strace writes strings as C does (strace(1), "-x"): octal, or a backslash and a letter.
fn unescaped(line: &[u8]) -> String {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let digits = rest.iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
        if digits > 0 {
            let number =
                rest[..digits].iter().fold(0u32, |number, digit| number * 8 + u32::from(digit - b'0'));
            out.push(number as u8);
            rest = &rest[digits..];
        } else if let [letter, tail @ ..] = rest {
            out.push(match letter {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'v' => 11,
                b'f' => 12,
                other => *other,
            });
            rest = tail;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{Scratch, write};

    /// As strace 6 writes it: the program, a thread of its, and a child that becomes a shell, which forks.
    #[test]
    fn each_call_has_its_owner() {
        let scratch = Scratch::new("trace");
        let own = format!("execve(\"{ASM_EXEC}\", [\"asm-exec\"], [\"HOME=/\"]) = 0\n");
        let files = [
            (
                10,
                own + "clone3({flags=CLONE_VM, exit_signal=0} => {parent_tid=[11]}, 88) = 11\n\
                       sendto(5<TCP:[127.0.0.1:1->127.0.0.1:2]>, \"GET /\\303\\251\\r\\n\", 9, 0, NULL, 0) = 9\n\
                       vfork() = 12\nwrite(2</dev/null>, \"own\\n\", 4) = 4\n+++ exited with 0 +++\n",
            ),
            (11, "write(2<pipe:[7]>, \"a thread's\", 10) = 10\n".to_owned()),
            (
                12,
                "execve(\"/a/sh\", [\"sh\", \"-c\", \"say \\\"x = 0\\\"\"], []) = -1 ENOENT (No such file)\n\
                 write(6<pipe:[8]>, \"before\", 6) = 6\nexecve(\"/b/sh\", [\"sh\"], []) = 0\n\
                 clone(child_stack=NULL, flags=SIGCHLD) = 13\nwrite(1<pipe:[9]>, \"shell\", 5) = 5\n"
                    .to_owned(),
            ),
            (13, "write(1<pipe:[9]>, \"shell's child\", 13) = 13\n".to_owned()),
        ];
        for (id, text) in files {
            write(&scratch.path().join(format!("of.{id}")), &text, 0o600);
        }
        let calls = calls(scratch.path());
        let owner = |text: &str| calls.iter().find(|call| call.text.contains(text)).unwrap().own;
        for (text, expected) in [
            ("GET /é\r\n", true),
            ("\"own\n\"", true),
            ("a thread's", true),
            ("/a/sh", true),
            ("before", true),
            ("/b/sh", true),
            ("\"shell\"", false),
            ("shell's child", false),
        ] {
            assert_eq!(owner(text), expected, "{text}");
        }
        let to_socket: Vec<_> = calls.iter().filter(|call| call.is_to_socket()).collect();
        assert_eq!(to_socket.len(), 1);
        assert_eq!(to_socket[0].name, "sendto");
    }
}
