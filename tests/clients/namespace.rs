//! A command with an `/etc` of its own, so that managed settings can be tried and nothing of the machine is touched: a
//! mount namespace, in which a memory file system is laid over `/etc`. That takes root.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// `$0` is an empty folder, `$1` the folder whose files are put into `/etc`; the rest is the command.
const SCRIPT: &str = r#"set -e
path=$PATH PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs none "$0"
mkdir "$0/upper" "$0/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$0/upper,workdir=$0/work" /etc
rm -rf /etc/claude-code /etc/asm-guard
cp -a "$1/." /etc/
shift
PATH=$path
exec "$@""#;

/// A command whose `/etc` has the files of `etc` as well. `empty` is an empty folder that it may mount over.
pub fn with_etc(program: impl AsRef<OsStr>, etc: &Path, empty: &Path) -> Command {
    let mut command = Command::new("/usr/bin/unshare");
    command
        .args(["--mount", "--propagation", "private", "/bin/sh", "-c", SCRIPT])
        .arg(empty)
        .arg(etc)
        .arg(program);
    command
}

/// Whether this process may do that. Where it may not, a test says that it is skipped.
pub fn permitted(etc: &Path, empty: &Path) -> bool {
    let tried = with_etc("true", etc, empty).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let permitted = tried.is_ok_and(|status| status.success());
    if !permitted {
        eprintln!("skipped: an /etc of its own takes root, and the right to mount");
    }
    permitted
}
