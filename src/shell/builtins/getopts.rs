//! `getopts`: one option of the arguments a call.

use std::rc::Rc;

use crate::shell::run::{Flow, Run, Shell};
use crate::shell::state::environment_value;
use crate::value::{Text, Value};

impl Shell<'_, '_> {
    pub(super) fn getopts(&mut self, arguments: &[Text]) -> Run<Flow> {
        let [spec, name, given @ ..] = arguments else { return Ok(Flow::silent(Some(2))) };
        let words: Vec<Text> = if given.is_empty() { self.positional().to_vec() } else { given.to_vec() };
        let (Some(spec), Some(name)) = (spec.literal(), name.literal()) else {
            return Ok(Flow::silent(None));
        };
        let index = match self.state.variable("OPTIND") {
            Some(_) => self.held("OPTIND", None)?.and_then(|v| v.literal().and_then(|t| t.parse().ok())),
            None => Some(1_usize),
        };
        let Some(mut index) = index.filter(|index| *index > 0) else {
            return self.any_option(name);
        };
        let (last_index, mut at) = self.state.rare.option_at;
        if last_index != index {
            at = 0;
        }
        let silent = spec.starts_with(':');
        let spec = spec.trim_start_matches(':');
        let word = match words.get(index - 1) {
            None => return self.no_more_options(name, index),
            Some(word) => match word.literal() {
                Some(word) => word.to_owned(),
                None => return self.any_option(name),
            },
        };
        if at == 0 {
            if word == "--" {
                return self.no_more_options(name, index + 1);
            }
            if !word.starts_with('-') || word == "-" {
                return self.no_more_options(name, index);
            }
            at = 1;
        }
        let Some(letter) = word[at..].chars().next() else { return self.any_option(name) };
        at += letter.len_utf8();
        let known = letter != ':' && spec.contains(letter);
        let takes = known && spec[spec.find(letter).unwrap_or(0) + letter.len_utf8()..].starts_with(':');
        let mut option = letter.to_string();
        let mut argument: Option<Text> = None;
        if takes {
            let attached = word.get(at..).filter(|rest| !rest.is_empty());
            index += 1;
            match attached {
                Some(rest) => argument = Some(Text::from(rest)),
                None => match words.get(index - 1) {
                    Some(next) => {
                        argument = Some(next.clone());
                        index += 1;
                    }
                    None if silent => {
                        option = ":".to_owned();
                        argument = Some(Text::from(letter.to_string()));
                    }
                    None => option = "?".to_owned(),
                },
            }
            at = 0;
        } else if at >= word.len() {
            index += 1;
            at = 0;
        }
        if !known {
            option = "?".to_owned();
            argument = silent.then(|| Text::from(letter.to_string()));
        }
        self.state.set("OPTIND", index.to_string());
        Rc::make_mut(&mut self.state.rare).option_at = (index, at);
        self.assign_to(name, None, Value::from(option), false)?;
        match argument {
            Some(argument) => self.state.set("OPTARG", argument),
            None => self.state.change("OPTARG", |v| v.slot = crate::shell::state::Slot::Unset),
        }
        Ok(Flow::silent(Some(0)))
    }

    fn no_more_options(&mut self, name: &str, index: usize) -> Run<Flow> {
        self.state.set("OPTIND", index.to_string());
        Rc::make_mut(&mut self.state.rare).option_at = (index, 0);
        self.state.change("OPTARG", |v| v.slot = crate::shell::state::Slot::Unset);
        self.assign_to(name, None, Value::from("?"), false)?;
        Ok(Flow::silent(Some(1)))
    }

    fn any_option(&mut self, name: &str) -> Run<Flow> {
        for name in [name, "OPTARG", "OPTIND"] {
            self.state.set(name, environment_value(name));
        }
        Ok(Flow::silent(None))
    }
}
