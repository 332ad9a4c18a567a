//! The project's own tasks, as a library, so that each is also reachable from a test.
//!
//! One module per verb of `cargo xtask`. A module offers `run(arguments) -> ExitCode`; `main.rs`
//! holds the list of verbs and nothing else.
//!
//! Not here: anything the server needs at run time. Nothing in the workspace depends on xtask.

pub mod bench_compare;
pub mod manual;
pub mod tidy;
