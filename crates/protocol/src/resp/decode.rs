//! The client's side: writes requests, reads replies. For the tools and the tests.
//!
//! [`decode`] builds the whole [`Value`]; [`skip`] only finds where a reply ends, without
//! allocating, which is all that a load generator wants. Both look from the reply's first byte each
//! time, so a reply in many pieces is better collected first.
//!
//! Must be true: what is announced is not reserved until it arrives, and nesting is bounded.
//! Not here: streamed strings and aggregates of RESP3, which no Redis sends.

use memchr::memchr;

use crate::resp::header;
use base::number::parse_i64;

/// How deep aggregates may nest.
pub(crate) const DEPTH_MAX: usize = 128;

/// A reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `+`: a short text that is no data.
    Status(Vec<u8>),
    /// `-` and `!`: what went wrong, its code included.
    Error(Vec<u8>),
    /// `:`
    Int(i64),
    /// `$`: a string.
    Bulk(Vec<u8>),
    /// `_`, and in RESP2 a bulk or array of length -1.
    Null,
    /// `*`
    Array(Vec<Value>),
    /// `%`: pairs, in the order sent.
    Map(Vec<(Value, Value)>),
    /// `~`: members, in the order sent.
    Set(Vec<Value>),
    /// `>`: a message not asked for.
    Push(Vec<Value>),
    /// `,`
    Double(f64),
    /// `#`
    Boolean(bool),
    /// `(`: decimal digits.
    BigNumber(Vec<u8>),
    /// `=`: text and its format, such as `txt`.
    Verbatim([u8; 3], Vec<u8>),
    /// `|`: notes, and the reply that they belong to.
    Attribute(Vec<(Value, Value)>, Box<Value>),
}

/// Why bytes are no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A reply cannot begin with this byte.
    #[error("unknown reply type '{}'", char::from(*.0).escape_default())]
    UnknownType(u8),
    /// A length, count or number is none.
    #[error("invalid number in reply")]
    InvalidNumber,
    /// A line or string does not end in CRLF, or has not the form its type asks for.
    #[error("malformed reply")]
    Malformed,
    /// Aggregates nest too deep.
    #[error("reply nested too deep")]
    TooDeep,
}

/// Appends the request with these arguments.
pub fn write_request(bytes: &mut Vec<u8>, arguments: &[&[u8]]) {
    bytes.push(b'*');
    write_untyped(bytes, arguments);
}

/// As [`write_request`], without the first byte: with `>` in front it is a push.
pub fn write_untyped(bytes: &mut Vec<u8>, arguments: &[&[u8]]) {
    bytes.extend_from_slice(itoa::Buffer::new().format(arguments.len()).as_bytes());
    bytes.extend_from_slice(b"\r\n");
    for argument in arguments {
        header::write(bytes, b'$', argument.len() as u64);
        bytes.extend_from_slice(argument);
        bytes.extend_from_slice(b"\r\n");
    }
}

/// The reply at the front of `bytes` and its length in bytes; `None` if it has not come whole.
pub fn decode(bytes: &[u8]) -> Result<Option<(Value, usize)>, DecodeError> {
    let mut reader = Reader { bytes, position: 0 };
    Ok(reader.value(DEPTH_MAX)?.map(|value| (value, reader.position)))
}

/// The length in bytes of the reply at the front of `bytes`; `None` if it has not come whole.
/// Numbers are not looked at, except where they are lengths.
#[inline]
pub fn skip(bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
    let mut reader = Reader { bytes, position: 0 };
    // How many values are still to come: nesting needs no stack when nothing is kept.
    let mut pending = 1u64;
    while pending > 0 {
        let Some(kind) = reader.peek() else { return Ok(None) };
        pending -= 1;
        let Some(more) = reader.skip_flat(kind)? else { return Ok(None) };
        pending = pending.saturating_add(more);
    }
    Ok(Some(reader.position))
}

