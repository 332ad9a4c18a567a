//! A server under comparison: started pinned to its core, watched through /proc, ended on drop.
//!
//! CPU time is the sum over the threads of the process, to the nanosecond where the kernel keeps
//! scheduler statistics; the split into user and system follows the clock ticks of the process.
//! Linux only, as /proc is. Not here: what is sent to the server.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bench::client::{Client, Target};
use bench::template::split_words;

use super::CompareError;

/// How long a server may take to answer its first PING.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// A kernel clock tick in /proc/PID/stat, in nanoseconds (USER_HZ is 100 on every Linux port).
const TICK_NS: f64 = 1e7;
/// How names of threads begin that serve requests; a server without such does it in its first one.
const SERVING: &str = "worker";
/// Their real-time priority under `--realtime`.
const PRIORITY: &str = "40";

/// A name and a command line with `{port}`, `{dir}` and, if it speaks the binary protocol,
/// `{binary_port}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    pub name: String,
    pub command: String,
}

impl std::str::FromStr for Recipe {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, command)) if !name.is_empty() && command.contains("{port}") => {
                Ok(Self { name: name.to_owned(), command: command.to_owned() })
            }
            _ => Err("expected NAME=COMMAND with {port} in the command".into()),
        }
    }
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    pub name: String,
    pub target: Target,
    /// Where it speaks the binary protocol, if it does.
    pub binary_target: Option<Target>,
    port: u16,
    child: Child,
    dir: PathBuf,
}

/// CPU time used by a process, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cpu {
    pub user_ns: f64,
    pub system_ns: f64,
}

impl Cpu {
    pub fn total_ns(self) -> f64 {
        self.user_ns + self.system_ns
    }
}

/// A reading of a process's clocks.
#[derive(Debug, Clone, Copy)]
pub struct CpuReading {
    user_ticks: f64,
    system_ticks: f64,
    run_ns: Option<f64>,
}

impl CpuReading {
    /// What was used since `earlier`.
    pub fn since(self, earlier: Self) -> Cpu {
        let user_ns = (self.user_ticks - earlier.user_ticks) * TICK_NS;
        let system_ns = (self.system_ticks - earlier.system_ticks) * TICK_NS;
        let ticked_ns = user_ns + system_ns;
        let scale = match (self.run_ns, earlier.run_ns) {
            (Some(now), Some(then)) if ticked_ns > 0.0 && now > then => (now - then) / ticked_ns,
            _ => 1.0,
        };
        Cpu { user_ns: user_ns * scale, system_ns: system_ns * scale }
    }
}

