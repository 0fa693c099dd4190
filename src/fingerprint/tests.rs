use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;

const VALUE: &str = "p&ss/w0rd-0f-\"Prod'DB";
const LABEL: &str = "{{resolve:secretsmanager:db}}";

fn key() -> Key {
    Key::new([7; 32])
}

fn print(value: &str, label: &str) -> Fingerprint {
    Fingerprint::of(value, label, 12, &key()).unwrap_or_else(|| panic!("none of {value}"))
}

fn masked_of(values: &[(&str, &str)], text: &str) -> Option<String> {
    let prints = values.iter().map(|(value, label)| print(value, label)).collect();
    let known = [Known { key: key(), prints }];
    let mut masker = Masker::new(&known);
    let masked = masker.mask(text);
    assert!(!masker.cut_short, "{text}");
    assert_eq!(masked.is_some(), masker.masked > 0);
    masked
}

fn masked(text: &str) -> Option<String> {
    masked_of(&[(VALUE, LABEL)], text)
}

#[test]
fn a_value_is_found_wherever_it_stands() {
    let other = "Zx9#kLq2!vNm8@Rt";
    let of = |text: &str| masked_of(&[(VALUE, "{{A}}"), (other, "{{B}}")], text);
    for (text, expected) in [
        (format!("password={VALUE}\n"), Some("password={{A}}\n")),
        (VALUE.to_owned(), Some("{{A}}")),
        (format!("é{VALUE}é{other}{VALUE}"), Some("é{{A}}é{{B}}{{A}}")),
        (VALUE[1..].to_owned(), None),
        (VALUE.to_uppercase(), None),
        (String::new(), None),
    ] {
        assert_eq!(of(&text).as_deref(), expected, "{text}");
    }
    let known = [Known { key: Key::new([8; 32]), prints: vec![print(VALUE, LABEL)] }];
    assert_eq!(Masker::new(&known).mask(VALUE), None, "another session's key");
}

#[test]
fn of_values_inside_of_each_other_nothing_is_left() {
    let (line, second) = ("kJ8#first-Line/0f=It", "qW3!second-Line/0f=1t");
    let whole = format!("{line}\n{second}");
    let values = [(line, "{{W}}"), (whole.as_str(), "{{W}}"), (second, "{{W}}")];
    for (text, expected) in [
        (format!("<{whole}>"), "<{{W}}>"),
        (format!("<{line}>\n  <{second}>"), "<{{W}}>\n  <{{W}}>"),
        (format!("<{}>", whole.replace('\n', "\\n")), "<{{W}}>"),
    ] {
        assert_eq!(masked_of(&values, &text).as_deref(), Some(expected), "{text}");
    }
    // Two that overlap: what the first leaves of the second is covered with it.
    let overlapping = [("aB3$xY7!qW9@zK5&", "{{1}}"), ("qW9@zK5&mN2*vC8^", "{{2}}")];
    assert_eq!(masked_of(&overlapping, "<aB3$xY7!qW9@zK5&mN2*vC8^>").as_deref(), Some("<{{1}}>"));
}

