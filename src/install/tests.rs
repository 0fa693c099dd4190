//! Documents of every form that people have them in, before and after.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::agents::{ALL, Target};
use super::json::{Dialect, Document};
use super::*;

const PROGRAM: &str = "/opt/asm-guard/bin/asm-guard";

fn named(name: &str) -> &'static Target {
    agents::named(name).expect(name)
}

fn installed(text: &str, agent: &Target) -> String {
    match put("f", Some(text), agent, PROGRAM) {
        Ok(Change::Text(text)) => text,
        other => panic!("{text:?}: {other:?}"),
    }
}

fn value(text: &str, agent: &Target) -> Value {
    let document = Document::read("f", text, agent.dialect, &agent.events()).expect(text);
    document.value().unwrap_or_else(|| json!({}))
}

/// A value without `hooks`, and lists of hooks, that are empty.
fn pruned(mut value: Value) -> Value {
    if let Some(hooks) = value.get_mut("hooks").and_then(Value::as_object_mut) {
        hooks.retain(|_, list| *list != json!([]));
        if hooks.is_empty() {
            value.as_object_mut().map(|value| value.remove("hooks"));
        }
    }
    value
}

/// What was there before comes back to the byte, also where no copy was kept.
#[test]
fn what_is_put_in_is_taken_out() {
    let gemini = named("gemini");
    for text in [
        "{\n  \"theme\": \"dark\"\n}\n",
        "{\n\t\"theme\": \"dark\"\n}",
        "{\r\n    \"theme\": \"dark\"\r\n}\r\n",
        "\u{feff}{\n  \"theme\": \"dark\"\n}\n",
        "{\n  // why\n  \"theme\": \"dark\" // so\n  /* and\n     more */\n}\n// end\n",
        "{\n  \"hooks\": {\n    \"AfterTool\": [\n      { \"hooks\": [] }\n    ]\n  },\n  \"theme\": \"dark\"\n}\n",
        "{\n  \"hooks\": {\n    \"BeforeTool\": [\n      {\n        \"hooks\": [{ \"command\": \"x\" }] // x\n      }\n    ]\n  }\n}\n",
        "{\n  \"hooks\": {\n    \"disabled\": [\"x\"]\n  }\n}\n",
    ] {
        let with = installed(text, gemini);
        assert_eq!(put("f", Some(&with), gemini, PROGRAM), Ok(Change::None), "{with}");
        assert_eq!(text.starts_with('\u{feff}'), with.starts_with('\u{feff}'));
        assert_eq!(text.contains('\r'), !with.replace("\r\n", "").contains('\n'), "{with:?}");
        assert_eq!(take("f", Some(&with), &[], gemini), Ok(Change::Text(text.to_owned())));
    }
}

/// What cannot be told from what is there is told by the copy.
#[test]
fn what_was_kept_is_what_comes_back() {
    let claude = named("claude");
    for text in [
        "",
        "\n",
        "{}",
        "{ }\n",
        "{\n\n}",
        "{\"a\":1}",
        "{\"hooks\":{}}",
        "{\"hooks\": {\"PreToolUse\": [ ]}}",
    ] {
        let with = installed(text, claude);
        let kept = ["{ \"other\": true }".to_owned(), text.to_owned(), with.clone()];
        assert_eq!(take("f", Some(&with), &kept, claude), Ok(Change::Text(text.to_owned())), "{with}");
    }
    // Changed since, it is not what the copy says.
    let with = installed("{\"a\":1}", claude).replace("\"a\":1", "\"a\":2");
    let Ok(Change::Text(left)) = take("f", Some(&with), &["{\"a\":1}".to_owned()], claude) else { panic!() };
    assert_eq!(value(&left, claude), json!({"a": 2}));
}

#[test]
fn a_file_of_our_own_goes() {
    for agent in ALL.iter().filter(|agent| matches!(agent.files, Files::One(_))) {
        let Ok(Change::Text(made)) = put("f", None, agent, PROGRAM) else { panic!("{}", agent.name) };
        assert!(made.ends_with("}\n"), "{made:?}");
        assert_eq!(take("f", Some(&made), &[], agent), Ok(Change::Gone), "{made}");
        // A later hook of our own is no earlier text.
        let Ok(Change::Text(moved)) = put("f", Some(&made), agent, "/elsewhere/asm-guard") else { panic!() };
        assert_eq!(take("f", Some(&moved), &[made], agent), Ok(Change::Gone), "{moved}");
        assert_eq!(take("f", None, &[], agent), Ok(Change::None));
        assert_eq!(take("f", Some("{}"), &[], agent), Ok(Change::None));
    }
}

#[test]
fn a_hook_of_another_path_is_replaced_where_it_stands() {
    for agent in ALL {
        let before = installed("{\n  \"b\": 1\n}\n", agent);
        let Ok(Change::Text(after)) = put("f", Some(&before), agent, "/elsewhere/asm-guard") else {
            panic!()
        };
        assert_eq!(after, before.replace(PROGRAM, "/elsewhere/asm-guard"), "{}", agent.name);
    }
}

