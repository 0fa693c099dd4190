//! The filter beside the definition of what it does, which is a few lines long where time does not matter.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::super::matcher::Matcher;
use super::*;

/// Masks of exactly these forms; the label of the first is `<0>`.
fn masks(forms: &[Vec<u8>]) -> Masks {
    let form = |(label, text): (usize, &Vec<u8>)| Form {
        text: Zeroizing::new(text.clone().into_boxed_slice()),
        label: u32::try_from(label).unwrap(),
    };
    Masks {
        matcher: Matcher::new(forms.iter().enumerate().map(form).collect()),
        labels: (0..forms.len()).map(|label| format!("<{label}>")).collect(),
    }
}

/// Runs a filter over the pieces. None of them: time passes.
fn filtered(masks: &Masks, pieces: &[Option<&[u8]>]) -> Vec<u8> {
    let mut filter = Filter::new(masks);
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Some(text) => filter.push(text, &mut out),
            None => {
                filter.settle(&mut out);
                assert_eq!(filter.waiting(), 0);
            }
        }
    }
    filter.finish(&mut out);
    out
}

#[test]
fn time_passes_in_the_middle_of_a_value() {
    // The bar is a time-out.
    let cases: &[(&[&str], &str, &str, &str)] = &[
        (
            &["hunter2-hunter2"],
            "hunt|er2-hunter2.",
            "hunt<0>.",
            "shown as far as it tells little; the rest is masked",
        ),
        (&["hunter2-hunter2"], "hunt|s", "hunts", "it was another word"),
        (&["hunter2-hunter2"], "hunt|er|2-h|unter|2.", "hunter<0>.", "slowly: seven bytes are shown at most"),
        (&["hunter2-hunter2"], "hunter2-|hunter2.", "<0>.", "eight bytes tell too much"),
        (&["hunter2-hunter2"], "hunter2-|h|unter2|.", "<0>.", "and what follows is labelled once"),
        (&["hunter2-hunter2"], "hunter2-|?", "<0>?", "taken for the value, which it was not"),
        (&["hunter2-hunter2"], "hunter2-hunter", "<0>", "cut off by the end"),
        (&["hunter2"], "hun|ter2", "hun<0>", "fewer than four bytes are no secret"),
        (&["hunter2"], "hunt|er2", "<0>", "more than half"),
        (&["hunter2"], "hunhunt|er2", "hun<0>", "the latter of two beginnings"),
        (&["user1", "user1-password"], "user1|", "<0>", "one value, though a longer one could come"),
        (&["user1", "user1-password"], "user1|-password.", "<0><1>.", "it comes"),
        (&["user1", "user1-password"], "user1-p|assword.", "<0>-p<1>.", "two bytes more tell little"),
        (&["user1", "user1-password"], "user1-passwo|rd.", "<0><1>.", "seven tell more than half"),
        (&["user1", "user1-password"], "user1-p|atch", "<0>-patch", "it does not come"),
        (&["user1", "user1-XYZW-pass-word", "XYZW"], "user1-XYZW|?", "<0>-<2>?", "two in what did not come"),
        (
            &["abcdXYZW5678901234567", "XYZW"],
            "abcdXY|ZW5.",
            "abcdXY<1>5.",
            "a value inside the beginning of another",
        ),
        (&["abXYZW78901234567890", "XYZW"], "abXYZW|7.", "ab<1>7.", "complete when time passes"),
        (&["abXYZW78901234567890", "XYZW"], "abXYZW|78901234567890.", "ab<1><0>.", "and the outer one comes"),
        (&["aaaa"], "aa|aa|aa|aa|a.", "aa<0>aa<0>a.", "overlapping itself"),
        (&["abababab"], "abab|abababab.", "<0>abab.", "overlapping itself, from the left"),
        (&["abcd", "bcde"], "abc|de", "abc<0>e", "from the left of two that overlap"),
        (
            &["\n\n\n\n\n>\n\n\0\n", ">\n\n\0\n"],
            "\n\n\n\n\n>\n\n\0\n\n\n\0\n",
            "<0>\n\n\0\n",
            "behind a value that ends in another, what looks like the rest of that one is none",
        ),
    ];
    for (values, text, expected, why) in cases {
        let forms: Vec<Vec<u8>> = values.iter().map(|value| value.as_bytes().to_vec()).collect();
        let mut pieces = Vec::new();
        for part in text.split('|') {
            pieces.extend([None, Some(part.as_bytes())]);
        }
        let out = filtered(&masks(&forms), &pieces[1..]);
        assert_eq!(String::from_utf8_lossy(&out), *expected, "{text}: {why}");
    }
}

