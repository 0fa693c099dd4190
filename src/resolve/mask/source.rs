//! A pipe that is read with a limit of time.

use std::io::{self, ErrorKind, Read};

pub use system::{Pipe, Source};

fn read(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(into) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// On a Unix a pipe says whether there is something in it.
#[cfg(unix)]
mod system {
    use std::os::fd::AsFd;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    use super::*;

    /// What can be read so.
    pub trait Pipe: Read + AsFd {}
    impl<T: Read + AsFd> Pipe for T {}

    /// It, being read.
    pub struct Source<P>(P);

    impl<P: Pipe> Source<P> {
        pub fn new(pipe: P) -> io::Result<Source<P>> {
            Ok(Source(pipe))
        }

        /// Reads what there is, waiting for it this long, or as long as it takes. None where the time was over; 0 is the end.
        pub fn read(&mut self, into: &mut [u8], within: Option<Duration>) -> io::Result<Option<usize>> {
            match within {
                Some(within) if !is_ready(&self.0, within)? => Ok(None),
                _ => read(&mut self.0, into).map(Some),
            }
        }
    }

    /// Whether there is something to read, or an end, within this time.
    fn is_ready(from: &impl AsFd, within: Duration) -> io::Result<bool> {
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            match poll(&mut [PollFd::new(from, PollFlags::IN)], Some(&left)) {
                Err(Errno::INTR) => {}
                result => return Ok(result? > 0),
            }
        }
    }
}

/// On Windows it does not, so that a thread waits for it.
#[cfg(windows)]
mod system {
    use std::marker::PhantomData;
    use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
    use std::thread;
    use std::time::Duration;

    use zeroize::Zeroizing;

    use super::*;

    /// What can be read so.
    pub trait Pipe: Read + Send + 'static {}
    impl<T: Read + Send + 'static> Pipe for T {}

    /// What is read at once: as much as a pipe holds elsewhere.
    const LENGTH: usize = 64 << 10;

    /// It, being read.
    pub struct Source<P> {
        parts: Receiver<io::Result<Zeroizing<Vec<u8>>>>,
        /// What was read and not yet asked for, and how much of it was.
        rest: (Zeroizing<Vec<u8>>, usize),
        pipe: PhantomData<P>,
    }

    impl<P: Pipe> Source<P> {
        pub fn new(mut pipe: P) -> io::Result<Source<P>> {
            // One part at a time: while nobody takes it, nothing more is read.
            let (give, parts) = sync_channel(0);
            let work = move || {
                loop {
                    let mut part = Zeroizing::new(vec![0; LENGTH]);
                    let result = read(&mut pipe, &mut part).map(|count| {
                        part.truncate(count);
                        part
                    });
                    let last = !result.as_ref().is_ok_and(|part| !part.is_empty());
                    if give.send(result).is_err() || last {
                        return;
                    }
                }
            };
            thread::Builder::new().spawn(work)?;
            Ok(Source { parts, rest: Default::default(), pipe: PhantomData })
        }

        /// Reads what there is, waiting for it this long, or as long as it takes. None where the time was over; 0 is the end.
        pub fn read(&mut self, into: &mut [u8], within: Option<Duration>) -> io::Result<Option<usize>> {
            if self.rest.1 == self.rest.0.len() {
                let part = match within {
                    Some(within) => self.parts.recv_timeout(within),
                    None => self.parts.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                self.rest = match part {
                    Ok(part) => (part?, 0),
                    Err(RecvTimeoutError::Timeout) => return Ok(None),
                    // It ended before.
                    Err(RecvTimeoutError::Disconnected) => return Ok(Some(0)),
                };
            }
            let (part, taken) = &mut self.rest;
            let count = into.len().min(part.len() - *taken);
            into[..count].copy_from_slice(&part[*taken..*taken + count]);
            *taken += count;
            Ok(Some(count))
        }
    }
}
