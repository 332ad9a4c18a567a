//! The configuration of a server: redis.conf, the command line, and CONFIG GET/SET/REWRITE.
//!
//! One declarative table (`directives`) names every directive: its aliases, what it accepts,
//! where its value lives in [`Settings`], and what it is for. Everything else reads that table:
//! the file loader, the command line, CONFIG GET, SET and REWRITE, and the manual page.
//!
//! Must be true
//! 1. A name or an alias stands in the table once.
//! 2. A `Settings` that came out of this crate holds only values its directives accept.
//! 3. What CONFIG GET shows, CONFIG SET and redis.conf accept, and it changes nothing.
//!
//! Not here: side effects (listening on a new port, changing directory, loading ACL users),
//! which belong to the server, told by a list of [`Change`]s; and no global state.

mod choices;
mod command_line;
mod directive;
mod directives;
mod error;
mod include;
mod load;
mod manual;
mod operations;
mod rewrite;
pub mod settings;
mod shape;
mod value;

pub use choices::{
    AclPubsubDefault, AppendFsync, EndpointType, EvictionPolicy, LogLevel, OomScoreAdj,
    ProtectedAction, ReplDisklessLoad, Supervised, TlsAuthClients,
};
pub use command_line::{CommandLine, Invocation};
pub use directive::{Directive, Flags};
pub use directives::{all, find};
pub use error::{LoadError, Reason, SetError};
pub use load::{Loader, load_file};
pub use manual::manual;
pub use operations::{Change, Conditions, get, is_sensitive, set};
pub use rewrite::{Users, rewrite, rewrite_file};
pub use settings::Settings;
