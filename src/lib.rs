pub mod bounds;
pub mod shell;
pub mod trace;
pub mod value;