/// Every hook that is not as it should be goes, and others stay.
#[test]
fn there_is_one_hook_after_it() {
    let claude = named("claude");
    let own = json!({"type": "command", "command": "/old/asm-guard", "args": ["hook"]});
    let other = json!({"type": "command", "command": "lint"});
    let wanted: Value = serde_json::from_str(&claude.entries(PROGRAM)[0].json).unwrap();
    for (before, after) in [
        (json!([{"hooks": [own]}, {"hooks": [own]}]), json!([wanted])),
        (json!([{"hooks": [other]}, {"hooks": [own]}]), json!([{"hooks": [other]}, wanted])),
        (
            json!([{"matcher": "Bash", "hooks": [own, other]}]),
            json!([{"matcher": "Bash", "hooks": [other]}, wanted]),
        ),
        (json!([wanted, {"hooks": [own]}]), json!([wanted])),
        (json!([wanted, wanted]), json!([wanted])),
        (json!([{"hooks": [own]}, wanted]), json!([wanted])),
    ] {
        let text = json!({"hooks": {"PreToolUse": before, "Stop": [{"hooks": [other]}]}}).to_string();
        let with = value(&installed(&text, claude), claude);
        assert_eq!(with["hooks"]["PreToolUse"], after, "{text}");
        assert_eq!(with["hooks"]["Stop"], json!([{"hooks": [other]}]));
    }
}

/// What is taken out is the guard's, whatever else stands beside it, and comments of others stay.
#[test]
fn only_the_guards_own_is_taken_out() {
    let gemini = named("gemini");
    let own = r#"{ "command": "/old/asm-guard hook" }"#;
    for (before, after) in [
        (
            format!(
                "{{ \"hooks\": {{ \"BeforeTool\": [{{ \"hooks\": [{own}, {{ \"command\": \"x\" }}] }}] }} }}"
            ),
            "{ \"hooks\": { \"BeforeTool\": [{ \"hooks\": [ { \"command\": \"x\" }] }] } }",
        ),
        (
            format!(
                "{{\n  \"hooks\": {{\n    // mine\n    \"BeforeTool\": [\n      {own}\n    ]\n  }}\n}}\n"
            ),
            "{\n  \"hooks\": {\n    // mine\n  }\n}\n",
        ),
        (
            format!("{{\n  \"hooks\": {{\n    \"AfterTool\": [\n      {own}\n    ]\n  }},\n  \"a\": 1\n}}\n"),
            "{\n  \"a\": 1\n}\n",
        ),
    ] {
        assert_eq!(take("f", Some(&before), &[], gemini), Ok(Change::Text(after.to_owned())));
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let (strict, loose) = (Dialect::Json, Dialect::WithComments);
    for (text, dialect, place, part) in [
        ("{\n  \"a\": 1,\n}", strict, (2, 9), "trailing comma"),
        ("{\n  \"a\": 1,\n}", loose, (2, 9), "trailing comma"),
        ("{\n  // why\n}", strict, (2, 3), "takes JSON alone"),
        ("[1]", strict, (1, 1), "no JSON object"),
        ("{\"a\": tru}", strict, (1, 7), "unexpected token"),
        ("{'a': 1}", loose, (1, 2), "single-quoted"),
        ("{\"a\": 1", strict, (1, 1), "unterminated object"),
        ("{} {}", strict, (1, 4), "more than one"),
        ("{\"a\": \"\n\"}", strict, (1, 7), "control character"),
        ("{\"hooks\": []}", strict, (1, 11), "its `hooks` is no object"),
        ("{\"hooks\": {\n\"E\": {}}}", strict, (2, 6), "`hooks.E` is no list"),
        ("{\"hooks\": {\"E\": [3]}}", strict, (1, 18), "an entry of its `hooks.E` is no object"),
        ("{\"hooks\": {\"E\": [{\"hooks\": {}}]}}", strict, (1, 28), "no list"),
        ("{\"hooks\": {}, \"hooks\": {}}", strict, (1, 15), "`hooks` stands there twice"),
        ("{\"hooks\": {\"E\": [], \"E\": []}}", strict, (1, 21), "`hooks.E` stands there twice"),
    ] {
        let fault = Document::read("f", text, dialect, &["E"]).expect_err(text);
        let at = fault.place.as_ref().map(|place| (place.line, place.column));
        assert_eq!(at, Some(place), "{text:?}: {fault:?}");
        assert!(fault.message.contains(part), "{text:?}: {fault:?}");
    }
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Document::read("f", &deep, loose, &["E"]).is_err());
    // What is not ours to read may be anything.
    assert!(Document::read("f", "{\"hooks\": {\"disabled\": [\"x\"], \"F\": 3}}", strict, &["E"]).is_ok());
}

/// How a document is written.
#[derive(Debug, Clone)]
struct Written {
    indent: Option<&'static str>,
    newline: &'static str,
    last: bool,
    mark: bool,
    comments: bool,
}

