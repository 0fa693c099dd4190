//! The rule files of this machine, this user and this project, read from the disk.
//!
//! What is managed and what is the user's is compiled once and kept in the user's cache folder, so that a thousand rules
//! cost a hook next to nothing. A project's files are read each time: nothing that a project holds reaches the cache, but for
//! a digest by which is known that what is wrong with them was told.

mod cache;
mod files;
mod told;

use std::sync::Arc;
use std::time::SystemTime;

pub use files::{Source, at, sources};

use crate::document::Fault;
use crate::policy::{Compiled, Date, Layer, RuleFile, Rules, Standings, builtin_standings};
use crate::settings::{self, Places};

/// The rules that hold here. `begin` is called where there are files to be read, which may take long.
pub fn load(places: &Places, begin: impl FnOnce()) -> Rules {
    let mut rules = Rules::default();
    let managed = files::listed(Layer::Managed, places.managed.as_deref());
    let user = files::listed(Layer::User, places.user.as_deref());
    let project = files::listed(Layer::Project, places.project.as_deref());
    if managed.is_empty() && user.is_empty() && project.is_empty() {
        return rules;
    }
    begin();
    rules.today = Some(Date::of(SystemTime::now()));
    let shared: Vec<Source> = managed.into_iter().chain(user).collect();
    if !shared.is_empty() {
        let kept = places.cache.as_deref().and_then(|folder| cache::load(folder, &shared));
        rules.shared = Arc::new(kept.unwrap_or_else(|| {
            let compiled = compiled(&shared, builtin_standings());
            rules.untold = !compiled.faults.is_empty();
            if let Some(folder) = places.cache.as_deref() {
                cache::keep(folder, &shared, &compiled);
            }
            compiled
        }));
    }
    if !project.is_empty() {
        // Where the standings cannot be read, nothing of theirs is known, and a project loosens nothing anyway.
        let standings = match shared.is_empty() {
            true => builtin_standings(),
            false => rules.shared.standings().unwrap_or_default(),
        };
        rules.project = Arc::new(compiled(&project, standings));
        if !rules.project.faults.is_empty() {
            rules.untold |= told::is_news(places.cache.as_deref(), &project);
        }
    }
    rules.strict = rules.faults().next().is_some() && settings::load(places).settings.strict;
    rules
}

/// How much of a layer can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Which layer.
    pub layer: Layer,
    /// How many rules it has.
    pub rules: usize,
    /// How many entries about programs and tools.
    pub knowledge: usize,
}

/// What is in the layers here: how much of each can be used, and all that is wrong.
pub fn survey(places: &Places) -> (Vec<Counted>, Vec<Fault>) {
    let is_project = |source: &Source| source.layer == Layer::Project;
    let (project, shared): (Vec<Source>, Vec<Source>) = sources(places).into_iter().partition(is_project);
    let (files, faults) = read(&shared);
    let shared = Compiled::new(&files, builtin_standings(), &faults);
    let project = compiled(&project, shared.standings().unwrap_or_default());
    let rules = [&shared, &project].into_iter().flat_map(|compiled| compiled.rules().unwrap_or_default());
    let layers: Vec<Layer> = rules.map(|layered| layered.layer).collect();
    // A project's files say nothing of programs and tools.
    let knowledge =
        |layer| files.iter().filter(|(of, _)| *of == layer).map(|(_, file)| file.knowledge.len()).sum();
    let counted = [Layer::Managed, Layer::User, Layer::Project].map(|layer| Counted {
        layer,
        rules: layers.iter().filter(|of| **of == layer).count(),
        knowledge: knowledge(layer),
    });
    (counted.to_vec(), [shared.found, project.found].concat())
}

/// Reads files: what is good in them, and what is wrong with the rest.
pub fn read(sources: &[Source]) -> (Vec<(Layer, RuleFile)>, Vec<Fault>) {
    let (mut files, mut faults) = (Vec::new(), Vec::<Fault>::new());
    for source in sources {
        match source.read() {
            Ok(text) => {
                let (file, wrong) = RuleFile::read(&source.shown(), &text);
                files.push((source.layer, file));
                faults.extend(wrong);
            }
            Err(fault) => faults.push(*fault),
        }
    }
    (files, faults)
}

fn compiled(sources: &[Source], standings: Standings) -> Compiled {
    let (files, faults) = read(sources);
    Compiled::new(&files, standings, &faults)
}