#[test]
fn a_long_value_byte_by_byte() {
    let value: Vec<u8> = (0..65536_u32).map(|n| (n * n % 251) as u8).collect();
    let masks = masks(std::slice::from_ref(&value));
    let pieces: Vec<Option<&[u8]>> = value.chunks(1).chain([&b"."[..]]).map(Some).collect();
    assert_eq!(filtered(&masks, &pieces), b"<0>.");
}

/// What a part of the text is, by the definition.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// Where the form begins.
    form: usize,
    /// From where and up to where it is covered.
    from: usize,
    to: usize,
}

/// The definition: at each place from the left the longest form, or at the end what reveals a form.
fn defined(forms: &[Vec<u8>], text: &[u8]) -> (Vec<u8>, Vec<Span>) {
    let (mut out, mut spans, mut place) = (Vec::new(), Vec::new(), 0);
    let label = |form: &Vec<u8>| format!("<{}>", forms.iter().position(|other| other == form).unwrap());
    while place < text.len() {
        let (complete, partial) = (complete(forms, &text[place..]), partial(forms, &text[place..]));
        let after = place + complete.map_or(0, Vec::len);
        if let Some(form) = complete {
            out.extend(label(form).bytes());
            spans.push(Span { form: place, from: place, to: after });
        }
        match partial.filter(|form| tells_too_much(text.len() - after, form)) {
            Some(form) => {
                if complete != Some(form) {
                    out.extend(label(form).bytes());
                }
                spans.push(Span { form: place, from: after, to: text.len() });
                place = text.len();
            }
            None if complete.is_some() => place = after,
            None => {
                out.push(text[place]);
                place += 1;
            }
        }
    }
    (out, spans)
}

/// The longest form that a text begins with.
fn complete<'f>(forms: &'f [Vec<u8>], text: &[u8]) -> Option<&'f Vec<u8>> {
    forms.iter().filter(|form| text.starts_with(form)).max_by_key(|form| form.len())
}

/// The shortest form that a text is the beginning of.
fn partial<'f>(forms: &'f [Vec<u8>], text: &[u8]) -> Option<&'f Vec<u8>> {
    let longer = |form: &&Vec<u8>| form.len() > text.len() && form.starts_with(text);
    forms.iter().filter(longer).min_by_key(|form| (form.len(), form.as_slice()))
}

fn tells_too_much(length: usize, form: &[u8]) -> bool {
    length >= 8 || length >= 4 && length * 2 >= form.len()
}

/// Whether a value stands in what is written beside the labels. A label is no text: its last byte and what follows can
/// together look like a value, but tell nothing of it.
fn shows(out: &[u8], value: &[u8]) -> bool {
    out.split(|byte| *byte == b'<').enumerate().any(|(labels, part)| {
        let label = if labels == 0 { 0 } else { part.iter().position(|byte| *byte == b'>').unwrap() + 1 };
        part[label..].windows(value.len()).any(|window| window == value)
    })
}

#[test]
fn a_label_is_no_part_of_a_value_that_is_shown() {
    let cases: &[(&str, &str, bool, &str)] = &[
        ("<0>\n\n\0\n", ">\n\n\0\n", false, "only with the end of a label"),
        ("<0>>\n\n\0\n", ">\n\n\0\n", true, "with a byte of the text that looks like it"),
        ("0>ab<1>", "0>ab", true, "before all labels nothing is one"),
        ("..abcd<0>", "abcd", true, "before a label"),
        ("<0>..abcd", "abcd", true, "behind one"),
        ("<0>..abcd..<1>", "abcd", true, "between two"),
        ("ab<0>cd", "abcd", false, "with one inside"),
        ("", "abcd", false, "nothing"),
    ];
    for (out, value, expected, why) in cases {
        assert_eq!(shows(out.as_bytes(), value.as_bytes()), *expected, "{out:?}: {why}");
    }
}

