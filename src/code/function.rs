//! The functions and methods that are folded, and what each of them does: data.

use super::lookup::{Table, table};

/// What a pure function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// Gives its text, or its first argument, as it is.
    Same,
    Lower,
    Upper,
    Trim,
    Reverse,
    /// Characters by number: arguments, or a list of them.
    Characters,
    Base64,
    Hex,
    Rot13,
    /// A map's keys and values, or a list as it is.
    Items,
    /// One element of a list.
    Element,
    /// A list of lists of the elements at the same place.
    Zip,
    /// Characters replaced one by one, by what `maketrans` made.
    Translate,
    /// A format whose names a map gives.
    MapFormat,
    /// A URL from its scheme, host, path and query.
    Unparse,
    /// Percent escapes.
    Unquote,
    /// The name of what it is given.
    Name,
    /// All arguments in a row, with what is named `sep` between.
    Paste,
    /// What is set in the environment, or else the default.
    Default,
    /// Decodes by the encoding that an argument names.
    Decode,
    /// `pack`: by the format that an argument names.
    Pack,
    Replace,
    /// The pattern, the replacement and the text, in this order.
    ReplaceIn,
    /// The list's elements with the text in between.
    JoinText,
    /// The text in between is the first argument, or the last.
    JoinList,
    /// All arguments in a row, or with `/` between.
    Concat,
    ConcatPath,
    Split,
    Slice,
    /// A beginning and a length.
    Substring,
    PercentFormat,
    BraceFormat,
    Repeat,
    List,
    Map,
    Append,
    Key,
}

