//! The filter of one stream: bytes in, bytes out, nothing held back that need not be.
//!
//! Of the text so far the filter keeps the end that could still become a value, and nothing else. That end is
//! *waiting* as long as it has not been written, and *settled* once it has:
//!
//! ```text
//!            more text: it cannot become a value, or has become one; written
//!          ┌───────────────────────────────────────────────────────────────┐
//!          ▼                                                               │
//!      nothing kept ──── the text ends like the beginning of a value ──► waiting ◄──┐
//!          ▲                                                               │        │ more text
//!          │ more text: it cannot become a value,              too long, or the end │ that belongs
//!          │ or has become one: the rest is written                        ▼        │ to it
//!          └──────────────────────────────────────────────────────────── settled ───┘
//! ```
//!
//! To settle is to decide without knowing what comes. What would reveal a value is covered by its label; what is too
//! short for that is written as it is. Either way the bytes are still kept, so that a value they began is known when
//! the rest of it comes, and that rest is masked. So the same values are found, at the same places, whenever
//! a program stops to think.

use zeroize::Zeroizing;

use super::forms::Form;
use super::{Masks, SHORTEST};

/// From this length on the beginning of a value is worth hiding, however long the value.
const REVEALING: usize = 8;

/// Masks one stream.
pub struct Filter<'m> {
    masks: &'m Masks,
    /// The end of the text so far that could become a value.
    kept: Zeroizing<Vec<u8>>,
    settled: Settled,
}

/// What has been written of the bytes that are kept.
#[derive(Default, Clone, Copy)]
struct Settled {
    /// How many of them have been written, or covered by a label.
    upto: usize,
    /// The latest label that covers some: from where, and which. The value that it covers is not labelled again.
    label: Option<(usize, u32)>,
}

impl Settled {
    /// The first bytes are no longer kept.
    fn forget(&mut self, bytes: usize) {
        self.upto = self.upto.saturating_sub(bytes);
        self.label = self.label.and_then(|(from, label)| Some((from.checked_sub(bytes)?, label)));
    }
}

/// Whether more may come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Open,
    Closed,
}

impl<'m> Filter<'m> {
    /// A filter at the beginning of a stream.
    pub fn new(masks: &'m Masks) -> Filter<'m> {
        Filter { masks, kept: Zeroizing::default(), settled: Settled::default() }
    }

    /// Takes what has come, and adds to `out` all that is certain.
    pub fn push(&mut self, text: &[u8], out: &mut Vec<u8>) {
        if self.kept.is_empty() {
            let from = self.pass(text, Text::Open, out);
            self.keep(&text[from..]);
            self.settled.forget(from);
            return;
        }
        self.keep(text);
        let kept = std::mem::take(&mut self.kept);
        let from = self.pass(&kept, Text::Open, out);
        self.kept = kept;
        self.kept.drain(..from);
        self.settled.forget(from);
    }

    /// How many bytes have not been written because they may begin a value.
    pub fn waiting(&self) -> usize {
        self.kept.len() - self.settled.upto
    }

    /// Waits no longer: decides about the bytes that have not been written.
    pub fn settle(&mut self, out: &mut Vec<u8>) {
        let kept = std::mem::take(&mut self.kept);
        self.pass(&kept, Text::Closed, out);
        self.kept = kept;
        self.settled.upto = self.kept.len();
    }

    /// The end of the stream.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.settle(out);
    }

    /// Writes what is certain about a text whose first bytes are settled, and says from where on it is not.
    fn pass(&mut self, text: &[u8], end: Text, out: &mut Vec<u8>) -> usize {
        let matcher = &self.masks.matcher;
        // Up to `plain` all is written, up to `place` nothing begins.
        let (mut plain, mut place) = (0, 0);
        while let Some(candidate) = matcher.candidate(text, place) {
            place = candidate;
            let rest = &text[place..];
            let found = matcher.at(rest);
            if found.partial.is_some() && end == Text::Open {
                self.write(text, plain, place, out);
                return place;
            }
            let complete = found.complete.map_or(0, |form| form.text.len());
            let cut_off = found.partial.filter(|form| reveals(rest.len() - complete, form));
            if complete == 0 && cut_off.is_none() {
                place += 1;
                continue;
            }
            self.write(text, plain, place, out);
            if let Some(form) = found.complete {
                self.cover(place, place + complete, form.label, out);
            }
            plain = place + complete;
            if let Some(form) = cut_off {
                self.cover(place, text.len(), form.label, out);
                plain = text.len();
            }
            place = plain;
        }
        self.write(text, plain, text.len(), out);
        text.len()
    }

    /// Writes bytes of the text as they are, but for those that are settled.
    fn write(&self, text: &[u8], from: usize, to: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(text.get(from.max(self.settled.upto)..to).unwrap_or_default());
    }

    /// Writes a label in the place of bytes, unless it stands there already.
    fn cover(&mut self, from: usize, to: usize, label: u32, out: &mut Vec<u8>) {
        if to > self.settled.upto && self.settled.label != Some((from, label)) {
            out.extend_from_slice(self.masks.label(label));
            self.settled.label = Some((from, label));
        }
    }

    /// Adds to the bytes that are kept. A vector that grows leaves its old bytes behind; this one wipes them.
    fn keep(&mut self, more: &[u8]) {
        let length = self.kept.len() + more.len();
        if self.kept.capacity() < length {
            let mut larger = Vec::with_capacity(length.next_power_of_two());
            larger.extend_from_slice(&self.kept);
            self.kept = Zeroizing::new(larger);
        }
        self.kept.extend_from_slice(more);
    }
}

/// Whether so many bytes of a form tell too much of it: eight, or half of it; but fewer than are masked of any value
/// stand in every output by chance.
fn reveals(length: usize, form: &Form) -> bool {
    length >= REVEALING || (length >= SHORTEST && 2 * length >= form.text.len())
}

#[cfg(test)]
mod tests;
