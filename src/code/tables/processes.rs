//! Languages of which little more is known than how they start a process.

use super::argument;
use crate::code::meaning::{Meaning::*, Row};

pub(super) const BEAM: &[Row] = &[
    ("System.shell", Shell(argument(0))),
    ("System.cmd", Program(0)),
    ("os.cmd", Shell(argument(0))),
    ("to_charlist|to_string", Same),
    ("String.to_charlist|to_atom", Same),
    ("Kernel.to_charlist", Same),
    ("open_port", Shell(argument(0))),
    ("erlang.open_port", Shell(argument(0))),
    ("Port.open", Shell(argument(0))),
    ("MuonTrap.cmd", Program(0)),
    ("Code.eval_string", Eval(argument(0))),
];

pub(super) const JULIA: &[Row] = &[
    ("run|read|readchomp|open|pipeline|success|eachline", Same),
    ("Cmd", Program(0)),
    ("shell_split", Shell(argument(0))),
    ("ccall", Shell(argument(3))),
    ("include_string", Eval(argument(1))),
];

pub(super) const OCAML: &[Row] = &[
    ("Sys.command", Shell(argument(0))),
    ("Unix.system|open_process_in|open_process_out|open_process|open_process_full", Shell(argument(0))),
    ("system|open_process_in|open_process_out|open_process", Shell(argument(0))),
    ("Unix.execv|execvp|execve|execvpe|create_process", ProgramAndName(0)),
    ("execv|execvp|create_process", ProgramAndName(0)),
    ("Unix.open_process_args_in|open_process_args", ProgramAndName(0)),
];

pub(super) const HASKELL: &[Row] = &[
    ("System.Process.system|callCommand|spawnCommand|shell", Shell(argument(0))),
    ("system|callCommand|spawnCommand|shell", Shell(argument(0))),
    ("System.Cmd.system", Shell(argument(0))),
    (
        "System.Process.callProcess|spawnProcess|readProcess|readProcessWithExitCode|proc|rawSystem",
        Program(0),
    ),
    ("callProcess|spawnProcess|readProcess|readProcessWithExitCode|proc|rawSystem", Program(0)),
];

pub(super) const OCTAVE: &[Row] = &[
    ("system|unix|dos|shell_cmd|popen|popen2", Shell(argument(0))),
    ("exec", Program(0)),
    ("eval|evalc|evalin", Eval(argument(0))),
];
