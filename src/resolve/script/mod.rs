//! References in the text of a shell's script: how each has to be written so that its value is never code.
//!
//! In: a script, and where in it references stand. Out: the script with every reference either
//!
//! - an *expansion* of an environment variable, quoted for its place, so that the script never holds the value; or
//! - the value *pasted*, quoted for its place, for a shell that does not get our environment.
//!
//! Either way the shell gets exactly the value's bytes as part of the word that the reference stood in:
//!
//! ```text
//! echo REF            echo "${NAME}"              echo 'value'
//! echo "a REF"        echo "a ${NAME}"            echo "a value"
//! echo 'a REF'        echo 'a '"${NAME}"''        echo 'a value'
//! bash -c 'echo REF'  bash -c 'echo "${NAME}"'    bash -c 'echo '\''value'\'''
//! ```
//!
//! Where the shell would evaluate the word again, there is no such way, and the script is [`Refused`]. A script
//! that hands a value on by other means (`x=REF; eval "echo $x"`) is its author's own: that is not seen here.
//!
//! `lexer` goes through the commands, `word` and `parameter` through quotes and expansions, `here` through
//! here-documents, `command` asks what a command does with its words, `spell` knows how to write each place,
//! and `render` writes.

mod arguments;
mod arithmetic;
mod command;
mod cond;
mod here;
mod lexer;
mod parameter;
mod render;
mod spell;
#[cfg(test)]
mod tests;
mod text;
mod word;

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

/// A script whose references can be written.
#[derive(Debug)]
pub struct Rewriting {
    script: String,
    level: text::Level,
}

/// Why a reference cannot be written where it stands, or the script cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which of the references, where it is one.
    pub reference: Option<usize>,
    /// The cause and the mend, as sentences. They hold nothing of a value.
    pub cause: String,
}

impl Refused {
    /// On account of a reference.
    pub(super) fn at(reference: usize, cause: impl Into<String>) -> Refused {
        Refused { reference: Some(reference), cause: cause.into() }
    }

    /// On account of a place where the shell evaluates words.
    fn evaluated(reference: usize, place: &str) -> Refused {
        Refused::at(
            reference,
            format!(
                "a reference stands in {place}, which the shell evaluates, so the value could run as code: \
                 put the reference in an environment variable before asm-exec (NAME='{{{{…}}}}' asm-exec …) and \
                 write \"$NAME\" in the script where it is not evaluated."
            ),
        )
    }

    /// The script cannot be read.
    fn unreadable(what: &str) -> Refused {
        Refused {
            reference: None,
            cause: format!(
                "the shell script with references cannot be read: {what}. Check it with `sh -n`, or put the \
                 reference in an environment variable (NAME='{{{{…}}}}' asm-exec …) and write \"$NAME\" in it."
            ),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl std::error::Error for Refused {}

/// Finds how the references in a script have to be written. `references` are their bytes.
///
/// # Errors
/// Where the script cannot be read to its end, or a reference stands where its value would be evaluated.
pub fn places(script: &str, references: &[Range<usize>]) -> Result<Rewriting, Refused> {
    let units = text::units(script, references)?;
    Ok(Rewriting { script: script.to_owned(), level: lexer::level(units, 0)? })
}

impl Rewriting {
    /// The script with every reference an expansion of the environment variable that `name_of` says, a name of
    /// letters, digits and `_`. In comments references stay what they are.
    ///
    /// # Errors
    /// Where a reference stands in text for a shell that the script starts without its environment.
    pub fn expansions<'a>(&self, name_of: impl Fn(usize) -> &'a str) -> Result<String, Refused> {
        let written = render::script(&self.script, &self.level, &render::Expansion(&name_of))?;
        Ok(written.as_str().to_owned())
    }

    /// The script with every reference replaced by its value, quoted. In comments references stay what they are.
    ///
    /// # Errors
    /// Where a value cannot be written in its place.
    pub fn pasted<'a>(&self, value_of: impl Fn(usize) -> &'a str) -> Result<Zeroizing<String>, Refused> {
        render::script(&self.script, &self.level, &render::Pasted(&value_of))
    }
}
