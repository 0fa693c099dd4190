//! What is made of a Claude Code that was found; the reading of files is tested with the real binary.

use serde_json::json;

use super::*;
use crate::doctor::Severity::{self, Error, Note, Ok as Well, Warning};

/// A client with the plugin enabled by this scope's file, and further files.
fn found(scope: Scope, further: &[(Scope, serde_json::Value)]) -> Found {
    let enabled = json!({"enabledPlugins": {"aws-core@asm-guard": true}});
    let all = [(scope, enabled)].into_iter().chain(further.iter().cloned());
    let mut files: Vec<File> = all
        .map(|(scope, text)| File::new(scope, PathBuf::from(scope.to_string()), &text.to_string()))
        .collect();
    files.sort_by_key(|file| file.scope);
    let groups =
        json!([{"hooks": [{"command": "/p/bin/asm-guard", "args": ["hook"], "onFailure": "block"}]}]);
    let root = PathBuf::from("/p");
    let hooks = Hook::all("The hook", scope == Scope::Managed, Some(&root), &groups);
    Found {
        program: Some(PathBuf::from("/bin/claude")),
        version: Some("2.1.330 (Claude Code)".to_owned()),
        plugins: vec![Plugin {
            id: "aws-core@asm-guard".to_owned(),
            scope,
            file: PathBuf::from(scope.to_string()),
            enabled: true,
            installed: Ok((root.clone(), hooks)),
            marketplace: Some(root),
        }],
        files,
        ..Found::default()
    }
}

/// Whose file enables the plugin, and further files; the worst finding, and whether the hook runs.
type Case<'a> = (Scope, &'a [(Scope, serde_json::Value)], Severity, bool);

/// The worst finding, and whether the guard's hook runs. As measured with the real client.
#[test]
fn what_switches_the_guard_off() {
    use Scope::{Local, Managed, Project, User};
    let off = || json!({"disableAllHooks": true});
    let only = || json!({"allowManagedHooksOnly": true});
    let simple = || json!({"env": {"CLAUDE_CODE_SIMPLE": "1"}});
    let loader = || json!({"env": {"LD_PRELOAD": "/x.so"}});
    let markets = |path: &str| json!({"strictKnownMarketplaces": [{"source": "directory", "path": path}]});
    let cases: [Case; 17] = [
        (User, &[], Well, true),
        (User, &[(User, off())], Error, false),
        (User, &[(Project, off())], Error, false),
        (User, &[(Local, off())], Error, false),
        (User, &[(Managed, off())], Error, false),
        (User, &[(Project, off()), (Local, json!({"disableAllHooks": false}))], Well, true),
        (User, &[(Managed, only())], Error, false),
        (User, &[(User, only())], Well, true),
        (User, &[(Project, simple())], Error, false),
        (User, &[(User, loader())], Warning, true),
        (User, &[(User, loader()), (Managed, json!({"env": {"LD_PRELOAD": ""}}))], Well, true),
        (Managed, &[(User, off())], Note, true),
        (Managed, &[(Managed, off())], Error, false),
        (Managed, &[(Managed, only())], Note, true),
        (Managed, &[(User, simple())], Note, true),
        (User, &[(Managed, markets("/p"))], Well, true),
        (User, &[(Managed, markets("/q"))], Error, false),
    ];
    for (scope, further, severity, runs) in cases {
        let (findings, hooks) = found(scope, further).check();
        assert_eq!(super::super::worst(&findings), severity, "{scope} {further:?}: {findings:#?}");
        assert_eq!(!hooks.is_empty(), runs, "{scope} {further:?}");
    }
}

#[test]
fn what_the_environment_switches_off() {
    for (variable, severity) in
        [("CLAUDE_CODE_SIMPLE", Error), ("CLAUDE_CODE_SAFE_MODE", Error), ("LD_AUDIT", Warning)]
    {
        let (findings, _) = Found { variables: vec![variable], ..found(Scope::User, &[]) }.check();
        assert_eq!(super::super::worst(&findings), severity, "{variable}");
    }
    let set = |name, value| variables(&[(name, value)].into_iter().collect());
    assert_eq!(set("CLAUDE_CODE_SIMPLE", "yes"), ["CLAUDE_CODE_SIMPLE"]);
    assert!(set("CLAUDE_CODE_SIMPLE", "0").is_empty() && set("CLAUDE_CODE_SIMPLE", "2").is_empty());
    assert_eq!(set("LD_PRELOAD", "/a.so"), ["LD_PRELOAD"]);
}

#[test]
fn versions_that_run_tools_where_a_hook_fails_are_told() {
    for (version, severity) in [
        (Some("2.1.330 (Claude Code)"), Well),
        (Some("2.1.295 (Claude Code)"), Well),
        (Some("2.1.197 (Claude Code)"), Warning),
        (Some("3.0.0"), Well),
        (None, Warning),
    ] {
        let client = Found { version: version.map(str::to_owned), ..found(Scope::User, &[]) };
        assert_eq!(super::super::worst(&client.check().0), severity, "{version:?}");
    }
}

#[test]
fn a_machine_without_the_client_has_a_warning() {
    let (findings, hooks) = Found::default().check();
    assert_eq!(super::super::worst(&findings), Warning);
    assert!(hooks.is_empty());
}
