//! References as asm-exec finds them in an argument, and writes them into a shell's script.

#![no_main]

use asm_guard::resolve::script;
use asm_guard::resolve::template::{Template, Values};
use asm_guard_fuzz::text;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

/// A value that every quote and every shell would take for its own.
const VALUE: &str = "a'b\"c$(d)`e`\\f\ng{{resolve:secretsmanager:h}}";

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = text(bytes) else { return };
    let Ok(template) = Template::read(text, false) else { return };
    let values: Values = template
        .places()
        .iter()
        .map(|place| (place.reference.clone(), VALUE.into()))
        .collect::<BTreeMap<_, _>>();
    let _ = template.fill(&values);
    if template.is_plain() {
        return;
    }
    let Ok(rewriting) = script::places(text, &template.ranges()) else { return };
    if let Ok(script) = rewriting.expansions(|_| "NAME") {
        assert!(!script.contains(VALUE));
    }
    let _ = rewriting.pasted(|_| VALUE);
});
