//! What a run leaves for the output guard: fingerprints of the values, never the values.
//!
//! They are left before anything gets the values, so that a command that runs on, is killed, or takes asm-exec's place is
//! covered as well.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::members;
use super::surroundings::Environment;
use super::template::Values;
use crate::fingerprint::store::{self, Session};
use crate::fingerprint::{Fingerprint, Key, LONGEST};
use crate::settings::{self, OutputGuard, Places};

/// A line of a value counts by itself from this length on, in bytes: a line of a key has 64.
const SHORTEST_LINE: usize = 16;
/// Pieces of which fingerprints are made in one run. Each takes some milliseconds.
const MOST_PIECES: usize = 128;

/// A text that is to be known again.
struct Piece<'v> {
    text: Zeroizing<String>,
    label: &'v str,
    /// Whether it is no line of a longer one.
    whole: bool,
}

/// Leaves fingerprints of these values, where the settings want that and the agent's session is known. `tell` is told what
/// does not work; nothing of it fails the run.
pub(super) fn leave(values: &Values, environment: &Environment, tell: impl Fn(&str)) {
    let Some(session) = environment.get(store::SESSION).filter(|_| !values.is_empty()) else { return };
    let places = Places::here(None);
    let guard = settings::load(&places).settings.output_guard;
    if !guard.enabled {
        return;
    }
    let Some(session) = Session::of(session, &places) else {
        return tell(&format!(
            "the output guard will not know the values again: {} is no session's id",
            store::SESSION
        ));
    };
    let members = members::of(values);
    let mut pieces = Vec::new();
    for (reference, value) in values.iter().chain(&members) {
        add(value.expose_secret(), &reference.text, &mut pieces);
    }
    // A stable sort: of two references to one value the first names it.
    pieces.sort_by(|one, other| one.text.cmp(&other.text));
    pieces.dedup_by(|one, other| one.text == other.text);
    pieces.sort_by_key(|piece| !piece.whole);
    if pieces.len() > MOST_PIECES {
        tell(&format!(
            "the output guard will know only {MOST_PIECES} of the values' {} lines again",
            pieces.len()
        ));
        pieces.truncate(MOST_PIECES);
    }
    let left = session.leave(store::now(), guard.seconds, &|key| {
        let prints = prints(&pieces, &guard, key);
        for (reference, value) in values {
            let value = value.expose_secret().trim();
            let piece = pieces.iter().find(|piece| *piece.text == value);
            if !prints.iter().any(|print| piece.is_some_and(|piece| piece.label == print.label)) {
                let why = if value.len() > LONGEST { "too long" } else { "too easily guessed" };
                tell(&format!("the output guard will not know the value of {reference} again: it is {why}"));
            }
        }
        prints
    });
    if let Err(error) = left {
        tell(&format!("the output guard will not know the values again: {error}"));
    }
}

/// The pieces of a value: it, its lines, and what it is the base64 of. The guard looks for them in every spelling.
fn add<'v>(value: &str, label: &'v str, pieces: &mut Vec<Piece<'v>>) {
    texts(value, label, pieces);
    let Ok(bytes) = STANDARD.decode(value.trim()).map(Zeroizing::new) else { return };
    if let Ok(text) = std::str::from_utf8(&bytes) {
        texts(text, label, pieces);
    }
}

fn texts<'v>(value: &str, label: &'v str, pieces: &mut Vec<Piece<'v>>) {
    let mut push =
        |text: &str, whole| pieces.push(Piece { text: Zeroizing::new(text.to_owned()), label, whole });
    let value = value.trim();
    push(value, true);
    if value.contains('\n') || value.contains("\\n") {
        let lines = value.split('\n').flat_map(|line| line.split("\\n")).map(str::trim);
        // The frame of a PEM file is no secret (RFC 7468, section 2).
        let frame = |line: &str| line.starts_with("-----BEGIN") || line.starts_with("-----END");
        lines.filter(|line| line.len() >= SHORTEST_LINE && !frame(line)).for_each(|line| push(line, false));
    }
}

/// The fingerprints of pieces, made on every processor.
fn prints(pieces: &[Piece], guard: &OutputGuard, key: &Key) -> Vec<Fingerprint> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = pieces.len().div_ceil(threads).max(1);
    let made = |pieces: &[Piece]| -> Vec<Fingerprint> {
        let print = |piece: &Piece| Fingerprint::of(&piece.text, piece.label, guard.min_length, key);
        pieces.iter().filter_map(print).collect()
    };
    if pieces.len() == 1 {
        return made(pieces);
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = pieces.chunks(share).map(|share| scope.spawn(|| made(share))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    })
}
