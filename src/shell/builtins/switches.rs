//! `set` and `shopt`.

use std::rc::Rc;

use crate::shell::options::{self, Options};
use crate::shell::run::{Flow, Shell};
use crate::value::Text;

impl Shell<'_, '_> {
    /// `set`; the status is bash's.
    pub(super) fn set(&mut self, arguments: &[Text]) -> u8 {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let on = match word.literal() {
                Some("--") => {
                    self.state.positional = Rc::new(words.cloned().collect());
                    return 0;
                }
                Some("-") => {
                    let left: Vec<Text> = words.cloned().collect();
                    if !left.is_empty() {
                        self.state.positional = Rc::new(left);
                    }
                    return 0;
                }
                Some(option) if option.len() > 1 && option.starts_with('-') => true,
                Some(option) if option.len() > 1 && option.starts_with('+') => false,
                _ => {
                    self.state.positional = Rc::new(std::iter::once(word).chain(words).cloned().collect());
                    return 0;
                }
            };
            let letters = &word.literal().unwrap_or_default()[1..];
            if letters.contains(|c| !"abefhkmnoptuvxBCEHPT".contains(c)) {
                return 2;
            }
            for letter in letters.chars() {
                if letter == 'o' {
                    if let Some(option) = words.next().and_then(Text::literal).and_then(options::set_by_name)
                    {
                        self.state.options.switch(option, on);
                    }
                } else if let Some(option) = options::set_by_letter(letter) {
                    self.state.options.switch(option, on);
                }
            }
        }
        0
    }

    pub(super) fn shopt(&mut self, arguments: &[Text]) -> Flow {
        let mut letters = String::new();
        let mut status = Some(0);
        let mut output = Text::from("");
        for word in arguments {
            match word.literal() {
                Some(option) if option.starts_with('-') => letters.push_str(&option[1..]),
                Some(name) => {
                    let found = if letters.contains('o') {
                        options::set_by_name(name)
                    } else {
                        options::shopt_by_name(name)
                    };
                    let Some(option) = found else {
                        status = None;
                        continue;
                    };
                    if letters.contains('p') {
                        let on = self.state.options.has(option);
                        output = output.concat(match self.is_known(option) {
                            true => Text::from(format!("shopt -{} {name}\n", if on { 's' } else { 'u' })),
                            false => Text::unknown("output of shopt"),
                        });
                    }
                    if letters.contains(['s', 'u']) {
                        self.state.options.switch(option, letters.contains('s'));
                    } else if !self.is_known(option) {
                        status = None;
                    } else if !self.state.options.has(option) && status.is_some() {
                        status = Some(1);
                    }
                }
                None => self.state.options = Options::default(),
            }
        }
        Flow { status, ..Flow::prints(output) }
    }

    /// Whether an option that is not on for certain is off for certain.
    fn is_known(&self, option: u32) -> bool {
        self.unsure == 0 && (option != options::ALIASES || self.state.options.has(options::NO_ALIASES))
            || self.state.options.has(option)
    }
}
