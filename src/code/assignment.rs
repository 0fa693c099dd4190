//! Assignments: to variables, to fields of objects, to elements of maps.

use super::EffectKind;
use super::expression::Operator;
use super::language::Language;
use super::object::{Object, Val};
use super::reader::Reader;
use crate::bounds::Exceeded;
use crate::value::Value;

impl<'t> Reader<'t> {
    pub(super) fn assigned(
        &mut self,
        operator: Operator,
        place: Option<&str>,
        old: Val,
        new: Val,
    ) -> Result<Val, Exceeded> {
        let value = match operator {
            Operator::Append => match (&old, &new) {
                // `socket << "…"` of Ruby.
                (old @ Val::Object(_), new) if self.stream(old).is_some() => {
                    if let Some(effect) = self.stream(old) {
                        self.sent(effect, std::slice::from_ref(new));
                    }
                    old.clone()
                }
                (Val::List(list, _), Val::Text(_)) => {
                    self.budget.produce(8 * list.len())?;
                    Val::list(list.iter().cloned().chain([new]).collect())
                }
                _ => self.add(Some(old), new)?,
            },
            // `Client client = new();` makes what was declared.
            Operator::Assign if self.language == Language::CSharp && is_new(&new) => match (&old, &new) {
                (Val::Object(declared), Val::Object(made)) => {
                    let (args, props) = (made.args.clone(), made.props.clone());
                    Object { args, props, ..declared.as_ref().clone() }.into()
                }
                _ => new,
            },
            Operator::Default => Val::any([old, new]),
            _ => new,
        };
        if let Some(place) = place {
            if operator == Operator::Append {
                self.scope.replace(place, value.clone());
            } else {
                self.assign_place(place, value.clone());
            }
        }
        Ok(value)
    }

    /// Sets the element at `key` of the map, or of the headers, that `owner` is.
    pub(super) fn assign_element(&mut self, owner: &str, key: Value, value: &Val) -> Result<(), Exceeded> {
        let known = match self.scope.lookup(owner) {
            Some(Val::Dict(entries, _)) => entries.clone(),
            // Empty braces or brackets.
            Some(Val::List(values, _)) if values.is_empty() => std::rc::Rc::default(),
            Some(Val::Object(object)) => {
                let changed = object.with(&key.to_string(), value.clone());
                self.scope.replace(owner, changed.into());
                return Ok(());
            }
            Some(_) => return Ok(()),
            None if owner.ends_with(".headers") => std::rc::Rc::default(),
            None => return Ok(()),
        };
        self.budget.produce(16 * (known.len() + 1))?;
        self.place_map(owner, merged(&known, &[(key, value.clone())]));
        Ok(())
    }

    /// Sets a variable or a field to a map that grew.
    pub(super) fn place_map(&mut self, place: &str, map: Val) {
        if place.contains('.') {
            self.assign_place(place, map.clone());
        }
        self.scope.replace(place, map);
    }

    /// Sets a variable; a field of an object is set on the object too.
    fn assign_place(&mut self, place: &str, value: Val) {
        if let Some((owner, field)) = place.rsplit_once('.') {
            if let Some(Val::Object(object)) = self.scope.lookup(owner).cloned() {
                let changed = object.with(field, value.clone());
                if let Some(effect) = object.effect {
                    self.complete_with(effect, field, std::slice::from_ref(&value));
                }
                self.scope.replace(owner, changed.into());
            } else if owner != "this" && owner != "self" && !owner.contains('(') {
                let mut object = Object { path: owner.to_owned(), ..Object::default() };
                // `process.StartInfo.FileName = …`
                if field == "FileName" && owner.ends_with("StartInfo") {
                    object.effect =
                        Some(self.emit(EffectKind::Spawn(vec![value.value()]), self.at.saturating_sub(1)));
                }
                self.scope.replace(owner, object.with(field, value.clone()).into());
            }
        }
        self.named_socket(place, &value);
        self.scope.assign(place, value);
    }
}

fn is_new(value: &Val) -> bool {
    value.object().is_some_and(|object| object.path == "new()")
}

/// The map of `known` with the entries of `more` on top.
pub(super) fn merged(known: &[(Value, Val)], more: &[(Value, Val)]) -> Val {
    let mut entries: Vec<_> =
        known.iter().filter(|(key, _)| !more.iter().any(|(new, _)| new == key)).cloned().collect();
    entries.extend(more.iter().cloned());
    Val::dict(entries)
}