/// Reads one reply. Each method returns `None` when the bytes end too soon.
struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Skips one value, or an aggregate's header; returns how many values belong to it.
    #[inline]
    fn skip_flat(&mut self, kind: u8) -> Result<Option<u64>, DecodeError> {
        let children = match kind {
            b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => self.line()?.map(|_| 0),
            b'$' | b'!' | b'=' => self.bulk(kind)?.map(|_| 0),
            b'*' | b'~' | b'>' => self.len(kind)?.map(|len| len.unwrap_or(0)),
            b'%' => self.len(kind)?.map(|len| len.unwrap_or(0).saturating_mul(2)),
            b'|' => self.len(kind)?.map(|len| len.unwrap_or(0).saturating_mul(2).saturating_add(1)),
            _ => return Err(DecodeError::UnknownType(kind)),
        };
        Ok(children)
    }

    fn value(&mut self, depth: usize) -> Result<Option<Value>, DecodeError> {
        let Some(kind) = self.peek() else { return Ok(None) };
        match kind {
            b'*' | b'~' | b'>' | b'%' | b'|' => self.aggregate(kind, depth),
            b'$' | b'!' | b'=' => {
                let Some(text) = self.bulk(kind)? else { return Ok(None) };
                string_value(kind, text).map(Some)
            }
            b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => {
                let Some(text) = self.line()? else { return Ok(None) };
                line_value(kind, text).map(Some)
            }
            _ => Err(DecodeError::UnknownType(kind)),
        }
    }

    fn aggregate(&mut self, kind: u8, depth: usize) -> Result<Option<Value>, DecodeError> {
        let depth = depth.checked_sub(1).ok_or(DecodeError::TooDeep)?;
        let Some(len) = self.len(kind)? else { return Ok(None) };
        let Some(len) = len else { return Ok(Some(Value::Null)) };
        if matches!(kind, b'%' | b'|') {
            let Some(pairs) = self.pairs(len, depth)? else { return Ok(None) };
            if kind == b'%' {
                return Ok(Some(Value::Map(pairs)));
            }
            let Some(value) = self.value(depth)? else { return Ok(None) };
            return Ok(Some(Value::Attribute(pairs, Box::new(value))));
        }
        let mut values = Vec::new();
        for _ in 0..len {
            let Some(value) = self.value(depth)? else { return Ok(None) };
            values.push(value);
        }
        Ok(Some(match kind {
            b'*' => Value::Array(values),
            b'~' => Value::Set(values),
            _ => Value::Push(values),
        }))
    }

    fn pairs(
        &mut self,
        len: u64,
        depth: usize,
    ) -> Result<Option<Vec<(Value, Value)>>, DecodeError> {
        let mut pairs = Vec::new();
        for _ in 0..len {
            let Some(key) = self.value(depth)? else { return Ok(None) };
            let Some(value) = self.value(depth)? else { return Ok(None) };
            pairs.push((key, value));
        }
        Ok(Some(pairs))
    }

    /// A line without its type byte and CRLF.
    #[inline]
    fn line(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        let rest = &self.bytes[self.position..];
        let Some(len) = memchr(b'\n', rest) else { return Ok(None) };
        let Some(text) = rest[1..len].strip_suffix(b"\r") else {
            return Err(DecodeError::Malformed);
        };
        self.position += len + 1;
        Ok(Some(text))
    }

    /// A length, or `Some(None)` if it is -1.
    #[inline]
    fn len(&mut self, kind: u8) -> Result<Option<Option<u64>>, DecodeError> {
        // Requests may lack the LF, as in Redis; in a reply that would mean one thing if more bytes
        // follow and another if not.
        if let Some((len, end)) = header::read_short(self.bytes, self.position, kind)
            && self.bytes.get(end - 1) == Some(&b'\n')
        {
            self.position = end;
            return Ok(Some(Some(len as u64)));
        }
        let Some(text) = self.line()? else { return Ok(None) };
        match parse_i64(text) {
            Some(-1) if matches!(kind, b'*' | b'$') => Ok(Some(None)),
            Some(len @ 0..) => Ok(Some(Some(len as u64))),
            _ => Err(DecodeError::InvalidNumber),
        }
    }

    /// A string, or `Some(None)` for null.
    #[inline]
    fn bulk(&mut self, kind: u8) -> Result<Option<Option<&'a [u8]>>, DecodeError> {
        let Some(len) = self.len(kind)? else { return Ok(None) };
        let Some(len) = len else { return Ok(Some(None)) };
        let rest = &self.bytes[self.position..];
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if rest.len() < len.saturating_add(2) {
            return Ok(None);
        }
        if rest[len..len + 2] != *b"\r\n" {
            return Err(DecodeError::Malformed);
        }
        self.position += len + 2;
        Ok(Some(Some(&rest[..len])))
    }
}

fn string_value(kind: u8, text: Option<&[u8]>) -> Result<Value, DecodeError> {
    let Some(text) = text else { return Ok(Value::Null) };
    match (kind, text) {
        (b'!', _) => Ok(Value::Error(text.to_vec())),
        (b'=', &[a, b, c, b':', ref text @ ..]) => Ok(Value::Verbatim([a, b, c], text.to_vec())),
        (b'=', _) => Err(DecodeError::Malformed),
        _ => Ok(Value::Bulk(text.to_vec())),
    }
}

fn line_value(kind: u8, text: &[u8]) -> Result<Value, DecodeError> {
    match (kind, text) {
        (b'+', _) => Ok(Value::Status(text.to_vec())),
        (b'-', _) => Ok(Value::Error(text.to_vec())),
        (b':', _) => parse_i64(text).map(Value::Int).ok_or(DecodeError::InvalidNumber),
        (b',', _) => {
            let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            number.map(Value::Double).ok_or(DecodeError::InvalidNumber)
        }
        (b'_', b"") => Ok(Value::Null),
        (b'#', b"t") => Ok(Value::Boolean(true)),
        (b'#', b"f") => Ok(Value::Boolean(false)),
        (b'_' | b'#', _) => Err(DecodeError::Malformed),
        _ => Ok(Value::BigNumber(text.to_vec())),
    }
}

#[cfg(test)]
mod tests;
