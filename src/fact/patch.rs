//! The files that the text of a patch names: as `diff -u` and git write them, and as Codex's `apply_patch` takes them.

use super::Change;
use super::write::CONTENTS_OF;
use crate::value::Text;

/// A file that a patch changes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Patched {
    /// Its path, as the patch has it.
    pub(super) path: String,
    /// What becomes of it.
    pub(super) change: Change,
    /// The lines that it takes away and puts in, without their marks.
    pub(super) text: String,
    /// The file that takes its place, where one does.
    pub(super) from: Option<String>,
}

impl Patched {
    /// What is written, as far as the patch says it.
    pub(super) fn written(&self) -> Text {
        match &self.from {
            Some(from) => Text::unknown(format!("{CONTENTS_OF}{from}")),
            None => Text::from(self.text.as_str()),
        }
    }
}

/// What stands in the place of a file that is not there (`diff -u`).
const NONE: &str = "/dev/null";
/// How Codex's patches begin the part of a file, and what becomes of that file.
const PARTS: &[(&str, Change)] = &[
    ("*** Update File: ", Change::Write),
    ("*** Add File: ", Change::Write),
    ("*** Delete File: ", Change::Remove),
];

/// The files that a patch changes, in its order.
pub(super) fn files(patch: &str) -> Vec<Patched> {
    let mut found: Vec<Patched> = Vec::new();
    let begin = |found: &mut Vec<Patched>, path: &str, change| {
        found.push(Patched { path: path.trim().to_owned(), change, text: String::new(), from: None });
    };
    let mut lines = patch.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some((part, change)) = PARTS.iter().find(|(part, _)| line.starts_with(part)) {
            begin(&mut found, &line[part.len()..], *change);
        } else if let Some(old) = line.strip_prefix("--- ")
            && let Some(new) = lines.peek().and_then(|next| next.strip_prefix("+++ "))
        {
            match plain(new) {
                NONE => begin(&mut found, plain(old), Change::Remove),
                new => begin(&mut found, new, Change::Write),
            }
            lines.next();
        } else if let Some(to) =
            ["*** Move to: ", "rename to "].iter().find_map(|part| line.strip_prefix(part))
        {
            let from = found.last().map(|file| file.path.clone());
            begin(&mut found, to, Change::Write);
            if let [.., before, file] = found.as_mut_slice() {
                before.change = Change::Remove;
                file.from = from;
            }
        } else if let Some(from) = line.strip_prefix("rename from ") {
            begin(&mut found, from, Change::Remove);
        } else if let Some(changed) = line.strip_prefix(['+', '-'])
            && let Some(file) = found.last_mut()
        {
            file.text.push_str(changed);
            file.text.push('\n');
        }
    }
    found
}

/// A path without the time behind it, and without git's `a/` or `b/`.
fn plain(path: &str) -> &str {
    let path = path.split('\t').next().unwrap_or(path).trim();
    path.strip_prefix("a/").or_else(|| path.strip_prefix("b/")).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_what_changes_in_them_are_read() {
        for (patch, expected) in [
            ("--- a/x/y\t2020\n+++ b/x/y\t2021\n@@ -1 +1 @@\n same\n-old\n+new\n", "write x/y old|new"),
            ("--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n", "remove x old"),
            ("--- /dev/null\n+++ b/x\n+new\n", "write x new"),
            ("rename from a\nrename to b\n", "remove a ; write b "),
            (
                "*** Begin Patch\n*** Update File: x\n*** Move to: y\n@@\n-old\n+new\n*** Delete File: z\n*** End Patch",
                "remove x ; write y old|new; remove z ",
            ),
            (
                "*** Add File: x\n+*** Update File: y\n+--- a/z\n++++ b/z",
                "write x *** Update File: y|--- a/z|+++ b/z",
            ),
            ("+nothing before it\n--- not followed\ntext", ""),
        ] {
            let shown: Vec<String> = files(patch)
                .iter()
                .map(|file| {
                    format!(
                        "{} {} {}",
                        file.change.word(),
                        file.path,
                        file.text.trim_end().replace('\n', "|")
                    )
                })
                .collect();
            assert_eq!(shown.join("; "), expected, "{patch}");
        }
    }
}
