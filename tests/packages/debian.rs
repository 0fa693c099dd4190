use std::path::Path;
use std::process::Command;

use crate::archive::installs_into_claude_code;
use crate::guard::both_work;
use crate::package;
use crate::scratch::Scratch;

/// The package for this machine, by Debian's name of it.
fn deb() -> std::path::PathBuf {
    let machine = Command::new("dpkg").arg("--print-architecture").output().unwrap();
    package("asm-guard_", &format!("_{}.deb", String::from_utf8(machine.stdout).unwrap().trim()))
}

/// Installs the package into a root of its own, whose list of packages says that what it depends on is there. Only root may
/// install; anybody else unpacks.
fn install(root: &Path) {
    for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    std::fs::copy("/var/lib/dpkg/status", root.join("var/lib/dpkg/status")).unwrap();
    let mut command = match rustix::process::geteuid().is_root() {
        true => {
            let mut dpkg = Command::new("dpkg");
            dpkg.arg(format!("--root={}", root.display())).arg("--install").arg(deb());
            dpkg
        }
        false => {
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").arg(deb()).arg(root);
            unpack
        }
    };
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs the packages and Claude Code: .ci/run makes and installs them"]
fn the_debian_package_installs_both_programs_and_the_plugin() {
    let scratch = Scratch::new("debian");
    let root = scratch.dir("root");
    install(&root);
    both_work(&root.join("usr/bin"), &scratch.dir("home"));
    for file in [
        "usr/share/man/man1/asm-guard.1.gz",
        "usr/share/man/man1/asm-guard-check.1.gz",
        "usr/share/man/man1/asm-exec.1.gz",
        "usr/share/bash-completion/completions/asm-guard",
        "usr/share/zsh/vendor-completions/_asm-exec",
        "usr/share/fish/vendor_completions.d/asm-guard.fish",
        "usr/share/doc/asm-guard/copyright",
    ] {
        assert!(root.join(file).is_file(), "{file}");
    }
    installs_into_claude_code(root.join("usr/share/asm-guard/plugin"));
}
