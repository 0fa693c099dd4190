//! What some cmdlets are given: the names that `Set-Alias` gives, the files that `Set-Content` and its kin write.

use super::text::shown;
use crate::code::object::Val;
use crate::value::Value;

/// The name under which a command's other name is kept: no variable has it.
pub(super) fn alias(name: &str) -> String {
    format!("alias {name}")
}

/// The words of a command that are no options.
pub(super) fn operands(argv: &[Value]) -> Vec<&Value> {
    argv[1..].iter().filter(|word| !word.literal().is_some_and(|word| word.starts_with('-'))).collect()
}

/// The file that `Set-Content` and its kin write, and the text: what `-Value` says, a second operand, or what flows in.
pub(super) fn file_written(argv: &[Value], input: &Val) -> Option<(Value, Value)> {
    let (mut path, mut text) = (None, None);
    let mut words = argv[1..].iter();
    while let Some(word) = words.next() {
        let option = word.literal().filter(|word| word.starts_with('-')).map(str::to_ascii_lowercase);
        match option.as_deref() {
            Some("-path" | "-literalpath" | "-filepath") => path = words.next(),
            Some("-value" | "-inputobject") => text = words.next(),
            Some("-encoding" | "-width") => {
                words.next();
            }
            Some(_) => {}
            None if path.is_none() => path = Some(word),
            None => text = text.or(Some(word)),
        }
    }
    Some((path?.clone(), text.cloned().unwrap_or_else(|| shown(input))))
}
