#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(rdb::fuzz::fuzz_read(bytes)));
