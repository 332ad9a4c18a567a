//! Redis's Lua scripting as a library: scripts in, replies out.
//!
//! A [`Vm`] compiles and runs [`Script`]s. What a script's commands do is the business of its
//! [`Host`]. Scripts see the language, libraries, conversions and error texts of Redis 7.0.
//!
//! Must be true: nothing that a script does stops the process, outlives its run, or reaches
//! anything but its host; it ends when the host says so.
//! Not here: commands, keys, sessions, and which scripts a server knows.

mod api;
mod callbacks;
mod calls;
mod context;
mod decode;
mod encode;
mod host;
mod lexer;
mod libraries;
mod library;
mod lua;
mod random;
mod sandbox;
mod script;
mod source;
mod vm;

pub use calls::{CallText, WordText, calls, library_calls};
pub use context::ServerVersion;
pub use host::{Called, Host, LogLevel, Propagation, Verdict};
pub use library::{Registered, flag_names, parse_library};
pub use lua::Kept;
pub use script::{Flags, Script, Sha, declared_flags, sha1_hex};
pub use source::may_loop;
pub use vm::{Ran, Vm};
