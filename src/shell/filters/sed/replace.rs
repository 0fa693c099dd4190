//! The right-hand side of sed's `s`.

use regex::Captures;

/// A replacement taken apart.
pub(super) struct Replacement(Vec<Part>);

enum Part {
    Text(String),
    Group(usize),
    Case(char),
}

impl Replacement {
    /// Reads a replacement; None where it is not understood to the letter.
    pub(super) fn read(text: &str) -> Option<Replacement> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let part = match c {
                '&' => Part::Group(0),
                '\\' => match chars.next()? {
                    digit @ '0'..='9' => Part::Group(digit as usize - '0' as usize),
                    case @ ('U' | 'L' | 'u' | 'l' | 'E') => Part::Case(case),
                    'n' | '\n' => {
                        literal.push('\n');
                        continue;
                    }
                    't' => {
                        literal.push('\t');
                        continue;
                    }
                    'x' => {
                        let digits: String = chars.by_ref().take(2).collect();
                        let byte = u8::from_str_radix(&digits, 16)
                            .ok()
                            .filter(|b| digits.len() == 2 && b.is_ascii())?;
                        literal.push(byte as char);
                        continue;
                    }
                    c if c.is_ascii_alphanumeric() => return None,
                    c => {
                        literal.push(c);
                        continue;
                    }
                },
                c => {
                    literal.push(c);
                    continue;
                }
            };
            parts.push(Part::Text(std::mem::take(&mut literal)));
            parts.push(part);
        }
        parts.push(Part::Text(literal));
        Some(Replacement(parts))
    }

    /// The highest group it names.
    pub(super) fn groups(&self) -> usize {
        self.0.iter().map(|part| if let Part::Group(n) = part { *n } else { 0 }).max().unwrap_or(0)
    }

    /// The text that a match becomes.
    pub(super) fn of(&self, found: &Captures) -> String {
        let mut out = String::new();
        // The case that lasts, and the one for the next character.
        let (mut lasting, mut once) = (None, None);
        for part in &self.0 {
            let text = match part {
                Part::Text(text) => text.as_str(),
                Part::Group(n) => found.get(*n).map_or("", |group| group.as_str()),
                Part::Case('E') => {
                    lasting = None;
                    continue;
                }
                Part::Case(case @ ('U' | 'L')) => {
                    lasting = Some(*case);
                    once = None;
                    continue;
                }
                Part::Case(case) => {
                    once = Some(*case);
                    continue;
                }
            };
            for c in text.chars() {
                match once.take().or(lasting) {
                    Some('U' | 'u') => out.extend(c.to_uppercase()),
                    Some(_) => out.extend(c.to_lowercase()),
                    None => out.push(c),
                }
            }
        }
        out
    }
}