impl Server {
    /// Starts a server on `core` and waits until it answers.
    pub fn start(recipe: &Recipe, port: u16, core: &str) -> Result<Self, CompareError> {
        let wrong = |what: String| CompareError::Server(recipe.name.clone(), what);
        let dir = std::env::temp_dir().join(format!(
            "bench-compare-{}-{}-{port}",
            std::process::id(),
            recipe.name
        ));
        fs::create_dir_all(&dir).map_err(|error| wrong(format!("{}: {error}", dir.display())))?;
        let line = recipe
            .command
            .replace("{port}", &port.to_string())
            .replace("{binary_port}", &(port + 1).to_string())
            .replace("{dir}", &dir.to_string_lossy());
        let words = split_words(&line).map_err(|error| wrong(error.to_string()))?;
        let log = fs::File::create(dir.join("output")).map_err(|error| wrong(error.to_string()))?;
        let errors = log.try_clone().map_err(|error| wrong(error.to_string()))?;
        // Both replace themselves with the next command, so the process is the server itself;
        // the first makes it end with this process, however that ends.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "taskset", "-c", core])
            .args(&words)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|error| wrong(format!("setpriv: {error}")))?;
        let (name, target) = (recipe.name.clone(), Target::local(port));
        let has_binary = recipe.command.contains("{binary_port}");
        let binary_target = has_binary.then(|| Target { binary: true, ..Target::local(port + 1) });
        let mut server = Self { name, target, binary_target, port, child, dir };
        server.wait_until_up()?;
        Ok(server)
    }

    fn wait_until_up(&mut self) -> Result<(), CompareError> {
        let start = Instant::now();
        loop {
            let exited = self.child.try_wait().ok().flatten();
            if exited.is_some() || start.elapsed() > START_TIMEOUT {
                let output = fs::read_to_string(self.dir.join("output")).unwrap_or_default();
                let tail: String = output.lines().rev().take(3).collect::<Vec<_>>().join(" | ");
                let what = if exited.is_some() { "ended at once" } else { "did not answer PING" };
                return Err(CompareError::Server(self.name.clone(), format!("{what}: {tail}")));
            }
            let answered = self.client().and_then(|mut client| Ok(client.must(&["PING"])?));
            if answered.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(20));
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where a load in this form goes.
    pub fn target_of(&self, is_binary: bool) -> Option<&Target> {
        if is_binary { self.binary_target.as_ref() } else { Some(&self.target) }
    }

    /// A blocking connection.
    pub fn client(&self) -> Result<Client, CompareError> {
        Ok(self.target.connect()?)
    }

    /// With `realtime`, the threads that serve requests get their core before everything else that
    /// runs there: what is waited then is the server's own doing. (Not this process, which is never
    /// idle: the kernel's own threads for packets would not get the core.)
    pub fn prefer(&self, realtime: bool) -> Result<(), CompareError> {
        if !realtime {
            return Ok(());
        }
        let mut ids = self.thread_ids(|name| name.starts_with(SERVING));
        if ids.is_empty() {
            ids.push(self.child.id().to_string());
        }
        for id in ids {
            // Not for what it forks: a child that saves must not keep the server from its core.
            let chrt = ["--reset-on-fork", "-f", "-p", PRIORITY, &id];
            let status = Command::new("chrt").args(chrt).status()?;
            if !status.success() {
                return Err(CompareError::Usage(
                    "--realtime needs chrt and the right to it".into(),
                ));
            }
        }
        Ok(())
    }

    /// The threads with such a name.
    fn thread_ids(&self, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
        let Ok(tasks) = fs::read_dir(self.proc("task")) else { return Vec::new() };
        let meant = tasks.flatten().filter(|task| {
            fs::read_to_string(task.path().join("comm")).is_ok_and(|name| is_meant(name.trim()))
        });
        meant.map(|task| task.file_name().to_string_lossy().into_owned()).collect()
    }

    /// The CPU clocks as they stand.
    pub fn cpu(&self) -> CpuReading {
        let stat = fs::read_to_string(self.proc("stat")).unwrap_or_default();
        let (user_ticks, system_ticks) = stat_fields(&stat, 11).unwrap_or_default();
        CpuReading { user_ticks, system_ticks, run_ns: self.run_ns() }
    }

    /// The time that threads were ready to run but something else had the core, in nanoseconds;
    /// `None` without scheduler statistics.
    pub fn queued_ns(&self) -> Option<f64> {
        self.schedstat(1)
    }

    fn run_ns(&self) -> Option<f64> {
        self.schedstat(0).filter(|total| *total > 0.0)
    }

    /// The sum over threads of a field of their scheduler statistics: 0 running, 1 queued.
    fn schedstat(&self, field: usize) -> Option<f64> {
        let mut total = 0.0;
        for task in fs::read_dir(self.proc("task")).ok()? {
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            total += text.split_whitespace().nth(field)?.parse::<f64>().ok()?;
        }
        Some(total)
    }

    /// The time that threads of this name have run, in nanoseconds.
    pub fn thread_ns(&self, name: &str) -> f64 {
        let run_ns = |id: String| {
            let text = fs::read_to_string(self.proc("task").join(id).join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<f64>().ok()
        };
        self.thread_ids(|thread| thread == name).into_iter().filter_map(run_ns).sum()
    }

    /// The time that ended child processes took, in nanoseconds.
    pub fn children_ns(&self) -> f64 {
        let stat = fs::read_to_string(self.proc("stat")).unwrap_or_default();
        stat_fields(&stat, 13).map_or(0.0, |(user, system)| (user + system) * TICK_NS)
    }

    /// Resident memory in bytes.
    pub fn resident_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string(self.proc("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.child.id()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left to do about an error.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// User and system ticks from /proc/PID/stat, so many fields behind the name, which may contain
/// spaces and parentheses.
fn stat_fields(stat: &str, skip: usize) -> Option<(f64, f64)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(skip);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_past_odd_names() {
        let stat = "7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 123 45 0 0 20";
        assert_eq!(stat_fields(stat, 11), Some((123.0, 45.0)));
        assert_eq!(stat_fields("", 11), None);
    }

    #[test]
    fn ticks_split_what_the_scheduler_measured() {
        let at = |user_ticks, system_ticks, run_ns| CpuReading { user_ticks, system_ticks, run_ns };
        let cpu = at(13.0, 5.0, Some(9e7)).since(at(10.0, 4.0, Some(1e7)));
        assert_eq!(cpu, Cpu { user_ns: 6e7, system_ns: 2e7 });
        let cpu = at(13.0, 5.0, None).since(at(10.0, 4.0, None));
        assert_eq!(cpu.total_ns(), 4e7);
    }

    #[test]
    fn recipes_name_a_server() {
        let recipe: Recipe = "a=b --port {port}".parse().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((recipe.name.as_str(), recipe.command.as_str()), ("a", "b --port {port}"));
        assert!("a=b".parse::<Recipe>().is_err());
        assert!("b {port}".parse::<Recipe>().is_err());
    }
}
