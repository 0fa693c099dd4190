//! The layers of rules and settings, and what is wrong in their files.

use std::path::PathBuf;

use super::Finding;
use super::claude::sentence;
use crate::document::Fault;

/// The name of this check.
const CHECK: &str = "layers";

/// A layer, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its name, for people: `built-in`, `managed`, `user`, `project`.
    pub name: &'static str,
    /// Whether an organisation has it. A fault there means that what it set does not hold.
    pub managed: bool,
    /// Its folder; None for the one that is compiled in.
    pub folder: Option<PathBuf>,
    /// How many rules it has that can be used.
    pub rules: usize,
    /// How many entries about programs and tools it has that can be used.
    pub knowledge: usize,
    /// What could not be read, or may not be used.
    pub faults: Vec<Fault>,
}

/// What is wrong, and what there is.
pub fn check(layers: &[Layer]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for layer in layers {
        for fault in &layer.faults {
            let message = format!("In the {} layer, {}.", layer.name, fault.in_a_line());
            let mend = match (&fault.mend, layer.managed) {
                (Some(mend), _) => sentence(Some(mend)),
                (None, true) => format!("As root, mend or remove {}.", fault.file),
                (None, false) => format!("Mend or remove {}.", fault.file),
            };
            findings.push(match layer.managed {
                true => Finding::error(CHECK, message, mend),
                false => Finding::warning(CHECK, message, mend),
            });
        }
    }
    let rules = counts(layers, |layer| layer.rules);
    let knowledge = counts(layers, |layer| layer.knowledge);
    let held =
        format!("Rules that hold: {rules}. What is known of programs and tools, in entries: {knowledge}.");
    findings.push(Finding::ok(CHECK, held));
    findings
}

/// How many of something each layer has that has any.
fn counts(layers: &[Layer], of: impl Fn(&Layer) -> usize) -> String {
    let some = layers.iter().filter(|layer| of(layer) > 0).map(|layer| {
        let folder = layer.folder.as_ref().map(|folder| format!(" ({})", folder.display()));
        format!("{} {}{}", of(layer), layer.name, folder.unwrap_or_default())
    });
    some.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    #[test]
    fn a_fault_is_as_bad_as_its_layer_is_high() {
        let layer = |name, managed, rules, faults| {
            let knowledge = rules / 2;
            Layer { name, managed, folder: None, rules, knowledge, faults }
        };
        let fault = |mend: Option<&str>| Fault::of_file("a.toml", "it is bad", mend.map(str::to_owned));
        let mut layers = [
            layer("built-in", false, 9, Vec::new()),
            layer("managed", true, 0, vec![fault(Some("write `b`"))]),
            layer("user", false, 2, vec![fault(None)]),
        ];
        layers[2].folder = Some(PathBuf::from("/u"));
        assert_eq!(
            check(&layers),
            [
                Finding::error(CHECK, "In the managed layer, a.toml: it is bad.", "Write `b`."),
                Finding::warning(CHECK, "In the user layer, a.toml: it is bad.", "Mend or remove a.toml."),
                Finding::ok(
                    CHECK,
                    "Rules that hold: 9 built-in, 2 user (/u). \
                     What is known of programs and tools, in entries: 4 built-in, 1 user (/u)."
                ),
            ]
        );
        assert_eq!(check(&layers[..1])[0].severity, Severity::Ok);
    }
}
