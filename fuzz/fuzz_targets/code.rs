//! A program in a language other than the shell. The first byte says which: a letter, in the order of their names.

#![no_main]

use asm_guard::bounds::Budget;
use asm_guard::code::{self, Language};
use asm_guard_fuzz::text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, program)) = bytes.split_first() else { return };
    let Some(program) = text(program) else { return };
    let mut languages: Vec<Language> = Language::all().collect();
    languages.sort_by_key(|language| language.name());
    let language = languages[usize::from(first.wrapping_sub(b'a')) % languages.len()];

    let effects = code::effects(language, program, &Budget::new());
    for effect in effects.iter().flatten() {
        assert!((1..=program.split('\n').count()).contains(&effect.line), "{effect:?}");
    }
    let _ = code::printed(language, program, &Budget::new());
    let _ = code::json_key(language, program);
    let _ = code::decode_encoded_command(program);
});
