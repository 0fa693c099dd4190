//! Small languages: Lua, AWK and R.

use super::argument;
use crate::code::meaning::{From, Meaning::*, Row};

const URL: From = From::Argument(0, &["url"]);

pub(super) const LUA: &[Row] = &[
    ("os.execute", Shell(argument(0))),
    ("io.popen", Shell(argument(0))),
    ("vim.fn.system|systemlist|jobstart|termopen", Command(0)),
    ("vim.system", Command(0)),
    ("vim.cmd", Eval(argument(0))),
    ("http.request", Http(URL)),
    ("https.request", Http(URL)),
    ("http().request_uri", Http(URL)),
    ("socket.connect", Connect(0)),
    ("tcp().connect", Connect(0)),
    ("socket.tcp().connect", Connect(0)),
    ("io.open|lines|input", Read(argument(0))),
    ("dofile|loadfile", Read(argument(0))),
    ("load|loadstring", Eval(argument(0))),
    ("require", Module),
    ("json.decode", Json),
    ("cjson.decode", Json),
];

pub(super) const AWK: &[Row] = &[("system", Shell(argument(0)))];

pub(super) const VIM: &[Row] = &[
    ("system|systemlist", Shell(argument(0))),
    ("job_start|jobstart|termopen|term_start", Command(0)),
    ("readfile", Read(argument(0))),
];

pub(super) const R: &[Row] = &[
    ("paws.secretsmanager", AwsSelf("secretsmanager")),
    ("secretsmanager", AwsSelf("secretsmanager")),
    ("system|shell", Shell(From::Argument(0, &["command", "cmd"]))),
    ("base.system", Shell(argument(0))),
    ("system2", RSystem2),
    ("base.system2", RSystem2),
    ("pipe", Shell(argument(0))),
    ("processx.run", Program(0)),
    ("sys.exec_wait|exec_internal", Program(0)),
    ("GET|POST|PUT|HEAD", Http(URL)),
    ("httr.GET|POST|PUT|HEAD", Http(URL)),
    ("httr2.request", Http(URL)),
    ("request", Http(URL)),
    ("url|curl_fetch_memory|getURL", Http(URL)),
    ("download.file", Http(URL)),
    ("curl.curl_fetch_memory|curl", Http(URL)),
    ("RCurl.getURL", Http(URL)),
    ("readLines|readRDS|source|scan|file|readr", FileOrUrl),
    ("read.csv|table", FileOrUrl),
    ("fromJSON", FileOrUrl),
    ("jsonlite.fromJSON", FileOrUrl),
    ("do.call", Applied),
    ("aws.secrets.get_secret_value", Secret(argument(0))),
    ("eval|parse", Eval(From::Argument(0, &["text"]))),
];
