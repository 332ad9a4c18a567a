//! Whole runs against the floor server in the same process, on a free port.

#![allow(clippy::unwrap_used)] // helpers are not known to be tests

use std::thread;
use std::time::Duration;

use russet_bench::client::Target;
use russet_bench::floor::{Floor, Reply};
use russet_bench::load::{Connections, Fleet, Pace, Plan, Stop};
use russet_bench::template::{Holes, Template};

/// Starts a floor server whose thread ends with the test process.
fn floor(reply: Reply) -> Target {
    let mut floor = Floor::bind(0, reply, 64).unwrap();
    let port = floor.port().unwrap();
    thread::spawn(move || floor.serve());
    Target::local(port)
}

fn plan(line: &str, stop: Stop) -> Plan {
    Plan::new(Template::parse(line, Holes::Filled).unwrap(), stop)
}

#[test]
fn a_closed_loop_makes_exactly_the_requests_asked_for() {
    let target = floor(Reply::ByLetter);
    for (connections, threads, depth, requests) in
        [(1, 1, 1, 7), (3, 1, 16, 1000), (5, 2, 7, 1001), (8, 3, 4, 2), (2, 1, 500, 5000)]
    {
        let mut fleet = Fleet::connect(&target, connections, threads).unwrap();
        let plan = Plan { depth, keys: 1000, ..plan("GET key:__key__", Stop::Requests(requests)) };
        for _ in 0..2 {
            let outcome = fleet.run(&plan, |_| ()).unwrap();
            assert_eq!(outcome.tally.replies, requests);
            assert_eq!((outcome.latency.len(), outcome.tally.errors), (requests, 0));
        }
    }
}

#[test]
fn requests_larger_than_the_socket_buffers_arrive_whole() {
    let target = floor(Reply::Set);
    let plan = Plan {
        depth: 8,
        size: 3_000_000..3_000_001,
        ..plan("SET key:__key__ __value__", Stop::Requests(20))
    };
    let outcome = Fleet::connect(&target, 2, 1).unwrap().run(&plan, |_| ()).unwrap();
    assert_eq!(outcome.tally.replies, 20);
}

#[test]
fn an_open_loop_keeps_its_rate_and_reports_every_request() {
    let target = floor(Reply::ByLetter);
    let plan = Plan { pace: Pace::Open(5000.0), ..plan("GET key:__key__", Stop::Requests(1000)) };
    let outcome = Fleet::connect(&target, 4, 2).unwrap().run(&plan, |_| ()).unwrap();
    assert_eq!((outcome.tally.replies, outcome.latency.len()), (1000, 1000));
    assert!(outcome.elapsed >= Duration::from_millis(198), "{:?}", outcome.elapsed);
}

#[test]
fn an_open_loop_beyond_the_server_shows_in_the_latency() {
    let target = floor(Reply::ByLetter);
    let plan =
        Plan { pace: Pace::Open(50_000_000.0), ..plan("GET key:__key__", Stop::Requests(20_000)) };
    let outcome = Fleet::connect(&target, 1, 1).unwrap().run(&plan, |_| ()).unwrap();
    assert_eq!(outcome.tally.replies, 20_000);
    let (median, elapsed) = (outcome.latency.value_at_quantile(0.5), outcome.elapsed.as_nanos());
    assert!(u128::from(median) > elapsed / 4, "half the run was waited by the median request");
}

#[test]
fn a_timed_run_ends_in_time_and_renewed_connections_work() {
    let target = floor(Reply::ByLetter);
    let plan = Plan {
        connections: Connections::Renewed,
        ..plan("PING", Stop::After(Duration::from_millis(50)))
    };
    let outcome = Fleet::connect(&target, 2, 1).unwrap().run(&plan, |_| ()).unwrap();
    assert!(outcome.tally.replies > 2);
    assert!(outcome.elapsed >= Duration::from_millis(50));
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let error = Fleet::connect(&Target::local(port), 1, 1).unwrap_err();
    assert!(error.to_string().contains("connect to 127.0.0.1"), "{error}");
}
