//! An event as an agent sends it: whatever the bytes are, the hook has an answer that agents can read.

#![no_main]

use asm_guard::hook;
use asm_guard_fuzz as _;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let answer = hook::answer(bytes);
    let decision = match answer.stdout.as_str() {
        "" => None,
        reply => {
            let reply: Value = serde_json::from_str(reply).expect("the reply is one JSON value");
            let specific = &reply["hookSpecificOutput"];
            assert_eq!(specific["hookEventName"], "PreToolUse");
            specific["permissionDecision"].as_str().map(str::to_owned)
        }
    };
    match answer.status {
        0 => assert!(matches!(decision.as_deref(), None | Some("ask")) && answer.stderr.is_empty()),
        2 => assert!(decision.as_deref() == Some("deny") && !answer.stderr.trim().is_empty()),
        other => panic!("exit status {other}"),
    }
});

// Bytes changed at random are seldom JSON. Most of the time one text in the event changes, and the rest stays.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let event = (seed % 8 != 0).then(|| serde_json::from_slice::<Value>(&data[..size]).ok()).flatten();
    let Some(mut event) = event else { return fuzzer_mutate(data, size, max_size) };
    let mut texts = Vec::new();
    texts_of(&mut event, &mut texts);
    if texts.is_empty() {
        return fuzzer_mutate(data, size, max_size);
    }
    let at = (seed / 8) as usize % texts.len();
    let mut bytes = std::mem::take(texts[at]).into_bytes();
    let length = bytes.len();
    let room = 2 * length + 64;
    bytes.resize(room, 0);
    let length = fuzzer_mutate(&mut bytes, length, room);
    *texts[at] = String::from_utf8_lossy(&bytes[..length]).into_owned();
    let event = event.to_string();
    if event.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..event.len()].copy_from_slice(event.as_bytes());
    event.len()
});

/// Every text in a value, keys aside.
fn texts_of<'a>(value: &'a mut Value, texts: &mut Vec<&'a mut String>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter_mut().for_each(|value| texts_of(value, texts)),
        Value::Object(fields) => fields.values_mut().for_each(|value| texts_of(value, texts)),
        _ => {}
    }
}
