//! What tools print of a value, and what is left of it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use secrecy::SecretString;

use super::super::Masks;

fn masked(value: &str, printed: &str) -> String {
    let value = SecretString::from(value);
    let (masks, unmasked) = Masks::new([(&value, "{{r}}")], &[]);
    assert!(unmasked.is_empty());
    masks.mask_text(printed)
}

/// Everything that some style has its own way with.
const VALUE: &str = "p@ss \"w'rd\" $5/é&<ü>\\+~`x`!\t😀=%,";
/// The same without the tab, for which Bash uses another quoting.
const TABLESS: &str = "p@ss \"w'rd\" $5/é&<ü>\\+~`x`!😀=%,";

#[test]
fn what_tools_print_of_a_value() {
    // As the tools printed it; the value stands between the two parts of the last column.
    let cases = [
        ("json.dumps", VALUE, r#""p@ss \"w'rd\" $5/\u00e9&<\u00fc>\\+~`x`!\t\ud83d\ude00=%,""#, "\"|\""),
        ("JSON.stringify", VALUE, r#""p@ss \"w'rd\" $5/é&<ü>\\+~`x`!\t😀=%,""#, "\"|\""),
        (
            "json.dumps, twice",
            VALUE,
            r#""\"p@ss \\\"w'rd\\\" $5/\\u00e9&<\\u00fc>\\\\+~`x`!\\t\\ud83d\\ude00=%,\"""#,
            "\"\\\"|\\\"\"",
        ),
        (
            "jq @json, then -a",
            VALUE,
            r#""\"p@ss \\\"w'rd\\\" $5/\u00e9&<\u00fc>\\\\+~`x`!\\t\ud83d\ude00=%,\"""#,
            "\"\\\"|\\\"\"",
        ),
        ("Go's encoding/json", "a<b>&c/d", r#""a\u003cb\u003e\u0026c/d""#, "\"|\""),
        ("PHP's json_encode", "a/é", r#""a\/\u00e9""#, "\"|\""),
        (".NET's JsonSerializer", "a\"b+c'é", r#""a\u0022b\u002Bc\u0027\u00E9""#, "\"|\""),
        (
            "quote",
            VALUE,
            "p%40ss%20%22w%27rd%22%20%245/%C3%A9%26%3C%C3%BC%3E%5C%2B~%60x%60%21%09%F0%9F%98%80%3D%25%2C",
            "|",
        ),
        (
            "quote, safe=''",
            VALUE,
            "p%40ss%20%22w%27rd%22%20%245%2F%C3%A9%26%3C%C3%BC%3E%5C%2B~%60x%60%21%09%F0%9F%98%80%3D%25%2C",
            "|",
        ),
        (
            "quote_plus",
            VALUE,
            "p%40ss+%22w%27rd%22+%245%2F%C3%A9%26%3C%C3%BC%3E%5C%2B~%60x%60%21%09%F0%9F%98%80%3D%25%2C",
            "|",
        ),
        (
            "curl --data-urlencode",
            VALUE,
            "v=p%40ss+%22w%27rd%22+%245%2f%c3%a9%26%3c%c3%bc%3e%5c%2b~%60x%60%21%09%f0%9f%98%80%3d%25%2c",
            "v=|",
        ),
        (
            "encodeURIComponent, jq @uri",
            VALUE,
            "p%40ss%20%22w'rd%22%20%245%2F%C3%A9%26%3C%C3%BC%3E%5C%2B~%60x%60!%09%F0%9F%98%80%3D%25%2C",
            "|",
        ),
        (
            "encodeURI",
            VALUE,
            "p@ss%20%22w'rd%22%20$5/%C3%A9&%3C%C3%BC%3E%5C+~%60x%60!%09%F0%9F%98%80=%25,",
            "|",
        ),
        (
            "URLSearchParams",
            VALUE,
            "v=p%40ss+%22w%27rd%22+%245%2F%C3%A9%26%3C%C3%BC%3E%5C%2B%7E%60x%60%21%09%F0%9F%98%80%3D%25%2C",
            "v=|",
        ),
        (
            "URL in Node, its password",
            TABLESS,
            "u:p%40ss%20%22w'rd%22%20$5%2F%C3%A9&%3C%C3%BC%3E%5C+~%60x%60!%F0%9F%98%80%3D%,@h",
            "u:|@h",
        ),
        (
            "URL in Node, its query",
            TABLESS,
            "?p@ss%20%22w%27rd%22%20$5/%C3%A9&%3C%C3%BC%3E\\+~`x`!%F0%9F%98%80=%,",
            "?|",
        ),
        ("html.escape", VALUE, "p@ss &quot;w&#x27;rd&quot; $5/é&amp;&lt;ü&gt;\\+~`x`!\t😀=%,", "|"),
        ("xml.sax.saxutils.escape", VALUE, "p@ss \"w'rd\" $5/é&amp;&lt;ü&gt;\\+~`x`!\t😀=%,", "|"),
        ("jq @html", VALUE, "p@ss &quot;w&apos;rd&quot; $5/é&amp;&lt;ü&gt;\\+~`x`!\t😀=%,", "|"),
        ("shlex.quote", VALUE, "'p@ss \"w'\"'\"'rd\" $5/é&<ü>\\+~`x`!\t😀=%,'", "'|'"),
        ("jq @sh", VALUE, "'p@ss \"w'\\''rd\" $5/é&<ü>\\+~`x`!\t😀=%,'", "'|'"),
        ("printf %q", TABLESS, "p@ss\\ \\\"w\\'rd\\\"\\ \\$5/é\\&\\<ü\\>\\\\+~\\`x\\`\\!😀=%\\,", "|"),
        ("printf %q, tildes", "~a~b#c=~d", "\\~a~b#c=\\~d", "|"),
        ("printf %q, a tab", VALUE, r#"$'p@ss "w\'rd" $5/é&<ü>\\+~`x`!\t😀=%,'"#, "$'|'"),
        (
            "printf %q, C locale",
            VALUE,
            r#"$'p@ss "w\'rd" $5/\303\251&<\303\274>\\+~`x`!\t\360\237\230\200=%,'"#,
            "$'|'",
        ),
        ("declare -p", TABLESS, r#"W="p@ss \"w'rd\" \$5/é&<ü>\\+~\`x\`!😀=%,""#, "W=\"|\""),
        ("repr", VALUE, r#"'p@ss "w\'rd" $5/é&<ü>\\+~`x`!\t😀=%,'"#, "'|'"),
        ("repr, no double quotes", "w'rd\\é", r#""w'rd\\é""#, "\"|\""),
        (
            "repr of bytes",
            VALUE,
            r#"b'p@ss "w\'rd" $5/\xc3\xa9&<\xc3\xbc>\\+~`x`!\t\xf0\x9f\x98\x80=%,'"#,
            "b'|'",
        ),
        ("Data::Dumper", VALUE, "'p@ss \"w\\'rd\" $5/é&<ü>\\\\+~`x`!\t😀=%,'", "'|'"),
        ("csv", VALUE, "\"p@ss \"\"w'rd\"\" $5/é&<ü>\\+~`x`!\t😀=%,\",x", "\"|\",x"),
        ("SQLite's quote", VALUE, "'p@ss \"w''rd\" $5/é&<ü>\\+~`x`!\t😀=%,'", "'|'"),
        ("base64", VALUE, "cEBzcyAidydyZCIgJDUvw6kmPMO8PlwrfmB4YCEJ8J+YgD0lLA==", "|"),
        ("urlsafe_b64encode", VALUE, "cEBzcyAidydyZCIgJDUvw6kmPMO8PlwrfmB4YCEJ8J-YgD0lLA==", "|"),
        (
            "base64 in a query",
            VALUE,
            "q=cEBzcyAidydyZCIgJDUvw6kmPMO8PlwrfmB4YCEJ8J%2BYgD0lLA%3D%3D",
            "q=|%3D%3D",
        ),
        // `user:` is five bytes: the last two bits of its seven characters are the value's, as are four at the end.
        ("base64 of user:value", "tr0ub4dor&3", "dXNlcjp0cjB1YjRkb3ImMw==", "dXNlcjp|w=="),
        ("echo | base64", "tr0ub4dor&3-x", "dHIwdWI0ZG9yJjMteAo=", "|"),
        ("xxd -p", "tr0ub4dor&3", "747230756234646f722633", "|"),
        ("hex in capitals", "tr0ub4dor&3", "747230756234646F722633", "|"),
        ("echo without quotes", "two  words\tand more\n", "two words and more", "|"),
        ("read", "  padded value ", "[padded value]", "[|]"),
        ("$(…)", "value of a file\n", "value of a file.", "|."),
    ];
    for (tool, value, printed, around) in cases {
        assert_eq!(masked(value, printed), around.replace('|', "{{r}}"), "{tool}");
    }
}

const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIAlEXpe/a6vYqzKAGyIs7h+EPHmJ9e6OzPKNBZ4mCyxw\n\
    MC4CAQAwBQYDK2VwBCIEIPlEXpe/a6vYqzKAGyIs7h+EPHmJ9e6OzPKNBZ4mC0==\n\
    dGFpbA==\n\
    -----END PRIVATE KEY-----\n";

#[test]
fn the_lines_of_a_key() {
    let lines: Vec<&str> = KEY.lines().collect();
    let cases = [
        ("whole", format!("<{KEY}>"), "<{{r}}>".to_owned()),
        ("as JSON", serde_json::to_string(KEY).unwrap(), "\"{{r}}\"".to_owned()),
        (
            "with indentation",
            lines.iter().map(|line| format!("    {line}\n")).collect(),
            "    -----BEGIN PRIVATE KEY-----\n    {{r}}\n    {{r}}\n    dGFpbA==\n    -----END PRIVATE KEY-----\n".into(),
        ),
        ("a line", format!("grep: {}", lines[1]), "grep: {{r}}".to_owned()),
        ("a line in PHP's JSON", lines[2].replace('/', "\\/"), "{{r}}".to_owned()),
        ("a short line", "dGFpbA==.".to_owned(), "dGFpbA==.".to_owned()),
        ("its frame", "-----BEGIN PRIVATE KEY-----, -----END PRIVATE KEY-----.".into(), {
            "-----BEGIN PRIVATE KEY-----, -----END PRIVATE KEY-----.".into()
        }),
    ];
    for (how, printed, expected) in cases {
        assert_eq!(masked(KEY, &printed), expected, "{how}");
    }
    let one_line = KEY.replace('\n', "\\n");
    assert_eq!(
        masked(&one_line, &format!("{}.", lines[1])),
        "{{r}}.",
        "a key with the two characters for a newline"
    );
}

#[test]
fn long_encodings_are_printed_in_lines() {
    let value = "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ_".repeat(3);
    for text in [value.clone(), format!("{value}\n")] {
        let base64 = STANDARD.encode(&text);
        for columns in [76, 64] {
            // A last line of four characters has but the newline in it.
            for line in base64.as_bytes().chunks(columns).filter(|line| line.len() > 4) {
                let line = std::str::from_utf8(line).unwrap();
                assert_eq!(masked(&value, &format!("  {line}\n")), "  {{r}}\n", "{columns} columns");
            }
        }
    }
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    for line in hex.as_bytes().chunks(60) {
        assert_eq!(masked(&value, &format!("{}\n", std::str::from_utf8(line).unwrap())), "{{r}}\n");
    }
}

#[test]
fn binary_secrets_come_as_base64_and_are_printed_as_what_they_are() {
    let text = STANDARD.encode(KEY);
    assert_eq!(masked(&text, &format!("<{}>", KEY.trim_end())), "<{{r}}>", "a text file");
    assert_eq!(masked(&text, &format!("  {}\n", KEY.lines().nth(1).unwrap())), "  {{r}}\n", "a line of it");
    let bytes: Vec<u8> = (0..90).map(|number: u8| number.wrapping_mul(37)).collect();
    let value = STANDARD.encode(&bytes);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(masked(&value, &format!("<{hex}>")), "<{{r}}>", "hex of bytes");
    assert_eq!(
        masked(&value, &format!("<{}>", URL_SAFE_NO_PAD.encode(&bytes))),
        "<{{r}}>",
        "the other alphabet"
    );
    for line in value.as_bytes().chunks(76) {
        assert_eq!(masked(&value, &format!("<{}>", std::str::from_utf8(line).unwrap())), "<{{r}}>", "a line");
    }
}

proptest! {
    #[test]
    fn what_other_encoders_write_is_masked(value in "[ -~é-ü€😀\n\t\u{1}]{4,40}") {
        prop_assume!(value.trim().len() >= 4 && !super::super::COMMON.contains(&value.trim().to_lowercase().as_str()));
        let debug = format!("{value:?}");
        let cases = [
            serde_json::to_string(&value).unwrap(),
            serde_json::to_string(&serde_json::to_string(&value).unwrap()).unwrap(),
            debug,
            format!("({})", percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC)),
            format!("({})", url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>()),
            format!("({})", STANDARD.encode(&value)),
            format!("({})", value.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()),
        ];
        for printed in cases {
            let left = masked(&value, &printed).replace("{{r}}", "");
            prop_assert!(["\"\"", "()", "\"\\\"\\\"\""].contains(&left.as_str()), "{} of {:?}", left, printed);
        }
    }

    #[test]
    fn base64_of_a_text_around_a_value_keeps_less_than_two_of_its_bytes(
        before in "[ -~]{0,20}", value in "[!-~]{12,60}", after in "[ -~]{0,20}",
    ) {
        let printed = STANDARD.encode(format!("{before}{value}{after}"));
        let left = masked(&value, &printed);
        let (head, tail) = left.split_once("{{r}}").expect("masked");
        // Six bits each: what is left beside the label has no more than the text around, and one character at
        // either end that is shared, and the padding.
        prop_assert!(head.len() * 6 < before.len() * 8 + 6);
        prop_assert!(tail.trim_end_matches('=').len() * 6 < after.len() * 8 + 12);
        prop_assert!(printed.starts_with(head) && printed.ends_with(tail));
    }
}
