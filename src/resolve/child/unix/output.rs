//! One stream of the child, as it is read here.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Weak};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The reading end of the child's pipe. Dropped, it makes the child's next write fail as it would without us.
#[derive(Debug)]
pub struct ChildOutput(Arc<PipeReader>);

/// Tells whether anybody still has the writing end, and keeps nothing open.
#[derive(Debug)]
pub(in crate::resolve::child) struct Holders(Weak<PipeReader>);

impl ChildOutput {
    pub(in crate::resolve::child) fn new(pipe: impl Into<OwnedFd>) -> ChildOutput {
        ChildOutput(Arc::new(PipeReader::from(pipe.into())))
    }

    pub(in crate::resolve::child) fn holders(&self) -> Holders {
        Holders(Arc::downgrade(&self.0))
    }
}

impl Holders {
    /// Whether a process has it open for writing.
    pub(in crate::resolve::child) fn any(&self) -> bool {
        let Some(pipe) = self.0.upgrade() else { return false };
        let mut polled = [PollFd::new(&pipe, PollFlags::empty())];
        // POLLHUP comes unasked, as soon as there is no writer (poll(2)).
        poll(&mut polled, Some(&Timespec::default())).is_ok() && !polled[0].revents().contains(PollFlags::HUP)
    }
}

impl Read for ChildOutput {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(into)
    }
}

impl AsFd for ChildOutput {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
