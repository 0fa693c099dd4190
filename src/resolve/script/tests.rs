//! What is written for each place, and what is refused.

use super::*;

/// A script with `REF` for its references, written both ways with the value `it's $x`.
fn written(template: &str) -> Result<(String, Result<String, Refused>), Refused> {
    let (mut script, mut references) = (String::new(), Vec::new());
    for (nth, part) in template.split("REF").enumerate() {
        if nth > 0 {
            references.push(script.len()..script.len() + 5);
            script.push_str("{{r}}");
        }
        script.push_str(part);
    }
    let rewriting = places(&script, &references)?;
    let pasted = rewriting.pasted(|_| "it's $x").map(|text| text.as_str().to_owned());
    Ok((rewriting.expansions(|_| "N")?, pasted))
}

#[test]
fn both_ways() {
    for (template, expansion, pasted) in [
        ("echo REF", r#"echo "${N}""#, r"echo 'it'\''s $x'"),
        (r#"echo "a REF""#, r#"echo "a ${N}""#, r#"echo "a it's \$x""#),
        ("echo 'a REF'", r#"echo 'a '"${N}"''"#, r"echo 'a it'\''s $x'"),
        ("echo # REF", "echo # {{r}}", "echo # {{r}}"),
        ("cat <<E\nREF\nE", "cat <<E\n${N}\nE", "cat <<E\nit's \\$x\nE"),
        ("cat <<'E'\n$a REF\nE", "cat <<E\n\\$a ${N}\nE", "cat <<'E'\n$a it's $x\nE"),
        ("eval 'echo REF'", r#"eval 'echo "${N}"'"#, r"eval 'echo '\''it'\''\'\'''\''s $x'\'''"),
        (r#"bash -c "echo REF""#, r#"bash -c "echo \"\${N}\"""#, r#"bash -c "echo 'it'\\''s \$x'""#),
        (
            "sh -c 'echo \"$1\"' sh REF",
            r#"sh -c 'echo "$1"' sh "${N}""#,
            r#"sh -c 'echo "$1"' sh 'it'\''s $x'"#,
        ),
        (r#"a="$xREF""#, r#"a="${x}${N}""#, r#"a="${x}it's \$x""#),
        // No script of a shell: the word is a word.
        ("echo sh -x REF", r#"echo sh -x "${N}""#, r"echo sh -x 'it'\''s $x'"),
        ("printf '%s %%d' REF", r#"printf '%s %%d' "${N}""#, r"printf '%s %%d' 'it'\''s $x'"),
        ("read -p REF x", r#"read -p "${N}" x"#, r"read -p 'it'\''s $x' x"),
        ("declare -r a=REF", r#"declare -r a="${N}""#, r"declare -r a='it'\''s $x'"),
        (
            "echo $((2#11 + (1<<2) + 2)) REF",
            r#"echo $((2#11 + (1<<2) + 2)) "${N}""#,
            r"echo $((2#11 + (1<<2) + 2)) 'it'\''s $x'",
        ),
        ("echo $((1+2)) REF", r#"echo $((1+2)) "${N}""#, r"echo $((1+2)) 'it'\''s $x'"),
    ] {
        let (expanded, value) = written(template).unwrap_or_else(|refused| panic!("{template}\n{refused}"));
        assert_eq!(expanded, expansion, "{template}");
        assert_eq!(value.as_deref(), Ok(pasted), "{template}");
    }
}

#[test]
fn a_remote_shell_gets_values_only() {
    for template in [
        "ssh host 'echo REF'",
        "ssh host \"echo REF\"",
        "ssh -p 22 host echo REF",
        "sudo sh -c 'echo REF'",
        "docker exec c bash -c 'echo REF'",
        "env -i sh -c 'echo REF'",
        "exec -c bash -c 'echo REF'",
        "ssh host <<E\necho REF\nE",
        "ssh host bash -s <<'E'\necho REF\nE",
        "ssh host 'bash -s' <<E\necho REF\nE",
        "su - app -c 'echo REF'",
    ] {
        let (script, references) = marked(template);
        let rewriting =
            places(&script, &references).unwrap_or_else(|refused| panic!("{template}\n{refused}"));
        assert!(rewriting.expansions(|_| "N").is_err(), "{template}");
        assert!(rewriting.pasted(|_| "v").is_ok(), "{template}");
    }
}

fn marked(template: &str) -> (String, Vec<Range<usize>>) {
    let references = template.match_indices("REF").map(|(at, text)| at..at + text.len()).collect();
    (template.to_owned(), references)
}

#[test]
fn evaluated_again() {
    for (template, place) in [
        ("echo $((REF))", "arithmetic"),
        ("echo $(( $(echo REF) + 1 ))", "arithmetic"),
        ("((x = REF))", "arithmetic"),
        ("for ((i=0; i<REF; i++)); do :; done", "arithmetic"),
        ("echo $[REF]", "arithmetic"),
        ("echo ${v:REF:1}", "arithmetic"),
        ("echo ${v[REF]}", "subscript"),
        ("a[REF]=1", "subscript"),
        ("a[ 1 + REF ]=1", "subscript"),
        ("a[\"REF\"]=1", "subscript"),
        ("a=([REF]=1)", "subscript"),
        ("declare -A a=([REF]=1)", "subscript"),
        ("echo ${REF}", "name of a variable"),
        ("let x=REF", "`let`"),
        ("command let x=REF", "`let`"),
        ("declare REF=1", "`declare`"),
        ("export REF", "`export`"),
        ("declare -i x=REF", "`declare`"),
        ("declare -i x; x=REF", "value of x"),
        ("read REF", "`read`"),
        ("read -r -p p REF", "`read`"),
        ("unset REF", "`unset`"),
        ("printf -v REF x", "`printf`"),
        ("printf %d REF", "`printf`"),
        ("[[ REF -eq 1 ]]", "`-eq`"),
        ("[ 1 -lt REF ]", "`-lt`"),
        ("test -v REF", "`-v`"),
        ("alias x=REF", "`alias`"),
        ("compgen -W REF", "`compgen`"),
        ("PS4=REF", "PS4"),
        ("env BASH_ENV=REF bash x", "BASH_ENV"),
        ("eval \"$(echo REF)\"", "output"),
        ("bash -c \"$(echo REF)\"", "output"),
        ("bash <(echo REF)", "output"),
        ("source <(echo REF)", "output"),
        ("bash < <(echo REF)", "output"),
        ("echo REF | sh", "standard input"),
        ("echo REF | tr a b | bash -s", "standard input"),
        ("(echo REF; true) | sh", "standard input"),
        ("echo REF | { cat; sh; }", "standard input"),
        ("echo REF | while read l; do bash; done", "standard input"),
        ("cat <<E | sh\nREF\nE", "standard input"),
        ("ssh host 'cd /; bash' <<E\nREF\nE", "standard input"),
        ("echo REF | ssh host 'bash -s'", "standard input"),
        ("{ bash; } <<E\nREF\nE", "standard input"),
        ("fish -c 'echo REF'", "quotes are not those of sh"),
        ("$tool -c 'echo REF'", "not known"),
        ("cat <<REF\nREF", "delimiter"),
        ("eval $'echo REF'", "$'…'"),
        ("eval $'\\'\\'' 'echo REF'", "do not agree"),
    ] {
        let (script, references) = marked(template);
        match places(&script, &references).and_then(|rewriting| rewriting.expansions(|_| "N")) {
            Ok(script) => panic!("{template}: {script}"),
            Err(refused) => {
                assert!(refused.cause.contains(place), "{template}\n{refused}");
                assert!(refused.reference.is_some(), "{template}");
            }
        }
    }
}

#[test]
fn scripts_that_end_too_early() {
    for (template, what) in [
        ("echo 'REF", "single quote"),
        ("echo \"REF", "double quote"),
        ("echo $'REF", "$' quote"),
        ("echo `REF", "backtick"),
        ("echo $(REF", "parenthesis"),
        ("(echo REF", "parenthesis"),
        ("echo REF)", "parenthesis"),
        ("echo ${x:-REF", "brace"),
        ("case REF in x) ", "esac"),
        ("[[ REF", "]]"),
        ("a=(REF", "array"),
        ("sh -c 'echo \"REF'", "double quote"),
        ("echo $((REF", "(("),
        ("echo $((echo REF) | cat)", "( ("),
        ("((echo REF); true)", "( ("),
        ("echo $(( $(echo 1 # )))\n) REF ))", "comment"),
        ("echo $(( $(cat <<E\n))\nE\n) + REF ))", "here-document"),
    ] {
        let (script, references) = marked(template);
        let refused = places(&script, &references).expect_err(template);
        assert!(refused.cause.contains(what), "{template}\n{refused}");
    }
    let deep = format!("{}REF{}", "$(".repeat(5000), ")".repeat(5000));
    let (script, references) = marked(&deep);
    assert!(places(&script, &references).is_err());
}

#[test]
fn values_that_cannot_be_written() {
    for (template, value) in [
        ("echo REF", "nul \0"),
        ("cat <<'E'\nREF\nE", "a\nE\ntouch canary"),
        ("cat <<E\nREF\nE", "E"),
        ("cat <<E\nxREF\nE", "\nE\ntouch canary"),
        ("cat <<-E\n\tREF\n\tE", "a\n\tb"),
        ("sh -c 'cat <<E\nREF\nE'", "E"),
        ("echo \"${x:-REF}\"", "it's"),
        ("echo $'it\\'s' REF", "any"),
        ("eval \"$x REF\"", "any"),
        ("eval \"$x \\`echo REF\\`\"", "any"),
    ] {
        let (script, references) = marked(template);
        let rewriting =
            places(&script, &references).unwrap_or_else(|refused| panic!("{template}\n{refused}"));
        let refused = rewriting.pasted(|_| value).expect_err(template);
        assert!(!refused.cause.contains(value) || value == "E" || value == "any", "{refused}");
        assert!(rewriting.expansions(|_| "N").is_ok(), "{template}");
    }
}
