//! A URL, fetched by a tool of the agent's and by a command.

#![no_main]

use asm_guard::call::ToolCall;
use asm_guard::fact;
use asm_guard::shell::quoted;
use asm_guard::value::Text;
use asm_guard_fuzz::{decide, decide_command, text};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    let Some(url) = text(bytes) else { return };
    if let Some((host, class)) = fact::host_of(&Text::from(url)) {
        // A host that stands alone is what it is in a URL.
        let _ = (fact::class_of(&host), class);
    }
    decide(&ToolCall::new("WebFetch", json!({ "url": url, "prompt": "p" })));
    for client in ["curl", "wget -qO-", "http GET"] {
        decide_command(&format!("{client} {}", quoted(url)));
    }
});
