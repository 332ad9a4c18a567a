//! Whatever a script does, it can be stopped, its memory ends, and the process lives on.
//!
//! Each of these, or its like, has brought down or hung a server once: see the security notes of
//! Redis and Valkey.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::Runner;
use russet_script::{Ran, Verdict};

/// One of the lists of scripts, a line each.
fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

const KILLED: &str = "-ERR Script killed by user with SCRIPT KILL... @1.";

/// Runs a script that never ends by itself until the host has it killed.
fn kill(text: &str) {
    let mut runner = Runner::new();
    runner.host.verdict = Some(Verdict::Kill);
    runner.host.ticks_left = 3;
    assert_eq!(runner.run(text), KILLED, "{text}");
    assert_eq!(runner.host.ticks, 4, "{text}");
    // The next script knows nothing of it.
    runner.host.verdict = None;
    assert_eq!(runner.run("local n = 0 for i = 1, 300000 do n = n + 1 end return n"), ":300000");
}

#[test]
fn an_endless_script_can_be_killed() {
    let text = read("endless.txt");
    let scripts = lines(&text);
    for text in scripts {
        kill(text);
    }
}

#[test]
fn functions_that_work_long_can_be_killed_too() {
    let text = read("laborious.txt");
    let scripts = lines(&text);
    for text in scripts {
        let text = format!("{text} while true do end");
        let mut runner = Runner::with_memory(1 << 30);
        runner.host.verdict = Some(Verdict::Kill);
        runner.host.ticks_left = 3;
        assert_eq!(runner.run(&text), KILLED, "{text}");
    }
}

#[test]
fn memory_has_an_end() {
    let text = read("greedy.txt");
    let scripts = lines(&text);
    for text in scripts {
        let mut runner = Runner::with_memory(16 << 20);
        // Should one only go on for ever, that is a failure of another kind.
        runner.host.verdict = Some(Verdict::Kill);
        runner.host.ticks_left = 1_000;
        let reply = runner.run(text);
        let ended = reply.contains("not enough memory") || reply.contains("stack overflow");
        let is_endless = text.starts_with("for i = 1, 1e9 do local x");
        assert!(
            ended || is_endless && reply == KILLED,
            "{text}: {}",
            &reply[..reply.len().min(200)]
        );
        assert!(runner.vm.memory_used() < 20 << 20, "{text}");
        assert_eq!(runner.run("return 1"), ":1", "{text}");
        assert!(runner.vm.memory_used() < 9 << 20, "{text}: {}", runner.vm.memory_used());
        // The interpreter's own count may be wrong by now, and in a build like this it would
        // stop the process at its end for that.
        std::mem::forget(runner);
    }
}

#[test]
fn nesting_has_an_end_before_the_stack_has() {
    // As small as a worker's stack may be.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        for text in lines(&read("nesting.txt")) {
            let mut runner = Runner::new();
            runner.host.verdict = Some(Verdict::Kill);
            runner.host.ticks_left = 100;
            runner.run(text);
            assert_eq!(runner.run("return 1"), ":1", "{text}");
        }
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn a_recursive_result_is_cut_where_the_stack_of_values_ends() {
    let mut runner = Runner::new();
    let reply = runner.run("local a = {} local b = {a} a[1] = b return a");
    let (nested, rest) = reply.split_once('-').unwrap();
    assert_eq!(rest, "ERR reached lua stack limit");
    assert!(nested.len() > 3 * 1_000 && nested.split_whitespace().all(|part| part == "*1"));
}

#[test]
fn a_script_that_the_host_abandons_leaves_no_reply() {
    let scripts = [
        "redis.call('LEAVE')",
        "return redis.pcall('LEAVE')",
        "pcall(redis.call, 'LEAVE') return 1",
        "while true do pcall(redis.call, 'LEAVE') end",
        "local co = coroutine.wrap(function() redis.call('LEAVE') end) pcall(co) return 1",
        "xpcall(function() redis.call('LEAVE') end, function() return 1 end) return 2",
        "('x'):gsub('x', function() redis.call('LEAVE') end) return 1",
    ];
    for text in scripts {
        let mut runner = Runner::new();
        assert_eq!(runner.run(text), "", "{text}");
        assert_eq!(runner.ran, Some(Ran::Abandoned));
        assert_eq!(runner.host.requests, ["LEAVE"], "{text}");
        assert_eq!(runner.run("return 1"), ":1");
    }
    let mut runner = Runner::new();
    runner.host.verdict = Some(Verdict::Abandon);
    assert_eq!(runner.run("while true do end"), "");
    assert_eq!(runner.ran, Some(Ran::Abandoned));
}

#[test]
fn huge_and_odd_arguments_are_errors_or_answers() {
    let numbers = "local numbers = {0, 1, -1, 2^31, -2^31, 2^31 - 1, 2^32, 2^53, 2^63, -2^63, \
                   2^64, 1e300, -1e300, 1/0, -1/0, 0/0, 0.5, '1', 'x', '', {}, true, redis.call, \
                   cjson.null} ";
    let text = read("arguments.txt");
    let calls = lines(&text);
    for call in calls {
        let mut runner = Runner::new();
        let text = format!(
            "{numbers} local count = 0 for i = 1, #numbers do local n = numbers[i] \
             pcall(function() local x = {call} end) count = count + 1 end return count"
        );
        assert_eq!(runner.run(&text), ":24", "{call}");
        // As a result, too.
        let text = format!(
            "{numbers} local t = {{}} for i = 1, #numbers do local n = numbers[i] \
             t[i] = select(2, pcall(function() return {call} end)) or 0 end return t"
        );
        runner.run(&text);
        assert_eq!(runner.run("return 1"), ":1", "{call}");
    }
}

#[test]
#[should_panic(expected = "asked for")]
fn a_panic_of_the_host_goes_on_where_the_script_was_started() {
    Runner::new().run("pcall(redis.call, 'PANIC') return 1");
}

#[test]
fn nothing_of_a_run_outlives_it() {
    let mut runner = Runner::new();
    let text = read("plants.txt");
    let plants = lines(&text);
    for text in plants {
        runner.eval(text, &[b"k"], &[b"a"]);
        let probe = "return {cjson.encode({{1}}), cjson.decode('[[1]]')[1][1], #KEYS, #ARGV, \
                     tostring(KEYS.x), type(redis.call), tostring(rawget(_G, 'x')), \
                     tostring(redis.x), ('x'):rep(2), redis.pcall('NOSUCH').err, \
                     (pcall(cjson.encode, 1/0)), tostring(rawget(_G, 1)), true}";
        let expected = "*13 $5 [[1]] :1 :0 :0 $3 nil $8 function $3 nil $3 nil $2 xx \
                        $44 ERR Unknown Redis command called from script $-1 $3 nil :1";
        assert_eq!(runner.run(probe), expected, "{text}");
    }
}