/// Bytes of few kinds, so that values overlap each other and themselves; `<` is kept for the labels.
fn bytes(range: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    let few = prop_oneof![
        vec(prop::sample::select(b"ab".to_vec()), range.clone()),
        vec(b'a'..=b'd', range.clone())
    ];
    let any = any::<u8>().prop_filter("kept for labels", |byte| *byte != b'<');
    prop_oneof![4 => few, 1 => vec(prop_oneof![Just(b'\n'), Just(0), Just(255), any], range)]
}

/// Values, some made of others: a beginning, an end, a middle, twice, within something.
fn values() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let made = (0..5_u8, any::<Index>(), any::<Index>(), bytes(1..6));
    (vec(bytes(4..24), 1..4), vec(made, 0..4)).prop_map(|(mut values, made)| {
        for (how, which, at, extra) in made {
            let value = values[which.index(values.len())].clone();
            let at = at.index(value.len());
            let new = match how {
                0 => value[..at].to_vec(),
                1 => value[at..].to_vec(),
                2 => [&value[..], &value[..]].concat(),
                3 => [&extra[..], &value[..], &extra[..]].concat(),
                _ => [&value[..at], &extra[..]].concat(),
            };
            if new.len() >= SHORTEST && !values.contains(&new) {
                values.push(new);
            }
        }
        values.dedup();
        values
    })
}

/// Values, and a text made of them, of parts of them, and of other things.
fn values_and_text() -> impl Strategy<Value = (Vec<Vec<u8>>, Vec<u8>)> {
    let fragment = (0..5_u8, any::<Index>(), any::<Index>(), bytes(0..8));
    (values(), vec(fragment, 0..12)).prop_map(|(values, fragments)| {
        let mut text = Vec::new();
        for (how, which, at, other) in fragments {
            let value = &values[which.index(values.len())];
            let at = at.index(value.len());
            text.extend_from_slice(match how {
                0 | 1 => value,
                2 => &value[..at],
                3 => &value[at..],
                _ => &other,
            });
        }
        (values, text)
    })
}

/// Breaks a text at these places, and lets time pass at those marked.
fn broken<'t>(text: &'t [u8], breaks: &[(Index, bool)]) -> (Vec<Option<&'t [u8]>>, Vec<usize>) {
    let mut places: Vec<(usize, bool)> =
        breaks.iter().map(|(at, pause)| (at.index(text.len() + 1), *pause)).collect();
    places.sort_unstable();
    let (mut pieces, mut pauses, mut done) = (Vec::new(), Vec::new(), 0);
    for (place, pause) in places {
        pieces.push(Some(&text[done..place]));
        done = place;
        if pause {
            pieces.push(None);
            pauses.push(place);
        }
    }
    pieces.push(Some(&text[done..]));
    (pieces, pauses)
}

/// Which bytes may be missing from the output, and which may stand in it, when time passes at these places.
fn allowed(forms: &[Vec<u8>], text: &[u8], pauses: &[usize]) -> (Vec<bool>, Vec<bool>) {
    let (mut missing, mut shown) = (vec![false; text.len()], vec![true; text.len()]);
    for place in 0..text.len() {
        // Any value, wherever it stands.
        if let Some(form) = complete(forms, &text[place..]) {
            missing[place..place + form.len()].fill(true);
        }
        // What reveals a value when it is decided about.
        for end in pauses.iter().copied().chain([text.len()]).filter(|end| *end > place) {
            let begun = &text[place..end];
            let after = complete(forms, begun).map_or(0, Vec::len);
            if partial(forms, begun).is_some_and(|form| tells_too_much(begun.len() - after, form)) {
                missing[place..end].fill(true);
            }
        }
    }
    for span in defined(forms, text).1 {
        for (byte, may) in (span.from..span.to).zip(&mut shown[span.from..span.to]) {
            // Only where it was decided about when it told little.
            *may = pauses.iter().any(|pause| {
                let Some(begun) = text.get(span.form..*pause) else { return false };
                let after = complete(forms, begun).map_or(0, Vec::len);
                let little = |form: &Vec<u8>| !tells_too_much(begun.len() - after, form);
                *pause < span.to
                    && (span.form + after..*pause).contains(&byte)
                    && partial(forms, begun).is_some_and(little)
            });
        }
    }
    (missing, shown)
}