#[test]
fn a_value_is_found_in_every_spelling() {
    let json = |text: &str| serde_json::to_string(text).unwrap();
    let base64 = STANDARD.encode(format!("{VALUE}\n"));
    let long = STANDARD.encode(format!("{}{VALUE}{}", "x".repeat(50), "y".repeat(90)));
    let lines: Vec<&str> =
        long.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let hex: String = VALUE.bytes().map(|byte| format!("{byte:02x}")).collect();
    for (tool, printed) in [
        ("json", json(VALUE)),
        ("json in json", json(&json(VALUE))),
        ("php's json", json(VALUE).replace('/', "\\/")),
        ("go's json", json(VALUE).replace('&', "\\u0026")),
        ("debug", format!("{VALUE:?}")),
        ("repr", VALUE.replace('\'', "\\'")),
        ("percent", utf8_percent_encode(VALUE, NON_ALPHANUMERIC).to_string()),
        ("form", url::form_urlencoded::byte_serialize(VALUE.as_bytes()).collect()),
        ("html", VALUE.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#x27;")),
        ("xml", VALUE.replace('&', "&#38;").replace('"', "&#34;").replace('\'', "&apos;")),
        ("shlex", VALUE.replace('\'', "'\"'\"'")),
        ("jq @sh", VALUE.replace('\'', "'\\''")),
        ("csv", VALUE.replace('"', "\"\"")),
        ("sql", VALUE.replace('\'', "''")),
        (
            "printf %q",
            VALUE
                .chars()
                .map(|c| if c.is_alphanumeric() { c.to_string() } else { format!("\\{c}") })
                .collect(),
        ),
        ("base64", base64),
        ("base64 without padding", STANDARD_NO_PAD.encode(VALUE)),
        ("base64 for URLs", URL_SAFE.encode(VALUE)),
        ("base64 in a query", utf8_percent_encode(&STANDARD.encode(VALUE), NON_ALPHANUMERIC).to_string()),
        ("base64 in php's json", STANDARD.encode(format!("???{VALUE}")).replace('/', "\\/")),
        ("base64 of user:password", URL_SAFE_NO_PAD.encode(format!("user:{VALUE}"))),
        ("base64 in lines", lines.join("\n")),
        ("base64 in lines, as JSON", lines.join("\\n")),
        ("hex", hex.clone()),
        ("hex in capitals", hex.to_uppercase()),
        ("hex in lines", format!("{}\n{hex}", "00".repeat(30))),
    ] {
        let masked = masked(&format!("out: {printed} end"));
        let masked = masked.unwrap_or_else(|| panic!("{tool}: {printed}"));
        assert!(
            masked.starts_with("out: ") && masked.ends_with(" end") && masked.contains(LABEL),
            "{tool}: {masked}"
        );
        let left = masked.replace(LABEL, "");
        assert!(!left.contains("rd-0f-"), "{tool}: {masked}");
    }
}

#[test]
fn of_what_may_be_guessed_there_is_none() {
    for value in
        ["", "short", "aaaaaaaaaaaaaaaaaaaaaaaa", "1234567890123456", "correcthorsebattery", "Passw0rd1234"]
    {
        assert_eq!(Fingerprint::of(value, LABEL, 1, &key()), None, "{value}");
    }
    assert_eq!(Fingerprint::of(VALUE, LABEL, VALUE.len() + 1, &key()), None);
    let long = "0aZ!1bY@2cX#".repeat(LONGEST);
    assert_eq!(Fingerprint::of(&long, LABEL, 12, &key()), None);
    assert!(Fingerprint::of(&long[..LONGEST], LABEL, 12, &key()).is_some());
}

#[test]
fn what_is_kept_holds_nothing_of_the_value() {
    let kept = serde_json::to_string(&print(VALUE, LABEL)).unwrap();
    for part in VALUE.as_bytes().windows(4) {
        assert!(!kept.contains(std::str::from_utf8(part).unwrap()), "{kept}");
    }
}

/// A session may begin with one version of the program and end with the next.
#[test]
fn what_is_kept_does_not_change() {
    let kept = serde_json::to_string(&print(VALUE, LABEL)).unwrap();
    assert_eq!(
        kept,
        r#"{"length":21,"tag":861356,"slow":"9a78342fae3f7310501f6862c1c0f83f","label":"{{resolve:secretsmanager:db}}"}"#
    );
}

#[test]
fn text_without_values_is_seldom_looked_at_closely() {
    let text: String = (0..40_000_u32).map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761))).collect();
    assert_eq!(masked(&text), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_value_is_left_and_nothing_else_changes(
        value in "[A-Za-z0-9]{1,3}[!-~é€😀]{14,40}",
        // No escapes, of which the value's beginning could become a part.
        before in "[A-Za-z0-9 .,:;=<>/\n\té]{0,30}",
        between in "[A-Za-z0-9 .,:;=<>/\n\té]{1,30}",
        after in "[A-Za-z0-9 .,:;=<>/\n\té]{0,30}",
    ) {
        let print = Fingerprint::of(&value, LABEL, 12, &key());
        prop_assume!(print.is_some());
        let text = format!("{before}{value}{between}{value}{after}");
        prop_assume!(text.matches(&value).count() == 2);
        let known = [Known { key: key(), prints: print.into_iter().collect() }];
        let mut masker = Masker::new(&known);
        prop_assert_eq!(masker.mask(&text), Some(format!("{before}{LABEL}{between}{LABEL}{after}")));
        prop_assert!(!masker.cut_short);
        prop_assert_eq!(masker.mask(&format!("{before}{between}{after}")), None);
    }

    #[test]
    fn what_encoders_write_is_masked(value in "[A-Za-z0-9]{2}[ -~é-ü€😀\n\t\u{1}]{14,40}[A-Za-z0-9]{2}") {
        let print = Fingerprint::of(&value, LABEL, 12, &key());
        prop_assume!(print.is_some());
        let known = [Known { key: key(), prints: print.into_iter().collect() }];
        for printed in [
            serde_json::to_string(&value).unwrap(),
            serde_json::to_string(&serde_json::to_string(&value).unwrap()).unwrap(),
            format!("{value:?}"),
            format!("({})", utf8_percent_encode(&value, NON_ALPHANUMERIC)),
            format!("({})", url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>()),
            format!("({})", STANDARD_NO_PAD.encode(&value)),
            format!("({})", value.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()),
        ] {
            let masked = Masker::new(&known).mask(&printed).unwrap_or_default().replace(LABEL, "");
            prop_assert!(["\"\"", "()", "\"\\\"\\\"\""].contains(&masked.as_str()), "{masked} of {printed:?}");
        }
    }
}
