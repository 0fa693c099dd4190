//! From a pipe that the child writes to our own stdout or stderr, masked.

use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::source::{Pipe, Source};
use super::{Filter, Masks};

/// How long a byte may be held back because it could begin a value: a prompt appears before one notices.
pub const LONGEST_DELAY: Duration = Duration::from_millis(100);

/// What is read at once at first: most commands print a few lines.
const FEW: usize = 4 << 10;
/// What is read at once from a command that fills that: as much as a pipe holds (pipe(7), "Pipe capacity").
const MANY: usize = 64 << 10;

/// Copies until the end, with every value replaced. What is read is written at once, but for bytes that could begin
/// a value; those wait [`LONGEST_DELAY`] at most. When nobody reads `to` any more, copying ends: dropping `from` lets
/// the writer at its other end know.
///
/// # Errors
/// When reading or writing fails.
pub fn copy(from: impl Pipe, mut to: impl Write, masks: &Masks) -> io::Result<()> {
    let mut from = Source::new(from)?;
    let mut filter = Filter::new(masks);
    let mut input = Zeroizing::new(vec![0; FEW]);
    let mut output = Vec::with_capacity(FEW);
    // When the oldest byte that waits was read.
    let mut since = Instant::now();
    loop {
        let within = (filter.waiting() > 0).then(|| LONGEST_DELAY.saturating_sub(since.elapsed()));
        let read = from.read(&mut input, within)?;
        let (count, ended) = (read.unwrap_or(0), read == Some(0));
        if count == 0 {
            filter.settle(&mut output);
        } else {
            filter.push(&input[..count], &mut output);
            if filter.waiting() <= count {
                since = Instant::now();
            }
        }
        if !output.is_empty() {
            match to.write_all(&output).and_then(|()| to.flush()) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written?,
            }
            output.clear();
        }
        if ended {
            return Ok(());
        }
        if count == input.len() && count < MANY {
            input = Zeroizing::new(vec![0; MANY]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, PipeWriter, Read, pipe};
    use std::thread;

    use secrecy::SecretString;

    use super::*;

    const VALUE: &str = "Passw0rd:tr0ub4dor&3";
    const LABEL: &str = "{{resolve:secretsmanager:db}}";

    fn masks() -> Masks {
        let value = SecretString::from(VALUE);
        Masks::new([(&value, LABEL)], &[]).0
    }

    /// Runs `writer` at one end and `reader` at the other of a masked pipe.
    fn through<R>(writer: impl FnOnce(PipeWriter) + Send, reader: impl FnOnce(PipeReader) -> R) -> R {
        let masks = masks();
        let ((from, theirs), (ours, to)) = (pipe().unwrap(), pipe().unwrap());
        thread::scope(|scope| {
            scope.spawn(|| writer(theirs));
            let copying = scope.spawn(|| copy(from, to, &masks));
            let result = reader(ours);
            copying.join().unwrap().unwrap();
            result
        })
    }

    fn all(mut from: PipeReader) -> String {
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_value_is_masked_wherever_the_writer_breaks_it() {
        for at in 0..=VALUE.len() {
            let (first, second) = VALUE.split_at(at);
            let output = through(
                |mut to| {
                    write!(to, "> {first}").unwrap();
                    // Long enough that the two halves are mostly read apart, well below the delay.
                    thread::sleep(Duration::from_millis(2));
                    write!(to, "{second} <").unwrap();
                },
                all,
            );
            assert_eq!(output, format!("> {LABEL} <"), "broken after {at}");
        }
    }

    #[test]
    fn a_prompt_that_begins_like_a_value_appears_in_time() {
        let (mut asked, mut go) = pipe().unwrap();
        through(
            |mut to| {
                to.write_all(b"Passw").unwrap();
                // Nothing follows until the prompt has been seen.
                asked.read_exact(&mut [0]).unwrap();
                to.write_all(b"ord: ").unwrap();
            },
            |mut from| {
                let began = Instant::now();
                let mut prompt = [0; 5];
                from.read_exact(&mut prompt).unwrap();
                let took = began.elapsed();
                assert_eq!(&prompt, b"Passw");
                // It is held for as long as it may be; twice that is room for a busy machine.
                assert!(took >= LONGEST_DELAY / 2 && took < LONGEST_DELAY * 2, "{took:?}");
                go.write_all(b".").unwrap();
                assert_eq!(all(from), "ord: ");
            },
        );
    }

    #[test]
    fn a_prompt_that_begins_like_no_value_appears_at_once() {
        let (mut asked, mut go) = pipe().unwrap();
        through(
            |mut to| {
                to.write_all(b"Continue? ").unwrap();
                asked.read_exact(&mut [0]).unwrap();
            },
            |mut from| {
                let began = Instant::now();
                from.read_exact(&mut [0; 10]).unwrap();
                assert!(began.elapsed() < LONGEST_DELAY, "{:?}", began.elapsed());
                go.write_all(b".").unwrap();
            },
        );
    }

    #[test]
    fn a_value_that_comes_slowly_is_masked_from_where_it_shows() {
        let pause = LONGEST_DELAY + Duration::from_millis(60);
        let output = through(
            |mut to| {
                for part in ["> Pas", "sw0", "rd:tr0ub4", "dor&", "3 <"] {
                    to.write_all(part.as_bytes()).unwrap();
                    thread::sleep(pause);
                }
            },
            all,
        );
        assert_eq!(output, format!("> Passw0{LABEL} <"));
    }

    #[test]
    fn copying_ends_when_nobody_reads() {
        through(
            |mut to| {
                // More than two pipes hold: only a broken pipe ends it.
                let line = [b'.'; 4096];
                let error = (0..1000).find_map(|_| to.write_all(&line).err()).expect("the pipe breaks");
                assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            },
            drop,
        );
    }

    #[test]
    fn what_fills_the_pipe_many_times_comes_through_whole() {
        let text = format!("{}{VALUE}{}\n", "x".repeat(1000), "y".repeat(777)).repeat(3000);
        let output = through(|mut to| to.write_all(text.as_bytes()).unwrap(), all);
        assert!(output == text.replace(VALUE, LABEL), "{} bytes", output.len());
    }
}
