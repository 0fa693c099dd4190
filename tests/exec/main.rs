//! The real `asm-exec`, with a daemon on loopback that is part of the test: what the command receives, what its
//! output shows, and what is said when something fails.
#![cfg(unix)]

mod cases;
mod child;
mod daemon;
mod documents;
mod failures;
mod output;
mod remembered;
mod terminal;
