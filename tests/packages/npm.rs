use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::guard::{ask, both_work, event};
use crate::registry::{Registry, manifest};
use crate::scratch::Scratch;
use crate::{package, packages};

/// A folder that `npm install --global` installs into.
struct Npm {
    scratch: Scratch,
    registry: Registry,
}

impl Npm {
    fn new() -> Self {
        let scratch = Scratch::new("npm");
        scratch.dir("home");
        Self { scratch, registry: Registry::start() }
    }

    fn install(&self, arguments: &[&str]) -> Output {
        let (home, prefix) = (self.home(), self.scratch.path().join("prefix"));
        Command::new("npm")
            .args(["install", "--global", "--no-audit", "--no-fund", "--foreground-scripts"])
            .args(["--registry", &self.registry.url()])
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &home)
            .env("npm_config_prefix", prefix)
            .env("npm_config_cache", home.join("cache"))
            .env("npm_config_userconfig", home.join("npmrc"))
            .env("npm_config_globalconfig", home.join("globalrc"))
            .env("npm_config_update_notifier", "false")
            .current_dir(&home)
            .output()
            .unwrap()
    }

    fn home(&self) -> PathBuf {
        self.scratch.path().join("home")
    }

    fn bin(&self) -> PathBuf {
        self.scratch.path().join("prefix/bin")
    }

    fn installed(&self, arguments: &[&str]) {
        let output = self.install(arguments);
        assert!(output.status.success(), "{output:?}");
    }
}

/// Whether what a command on the PATH leads to is a program itself, and no script.
fn is_native(command: &Path) -> bool {
    std::fs::read(command).unwrap().starts_with(b"\x7fELF")
}

#[test]
#[ignore = "needs the packages: .ci/run makes them"]
fn npm_puts_the_programs_themselves_on_the_path() {
    let npm = Npm::new();
    npm.installed(&["asm-guard"]);
    for program in ["asm-guard", "asm-exec"] {
        assert!(is_native(&npm.bin().join(program)), "{program} is a script");
    }
    both_work(&npm.bin(), &npm.home());
}

#[test]
#[ignore = "needs the packages: .ci/run makes them"]
fn where_install_scripts_are_off_a_script_stands_before_the_programs() {
    let npm = Npm::new();
    npm.installed(&["asm-guard", "--ignore-scripts"]);
    for program in ["asm-guard", "asm-exec"] {
        assert!(!is_native(&npm.bin().join(program)), "{program} is no script");
    }
    both_work(&npm.bin(), &npm.home());

    // By a link of somebody's own as well.
    let links = npm.scratch.dir("links");
    for program in ["asm-guard", "asm-exec"] {
        std::os::unix::fs::symlink(npm.bin().join(program), links.join(program)).unwrap();
    }
    both_work(&links, &npm.home());
}

#[test]
#[ignore = "needs the packages: .ci/run makes them"]
fn a_systems_own_package_needs_no_other() {
    let npm = Npm::new();
    npm.installed(&[&own_package()]);
    assert!(is_native(&npm.bin().join("asm-guard")));
    both_work(&npm.bin(), &npm.home());
}

/// Without its programs the guard lets nothing pass, and says what to do.
#[test]
#[ignore = "needs the packages: .ci/run makes them"]
fn without_the_systems_package_a_hook_refuses_and_the_install_script_fails() {
    let npm = Npm::new();
    npm.installed(&["asm-guard", "--ignore-scripts"]);
    let main = npm.scratch.path().join("prefix/lib/node_modules/asm-guard");
    std::fs::remove_dir_all(main.join("node_modules").join(own_package())).unwrap();

    let refused = ask(&npm.bin().join("asm-guard"), &npm.home(), &["hook"], &event("git status"));
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let failed = ask(&npm.bin().join("asm-exec"), &npm.home(), &["--", "true"], "");
    assert_eq!(failed.status.code(), Some(125), "{failed:?}");
    let script = main.join("install.js").to_str().unwrap().to_owned();
    let install = ask(Path::new("/usr/bin/env"), &npm.home(), &["node", &script], "");
    assert_eq!(install.status.code(), Some(1), "{install:?}");
    for output in [refused, failed, install] {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains("install asm-guard again"), "{text}");
    }
}

/// In a project its packages lie side by side, and `npx asm-guard` finds the commands in `node_modules/.bin`.
#[test]
#[ignore = "needs the packages: .ci/run makes them"]
fn it_installs_into_a_project_too() {
    for scripts in ["--ignore-scripts=false", "--ignore-scripts"] {
        let npm = Npm::new();
        npm.installed(&["asm-guard", "--no-global", "--no-save", scripts]);
        both_work(&npm.home().join("node_modules/.bin"), &npm.home());
    }
}

/// npm publishes what it is given: the names that are chosen from are those that there are, in the same version.
#[test]
#[ignore = "needs the packages: .ci/run makes them"]
fn the_main_package_chooses_from_the_packages_that_there_are() {
    let main = manifest(&package(concat!("asm-guard-", env!("CARGO_PKG_VERSION")), ".tgz"));
    let choice = main["optionalDependencies"].as_object().unwrap();
    assert_eq!(choice.len() + 1, packages("asm-guard-", ".tgz").len());
    for (name, version) in choice {
        let one = manifest(&package(&format!("{name}-"), ".tgz"));
        assert_eq!((&one["name"], &one["version"]), (&name.as_str().into(), version));
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        assert_eq!(
            format!("asm-guard-{}-{}", one["os"][0].as_str().unwrap(), one["cpu"][0].as_str().unwrap()),
            *name
        );
    }
}

fn own_package() -> String {
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => panic!("no package is made for {other}"),
    };
    format!("asm-guard-linux-{machine}")
}
