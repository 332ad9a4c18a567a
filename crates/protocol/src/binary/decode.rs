//! The client's side of the binary form: writes requests, reads replies.
//!
//! Must be true: what is announced is not reserved until it arrives, and nesting is bounded.

use crate::binary::kind;
use crate::resp::decode::{DEPTH_MAX, DecodeError, Value};

/// Appends the request with these arguments.
pub fn write_request(bytes: &mut Vec<u8>, arguments: &[&[u8]]) {
    let strings: usize = arguments.iter().map(|argument| argument.len() + 4).sum();
    bytes.reserve(strings + 9);
    match u8::try_from(arguments.len()) {
        Ok(count) if count > 0 => {
            let [a, b, c, d] = (strings as u32 + 1).to_le_bytes();
            bytes.extend_from_slice(&[a, b, c, d, count]);
        }
        _ => {
            bytes.extend_from_slice(&(strings as u32 + 5).to_le_bytes());
            bytes.push(0);
            bytes.extend_from_slice(&(arguments.len() as u32).to_le_bytes());
        }
    }
    for argument in arguments {
        bytes.extend_from_slice(&(argument.len() as u32).to_le_bytes());
        bytes.extend_from_slice(argument);
    }
}

/// The reply at the front of `bytes` and its length in bytes; `None` if it has not come whole.
pub fn decode(bytes: &[u8]) -> Result<Option<(Value, usize)>, DecodeError> {
    let Some(end) = skip(bytes)? else { return Ok(None) };
    let mut reader = Reader { rest: &bytes[4..end] };
    let value = reader.value(DEPTH_MAX)?;
    if !reader.rest.is_empty() {
        return Err(DecodeError::Malformed);
    }
    Ok(Some((value, end)))
}

/// The length in bytes of the reply at the front of `bytes`; `None` if it has not come whole.
#[inline]
pub fn skip(bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
    let Some((len, rest)) = bytes.split_first_chunk() else { return Ok(None) };
    let len = u32::from_le_bytes(*len) as usize;
    if len == 0 {
        return Err(DecodeError::Malformed);
    }
    Ok((rest.len() >= len).then_some(len + 4))
}

/// The text of the error that is all of `value`.
pub(crate) fn error_text(value: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader { rest: value.strip_prefix(&[kind::ERROR])? };
    reader.take(4).ok()?;
    let text = reader.text().ok()?;
    reader.rest.is_empty().then_some(text)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Result<Value, DecodeError> {
        let kind = self.take(1)?[0];
        Ok(match kind {
            kind::NIL => Value::Null,
            kind::ERROR => {
                self.take(4)?;
                Value::Error(self.text()?.to_vec())
            }
            kind::STRING => Value::Bulk(self.text()?.to_vec()),
            kind::STATUS => Value::Status(self.text()?.to_vec()),
            kind::BIG_NUMBER => Value::BigNumber(self.text()?.to_vec()),
            kind::VERBATIM => match self.text()? {
                &[a, b, c, ref text @ ..] => Value::Verbatim([a, b, c], text.to_vec()),
                _ => return Err(DecodeError::Malformed),
            },
            kind::INTEGER => Value::Int(i64::from_le_bytes(self.eight()?)),
            kind::DOUBLE => Value::Double(f64::from_le_bytes(self.eight()?)),
            kind::BOOLEAN => match self.take(1)? {
                [0] => Value::Boolean(false),
                [1] => Value::Boolean(true),
                _ => return Err(DecodeError::Malformed),
            },
            kind::ARRAY | kind::SET | kind::PUSH | kind::MAP => self.aggregate(kind, depth)?,
            other => return Err(DecodeError::UnknownType(other)),
        })
    }

    fn aggregate(&mut self, kind: u8, depth: usize) -> Result<Value, DecodeError> {
        let depth = depth.checked_sub(1).ok_or(DecodeError::TooDeep)?;
        let count = self.count()?;
        if kind == kind::MAP {
            let mut pairs = Vec::new();
            for _ in 0..count {
                pairs.push((self.value(depth)?, self.value(depth)?));
            }
            return Ok(Value::Map(pairs));
        }
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(self.value(depth)?);
        }
        Ok(match kind {
            kind::ARRAY => Value::Array(values),
            kind::SET => Value::Set(values),
            _ => Value::Push(values),
        })
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(DecodeError::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn count(&mut self) -> Result<usize, DecodeError> {
        let (count, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Malformed)?;
        self.rest = rest;
        Ok(u32::from_le_bytes(*count) as usize)
    }

    fn eight(&mut self) -> Result<[u8; 8], DecodeError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Malformed)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn text(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = self.count()?;
        self.take(len)
    }
}
