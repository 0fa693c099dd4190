//! Pipelines from a seed: an input, and one to three tools with options that fit them.

/// Inputs, as commands that print them.
const INPUTS: &[&str] = &[
    "printf 'get-secret-value\\nlist-secrets\\n'",
    "printf 'a:b:c\\nd:e:f\\n\\nx\\n'",
    "printf 'one two  three\\n four\\tfive \\n'",
    "printf '3 x\\n10 y\\n1 z\\n10 y\\n'",
    "printf 'no end'",
    "printf ''",
    "seq 12",
    "echo 'The Quick brown-fox_42 (x) [y] {z} a.b*c+d?e^f$g|h/i'",
    "printf 'aaa\\nAAA\\naaa\\naaa\\nb\\n\\n\\nb\\n'",
    "echo aws secretsmanager get-secret-value --secret-id prod/db",
];

/// A tool with the ways it is called; `@` in one is replaced by a number from 1 to 5.
const TOOLS: &[(&str, &[&str])] = &[
    ("cat", &["", "-n", "-b", "-s", "-E", "-A", "-T", "-sn"]),
    ("tac", &[""]),
    ("rev", &[""]),
    ("nl", &["", "-ba", "-w@", "-s: ", "-nln -w4", "-v@ -i@"]),
    ("head", &["-n @", "-@", "-n -@", "-c @", "-c -@"]),
    ("tail", &["-n @", "-@", "-n +@", "-c @", "-c +@"]),
    (
        "tr",
        &[
            "a-z A-Z",
            "-d aeiou",
            "-s a",
            "-cd 'a-z\\n'",
            "'[:lower:]' '[:upper:]'",
            "-d '[:space:]'",
            "' ' '\\n'",
            "a-m n-z",
            "-s '\\n'",
            "'-' _",
            "-c 'a-z\\n' x",
            "-s '[:upper:]' x",
            "'\\141' '\\n'",
        ],
    ),
    (
        "cut",
        &[
            "-c@",
            "-c@-",
            "-c-@",
            "-c1,@",
            "-b2-@",
            "-d: -f@",
            "-d' ' -f2-",
            "-d- -f1,@",
            "-sd: -f1",
            "-d: -f@ --complement",
            "-d- -f1- --output-delimiter=+",
        ],
    ),
    (
        "grep",
        &[
            "-n e",
            "-v a",
            "-c .",
            "-o '[a-z]*'",
            "-oE '[0-9]+|x'",
            "-i A",
            "-E 'a|b'",
            "-x aaa",
            "-w a",
            "-m@ ''",
        ],
    ),
    (
        "sed",
        &[
            "s/a/X/",
            "s/a/X/g",
            "s/e/X/@",
            "-n '@p'",
            "@d",
            "'$d'",
            "-n '$p'",
            "'@q'",
            "'@!d'",
            "-E 's/(.)(.)/\\2\\1/g'",
            "'s/[^a-z]//g'",
            "'s/.*/<&>/'",
            "'s/\\(.\\)$/[\\1]/'",
            "'y/abc/xyz/'",
            "'1i top'",
            "'$a end'",
            "'2c mid'",
            "'/^$/d'",
            "-n '/a/,/b/p'",
            "'N;s/\\n/+/'",
            "'s/ *$//;s/^ *//'",
            "'@,+1s/^/> /'",
            "'s/x*/-/g'",
            "=",
            "-n '/a/='",
            "'s/\\b/|/g'",
            "'G'",
            "-n 'H;${g;s/\\n/,/g;p}'",
            "'s/[[:space:]]\\{1,\\}/ /g'",
            "-E 's/[A-Z]/\\L&/g'",
            "'/a/{s//A/;p}'",
            "-s 'n;d'",
            "'0,/a/d'",
            "'2,1p'",
            "'/a/I,+@d'",
        ],
    ),
    (
        "awk",
        &[
            "'{print $@}'",
            "'{print NF}'",
            "'{print $NF}'",
            "'{print NR\": \"$0}'",
            "-F: '{print $2}'",
            "-F- '{print $1,$@}'",
            "'NR==@'",
            "'NR>@{print}'",
            "'{print length($1)}'",
            "'{print toupper($1)}'",
            "'{print substr($1,@,2)}'",
            "'{n+=$1} END{print n}'",
            "'{gsub(/[aeiou]/,\"*\")}1'",
            "'!x[$0]++'",
            "'{$1=\"z\"}1'",
            "'/a/{c++} END{print c+0}'",
            "'{for(i=NF;i>0;i--) printf \"%s \",$i; print \"\"}'",
            "'{printf \"%5s|%-5s|%d\\n\",$1,$2,$1}'",
            "-v n=@ '$1>n'",
            "'{print index($0,\"e\"), match($0,/[0-9]+/), RLENGTH}'",
            "'{n=split($0,p,/[-: ]/); print n, p[1], p[n]}'",
            "'BEGIN{OFS=\"/\"}{$1=$1; print; print NF}'",
            "'{sub(/^./,\"[&]\"); print}'",
            "'END{print $0, NR}'",
            "'{print $1*@, $1/4}'",
            "'$1==10||/^b/'",
            "'{print ($1>5)?\"big\":\"small\"}'",
            "'NR%2'",
            "'{s=s $1 \",\"} END{print s}'",
        ],
    ),
    ("sort", &["", "-r", "-n", "-u", "-rn", "-k2", "-k1,1n", "-t: -k2,2", "-f", "-nu", "-b", "-k2,2r -k1,1"]),
    ("uniq", &["", "-c", "-d", "-u", "-i"]),
    ("paste", &["-s", "-sd,", "-sd ', '", "-d: - -", "- - -"]),
    ("fold", &["-w @", "-w7 -s", "-bw9"]),
    ("expand", &["", "-t@"]),
    ("base64", &["", "-w@", "-w0"]),
    ("base32", &["", "-w 9"]),
    ("xxd", &["", "-p", "-c@", "-g1", "-u"]),
    ("od", &["-c", "-An -tx1", "-b", "-An -v -tx1 -w@", "-tx2", "-Ad -tu1"]),
    ("hexdump", &["-C"]),
    ("strings", &["-n @", ""]),
    ("tee", &["", "out", "-a out"]),
    (
        "jq",
        &[
            "-R .",
            "-Rr '.[1:]'",
            "-Rs 'split(\"\\n\")|length'",
            "-Rrj 'ascii_upcase'",
            "-Rc 'explode|map(.+1)|implode'",
        ],
    ),
];

/// `count` pipelines.
pub fn pipelines(seed: u64, count: usize) -> Vec<String> {
    let mut random = Random(seed);
    (0..count)
        .map(|_| {
            let mut pipeline = random.of(INPUTS).to_string();
            for _ in 0..1 + random.below(3) {
                let (tool, ways) = random.of(TOOLS);
                let number = (1 + random.below(5)).to_string();
                pipeline.push_str(&format!(" | {tool} {}", random.of(ways).replace('@', &number)));
            }
            pipeline
        })
        .collect()
}

/// A generator that gives the same numbers everywhere (Knuth's MMIX constants).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn of<'t, T>(&mut self, list: &'t [T]) -> &'t T {
        &list[self.below(list.len())]
    }
}
