//! Which version the server itself has. Which Redis it follows is a setting.

/// Our own version.
pub const RUSSET_VERSION: &str = env!("CARGO_PKG_VERSION");
