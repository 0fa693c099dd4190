//! `unset`: variables, elements and functions.

use crate::shell::assign::Key;
use crate::shell::ast::Word;
use crate::shell::run::{Flow, Run, Shell};
use crate::shell::state::{Slot, Variable};
use crate::value::Text;

impl Shell<'_, '_> {
    pub(super) fn unset(&mut self, arguments: &[Text]) -> Run<Flow> {
        let (mut functions, mut variables, mut references) = (false, false, false);
        let mut status = Some(0);
        for word in arguments {
            let Some(word) = word.literal() else {
                status = None;
                continue;
            };
            if let Some(letters) = word.strip_prefix('-') {
                functions |= letters.contains('f');
                variables |= letters.contains('v');
                references |= letters.contains('n');
                continue;
            }
            if functions {
                self.state.functions.forget(word);
                continue;
            }
            let (name, index) = self.place(word)?;
            let known = self.state.variables.contains_key(name.as_str());
            if !known && !variables && self.state.functions.get(&name).is_some() {
                self.state.functions.forget(&name);
                continue;
            }
            let (name, index) =
                if references { (name, index) } else { self.referred(&name, index.as_ref())? };
            if self.state.variables.get(name.as_str()).is_some_and(|v| v.readonly) {
                status = Some(1);
                continue;
            }
            match index {
                Some(index) => self.unset_element(&name, &index)?,
                None => self.state.restore(&name, Some(std::rc::Rc::new(Variable::unset()))),
            }
        }
        Ok(Flow::silent(status))
    }

    fn unset_element(&mut self, name: &str, index: &Word) -> Run<()> {
        if matches!(index.as_plain(), Some("@" | "*")) {
            self.state.change(name, |variable| match &mut variable.slot {
                Slot::Indexed(elements) => elements.clear(),
                Slot::Keyed(elements) => elements.clear(),
                slot => *slot = Slot::Unset,
            });
            return Ok(());
        }
        let key = self.key(name, index)?;
        self.state.change(name, |variable| match (&mut variable.slot, &key) {
            (Slot::Indexed(elements), Key::Index(at)) => drop(elements.remove(at)),
            (Slot::Keyed(elements), Key::Name(key)) => drop(elements.remove(key)),
            (slot @ Slot::Scalar(_), Key::Index(0)) => *slot = Slot::Unset,
            _ => {}
        });
        Ok(())
    }
}
