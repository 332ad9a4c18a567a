//! redis.conf: any bytes are settings or an error; settings survive CONFIG REWRITE.
//!
//! Must be true: what a rewritten file says is what was in force when it was written, whatever
//! the file looked like before.
//!
//! Not here: `include`, which would read files of the machine; its lines are left out.
#![no_main]

use config::{Loader, Settings, Users, rewrite};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = without_includes(bytes);
    let Some(settings) = load(&text) else { return };
    for old in [&text[..], b""] {
        let written = rewrite(old, &settings, Users::Keep);
        let again = load(&written).expect("what was written loads");
        for directive in config::all() {
            let (before, after) = (directive.show(&settings), directive.show(&again));
            assert_eq!(before, after, "{}: {}", directive.name, written.escape_ascii());
        }
    }
});

fn load(text: &[u8]) -> Option<Settings> {
    let mut loader = Loader::default();
    loader.text(text, None, 1).ok()?;
    loader.finish().ok()
}

fn without_includes(text: &[u8]) -> Vec<u8> {
    let is_include = |line: &&[u8]| {
        let words = base::words::split(line.trim_ascii()).unwrap_or_default();
        words.first().is_some_and(|word| word.eq_ignore_ascii_case(b"include"))
    };
    let lines: Vec<&[u8]> =
        text.split(|&byte| byte == b'\n').filter(|line| !is_include(line)).collect();
    lines.join(&b'\n')
}
