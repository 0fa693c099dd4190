//! Rules over uses of asm-exec, and over references that reach a program without it.

use url::Url;

use super::matching::{Answer, Answers, any, either};
use super::rule::{OneOrMany, Pattern, ResolveMatch, UnresolvedMatch};
use crate::fact::{HostClass, Output, Resolve, Unresolved, host_of};
use crate::shell::pattern;
use crate::value::{Piece, Text};

/// Asks the parts of a use that a rule names.
pub(super) fn resolve(answers: &mut Answers, wanted: &ResolveMatch, resolve: &Resolve) {
    answers.ask_any("program", wanted.program.as_ref(), &resolve.program);
    if let Some(option) = &wanted.option {
        answers.ask("option", || either(resolve.options.iter().map(|given| any(option, given))));
    }
    if wanted.output.is_some() {
        answers.ask("output", || match resolve.output {
            Output::Value => Answer::Yes,
            Output::Hidden => Answer::No,
            Output::Unknown => Answer::Unknown,
        });
    }
    if !wanted.variable.is_empty() {
        let (name, told) = one_of(resolve, |name, value| Some(any(wanted.variable.get(name)?, value)));
        answers.ask(name, || told);
    }
    if !wanted.endpoint_outside.is_empty() {
        let (name, told) =
            one_of(resolve, |name, value| Some(outside(wanted.endpoint_outside.get(name)?, value)));
        answers.ask(name, || told);
    }
}

/// Asks the parts of a reference that is not resolved.
pub(super) fn unresolved(answers: &mut Answers, wanted: &UnresolvedMatch, reference: &Unresolved) {
    answers.ask_any("program", wanted.program.as_ref(), &reference.program);
    if let Some(place) = &wanted.place {
        answers.ask("place", || any(place, &Text::from(reference.place.word())));
    }
}

/// Whether one of the variables is what `of` wants; the part is named by the variable that tells.
fn one_of(resolve: &Resolve, of: impl Fn(&str, &Text) -> Option<Answer>) -> (&str, Answer) {
    let mut told = ("variable", Answer::No);
    for (name, value) in &resolve.variables {
        let answers = value.alternatives().iter().filter_map(|text| of(name, text));
        match (either(answers), told.1) {
            (Answer::Yes, _) => return (name, Answer::Yes),
            (Answer::Unknown, Answer::No) => told = (name, Answer::Unknown),
            _ => {}
        }
    }
    told
}

/// Whether a URL leads to none of these hosts. An empty value is none at all.
fn outside(allowed: &OneOrMany, url: &Text) -> Answer {
    if url.is_empty() {
        return Answer::No;
    }
    let Some((host, class)) = endpoint(url) else { return Answer::Yes };
    let inside = either(allowed.patterns().iter().map(|pattern| match pattern {
        Pattern::Glob(name) if name == "loopback" => match class {
            HostClass::Loopback => Answer::Yes,
            HostClass::Other => Answer::No,
            HostClass::Unknown => Answer::Unknown,
        },
        Pattern::Glob(glob) => host_is(glob, &host),
        Pattern::Regex { .. } => any(&OneOrMany::One(pattern.clone()), &host),
    }));
    match inside {
        Answer::Yes => Answer::No,
        Answer::No => Answer::Yes,
        Answer::Unknown => Answer::Unknown,
    }
}

/// The host that a URL leads to, in lower case.
fn endpoint(url: &Text) -> Option<(Text, HostClass)> {
    // What is wholly known is read as asm-exec reads it.
    if let Some(parsed) = url.literal().and_then(|url| Url::parse(url.trim()).ok())
        && matches!(parsed.scheme(), "http" | "https")
    {
        let host = Text::from(parsed.host_str()?.trim_end_matches('.'));
        let class = crate::fact::class_of(&host);
        return Some((host, class));
    }
    let (host, class) = host_of(url)?;
    Some((host.map_literals(|text| text.to_lowercase()), class))
}

/// Whether a host is what a glob says. Of one that begins unknown the end tells: `$x.api.aws`.
fn host_is(glob: &str, host: &Text) -> Answer {
    let Text::Mixed(pieces) = host else {
        let name = host.literal().unwrap_or_default().trim_end_matches('.');
        return if pattern::matches(glob, name) { Answer::Yes } else { Answer::No };
    };
    match (glob.strip_prefix('*'), pieces.last()) {
        (Some(end), Some(Piece::Literal(known))) if known.ends_with(end) => Answer::Yes,
        (Some(end), Some(Piece::Literal(known))) if !end.ends_with(known.as_str()) => Answer::No,
        _ => Answer::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_inside_outside_or_not_known() {
        let allowed: OneOrMany = serde_json::from_str(r#"["loopback", "*.api.aws"]"#).unwrap();
        let unknown = || Text::unknown("$X");
        for (url, expected) in [
            (Text::from("https://aws-mcp.eu-west-1.api.aws/mcp"), Answer::No),
            (Text::from("HTTPS://AWS-MCP.EU-WEST-1.API.AWS./mcp"), Answer::No),
            (Text::from("http://localhost:8080/mcp"), Answer::No),
            (Text::from("http://0x7f.1:8080"), Answer::No),
            (Text::from("http://[::ffff:127.0.0.1]:1"), Answer::No),
            (Text::from(""), Answer::No),
            (Text::from("https://").concat(unknown()).concat(".api.aws/mcp".into()), Answer::No),
            (Text::from("https://mcp.example.com"), Answer::Yes),
            (Text::from("https://x.api.aws.example.com"), Answer::Yes),
            (Text::from("https://x.api.aws@example.com/"), Answer::Yes),
            (Text::from("https://example.com/x.api.aws"), Answer::Yes),
            (Text::from("https://example.com\\@x.api.aws/"), Answer::Yes),
            (Text::from("https://example.com#.api.aws"), Answer::Yes),
            (Text::from("https://evilapi.aws"), Answer::Yes),
            (Text::from("http://127.0.0.1.example.com"), Answer::Yes),
            (Text::from("file:///etc/passwd"), Answer::Yes),
            (Text::from("https://").concat(unknown()).concat(".example.com".into()), Answer::Yes),
            (Text::from("https://").concat(unknown()), Answer::Unknown),
            (unknown(), Answer::Unknown),
        ] {
            assert_eq!(outside(&allowed, &url), expected, "{url}");
        }
    }
}
