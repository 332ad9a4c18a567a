//! Scripts run, call commands and return values.

mod common;

use common::{Runner, run};
use russet_script::Ran;

#[test]
fn a_script_gets_its_arguments_and_returns_a_value() {
    let mut runner = Runner::new();
    let text = "return {KEYS[1], KEYS[2], ARGV[1], #KEYS, #ARGV}";
    let reply = runner.eval(text, &[b"k1", b"k2"], &[b"a\r\n\0b"]);
    assert_eq!(reply, "*5 $2 k1 $2 k2 $5 a \\x00b :2 :1");
    assert_eq!(runner.eval(text, &[], &[]), "*0");
    assert_eq!(runner.ran, Some(Ran::Replied));
}

#[test]
fn commands_are_called_with_text_and_numbers() {
    let mut runner = Runner::new();
    let text =
        "return redis.call('ECHO', 'x') .. redis.call('ECHO', 12) .. redis.call('ECHO', 0.1)";
    assert_eq!(runner.run(text), "$22 x120.10000000000000001");
    assert_eq!(runner.host.requests, ["ECHO x", "ECHO 12", "ECHO 0.10000000000000001"]);
}

#[test]
fn errors_of_commands_end_the_script() {
    assert_eq!(run("redis.call('NONE')"), "-ERR Unknown Redis command called from script @1.");
    assert_eq!(
        run("return redis.pcall('NONE').err"),
        "$44 ERR Unknown Redis command called from script"
    );
}
