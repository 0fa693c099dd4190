//! Perl: its own ways to start a process, LWP, HTTP::Tiny, and Paws for AWS.

use super::argument;
use crate::code::meaning::{From, Meaning::*, Row};

const URL: From = From::Argument(0, &[]);

pub(super) const TABLE: &[Row] = &[
    ("Paws.service", AwsClient(argument(0))),
    ("Paws.new().service", AwsClient(argument(0))),
    ("system|exec", Command(0)),
    ("CORE.system|exec", Command(0)),
    ("readpipe", Shell(argument(0))),
    ("run|capture|systemx|capturex", Command(0)),
    ("IPC.Run.run", Command(0)),
    ("IPC.System.Simple.system|capture", Command(0)),
    ("IPC.Cmd.run", Command(0)),
    ("open2", Command(2)),
    ("open3", Command(3)),
    ("open", Open),
    ("LWP.Simple.get|getprint|getstore|head", Http(URL)),
    ("get|getprint|getstore", Http(URL)),
    ("LWP.UserAgent.new().get|post|put|head|mirror", Http(URL)),
    ("HTTP.Tiny.new().get|post|put|head|mirror|delete", Http(URL)),
    ("HTTP.Tiny.new().request", Http(argument(1))),
    ("HTTP.Request.new", HttpOf(1)),
    ("GET", Http(URL)),
    ("Mojo.UserAgent.new().get|post", Http(URL)),
    ("REST.Client.new().GET|POST", Http(URL)),
    ("WWW.Mechanize.new().get", Http(URL)),
    ("IO.Socket.INET.new", Connect(0)),
    ("IO.Socket.SSL.new", Connect(0)),
    ("IO.Socket.IP.new", Connect(0)),
    ("syswrite|send", SendTo(0)),
    ("Path.Tiny.path().slurp", Read(From::Receiver(0, &[]))),
    ("path().slurp|slurp_utf8", Read(From::Receiver(0, &[]))),
    ("read_file|slurp", Read(argument(0))),
    ("eval", Eval(argument(0))),
    ("*.can", Member(0)),
    ("decode_json|from_json", Json),
    ("JSON.new().decode", Json),
    ("JSON.PP.new().decode", Json),
];
