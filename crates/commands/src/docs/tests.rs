//! The replies of COMMAND, read back.

use protocol::{OwnedRequest, Output, Value, Version, decode};

use super::*;

fn answer(
    version: Version,
    body: impl Fn(&mut Reply<'_>, Request<'_>),
    words: &[&str],
) -> String {
    let request: OwnedRequest = words.iter().map(|word| word.as_bytes()).collect();
    let mut output = Output::new();
    body(&mut Reply::new(&mut output, version), request.as_request());
    output.pieces().map(|piece| String::from_utf8_lossy(piece).into_owned()).collect()
}
