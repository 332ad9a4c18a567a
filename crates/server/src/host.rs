//! The process around the engine: what CONFIG SET and SHUTDOWN do beyond it.

use std::sync::{Arc, OnceLock, Weak};

use config::{CommandLine, LogLevel, Settings, Users};
use engine::{Facts, Host, Level, Node, persistence};
use log::aof::files::reason;
use net::AcceptorHandle;

use crate::assemble::endpoints;
use crate::journal::LogFile;

/// The process as the engine sees it.
pub struct ProcessHost {
    config_file: Option<String>,
    file: LogFile,
    acceptor: AcceptorHandle,
    node: OnceLock<Weak<Node>>,
}

impl ProcessHost {
    /// The process that was started with this command line.
    pub fn new(line: &CommandLine, file: LogFile, acceptor: AcceptorHandle) -> Self {
        let config_file = line.config_file.as_ref().map(|p| p.to_string_lossy().into_owned());
        Self { config_file, file, acceptor, node: OnceLock::new() }
    }

    /// Tells the host which node it is around.
    pub fn know(&self, node: &Arc<Node>) {
        let _ = self.node.set(Arc::downgrade(node));
    }

    fn rebind(&self, settings: &Settings) -> Result<(), String> {
        let endpoints = endpoints(settings).map_err(|e| e.to_string())?;
        let backlog = settings.network.tcp_backlog.min(i32::MAX as u32) as i32;
        self.acceptor
            .listen_at(endpoints, backlog)
            .map_err(|_| "Unable to listen on this port. Check server logs.".to_owned())
    }
}

/// The journal's level for a configured one.
pub fn level_of(level: LogLevel) -> Level {
    match level {
        LogLevel::Debug => Level::Debug,
        LogLevel::Verbose => Level::Verbose,
        LogLevel::Notice => Level::Notice,
        LogLevel::Warning => Level::Warning,
    }
}

impl Host for ProcessHost {
    fn apply(&self, changed: &[&str], settings: &Settings) -> Result<(), String> {
        if changed.contains(&"dir") {
            std::env::set_current_dir(&settings.process.dir).map_err(|e| reason(&e))?;
        }
        if ["port", "bind", "binary-port"].iter().any(|name| changed.contains(name)) {
            self.rebind(settings)?;
        }
        if changed.contains(&"loglevel") {
            self.file.set_least(level_of(settings.logging.level));
        }
        if changed.contains(&"tcp-keepalive") {
            self.acceptor.set_keepalive(settings.network.tcp_keepalive_s);
        }
        Ok(())
    }

    fn facts(&self) -> Facts {
        let executable = std::env::current_exe();
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        Facts {
            executable: executable.map_or_else(|_| String::new(), |p| p.display().to_string()),
            config_file: self.config_file.clone().unwrap_or_default(),
            port: 0,
            descriptors_max: limit.current.unwrap_or(u64::MAX),
        }
    }

    fn rewrite_config(&self, settings: &Settings) -> Result<(), String> {
        let Some(path) = &self.config_file else {
            return Err("The server is running without a config file".into());
        };
        config::rewrite_file(path.as_ref(), settings, Users::Keep).map_err(|e| e.to_string())
    }

    fn reload(&self) -> Result<(), String> {
        match self.node.get().and_then(Weak::upgrade) {
            Some(node) => persistence::load(&node, &node.settings(), log::Seal::No).map(|_| ()),
            None => Err("the server is not running yet".to_owned()),
        }
    }

    fn stop(&self) {
        if let Some(node) = self.node.get().and_then(Weak::upgrade) {
            node.stop();
        }
    }
}
