//! The command line and output of redis-benchmark, for scripts that call it by that name.
//!
//! Same flags, same test names and order, same key names, same `-q` and `--csv` lines.
//! Not here: TLS, cluster mode, client tracking and idle mode; asking for them is an error
//! rather than a different measurement.

use std::io::Read;
use std::path::PathBuf;

use clap::{ArgAction, Parser};

use crate::cli::warn;
use crate::client::{Address, Target};
use crate::error::BenchError;
use crate::load::{Connections, Fleet, Outcome, Plan, Stop};
use crate::report;
use crate::template::{Holes, Template};
use crate::workload::{FillCount, WORKLOADS, Workload};

/// What redis-benchmark runs without `-t`, in its order.
const TESTS: [&str; 20] = [
    "ping_inline",
    "ping_mbulk",
    "set",
    "get",
    "incr",
    "lpush",
    "rpush",
    "lpop",
    "rpop",
    "sadd",
    "hset",
    "spop",
    "zadd",
    "zpopmin",
    "lrange_100",
    "lrange_300",
    "lrange_500",
    "lrange_600",
    "mset",
    "xadd",
];
/// Tests that run only when `-t` names them.
const ON_REQUEST: [&str; 1] = ["xadd"];
const PUSH_FOR_RANGE: &str = "LPUSH (needed to benchmark LRANGE)";

/// Load a server and print its throughput, as redis-benchmark does.
#[derive(Debug, Parser)]
#[command(name = "russet-benchmark", version, disable_help_flag = true)]
pub struct Args {
    /// Server hostname
    #[arg(short = 'h', default_value = "127.0.0.1")]
    host: String,
    /// Server port
    #[arg(short, default_value_t = 6379)]
    port: u16,
    /// Server socket (overrides host and port)
    #[arg(short)]
    socket: Option<PathBuf>,
    /// Password
    #[arg(short = 'a')]
    password: Option<String>,
    /// ACL user; needs -a
    #[arg(long)]
    user: Option<String>,
    /// Server URI: redis://[user:password@]host[:port][/db]
    #[arg(short)]
    uri: Option<String>,
    /// Parallel connections
    #[arg(short, default_value_t = 50)]
    clients: usize,
    /// Total requests
    #[arg(short = 'n', default_value_t = 100_000)]
    requests: u64,
    /// Value size in bytes
    #[arg(short = 'd', default_value_t = 3)]
    size: usize,
    /// Logical database
    #[arg(long, default_value_t = 0)]
    dbnum: u32,
    /// Use RESP3
    #[arg(short = '3')]
    resp3: bool,
    /// Threads
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// 1 keeps connections, 0 reconnects for each request
    #[arg(short, default_value_t = 1)]
    keep_alive: u32,
    /// Use this many random keys; without it every request uses the same key
    #[arg(short = 'r')]
    keyspace: Option<u64>,
    /// Pipeline this many requests
    #[arg(short = 'P', default_value_t = 1)]
    pipeline: usize,
    /// Print only requests per second
    #[arg(short)]
    quiet: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
    /// Run the tests forever
    #[arg(short = 'l')]
    forever: bool,
    /// Only these tests
    #[arg(short, value_delimiter = ',')]
    tests: Vec<String>,
    /// Read the last argument of the command from standard input
    #[arg(short = 'x')]
    stdin: bool,
    /// Accepted; errors are always shown
    #[arg(short = 'e')]
    errors: bool,
    /// Accepted; latencies have three decimals
    #[arg(long)]
    precision: Option<u32>,
    /// Seed for random keys
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
    /// A command to run instead of the tests
    #[arg(trailing_var_arg = true, value_name = "COMMAND ARGS")]
    command: Vec<String>,
}

impl Args {
    /// Runs the tests and prints the results on standard output.
    ///
    /// # Errors
    /// The first failure; results printed before it stand.
    pub fn run(&self) -> Result<(), BenchError> {
        if self.requests == 0 || self.clients == 0 || self.pipeline == 0 {
            return Err(BenchError::Usage("-n, -c and -P are at least 1".into()));
        }
        let target = self.target()?;
        let mut fleet = Fleet::connect(&target, self.clients, self.threads)?;
        loop {
            if self.csv {
                println!("{}", report::CSV_HEADER);
            }
            if self.command.is_empty() {
                self.run_tests(&mut fleet)?;
            } else {
                self.run_command(&mut fleet)?;
            }
            if self.quiet && !self.csv {
                println!();
            }
            if !self.forever {
                return Ok(());
            }
        }
    }

    fn target(&self) -> Result<Target, BenchError> {
        let mut target = Target {
            address: Address::Tcp(self.host.clone(), self.port),
            user: self.user.clone(),
            password: self.password.clone(),
            db: self.dbnum,
            resp3: self.resp3,
            binary: false,
        };
        if let Some(uri) = &self.uri {
            apply_uri(&mut target, uri)?;
        }
        if let Some(path) = &self.socket {
            target.address = Address::Unix(path.clone());
        }
        Ok(target)
    }

