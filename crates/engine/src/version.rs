//! Which versions the server presents.

/// The version of Redis whose behaviour is the reference: what INFO and HELLO show, since clients
/// and tools choose by it.
pub const REDIS_VERSION: &str = "7.0.15";
/// Our own version.
pub const RUSSET_VERSION: &str = env!("CARGO_PKG_VERSION");
