//! asm-guard: keeps AWS Secrets Manager values out of an AI agent's context.
//!
//! Data flows one way: a [`call::ToolCall`] comes from [`hook`]; [`surface`] says what its fields are; [`shell`]
//! and [`code`] understand them without running them; [`fact`] says what the call would do; [`policy`] judges
//! that; the [`policy::Verdict`] goes back through [`hook`]. [`guard::judge`] is the whole way.

pub mod audit;
pub mod bounds;
pub mod call;
pub mod cli;
pub mod code;
pub mod disk;
pub mod doctor;
pub mod document;
mod encoded;
pub mod fact;
pub mod fingerprint;
mod group;
pub mod guard;
mod home;
pub mod hook;
pub mod install;
pub mod knowledge;
pub mod layers;
pub mod policy;
mod private;
mod regular;
pub mod resolve;
mod search;
pub mod settings;
pub mod shell;
pub mod surface;
pub mod trace;
pub mod value;