type Row = (&'static str, Fold);

pub(super) static METHODS: Table<Fold> = table!(Fold, METHOD_ROWS);

pub(super) static FUNCTIONS: Table<Fold> = table!(Fold, FUNCTION_ROWS);

/// Methods of texts and lists.
const METHOD_ROWS: &[Row] = &[
    (
        "*.encode|toString|to_string|to_s|to_str|into|to_owned|as_str|as_ref|clone|freeze|String|asText|unwrap|expect|valueOf|dup|to_sym|intern|to_a|toArray|to_array|ToArray|iter|to_vec|collect|chomp|getBytes|bytes|c_str|as_bytes|toList|unicode_normalize|await",
        Fold::Same,
    ),
    (
        "*.lower|toLowerCase|downcase|ToLower|to_lowercase|lowercase|ToLowerInvariant|casefold|to_ascii_lowercase|swapcase",
        Fold::Lower,
    ),
    (
        "*.upper|toUpperCase|upcase|ToUpper|to_uppercase|uppercase|ToUpperInvariant|to_ascii_uppercase",
        Fold::Upper,
    ),
    ("*.strip|trim|Trim|rstrip|lstrip|trimEnd|trimStart|trimIndent|squish", Fold::Trim),
    ("*.reverse|reversed|rev|Reverse", Fold::Reverse),
    ("*.chr", Fold::Characters),
    ("*.decode|unpack1|unpack", Fold::Decode),
    ("*.pack", Fold::Pack),
    ("*.replace|replaceAll|Replace|gsub|sub|tr|replace_all|delete", Fold::Replace),
    ("*.join", Fold::JoinText),
    ("*.concat|plus|Concat", Fold::Concat),
    ("*.split|chars|toCharArray|Split|lines|characters|split_whitespace", Fold::Split),
    ("*.slice|substring|substr|Substring|charAt|at", Fold::Slice),
    ("*.byteslice", Fold::Substring),
    ("*.items|iteritems|entries|each_pair|each_with_index|each_entry", Fold::Items),
    ("*.pop|shift|popleft|first|last|sample", Fold::Element),
    ("*.translate", Fold::Translate),
    ("*.format_map|substitute|safe_substitute", Fold::MapFormat),
    ("*.format|formatted", Fold::BraceFormat),
    ("*.repeat", Fold::Repeat),
    ("*.append|push|add|Add|extend|unshift|push_str|AddRange|addAll", Fold::Append),
    ("*.get|fetch|dig|path|getString|getAsString|getItem|GetProperty|asString", Fold::Key),
];

/// Functions.
const FUNCTION_ROWS: &[Row] = &[
    (
        "str|String|bytes|unicode|list|tuple|iter|strval|scalar|Some|Ok|Uri|sorted|quote|tostring|raw|Symbol",
        Fold::Same,
    ),
    ("aws.String|StringValue", Fold::Same),
    ("String.from|new|valueOf|raw|copyValueOf", Fold::Same),
    (
        "int|float|Number|parseInt|Integer|compile|ipairs|pairs|enumerate|dedent|cleandoc|StringIO|BytesIO",
        Fold::Same,
    ),
    ("textwrap.dedent", Fold::Same),
    ("inspect.cleandoc", Fold::Same),
    ("builtins.compile", Fold::Same),
    ("io.StringIO|BytesIO", Fold::Same),
    ("StringIO.new", Fold::Same),
    ("strings.NewReader", Fold::Same),
    ("bytes.NewBufferString|NewReader|NewBuffer", Fold::Same),
    ("Integer.parseInt|valueOf", Fold::Same),
    ("shlex.quote", Fold::Same),
    ("UTF8.GetString|GetBytes", Fold::Same),
    ("TextDecoder().decode", Fold::Same),
    ("TextEncoder().encode", Fold::Same),
    ("Uri.parse", Fold::Same),
    ("URI.create|parse|join", Fold::Same),
    ("Path.new", Fold::Same),
    ("Path.of|get|Combine|Join", Fold::ConcatPath),
    ("Paths.get", Fold::ConcatPath),
    ("os.fspath", Fold::Same),
    ("os.path.expanduser|abspath|realpath", Fold::Same),
    ("fs.path", Fold::Same),
    ("strtolower|lc|tolower|lcfirst", Fold::Lower),
    ("strings.ToLower", Fold::Lower),
    ("string.lower", Fold::Lower),
    ("strtoupper|uc|toupper", Fold::Upper),
    ("strings.ToUpper", Fold::Upper),
    ("string.upper", Fold::Upper),
    ("trim|chomp|rtrim", Fold::Trim),
    ("strings.TrimSpace", Fold::Trim),
    ("strrev|reversed|reverse|rev", Fold::Reverse),
    ("string.reverse", Fold::Reverse),
    ("chr|bytearray|rawToChar|intToUtf8", Fold::Characters),
    ("String.fromCharCode|fromCodePoint", Fold::Characters),
    ("string.char", Fold::Characters),
    ("utf8.char", Fold::Characters),
    ("mb_chr", Fold::Characters),
    ("base64.b64decode|urlsafe_b64decode|standard_b64decode|decodebytes|decodestring", Fold::Base64),
    ("b64decode|atob|base64_decode|decode_base64", Fold::Base64),
    ("Base64.decode64|strict_decode64|urlsafe_decode64|decode", Fold::Base64),
    ("Base64.getDecoder().decode", Fold::Base64),
    ("MIME.Base64.decode_base64|decode", Fold::Base64),
    ("binascii.a2b_base64", Fold::Base64),
    ("Convert.FromBase64String", Fold::Base64),
    ("StdEncoding.DecodeString", Fold::Base64),
    ("bytes.fromhex", Fold::Hex),
    ("bytearray.fromhex", Fold::Hex),
    ("binascii.unhexlify|a2b_hex", Fold::Hex),
    ("unhexlify|hex2bin", Fold::Hex),
    ("hex.DecodeString", Fold::Hex),
    ("Convert.FromHexString", Fold::Hex),
    ("str_rot13", Fold::Rot13),
    ("codecs.decode|encode", Fold::Decode),
    ("urllib.parse.unquote|unquote_plus", Fold::Unquote),
    ("decodeURIComponent|decodeURI|unescape|urldecode|rawurldecode|unquote", Fold::Unquote),
    ("nameof", Fold::Name),
    ("Object.entries", Fold::Items),
    ("zip", Fold::Zip),
    ("str.maketrans", Fold::List),
    ("string.maketrans", Fold::List),
    ("urllib.parse.urljoin", Fold::ConcatPath),
    ("urllib.parse.urlunparse|urlunsplit", Fold::Unparse),
    ("Template", Fold::Same),
    ("string.Template", Fold::Same),
    ("substr|mb_substr|substring", Fold::Substring),
    ("string.sub", Fold::Slice),
    ("paste", Fold::Paste),
    ("Buffer.from", Fold::Decode),
    ("pack", Fold::Pack),
    ("str_replace|preg_replace|gsub|sub", Fold::ReplaceIn),
    ("re.sub", Fold::ReplaceIn),
    ("os.environ.get", Fold::Default),
    ("environ.get", Fold::Default),
    ("os.getenv", Fold::Default),
    ("getenv", Fold::Default),
    ("ENV.fetch", Fold::Default),
    ("strings.ReplaceAll|Replace", Fold::Replace),
    ("join|implode", Fold::JoinList),
    ("strings.Join", Fold::JoinList),
    ("string.Join", Fold::JoinList),
    ("String.Join|join", Fold::JoinList),
    ("table.concat", Fold::JoinList),
    ("Enum.join", Fold::JoinList),
    ("String.concat", Fold::JoinList),
    ("lists.concat|append|flatten", Fold::JoinList),
    ("strcat|string", Fold::Concat),
    ("Printf.sprintf", Fold::PercentFormat),
    ("operator.add|concat", Fold::Concat),
    ("paste0|concat|cat", Fold::Concat),
    ("string.Concat", Fold::Concat),
    ("String.Concat", Fold::Concat),
    ("os.path.join", Fold::ConcatPath),
    ("path.join|resolve", Fold::ConcatPath),
    ("filepath.Join", Fold::ConcatPath),
    ("File.join", Fold::ConcatPath),
    ("sprintf|format", Fold::PercentFormat),
    ("fmt.Sprintf", Fold::PercentFormat),
    ("String.format", Fold::PercentFormat),
    ("string.format", Fold::PercentFormat),
    ("Kernel.format|sprintf", Fold::PercentFormat),
    ("String.Format", Fold::BraceFormat),
    ("string.Format", Fold::BraceFormat),
    ("format!|concat!", Fold::BraceFormat),
    ("c|listOf|arrayOf|mutableListOf|array|qw", Fold::List),
    ("List.of", Fold::List),
    ("Arrays.asList", Fold::List),
    ("Seq|List|Vector", Fold::List),
    ("Array.of", Fold::List),
    ("shlex.split", Fold::Split),
    ("strings.Fields", Fold::Split),
    ("explode|split", Fold::Split),
    ("array_merge|append", Fold::Append),
    ("strconv.Itoa", Fold::Same),
    ("dict|structuredClone", Fold::Map),
    ("Object.assign", Fold::Map),
    ("byte", Fold::Same),
];

/// Functions that make a map of their named arguments.
pub(super) const MAPS: &[&str] = &["dict", "list", "array", "mapOf", "hashMapOf"];
