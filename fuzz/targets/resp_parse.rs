#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(protocol::fuzz::fuzz_parse(bytes)));
