//! `floor-server --port N [--reply get|set] [--size BYTES]`: see `russet_bench::floor`.

use std::process::ExitCode;

use clap::Parser;
use russet_bench::floor::{Floor, Reply};

/// A server that counts commands and answers constants: the limit of its kind.
#[derive(Debug, Parser)]
#[command(name = "floor-server")]
struct Args {
    /// Port on the loopback address
    #[arg(long)]
    port: u16,
    /// Answer everything as GET or as SET [default: by the command's first letter]
    #[arg(long, value_parser = parse_reply)]
    reply: Option<Reply>,
    /// Size of the value in replies to GET, in bytes
    #[arg(long, default_value_t = 64)]
    size: usize,
}

fn parse_reply(text: &str) -> Result<Reply, String> {
    match text {
        "get" => Ok(Reply::Get),
        "set" => Ok(Reply::Set),
        _ => Err("expected get or set".into()),
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let reply = args.reply.unwrap_or(Reply::ByLetter);
    match Floor::bind(args.port, reply, args.size).and_then(|mut floor| floor.serve()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
