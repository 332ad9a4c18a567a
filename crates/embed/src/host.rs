//! The process around the engine, as far as there is one for a library: nothing can be changed from
//! within, and SHUTDOWN ends the database, not the process.

use std::sync::{Arc, OnceLock, Weak};

use config::Settings;
use engine::{Facts, Host, Node, persistence};

use crate::allocator::is_counting;
use crate::database::UNCOUNTED;

/// The host of a database.
#[derive(Default)]
pub(crate) struct LibraryHost {
    node: OnceLock<Weak<Node>>,
}

impl LibraryHost {
    /// Tells the host which node it is around.
    pub(crate) fn know(&self, node: &Arc<Node>) {
        // It is told once.
        let _ = self.node.set(Arc::downgrade(node));
    }

    fn node(&self) -> Option<Arc<Node>> {
        self.node.get().and_then(Weak::upgrade)
    }
}

impl Host for LibraryHost {
    fn apply(&self, changed: &[&str], settings: &Settings) -> Result<(), String> {
        let is_limited = changed.contains(&"maxmemory") && settings.memory.maxmemory_bytes > 0;
        if is_limited && !is_counting() {
            return Err(UNCOUNTED.to_owned());
        }
        match changed.iter().find(|name| matches!(**name, "dir" | "port" | "bind")) {
            Some(name) => Err(format!("'{name}' means nothing in a library, or cannot be changed")),
            None => Ok(()),
        }
    }

    fn facts(&self) -> Facts {
        Facts::default()
    }

    fn rewrite_config(&self, _settings: &Settings) -> Result<(), String> {
        Err("The server is running without a config file".to_owned())
    }

    fn reload(&self) -> Result<(), String> {
        match self.node() {
            Some(node) => persistence::load(&node, &node.settings(), log::Seal::No).map(|_| ()),
            None => Err("the database is closed".to_owned()),
        }
    }

    fn stop(&self) {
        if let Some(node) = self.node() {
            node.stop();
        }
    }
}
