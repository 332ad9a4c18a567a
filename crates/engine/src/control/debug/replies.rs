//! DEBUG PROTOCOL, ERROR and their like: replies that test clients, not the server.

use commands::errors::Error;
use protocol::{Reply, Version};

use super::super::{After, Answer, Call};

/// Not pi.
#[allow(clippy::approx_constant)]
const SOME_DOUBLE: f64 = 3.141;

/// DEBUG PROTOCOL type
pub(super) fn protocol(call: &mut Call<'_, '_>) -> Answer {
    let name = String::from_utf8_lossy(call.arg(2)).to_ascii_lowercase();
    let reply = &mut call.reply;
    match name.as_str() {
        "string" => reply.bulk(b"Hello World"),
        "integer" => reply.int(12345),
        "double" => reply.double(SOME_DOUBLE),
        "bignum" => reply.big_number("1234567999999999999999999999999999999"),
        "null" => reply.nil(),
        "array" => {
            reply.array(3);
            (0..3).for_each(|number| reply.int(number));
        }
        "set" => {
            reply.set(3);
            (0..3).for_each(|number| reply.int(number));
        }
        "map" => {
            reply.map(3);
            for number in 0..3 {
                reply.int(number);
                reply.boolean(number == 1);
            }
        }
        "attrib" => attribute(reply),
        "push" => push(reply)?,
        "true" => reply.boolean(true),
        "false" => reply.boolean(false),
        "verbatim" => reply.verbatim(b"txt", b"This is a verbatim\nstring"),
        _ => {
            return Err(Error::new(
                "ERR Wrong protocol type name. Please use one of the following: \
                 string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
            ));
        }
    }
    Ok(After::Done)
}

/// A note, for who can read it, and the reply that it belongs to.
fn attribute(reply: &mut Reply<'_>) {
    if reply.version() == Version::Resp3 {
        reply.attribute(1);
        reply.bulk(b"key-popularity");
        reply.array(2);
        reply.bulk(b"key:123");
        reply.int(90);
    }
    reply.bulk(b"Some real reply following the attribute");
}

/// A push is no answer, so one follows.
fn push(reply: &mut Reply<'_>) -> Result<(), Error> {
    if !reply.version().is_typed() {
        return Err(Error::new("ERR RESP2 is not supported by this command"));
    }
    reply.push(2);
    reply.bulk(b"server-cpu-usage");
    reply.int(42);
    reply.bulk(b"Some real reply following the push reply");
    Ok(())
}

/// DEBUG ERROR text
pub(super) fn error(call: &mut Call<'_, '_>) -> Answer {
    let text = call.arg(2);
    call.reply.error_bytes(text);
    Ok(After::Done)
}
