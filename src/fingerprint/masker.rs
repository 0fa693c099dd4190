//! Finds in texts what fingerprints are of, and masks it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::rolling::{self, Rolling, TAG_BITS};
use super::view::{self, View};
use super::{Fingerprint, Key, slow};

/// Windows that are looked at closely for one answer. Of each fingerprint one window in a million is one by chance.
const MOST_CANDIDATES: usize = 300;
/// Windows that are hashed for one answer.
const MOST_WINDOWS: usize = 300 << 20;

/// A key, and fingerprints that were made with it.
#[derive(Debug, Clone)]
pub struct Known {
    /// The key.
    pub key: Key,
    /// The fingerprints.
    pub prints: Vec<Fingerprint>,
}

/// Masks the texts of one answer.
pub struct Masker<'k> {
    groups: Vec<Group<'k>>,
    candidates: usize,
    windows: usize,
    /// How many values were masked.
    pub masked: usize,
    /// Whether there was too much to look at for the texts to be known to hold no value.
    pub cut_short: bool,
}

/// Fingerprints of one length and one key.
struct Group<'k> {
    key: &'k Key,
    length: usize,
    rolling: Rolling,
    by_tag: HashMap<u32, Vec<&'k Fingerprint>>,
    /// Which tags there may be, by their highest sixteen bits: few enough to stay in the nearest cache.
    tags: Box<[u64; 1 << 10]>,
    /// What was looked at closely, by its whole hash.
    looked: HashMap<u64, Option<&'k Fingerprint>>,
}

impl<'k> Masker<'k> {
    /// Masks what these fingerprints are of.
    pub fn new(known: &'k [Known]) -> Masker<'k> {
        let mut groups = Vec::new();
        for Known { key, prints } in known {
            let mut by_length: BTreeMap<usize, Vec<&Fingerprint>> = BTreeMap::new();
            for print in prints {
                by_length.entry(print.length).or_default().push(print);
            }
            groups.extend(by_length.into_iter().map(|(length, prints)| Group::new(key, length, prints)));
        }
        Masker { groups, candidates: 0, windows: 0, masked: 0, cut_short: false }
    }

    /// A text with labels where values stand; None where there are none.
    pub fn mask(&mut self, text: &str) -> Option<String> {
        let mut found: Vec<(Range<usize>, &'k str)> = Vec::new();
        view::each(text, |view| self.look(view, &mut found));
        if found.is_empty() {
            return None;
        }
        // Of two that begin together the longer comes first: a line of a value is a part of it.
        found.sort_unstable_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let (mut out, mut copied) = (String::with_capacity(text.len()), 0);
        for (range, label) in found {
            let (start, end) = whole_characters(text, range);
            if start >= copied {
                out.push_str(&text[copied..start]);
                out.push_str(label);
                self.masked += 1;
            }
            // What reaches beyond another is covered with it.
            copied = copied.max(end);
        }
        out.push_str(&text[copied..]);
        Some(out)
    }

    fn look(&mut self, view: &View, found: &mut Vec<(Range<usize>, &'k str)>) {
        let text = &view.bytes;
        for group in &mut self.groups {
            if group.length > text.len() {
                continue;
            }
            self.windows += text.len();
            if self.windows > MOST_WINDOWS {
                self.cut_short = true;
                return;
            }
            let Group { key, length, rolling, by_tag, tags, looked } = group;
            rolling.over(text, |at, hash| {
                let tag = rolling::tag(hash);
                let (word, bit) = place(tag);
                if tags[word] >> bit & 1 == 0 {
                    return;
                }
                let Some(prints) = by_tag.get(&tag) else { return };
                let window = at..at + *length;
                let print = match looked.get(&hash) {
                    Some(print) => *print,
                    None if self.candidates == MOST_CANDIDATES => {
                        self.cut_short = true;
                        return;
                    }
                    None => {
                        self.candidates += 1;
                        let slow = slow(&text[window.clone()], key);
                        let print = prints.iter().find(|print| print.slow == slow).copied();
                        *looked.entry(hash).or_insert(print)
                    }
                };
                if let Some(print) = print {
                    found.push((view.range(window), &print.label));
                }
            });
        }
    }
}

impl<'k> Group<'k> {
    fn new(key: &'k Key, length: usize, prints: Vec<&'k Fingerprint>) -> Group<'k> {
        let (mut by_tag, mut tags) = (HashMap::<u32, Vec<_>>::new(), Box::new([0; 1 << 10]));
        for print in prints {
            let (word, bit) = place(print.tag);
            tags[word] |= 1 << bit;
            by_tag.entry(print.tag).or_default().push(print);
        }
        Group { key, length, rolling: Rolling::new(key, length), by_tag, tags, looked: HashMap::new() }
    }
}

/// Where a tag's bit is.
fn place(tag: u32) -> (usize, u32) {
    let tag = tag >> (TAG_BITS - 16);
    ((tag >> 6) as usize, tag & 63)
}

/// A range that cuts no character.
fn whole_characters(text: &str, range: Range<usize>) -> (usize, usize) {
    let (mut start, mut end) = (range.start, range.end);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a text is too much for a masker that has looked at so much already.
    fn is_too_much(candidates: usize, windows: usize, text: &str) -> bool {
        let print = Fingerprint::of("p&ss/w0rd-0f-Prod-DB", "{{A}}", 12, &Key::new([7; 32])).unwrap();
        // Every window of the text as it stands there is a candidate.
        let mut prints = Vec::new();
        Rolling::new(&Key::new([7; 32]), print.length).over(text.as_bytes(), |_, hash| {
            prints.push(Fingerprint { tag: rolling::tag(hash), ..print.clone() });
        });
        let known = [Known { key: Key::new([7; 32]), prints }];
        let mut masker = Masker { candidates, windows, ..Masker::new(&known) };
        masker.mask(text);
        masker.cut_short
    }

    #[test]
    fn what_is_too_much_to_search_is_said() {
        assert!(!is_too_much(MOST_CANDIDATES - 2, 0, "twenty-one characters"));
        assert!(is_too_much(MOST_CANDIDATES - 2, 0, "and twenty-two of them"));
        assert!(!is_too_much(MOST_CANDIDATES, 0, "too short"));
        assert!(is_too_much(0, MOST_WINDOWS, "twenty-one characters"));
    }

    #[test]
    fn what_repeats_is_looked_at_once() {
        assert!(!is_too_much(MOST_CANDIDATES - 1, 0, &".".repeat(10_000)));
    }
}
