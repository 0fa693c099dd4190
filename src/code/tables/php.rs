//! PHP: process functions, streams, curl and Guzzle.

use super::argument;
use crate::code::meaning::{From, Meaning::*, Row};

const URL: From = From::Argument(0, &[]);

pub(super) const TABLE: &[Row] = &[
    ("shell_exec|exec|system|passthru|popen", Shell(argument(0))),
    ("proc_open", Command(0)),
    ("pcntl_exec", Program(0)),
    ("Process", Command(0)),
    ("Process.Process", Command(0)),
    ("Process.fromShellCommandline", Shell(argument(0))),
    ("file_get_contents|fopen|file|readfile|copy|parse_ini_file|simplexml_load_file", FileOrUrl),
    ("SplFileObject", FileOrUrl),
    ("curl_init", Http(URL)),
    ("curl_setopt", CurlOption),
    ("curl_setopt_array", CurlOption),
    ("get_headers", Http(URL)),
    ("fsockopen|pfsockopen", Connect(0)),
    ("stream_socket_client", Connect(0)),
    ("socket_connect", Connect(1)),
    ("fwrite|fputs|stream_socket_sendto|socket_write", SendTo(0)),
    ("Client().get|post|put|delete|head|getAsync", Http(URL)),
    ("Client().request|requestAsync", Http(argument(1))),
    ("HttpClient.create().request", Http(argument(1))),
    ("Http.get|post|put", Http(URL)),
    ("SoapClient", Http(URL)),
    ("eval|assert|create_function", Eval(argument(0))),
    ("Closure.fromCallable", Same),
    ("*.__call", AwsRequest(0)),
    ("*.__invoke", CallItself),
    ("call_user_func", CallArray),
    ("call_user_func_array", CallArray),
    ("json_decode", Json),
];
