//! Which path of the running program is written into settings.

use std::path::{Component, Path, PathBuf};

/// A folder with this file in it holds what may be deleted and made again (Cache Directory Tagging Specification); Cargo
/// puts it into `target`.
pub const CACHE_TAG: &str = "CACHEDIR.TAG";
/// Where npx keeps what it runs once.
const NPX: &str = "_npx";

/// The path to write: the first of these that leads to the running program.
///
/// `on_path` are the files of its name on the search path, in its order. They come first, and links are not resolved: what
/// a package manager puts on the search path stays when it updates the program, where the file that the link leads to has
/// the version in its path (`…/Cellar/asm-guard/0.1.0/bin/asm-guard`) and goes. `called` is the whole path by which the
/// program was called, and `real` its file.
pub fn choose(
    on_path: &[PathBuf],
    called: Option<&Path>,
    real: &Path,
    same: impl Fn(&Path) -> bool,
) -> PathBuf {
    let candidates = on_path.iter().map(PathBuf::as_path).chain(called);
    let found = candidates.filter(|path| path.is_absolute()).find(|path| same(path));
    plain(found.unwrap_or(real))
}

/// A path without `.` in it. What `..` means depends on links, so it stays.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// Why a path will not last, if it will not: the rest of a sentence that begins with it. `temporary` are folders for
/// what is temporary, and `tagged` says whether a folder is marked as a cache.
pub fn fleeting(program: &Path, temporary: &[PathBuf], tagged: impl Fn(&Path) -> bool) -> Option<String> {
    let around = temporary.iter().filter(|folder| program.starts_with(folder));
    if let Some(folder) = around.max_by_key(|folder| folder.components().count()) {
        return Some(format!("lies in {}, where files do not last", folder.display()));
    }
    if let Some(folder) = program.ancestors().skip(1).find(|folder| tagged(folder)) {
        return Some(format!("lies in {}, which is a build folder or a cache", folder.display()));
    }
    let npx = program.components().any(|part| part.as_os_str() == NPX);
    npx.then(|| "lies in the cache of npx, which is emptied".to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_search_path_is_written_as_it_is_there() {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        let real = "/opt/cellar/asm-guard/0.1.0/bin/asm-guard";
        for (on_path, called, expected) in [
            (&["/usr/local/bin/asm-guard"][..], Some("/usr/local/bin/asm-guard"), "/usr/local/bin/asm-guard"),
            (&["/other/asm-guard", "/usr/local/bin/asm-guard"], None, "/usr/local/bin/asm-guard"),
            (&["/usr/local/bin/asm-guard"], Some(real), "/usr/local/bin/asm-guard"),
            (&["/other/asm-guard"], Some("/home/u/./bin/asm-guard"), "/home/u/bin/asm-guard"),
            (&[], Some("/other/asm-guard"), real),
            (&["bin/asm-guard"], None, real),
            (&[], None, real),
        ] {
            let same = |path: &Path| !path.starts_with("/other");
            let chosen = choose(&paths(on_path), called.map(Path::new), Path::new(real), same);
            assert_eq!(chosen, Path::new(expected), "{on_path:?} {called:?}");
        }
    }

    #[test]
    fn what_does_not_last_is_told() {
        let temporary = ["/tmp", "/tmp/of-u"].map(PathBuf::from);
        let tagged = |folder: &Path| folder == Path::new("/src/target");
        for (path, part) in [
            ("/tmp/x/asm-guard", Some("in /tmp,")),
            ("/tmp/of-u/asm-guard", Some("in /tmp/of-u,")),
            ("/src/target/debug/asm-guard", Some("in /src/target,")),
            ("/home/u/.npm/_npx/1/node_modules/.bin/asm-guard", Some("npx")),
            ("/home/u/.cargo/bin/asm-guard", None),
            ("/tmpfiles/asm-guard", None),
        ] {
            let why = fleeting(Path::new(path), &temporary, tagged);
            assert_eq!(why.is_some(), part.is_some(), "{path}");
            assert!(why.unwrap_or_default().contains(part.unwrap_or_default()), "{path}");
        }
    }
}