/// Whether an output is the text with allowed bytes missing, each run of them behind a label, and nothing else.
fn explains(text: &[u8], out: &[u8], missing: &[bool], shown: &[bool]) -> bool {
    #[derive(Clone, Copy, PartialEq)]
    enum After {
        Byte,
        Label,
        Missing,
    }
    let mut open = vec![(0, 0, After::Byte)];
    let mut seen = std::collections::HashSet::new();
    while let Some((at, written, after)) = open.pop() {
        if !seen.insert((at, written, after as u8)) {
            continue;
        }
        if at == text.len() && written == out.len() && after != After::Label {
            return true;
        }
        match out.get(written) {
            Some(b'<') if after != After::Label => {
                let end = out[written..].iter().position(|byte| *byte == b'>').unwrap();
                open.push((at, written + end + 1, After::Label));
            }
            Some(byte) if at < text.len() && after != After::Label && *byte == text[at] && shown[at] => {
                open.push((at + 1, written + 1, After::Byte));
            }
            _ => {}
        }
        if at < text.len() && after != After::Byte && missing[at] {
            open.push((at + 1, written, After::Missing));
        }
    }
    false
}

/// More cases than usual, and still more where `PROPTEST_CASES` asks for them.
fn many() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(3000), ..usual }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn however_it_is_broken_the_output_is_the_defined_one(
        (values, text) in values_and_text(),
        breaks in vec((any::<Index>(), Just(false)), 0..12),
    ) {
        let masks = masks(&values);
        let (expected, _) = defined(&values, &text);
        let (pieces, _) = broken(&text, &breaks);
        prop_assert_eq!(&filtered(&masks, &pieces), &expected);
        let bytes: Vec<Option<&[u8]>> = text.chunks(1).map(Some).collect();
        prop_assert_eq!(&filtered(&masks, &bytes), &expected, "byte by byte");
    }

    #[test]
    fn only_what_may_begin_a_value_is_held_back(
        (values, text) in values_and_text(),
        breaks in vec((any::<Index>(), any::<bool>()), 0..12),
    ) {
        let masks = masks(&values);
        let (mut filter, mut out, mut seen) = (Filter::new(&masks), Vec::new(), 0);
        for piece in broken(&text, &breaks).0 {
            match piece {
                Some(text) => filter.push(text, &mut out),
                None => filter.settle(&mut out),
            }
            seen += piece.map_or(0, <[u8]>::len);
            let end = &text[seen - filter.kept.len()..seen];
            prop_assert_eq!(end, filter.kept.as_slice());
            prop_assert!(filter.waiting() <= end.len());
            prop_assert!(end.is_empty() || partial(&values, end).is_some(), "{:?} begins nothing", end);
        }
    }

    #[test]
    fn whenever_time_passes_nothing_is_lost_and_no_value_shown(
        (values, text) in values_and_text(),
        breaks in vec((any::<Index>(), any::<bool>()), 0..12),
    ) {
        let (pieces, pauses) = broken(&text, &breaks);
        let out = filtered(&masks(&values), &pieces);
        let (missing, shown) = allowed(&values, &text, &pauses);
        prop_assert!(explains(&text, &out, &missing, &shown), "{:?} became {:?}", text, out);
        for value in &values {
            prop_assert!(!shows(&out, value), "{:?} in {:?}", value, out);
        }
    }
}