    fn run_tests(&self, fleet: &mut Fleet) -> Result<(), BenchError> {
        let mut pushed = false;
        for name in TESTS {
            if !self.selected(name) {
                continue;
            }
            let row = Workload::find(name)?;
            if let [(line, FillCount::Exactly(_))] = row.fill
                && !pushed
            {
                let push = WORKLOADS.iter().find(|other| other.line == *line).unwrap_or(row);
                self.run_one(fleet, PUSH_FOR_RANGE, push.template(self.holes()))?;
                pushed = true;
            }
            self.run_one(fleet, row.title, row.template(self.holes()))?;
        }
        Ok(())
    }

    fn run_command(&self, fleet: &mut Fleet) -> Result<(), BenchError> {
        let mut words = self.command.clone();
        if self.stdin {
            let mut last = String::new();
            std::io::stdin().read_to_string(&mut last).map_err(BenchError::io("read stdin"))?;
            words.push(last);
        }
        let template = Template::from_words(&words, self.holes());
        self.run_one(fleet, &words.join(" "), template)
    }

    /// `-t ping` and `-t lrange` name groups.
    fn selected(&self, name: &str) -> bool {
        if self.tests.is_empty() {
            return !ON_REQUEST.contains(&name);
        }
        self.tests.iter().any(|wanted| {
            let wanted = wanted.to_ascii_lowercase();
            let group = name.split_once('_').map_or(name, |(group, _)| group);
            wanted == name || wanted == group
        })
    }

    fn holes(&self) -> Holes {
        if self.keyspace.is_some() { Holes::Filled } else { Holes::Literal }
    }

    fn run_one(
        &self,
        fleet: &mut Fleet,
        title: &str,
        template: Template,
    ) -> Result<(), BenchError> {
        let plan = Plan {
            keys: self.keyspace.unwrap_or(1).max(1),
            seed: self.seed,
            size: self.size..self.size + 1,
            depth: self.pipeline,
            connections: match self.keep_alive {
                0 => Connections::Renewed,
                _ => Connections::Kept,
            },
            ..Plan::new(template, Stop::Requests(self.requests))
        };
        let outcome = fleet.run(&plan, |_| ())?;
        self.print(title, &outcome);
        warn(title, &outcome);
        Ok(())
    }

    fn print(&self, title: &str, outcome: &Outcome) {
        if self.csv {
            println!("{}", report::csv_row(title, outcome));
        } else if self.quiet {
            println!("{}", report::quiet_row(title, outcome));
        } else {
            let setting = [
                format!("{} parallel clients", self.clients),
                format!("{} bytes payload", self.size),
                format!("keep alive: {}", self.keep_alive),
                format!("multi-thread: {}", if self.threads > 1 { "yes" } else { "no" }),
            ];
            println!("{}", report::full_report(title, outcome, &setting));
        }
    }
}

fn apply_uri(target: &mut Target, uri: &str) -> Result<(), BenchError> {
    let wrong = || BenchError::Usage(format!("not a redis:// URI: {uri}"));
    let rest = uri.strip_prefix("redis://").ok_or_else(wrong)?;
    let (rest, db) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    if let Some((user, password)) = credentials.split_once(':') {
        target.user = (!user.is_empty()).then(|| user.to_owned());
        target.password = Some(password.to_owned());
    } else if !credentials.is_empty() {
        target.password = Some(credentials.to_owned());
    }
    let (host, port) = place.rsplit_once(':').unwrap_or((place, "6379"));
    target.address = Address::Tcp(host.to_owned(), port.parse().map_err(|_| wrong())?);
    if !db.is_empty() {
        target.db = db.parse().map_err(|_| wrong())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Args {
        Args::try_parse_from(line.split_whitespace()).unwrap()
    }

    #[test]
    fn the_flags_of_redis_benchmark_are_understood() {
        use clap::CommandFactory;
        Args::command().debug_assert();
        let args =
            parse("russet-benchmark -h ::1 -p 7000 -c 5 -n 10 -d 64 -t set,lrange -P 16 -r 9 -q");
        assert_eq!((args.host.as_str(), args.port, args.clients), ("::1", 7000, 5));
        assert_eq!((args.requests, args.size, args.pipeline), (10, 64, 16));
        assert!(args.quiet && args.selected("set") && args.selected("lrange_300"));
        assert!(!args.selected("get") && !args.selected("hset"));
        let all = parse("russet-benchmark");
        assert!(all.selected("mset") && !all.selected("xadd"));
        assert!(Args::try_parse_from(["russet-benchmark", "--cluster"]).is_err());
    }

    #[test]
    fn a_command_takes_the_rest_of_the_line() {
        let args = parse("russet-benchmark -q -n 5 set key:__rand_int__ -x");
        assert_eq!(args.command, ["set", "key:__rand_int__", "-x"]);
        assert!(!args.stdin);
    }

    #[test]
    fn every_test_has_a_row() {
        assert!(TESTS.iter().all(|name| Workload::find(name).is_ok()));
    }

    #[test]
    fn uris_name_everything() {
        let mut target = Target::local(1);
        apply_uri(&mut target, "redis://me:secret@example:7000/3").unwrap();
        assert_eq!(target.address, Address::Tcp("example".into(), 7000));
        assert_eq!(
            (target.user.as_deref(), target.password.as_deref()),
            (Some("me"), Some("secret"))
        );
        assert_eq!(target.db, 3);
        assert!(apply_uri(&mut target, "http://x").is_err());
    }
}
