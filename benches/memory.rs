//! The most memory that a program held, as the kernel counted it.
//!
//! What a parent learns from `wait` will not do: on Linux the count of a child starts from the size of its parent
//! at the `exec`, and the bench is larger than what it measures. GNU time is small enough to ask; where it is
//! missing, the child's high-water mark is read from `/proc` as often as possible until the child is gone, which
//! misses what it gains after the last look and, on a busy machine, whole runs.

use crate::process::{Program, feed};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// How peaks are found on this machine.
pub(crate) enum Meter {
    /// GNU time, and the file that it writes to.
    GnuTime { program: PathBuf, report: PathBuf },
    /// Reading `/proc/PID/status`.
    Proc,
}

impl Meter {
    /// The best that this machine has.
    pub(crate) fn of_this_machine(scratch: &Path) -> Option<Meter> {
        let time = Path::new("/usr/bin/time");
        let version = std::process::Command::new(time).arg("--version").output();
        let is_gnu = version.is_ok_and(|output| {
            // Older versions print this on stderr.
            [output.stdout, output.stderr].iter().any(|text| String::from_utf8_lossy(text).contains("GNU"))
        });
        if is_gnu {
            Some(Meter::GnuTime { program: time.to_owned(), report: scratch.join("peak") })
        } else {
            Path::new("/proc/self/status").exists().then_some(Meter::Proc)
        }
    }

    /// What to tell the reader about it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Meter::GnuTime { .. } => "GNU time",
            Meter::Proc => "/proc, which may be short of the truth",
        }
    }

    /// The largest peak of several runs, in MB, or `None` when no run was caught.
    pub(crate) fn largest(&self, program: &Program, input: &[u8], runs: usize) -> io::Result<Option<f64>> {
        let mut largest = None;
        for _ in 0..runs {
            let peak = match self {
                Meter::GnuTime { program: time, report } => ask_time(time, report, program, input)?,
                Meter::Proc => watch(program, input)?,
            };
            largest = largest.max(peak);
        }
        Ok(largest.map(|kib| kib as f64 * 1024.0 / 1e6))
    }
}

/// Runs the program under GNU time, and reads the KiB that it reports.
fn ask_time(time: &Path, report: &Path, program: &Program, input: &[u8]) -> io::Result<Option<u64>> {
    let arguments = ["--quiet", "--format=%M", "--output"].map(OsStr::new);
    let mut child = program.command_under(time, &[&arguments[..], &[report.as_os_str()]].concat()).spawn()?;
    feed(&mut child, input)?;
    child.wait_with_output()?;
    Ok(std::fs::read_to_string(report)?.trim().parse().ok())
}

/// Runs the program and looks at it until it is gone.
fn watch(program: &Program, input: &[u8]) -> io::Result<Option<u64>> {
    let mut child = program.command().spawn()?;
    feed(&mut child, input)?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    while let Some(now) = std::fs::read_to_string(&status).ok().as_deref().and_then(high_water_mark) {
        peak = peak.max(Some(now));
    }
    child.wait_with_output()?;
    Ok(peak)
}

/// `VmHWM` of a `/proc/PID/status`. A process that has ended has none, one that is ending may have 0.
fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok().filter(|&kib| kib > 0)
}
