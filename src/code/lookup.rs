//! Finding the row of a table that a path falls under: by the path's last name, so that a program of many
//! calls costs no more a call than one of few. The index is made when the guard is compiled.

use std::marker::PhantomData;

/// How many groups the names of a table are put into.
const GROUPS: usize = 256;

/// A table's rows and where each of their names stands.
#[derive(Debug)]
pub(super) struct Table<M: 'static> {
    rows: &'static [(&'static str, M)],
    names: &'static [Name],
    /// Where each group of names begins; the last is where all end.
    groups: &'static [u16; GROUPS + 1],
}

/// One name of a pattern: `subprocess.run|call` has two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    row: u16,
    from: u16,
    to: u16,
}

/// The index of a table with `N` names.
pub(super) struct Index<M, const N: usize> {
    pub names: [Name; N],
    pub groups: [u16; GROUPS + 1],
    rows: PhantomData<M>,
}

/// A path, split before its last name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    before: &'p str,
    last: &'p str,
    group: usize,
}

impl<'p> Path<'p> {
    pub(super) fn new(path: &'p str) -> Path<'p> {
        let bytes = path.as_bytes();
        let at = bytes.iter().rposition(|b| *b == b'.');
        let (before, last) = at.map_or(("", path), |at| (&path[..at], &path[at + 1..]));
        Path { before, last, group: group(last.as_bytes(), 0, last.len()) }
    }
}

impl<'p> Path<'p> {
    /// A path of one name.
    pub(super) fn name(name: &'p str) -> Path<'p> {
        Path { before: "", last: name, group: group(name.as_bytes(), 0, name.len()) }
    }
}

impl<M: Copy> Table<M> {
    pub(super) const fn new<const N: usize>(
        rows: &'static [(&'static str, M)],
        index: &'static Index<M, N>,
    ) -> Table<M> {
        Table { rows, names: &index.names, groups: &index.groups }
    }

    /// What the first row says that `path` falls under.
    ///
    /// A pattern is the end of a path (`subprocess.run|call` is either name); `*.name` is that member of
    /// anything; a pattern of one name is that name alone, a function of the language.
    pub(super) fn find(&self, path: Path<'_>) -> Option<M> {
        let range = usize::from(self.groups[path.group])..usize::from(self.groups[path.group + 1]);
        self.names[range].iter().find_map(|name| {
            let (pattern, meaning) = &self.rows[usize::from(name.row)];
            let (from, to) = (usize::from(name.from), usize::from(name.to));
            (pattern[from..to] == *path.last && leads(pattern, path.before)).then_some(*meaning)
        })
    }
}

/// Whether what stands before the last name of `pattern` allows `before`.
fn leads(pattern: &str, before: &str) -> bool {
    match pattern.rsplit_once('.').map_or("", |(wanted, _)| wanted) {
        "" => before.is_empty(),
        "*" => !before.is_empty(),
        wanted => {
            before.strip_suffix(wanted).is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '/', ':']))
        }
    }
}

/// The group that the name `text[from..to]` belongs to.
const fn group(text: &[u8], from: usize, to: usize) -> usize {
    let length = to - from;
    if length == 0 {
        return 0;
    }
    let (first, middle, last) =
        (text[from] as usize, text[from + length / 2] as usize, text[to - 1] as usize);
    (length.wrapping_mul(29) ^ first.wrapping_mul(7) ^ middle.wrapping_mul(13) ^ last.wrapping_mul(3))
        % GROUPS
}

/// How many names the patterns of `rows` have.
pub(super) const fn count<M: Copy>(rows: &[(&str, M)]) -> usize {
    let (mut names, mut row) = (0, 0);
    while row < rows.len() {
        let pattern = rows[row].0.as_bytes();
        let mut at = 0;
        names += 1;
        while at < pattern.len() {
            names += (pattern[at] == b'|') as usize;
            at += 1;
        }
        row += 1;
    }
    names
}

impl<M: Copy, const N: usize> Index<M, N> {
    /// The index of `rows`, whose names are `N`.
    pub(super) const fn new(rows: &[(&str, M)]) -> Index<M, N> {
        let mut unsorted = [Name { row: 0, from: 0, to: 0 }; N];
        let mut sizes = [0u16; GROUPS + 1];
        let (mut count, mut row) = (0, 0);
        while row < rows.len() {
            let pattern = rows[row].0.as_bytes();
            let mut from = pattern.len();
            while from > 0 && pattern[from - 1] != b'.' {
                from -= 1;
            }
            let mut to = from;
            while to <= pattern.len() {
                if to == pattern.len() || pattern[to] == b'|' {
                    unsorted[count] = Name { row: row as u16, from: from as u16, to: to as u16 };
                    sizes[group(pattern, from, to) + 1] += 1;
                    count += 1;
                    from = to + 1;
                }
                to += 1;
            }
            row += 1;
        }
        assert!(count == N, "a name before the last of a pattern has no alternatives");
        let mut at = 0;
        while at < GROUPS {
            sizes[at + 1] += sizes[at];
            at += 1;
        }
        // Names of one group keep the order of their rows: the first row decides.
        let (mut names, mut next) = (unsorted, sizes);
        let mut at = 0;
        while at < N {
            let name = unsorted[at];
            let group = group(rows[name.row as usize].0.as_bytes(), name.from as usize, name.to as usize);
            names[next[group] as usize] = name;
            next[group] += 1;
            at += 1;
        }
        Index { names, groups: sizes, rows: PhantomData }
    }
}

/// A table of `rows` with its index.
macro_rules! table {
    ($meaning:ty, $rows:expr) => {{
        use $crate::code::lookup::{Index, Table, count};
        static INDEX: Index<$meaning, { count($rows) }> = Index::new($rows);
        Table::new($rows, &INDEX)
    }};
}

pub(super) use table;

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &[(&str, u8)] = &[
        ("os.system", 1),
        ("subprocess.run|call", 2),
        ("system", 3),
        ("*.read_text", 4),
        ("*.call|system", 5),
    ];
    static TABLE: Table<u8> = table!(u8, ROWS);

    #[test]
    fn a_row_is_found_by_the_end_of_a_path() {
        for (path, expected) in [
            ("os.system", Some(1)),
            ("self.os.system", Some(1)),
            ("chaos.system", Some(5)),
            ("subprocess.call", Some(2)),
            ("subprocess.runs", None),
            ("x.call", Some(5)),
            ("call", None),
            ("system", Some(3)),
            ("Path().read_text", Some(4)),
            ("read_text", None),
            ("", None),
            ("x.", None),
        ] {
            assert_eq!(TABLE.find(Path::new(path)), expected, "{path}");
        }
    }
}
