//! What names mean: `alias`, `hash`, `type`, `command -v`.

use std::rc::Rc;

use crate::shell::expand::join;
use crate::shell::quoting;
use crate::shell::reserved::reserved;
use crate::shell::run::{Flow, Shell};
use crate::value::Text;

impl Shell<'_, '_> {
    /// `alias`; None where it shows all of them.
    pub(super) fn alias(&mut self, arguments: &[Text]) -> Option<Flow> {
        let mut shown = String::new();
        let mut status = Some(0);
        for word in arguments {
            let Some(word) = word.literal() else { continue };
            match word.split_once('=') {
                Some((name, text)) if !name.is_empty() => {
                    Rc::make_mut(&mut self.state.aliases).insert(name.to_owned(), (text.to_owned(), false));
                }
                _ => match self.state.aliases.get(word) {
                    Some((text, _)) => shown.push_str(&format!("alias {word}={}\n", quoting::single(text))),
                    None => status = None,
                },
            }
        }
        (!arguments.is_empty()).then(|| Flow { status, ..Flow::prints(shown) })
    }

    /// `hash -p PATH NAME`: another name for a program.
    pub(super) fn hash(&mut self, arguments: &[Text]) -> Flow {
        if let [option, path, name] = arguments
            && option.literal() == Some("-p")
            && let (Some(path), Some(name)) = (path.literal(), name.literal())
        {
            Rc::make_mut(&mut self.state.rare).hashed.insert(name.to_owned(), path.to_owned());
        }
        let known = arguments.iter().all(|word| word.literal().is_some_and(|word| word.starts_with('-')));
        Flow::silent(known.then_some(0))
    }

    /// What a name is, in `type`'s word for it. None for a program, or nothing.
    fn kind(&self, name: &str) -> Option<&'static str> {
        if reserved(name.as_bytes()).is_some() {
            Some("keyword")
        } else if self.state.functions.get(name).is_some() {
            Some("function")
        } else if super::is_builtin(name) {
            Some("builtin")
        } else {
            None
        }
    }

    /// `type`.
    pub(super) fn described_names(&mut self, arguments: &[Text]) -> Flow {
        let (options, names): (Vec<&Text>, Vec<&Text>) =
            arguments.iter().partition(|word| word.literal().is_some_and(|word| word.starts_with('-')));
        let short = options.iter().any(|option| option.literal() == Some("-t"));
        let mut status = Some(0);
        let mut output = Text::from("");
        for name in names {
            let kind = name.literal().and_then(|name| self.kind(name));
            output = output.concat(match (kind, short) {
                (Some(kind), true) => Text::from(format!("{kind}\n")),
                (Some(_), false) if options.is_empty() => Text::unknown("output of type"),
                (Some(_), false) => Text::from(""),
                (None, _) => {
                    status = None;
                    // The path of a program is as good as its name.
                    if short {
                        Text::unknown("output of type")
                    } else {
                        name.clone().concat(Text::from("\n"))
                    }
                }
            });
        }
        Flow { status, ..Flow::prints(output) }
    }

    /// `command -v`.
    pub(super) fn found(&mut self, names: &[Text]) -> Flow {
        let known = |name: &Text| name.literal().is_some_and(|name| self.kind(name).is_some());
        let status = if names.iter().all(known) { Some(0) } else { None };
        // The path of a program is as good as its name.
        Flow { status, ..Flow::prints(join(names.iter().cloned(), "\n").concat(Text::from("\n"))) }
    }
}
