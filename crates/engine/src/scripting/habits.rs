//! What is known of how a script behaves: from its text, and from its runs.
//!
//! Must be true: `is_declared` is said only of scripts that can use no key but those they declare,
//! whatever they are called with.

use std::sync::atomic::AtomicBool;

use commands::keys;
use commands::spec::{Begin, Body, Class, FAST, Spec};
use commands::table;
use protocol::OwnedRequest;
use script::{CallText, WordText, calls, library_calls};

/// What stands for a word that the text does not show: as a number of keys it does not do.
const UNKNOWN: &[u8] = b"?";

/// So many words are tried behind a call that may have more.
const MORE_WORDS_MAX: usize = 4;

/// What is known of a script or function.
pub(crate) struct Habits {
    /// Its text shows that it uses only what it declares.
    pub(super) is_declared: bool,
    /// It has used keys that it had not declared, or written, and others were in its way.
    pub(super) needs_gate: AtomicBool,
    /// Its last run took little time.
    pub(super) is_quick: AtomicBool,
    /// Nothing in its text says that it ends soon.
    pub(super) may_loop: bool,
}

impl Habits {
    /// Of a script with this code.
    pub(super) fn of_script(code: &[u8], may_loop: bool) -> Self {
        let is_declared = calls(code).is_some_and(|all| all.iter().all(uses_declared_only));
        Self::new(is_declared, may_loop)
    }

    /// Of each function of a library with this code: any may call what it calls.
    pub(super) fn of_functions(code: &[u8], may_loop: bool) -> impl Fn() -> Self {
        let calls = library_calls(code);
        let is_declared = calls.is_some_and(|all| all.iter().all(uses_declared_only));
        move || Self::new(is_declared, may_loop)
    }

    fn new(is_declared: bool, may_loop: bool) -> Self {
        Self {
            is_declared,
            needs_gate: AtomicBool::new(false),
            is_quick: AtomicBool::new(false),
            may_loop,
        }
    }
}

fn uses_declared_only(call: &CallText) -> bool {
    let more_max = if call.is_open { MORE_WORDS_MAX } else { 0 };
    (0..=more_max).all(|more| {
        let words = call.words.iter().map(|word| match word {
            WordText::Text(text) => text.as_slice(),
            WordText::Key | WordText::Unknown => UNKNOWN,
        });
        let request: OwnedRequest = words.chain(std::iter::repeat_n(UNKNOWN, more)).collect();
        let Ok(spec) = table::find(request.as_request()) else { return false };
        if !spec.accepts(request.as_request().len()) {
            // It fails when it is called.
            return true;
        }
        let is_key = |index: usize| call.words.get(index) == Some(&WordText::Key);
        stays_at_keys(spec, call)
            && keys::find(spec, request.as_request())
                .is_ok_and(|found| found.iter().all(|key| is_key(key.index)))
    })
}

/// Whether a command touches no more than the keys it names, and names them by their places.
fn stays_at_keys(spec: &Spec, call: &CallText) -> bool {
    let is_quick_control = matches!(spec.body, Body::Control(_)) && spec.flags & FAST != 0;
    let is_narrow = match spec.class {
        Class::Keys => matches!(spec.body, Body::Data(_)),
        Class::Local => matches!(spec.body, Body::Data(_)) || is_quick_control,
        Class::Walk | Class::Gate | Class::Varies => false,
    };
    // A word that is not known may be the one that a key follows.
    let is_plain = spec.key_specs().iter().all(|each| matches!(each.begin, Begin::Index(_)));
    is_narrow && (is_plain || !call.is_open && !call.words.contains(&WordText::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    fn is_declared(code: &str) -> bool {
        Habits::of_script(code.as_bytes(), false).is_declared
    }

    #[test]
    fn scripts_that_name_their_keys() {
        for code in [
            "return 1",
            "return redis.call('set', KEYS[1], ARGV[1])",
            "return {redis.call('MGET', KEYS[1], KEYS[2]), redis.call('TIME')}",
            "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end",
            "local from, to = KEYS[1], KEYS[2] return redis.call('RPOPLPUSH', from, to)",
            "return redis.call('RPUSH', KEYS[1], unpack(ARGV))",
            "return redis.call('ZINTER', 2, KEYS[1], KEYS[2])",
            "return redis.call('PUBLISH', 'news', ARGV[1])",
            // An error when it runs.
            "return redis.call('GET')",
        ] {
            assert!(is_declared(code), "{code}");
        }
    }

    #[test]
    fn scripts_that_may_use_others() {
        for code in [
            "return redis.call('GET', 'k')",
            "return redis.call('RPOPLPUSH', KEYS[1], 'k')",
            "return redis.call('DEL', KEYS[1], unpack(ARGV))",
            "return redis.call('MSET', KEYS[1], ARGV[1], unpack(ARGV))",
            "return redis.call('ZINTER', ARGV[1], KEYS[1], KEYS[2])",
            "return redis.call('ZINTER', 2, KEYS[1], ARGV[1])",
            "return redis.call('XREAD', 'STREAMS', KEYS[1], ARGV[1])",
            "return redis.call('SORT', KEYS[1], 'STORE', ARGV[1])",
            "return redis.call('SORT', KEYS[1], ARGV[1], ARGV[2])",
            "return redis.call('GEORADIUS', KEYS[1], 1, 2, 3, 'm', ARGV[1], ARGV[2])",
            "return redis.call('FLUSHALL')",
            "return redis.call('KEYS', '*')",
            "return redis.call('EVAL', KEYS[1], 0)",
            "return redis.call('NONE', KEYS[1])",
            "return redis.call(ARGV[1], KEYS[1])",
        ] {
            assert!(!is_declared(code), "{code}");
        }
    }

    #[test]
    fn a_library_that_names_its_keys_leaves_the_keyspace_to_others() {
        let run = |body: &str| {
            let mut bench = Bench::default();
            let code = format!(
                "#!lua name=l\nlocal function set(keys, args) {body} end\n\
                 redis.register_function('set', set)"
            );
            let words: [&[u8]; 3] = [b"FUNCTION", b"LOAD", code.as_bytes()];
            assert_eq!(bench.send(0, &words).0, b"$1\r\nl\r\n");
            bench.check(&[("FCALL set 1 k v", "+OK"), ("GET k", "$1 v")]);
            let (_, function) = bench.node.functions.find(b"set").expect("a function");
            function.habits.is_declared
        };
        assert!(run("return redis.call('SET', keys[1], args[1])"));
        assert!(run("local k = keys[1] redis.call('DEL', k) return redis.call('SET', k, args[1])"));
        assert!(!run("return redis.call('SET', 'k', args[1])"));
        assert!(!run("local k = keys[1] .. '' return redis.call('SET', k, args[1])"));
    }
}
