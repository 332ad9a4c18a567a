//! The process as an operator sees it: in the background or not, its pid file, its descriptor
//! limit.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio, exit};

use config::{Settings, Supervised};
use engine::Journal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, setsid};
use rustix::thread::{CpuSet, sched_setaffinity};

/// Set for the process that `daemonize yes` leaves behind, so that it does not do so again.
const IN_BACKGROUND: &str = "RUSSET_IN_BACKGROUND";
/// Descriptors that are not clients: listeners, event loops, files.
const OWN_DESCRIPTORS: u64 = 64;

/// Goes into the background if the settings say so: starts this program again with the same
/// arguments, without a terminal, and ends. (There is no fork.)
///
/// # Errors
/// The program cannot be started again.
pub fn daemonize(settings: &Settings) -> io::Result<()> {
    if !settings.process.daemonize {
        return Ok(());
    }
    if env::var_os(IN_BACKGROUND).is_some() {
        // Fails only if this process leads a session already, and then there is nothing to do.
        let _ = setsid();
        return Ok(());
    }
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_default();
    Command::new(env::current_exe()?)
        .arg0(name)
        .args(arguments)
        .env(IN_BACKGROUND, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    exit(0);
}

/// A pid file; dropping it removes it.
pub struct PidFile(Option<String>);

impl PidFile {
    /// Writes the file that the settings name; in the background there is always one.
    pub fn write(settings: &Settings, journal: &Journal) -> Self {
        let path = match &settings.process.pid_file {
            Some(path) if !path.is_empty() => path.clone(),
            _ if settings.process.daemonize => "/var/run/redis.pid".to_owned(),
            _ => return Self(None),
        };
        match fs::write(&path, format!("{}\n", std::process::id())) {
            Ok(()) => Self(Some(path)),
            Err(error) => {
                journal.warning(format_args!("Failed to write PID file: {error}"));
                Self(None)
            }
        }
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // It may have been removed by hand.
            let _ = fs::remove_file(path);
        }
    }
}

/// Raises the limit of descriptors to what `maxclients` needs, or lowers `maxclients` to what the
/// limit allows.
pub fn fit_descriptors(settings: &mut Settings, journal: &Journal) {
    let wanted = u64::from(settings.clients.maxclients) + OWN_DESCRIPTORS;
    let limit = getrlimit(Resource::Nofile);
    let (current, maximum) = (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX));
    if current >= wanted {
        return;
    }
    let raised = Rlimit { current: Some(wanted.min(maximum)), maximum: limit.maximum };
    let reached = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => wanted.min(maximum),
        Err(_) => current,
    };
    if reached < wanted {
        let fits = reached.saturating_sub(OWN_DESCRIPTORS).max(1) as u32;
        journal.warning(format_args!(
            "You requested maxclients of {} requiring at least {wanted} max file descriptors. \
             Current maximum open files is {reached}. maxclients has been reduced to {fits}.",
            settings.clients.maxclients
        ));
        settings.clients.maxclients = fits;
    }
}

/// Tells systemd that the server is ready, if the settings say that it asked.
pub fn notify_ready(settings: &Settings, journal: &Journal) {
    let wanted = matches!(settings.process.supervised, Supervised::Systemd | Supervised::Auto);
    let Some(socket) = env::var_os("NOTIFY_SOCKET").filter(|_| wanted) else { return };
    let told = UnixDatagram::unbound()
        .and_then(|from| from.send_to(b"READY=1\nSTATUS=Ready to accept connections\n", &socket));
    if let Err(error) = told {
        journal.warning(format_args!("Can't notify the supervisor: {error}"));
    }
}

/// Binds the calling thread to the processors of `server_cpulist` (`0,2,4-7`, `0-10:2`).
pub fn bind_to_processors(list: &str) {
    let mut set = CpuSet::new();
    let mut any = false;
    for part in list.split(',') {
        let (range, step) = part.split_once(':').unwrap_or((part, "1"));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let numbers = (first.trim().parse(), last.trim().parse(), step.trim().parse::<usize>());
        if let (Ok(first), Ok(last), Ok(step)) = numbers {
            let last: usize = last;
            (first..=last.min(CpuSet::MAX_CPU - 1)).step_by(step.max(1)).for_each(|n| set.set(n));
            any = true;
        }
    }
    if any {
        // A processor that this machine does not have is no reason not to start.
        let _ = sched_setaffinity(None, &set);
    }
}

/// The number of a group, by name or by number, from the system's list of groups.
fn group_number(group: &str) -> Option<u32> {
    if let Ok(number) = group.parse() {
        return Some(number);
    }
    let groups = fs::read_to_string("/etc/group").ok()?;
    let line = groups.lines().find(|line| line.split(':').next() == Some(group))?;
    line.split(':').nth(2)?.parse().ok()
}

/// Gives the unix socket to the group of `unixsocketgroup`.
pub fn give_socket_to_group(settings: &Settings, journal: &Journal) {
    let (Some(path), Some(group)) = (&settings.unix.path, &settings.unix.group) else { return };
    if path.is_empty() || group.is_empty() {
        return;
    }
    let given = match group_number(group) {
        Some(number) => chown(path, None, Some(number)),
        None => Err(io::Error::new(io::ErrorKind::NotFound, "no such group")),
    };
    if let Err(error) = given {
        journal.warning(format_args!("Can't give the unix socket to group {group}: {error}"));
    }
}
