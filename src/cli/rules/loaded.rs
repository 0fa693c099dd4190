//! Rule files with all that their authors wrote, examples included, and the rules that they make with the built-in ones.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::cli::Output;
use crate::knowledge::Addition;
use crate::layers;
use crate::policy::{self, Compiled, Date, Layer, Rule, RuleFile, Rules, builtin_standings};
use crate::settings::Places;

/// Rules and where they come from.
pub(super) struct Loaded {
    /// The files of layers, from the top one down.
    pub files: Vec<(Layer, RuleFile)>,
    /// What holds with them.
    pub rules: Rules,
    /// The built-in rules; empty where only some files are asked about.
    pub builtin: Vec<Rule>,
    /// The rules of packs, whether they are on or off, each with its pack; empty like those.
    pub packs: Vec<(&'static str, Rule)>,
}

impl Loaded {
    /// What holds in the current folder.
    pub(super) fn here() -> Result<Loaded, Output> {
        let folder = std::env::current_dir().ok();
        let places = Places::here(folder.as_deref());
        let (files, _) = layers::read(&layers::sources(&places));
        let rules = layers::load(&places, || ());
        let builtin = policy::builtin_rules().map_err(|message| Output::broken(&message))?;
        let of_pack = |pack: &&'static str| -> Vec<(&'static str, Rule)> {
            policy::pack_rules(pack).into_iter().flatten().map(|rule| (*pack, rule)).collect()
        };
        let packs = policy::packs().iter().flat_map(of_pack).collect();
        Ok(Loaded { files, rules, builtin, packs })
    }

    /// What holds here, or where paths are given, those files beside the built-in rules.
    pub(super) fn of(paths: &[PathBuf]) -> Result<Loaded, Output> {
        if paths.is_empty() {
            return Loaded::here();
        }
        let mut sources = Vec::new();
        for path in paths {
            let found =
                layers::at(path).map_err(|error| Output::usage(format!("{}: {error}", path.display())))?;
            if found.is_empty() {
                return Err(Output::usage(format!("{}: there is no file `*.toml` in it", path.display())));
            }
            sources.extend(found);
        }
        let (files, faults) = layers::read(&sources);
        let shared = Arc::new(Compiled::new(&files, builtin_standings(), &faults));
        let rules = Rules { shared, today: Some(Date::of(SystemTime::now())), ..Rules::default() };
        Ok(Loaded { files, rules, builtin: Vec::new(), packs: Vec::new() })
    }

    /// Every rule with its layer and the file and line that it is written in.
    pub(super) fn rules(&self) -> impl Iterator<Item = (Layer, String, &Rule)> {
        let builtin = self.builtin.iter().map(|rule| (Layer::BuiltIn, String::new(), rule));
        let layered = self.files.iter().flat_map(|(layer, file)| {
            let from = |line: usize| format!("{}:{line}", file.path);
            file.rules.iter().map(move |entry| (*layer, from(entry.line), &entry.value.0))
        });
        builtin.chain(layered)
    }

    /// The pack of a built-in rule, where it is in one.
    pub(super) fn pack_of(&self, id: &str) -> Option<&'static str> {
        self.packs.iter().find(|(_, rule)| rule.id == id).map(|(pack, _)| *pack)
    }

    /// The rules of packs that are off.
    pub(super) fn off(&self) -> impl Iterator<Item = &(&'static str, Rule)> {
        self.packs.iter().filter(|(pack, _)| !self.rules.has_pack(pack))
    }

    /// What files say of programs and tools, with the layer, the file and the line that say it.
    pub(super) fn knowledge(&self) -> impl Iterator<Item = (Layer, String, &Addition)> {
        self.files.iter().flat_map(|(layer, file)| {
            let entries = file.knowledge.iter();
            entries.map(move |entry| (*layer, format!("{}:{}", file.path, entry.line), &entry.value))
        })
    }

    /// What files have wrong in them, and what they may not say, as people read it.
    pub(super) fn all_faults(&self) -> Vec<String> {
        self.rules.faults().cloned().collect()
    }
}

/// A path as it is shown to people: seen from here.
pub(super) fn near(path: &str) -> String {
    let here = std::env::current_dir().ok();
    let shorter =
        here.and_then(|here| Path::new(path).strip_prefix(here).ok().map(|p| p.display().to_string()));
    shorter.unwrap_or_else(|| path.to_owned())
}