fn written() -> impl Strategy<Value = Written> {
    let indent =
        prop_oneof![Just(None), Just(Some("  ")), Just(Some("    ")), Just(Some("\t")), Just(Some(""))];
    let newline = prop_oneof![Just("\n"), Just("\r\n")];
    (indent, newline, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(indent, newline, last, mark, comments)| Written { indent, newline, last, mark, comments })
}

impl Written {
    fn text(&self, value: &Value) -> String {
        let mut out = if self.mark { "\u{feff}".to_owned() } else { String::new() };
        self.write(value, 0, &mut out);
        if self.last {
            out.push_str(self.newline);
        }
        out
    }

    fn write(&self, value: &Value, depth: usize, out: &mut String) {
        let (open, close, items): (_, _, Vec<(Option<&String>, &Value)>) = match value {
            Value::Object(fields) => {
                ('{', '}', fields.iter().map(|(key, value)| (Some(key), value)).collect())
            }
            Value::Array(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
            other => return out.push_str(&other.to_string()),
        };
        out.push(open);
        let last = items.len().saturating_sub(1);
        let comments = self.comments && self.indent.is_some();
        for (number, (key, item)) in items.iter().enumerate() {
            self.line(depth + 1, out);
            if comments && number % 3 == 1 {
                out.push_str("// above, \"quoted\"");
                self.line(depth + 1, out);
            }
            if let Some(key) = key {
                out.push_str(&format!(
                    "{}:{}",
                    Value::from(key.as_str()),
                    if self.indent.is_some() { " " } else { "" }
                ));
            }
            self.write(item, depth + 1, out);
            if number != last {
                out.push(',');
            }
            if comments && number % 3 == 0 {
                out.push_str(" // beside");
            }
        }
        if !items.is_empty() {
            self.line(depth, out);
        }
        out.push(close);
    }

    fn line(&self, depth: usize, out: &mut String) {
        if let Some(indent) = self.indent {
            out.push_str(self.newline);
            out.push_str(&indent.repeat(depth));
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A document: settings of any kind, and hooks of others for events of any kind.
fn document() -> impl Strategy<Value = Value> {
    let handler = "[a-z ]{1,8}".prop_map(|command| json!({ "command": command }));
    let group =
        (prop::collection::vec(handler, 1..3), any::<bool>()).prop_map(|(handlers, grouped)| match grouped {
            true => json!({"matcher": "Bash", "hooks": handlers}),
            false => handlers[0].clone(),
        });
    let event = prop_oneof![
        Just("PreToolUse"),
        Just("BeforeTool"),
        Just("preToolUse"),
        Just("beforeShellExecution"),
        Just("Stop")
    ];
    let hooks = prop::collection::btree_map(event, prop::collection::vec(group, 0..3), 0..3);
    (prop::collection::btree_map("[a-z\"\\\\é]{1,5}", any_json(), 0..4), prop::option::of(hooks)).prop_map(
        |(mut settings, hooks)| {
            settings.remove("hooks");
            let mut settings: serde_json::Map<_, _> = settings.into_iter().collect();
            settings.extend(hooks.map(|hooks| ("hooks".to_owned(), json!(hooks))));
            Value::Object(settings)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_comes_back(document in document(), written in written(), agent in 0..ALL.len()) {
        let agent = &ALL[agent];
        let written = Written { comments: written.comments && agent.dialect == Dialect::WithComments, ..written };
        let text = written.text(&document);
        let with = installed(&text, agent);
        prop_assert_eq!(put("f", Some(&with), agent, PROGRAM), Ok(Change::None));

        // Nothing but the hook is new in it.
        let mut less = value(&with, agent);
        for entry in agent.entries(PROGRAM) {
            let wanted: Value = serde_json::from_str(&entry.json).unwrap();
            let list = less["hooks"][&entry.event].as_array_mut().unwrap();
            prop_assert_eq!(list.pop(), Some(wanted));
        }
        prop_assert_eq!(pruned(less), pruned(document.clone()));

        // With the copy that was kept, it is what it was to the byte.
        let kept = [text.clone()];
        prop_assert_eq!(take("f", Some(&with), &kept, agent), Ok(Change::Text(text.clone())));

        // Without one, it says what it said; and where it was in lines, and had nothing empty, it is so to the byte.
        match take("f", Some(&with), &[], agent) {
            Ok(Change::Text(left)) => {
                prop_assert_eq!(pruned(value(&left, agent)), pruned(document.clone()));
                let in_lines = written.indent.is_some_and(|indent| !indent.is_empty());
                if in_lines && pruned(document.clone()) == document {
                    prop_assert_eq!(left, text);
                }
            }
            Ok(Change::Gone) => {
                let seed: Value = serde_json::from_str(agent.seed).unwrap();
                let rest = pruned(document);
                prop_assert!(rest == seed || rest == json!({}), "{}", rest);
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}
