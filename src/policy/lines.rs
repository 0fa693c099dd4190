//! Lines of JSON by their places, of which a hook reads the few that it needs.

use std::borrow::Cow;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Where a line begins and ends.
pub(super) type Span = (u32, u32);

/// Text that lies elsewhere.
pub trait Stored: Debug + Send + Sync {
    /// What stands between two places, counted in bytes.
    ///
    /// # Errors
    /// When it cannot be read, or there is less.
    fn part(&self, start: u32, end: u32) -> io::Result<String>;
}

/// Lines of JSON.
#[derive(Debug, Clone)]
pub enum Lines {
    /// As they were written.
    Held(String),
    /// As they were kept.
    Kept(Arc<dyn Stored>),
}

impl Default for Lines {
    fn default() -> Lines {
        Lines::Held(String::new())
    }
}

impl Lines {
    /// Writes a line behind those that are held.
    pub(super) fn write(&mut self, value: &impl Serialize) -> Span {
        let Lines::Held(text) = self else { unreachable!("what was kept is complete") };
        let place = |text: &str| u32::try_from(text.len()).expect("files are bounded");
        let start = place(text);
        text.push_str(&serde_json::to_string(value).expect("names, numbers and words are JSON"));
        let span = (start, place(text));
        text.push('\n');
        span
    }

    /// Reads a line.
    ///
    /// # Errors
    /// When it is not there any more, or does not read.
    pub(super) fn read<T: DeserializeOwned>(&self, (start, end): Span) -> Result<T, String> {
        let json = match self {
            Lines::Held(text) => {
                Cow::Borrowed(text.get(start as usize..end as usize).ok_or("a line is cut off")?)
            }
            Lines::Kept(stored) => {
                Cow::Owned(stored.part(start, end).map_err(|error| format!("a line is cut off: {error}"))?)
            }
        };
        serde_json::from_str(&json).map_err(|error| format!("a line does not read: {error}"))
    }

    /// The same of a line that an empty text does not have.
    pub(super) fn read_or_default<T: DeserializeOwned + Default>(&self, span: Span) -> Result<T, String> {
        if span == (0, 0) { Ok(T::default()) } else { self.read(span) }
    }
}
