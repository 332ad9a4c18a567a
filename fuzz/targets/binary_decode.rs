//! Binary replies: any bytes are a reply, no reply, or the beginning of one.
//!
//! The promises are checked by `protocol::fuzz`, which the property tests call too.
//! Not here: RESP (`resp_decode.rs`).
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| protocol::fuzz::fuzz_binary_decode(bytes));
