//! A reply of the server as a value: decoded from RESP2 or RESP3, printed as transcripts have it.
//!
//! Owns the only decoder of this crate. It is strict: what it does not know is an error, since a
//! server under test must not send it. Doubles keep their text, because the text is the promise.

use std::fmt;

use thiserror::Error;

use crate::words::quote;

/// One reply. RESP2 and RESP3 nulls are one value, the RESP2 null array is another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reply {
    /// `+OK`
    Simple(Vec<u8>),
    /// `-ERR ...`, without the sign.
    Error(Vec<u8>),
    /// `:1`
    Integer(i64),
    /// `$1`
    Bulk(Vec<u8>),
    /// `$-1` or `_`
    Nil,
    /// `*-1`
    NilArray,
    /// `*2`
    Array(Vec<Reply>),
    /// `%1`
    Map(Vec<(Reply, Reply)>),
    /// `~2`
    Set(Vec<Reply>),
    /// `>2`
    Push(Vec<Reply>),
    /// `,1.5`, as text.
    Double(Vec<u8>),
    /// `#t`
    Boolean(bool),
    /// `(123`, as text.
    BigNumber(Vec<u8>),
    /// `=7`: format and text.
    Verbatim([u8; 3], Vec<u8>),
    /// In the binary protocol: a text that may be a status.
    Plain(Vec<u8>),
    /// In the binary protocol: a nil, or a nil array.
    Nothing,
    /// In the binary protocol: a double, by its bits.
    Float(u64),
}

/// Bytes that are no reply.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a reply: {} at {}", self.what, quote(&self.near))]
pub struct Malformed {
    what: &'static str,
    near: Vec<u8>,
}

impl Reply {
    /// Decodes one reply from the start of `bytes`; `None` while it is incomplete.
    /// Returns the reply and the number of bytes it took.
    pub fn decode(bytes: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
        let mut reader = Reader { bytes, at: 0 };
        Ok(reader.reply()?.map(|reply| (reply, reader.at)))
    }

    /// The text of a bulk, simple or verbatim reply.
    pub fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Simple(text) | Self::Bulk(text) | Self::Verbatim(_, text) | Self::Plain(text) => {
                Some(text)
            }
            _ => None,
        }
    }

    /// The elements of an array, set or push.
    pub fn items(&self) -> Option<&[Reply]> {
        match self {
            Self::Array(items) | Self::Set(items) | Self::Push(items) => Some(items),
            _ => None,
        }
    }

    /// The value of an integer reply.
    pub fn integer(&self) -> Option<i64> {
        if let Self::Integer(value) = self { Some(*value) } else { None }
    }

    /// Whether the server refused.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lossy = String::from_utf8_lossy;
        match self {
            Self::Simple(text) | Self::Plain(text) => write!(f, "{}", lossy(text)),
            Self::Error(text) => write!(f, "(error) {}", lossy(text)),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Bulk(text) => write!(f, "{}", quote(text)),
            Self::Nil | Self::Nothing => write!(f, "(nil)"),
            Self::NilArray => write!(f, "(nil array)"),
            Self::Array(items) => list(f, "", items),
            Self::Set(items) => list(f, "set ", items),
            Self::Push(items) => list(f, "push ", items),
            Self::Map(pairs) => {
                let pairs: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                write!(f, "{{{}}}", pairs.join(", "))
            }
            Self::Double(text) => write!(f, "(double) {}", lossy(text)),
            Self::Float(bits) => write!(f, "(double) {}", f64::from_bits(*bits)),
            Self::Boolean(value) => write!(f, "({value})"),
            Self::BigNumber(text) => write!(f, "(big) {}", lossy(text)),
            Self::Verbatim(format, text) => {
                write!(f, "(verbatim {}) {}", lossy(format), quote(text))
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, name: &str, items: &[Reply]) -> fmt::Result {
    let items: Vec<String> = items
        .iter()
        .map(|item| match item {
            Reply::Error(text) => format!("(error {})", quote(text)),
            Reply::Simple(text) if text.contains(&b' ') => format!("(status {})", quote(text)),
            other => other.to_string(),
        })
        .collect();
    write!(f, "{name}[{}]", items.join(", "))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn reply(&mut self) -> Result<Option<Reply>, Malformed> {
        let Some(line) = self.line()? else { return Ok(None) };
        let (&kind, rest) = line.split_first().ok_or_else(|| malformed("empty line", line))?;
        Ok(Some(match kind {
            b'+' => Reply::Simple(rest.to_vec()),
            b'-' => Reply::Error(rest.to_vec()),
            b':' => Reply::Integer(number(rest)?),
            b',' => Reply::Double(rest.to_vec()),
            b'(' => Reply::BigNumber(rest.to_vec()),
            b'_' if rest.is_empty() => Reply::Nil,
            b'#' if rest == b"t" => Reply::Boolean(true),
            b'#' if rest == b"f" => Reply::Boolean(false),
            b'$' | b'*' if rest == b"-1" => {
                if kind == b'$' {
                    Reply::Nil
                } else {
                    Reply::NilArray
                }
            }
            b'$' | b'=' => return self.blob(kind, rest),
            b'*' | b'~' | b'>' => {
                let Some(items) = self.replies(number(rest)?)? else { return Ok(None) };
                match kind {
                    b'*' => Reply::Array(items),
                    b'~' => Reply::Set(items),
                    _ => Reply::Push(items),
                }
            }
            b'%' | b'|' => {
                let Some(items) = self.replies(number(rest)? * 2)? else { return Ok(None) };
                if kind == b'|' {
                    return self.reply();
                }
                let mut items = items.into_iter();
                let mut pairs = Vec::new();
                while let (Some(key), Some(value)) = (items.next(), items.next()) {
                    pairs.push((key, value));
                }
                Reply::Map(pairs)
            }
            _ => return Err(malformed("unknown kind", line)),
        }))
    }

    fn replies(&mut self, count: i64) -> Result<Option<Vec<Reply>>, Malformed> {
        let mut items = Vec::new();
        for _ in 0..count {
            let Some(item) = self.reply()? else { return Ok(None) };
            items.push(item);
        }
        Ok(Some(items))
    }

    fn blob(&mut self, kind: u8, length: &[u8]) -> Result<Option<Reply>, Malformed> {
        let length =
            usize::try_from(number(length)?).map_err(|_| malformed("negative length", length))?;
        let Some(text) = self.bytes.get(self.at..self.at + length) else { return Ok(None) };
        let Some(end) = self.bytes.get(self.at + length..self.at + length + 2) else {
            return Ok(None);
        };
        if end != b"\r\n" {
            return Err(malformed("text not closed by CRLF", end));
        }
        self.at += length + 2;
        if kind == b'$' {
            return Ok(Some(Reply::Bulk(text.to_vec())));
        }
        match text {
            [a, b, c, b':', text @ ..] => Ok(Some(Reply::Verbatim([*a, *b, *c], text.to_vec()))),
            _ => Err(malformed("verbatim text without format", text)),
        }
    }

    fn line(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        let rest = &self.bytes[self.at..];
        let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") else { return Ok(None) };
        self.at += end + 2;
        Ok(Some(&rest[..end]))
    }
}

fn number(text: &[u8]) -> Result<i64, Malformed> {
    let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| malformed("not a number", text))
}

pub(crate) fn malformed(what: &'static str, near: &[u8]) -> Malformed {
    Malformed { what, near: near[..near.len().min(80)].to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_decoded_and_no_prefix_is() {
        let bytes = b"*9\r\n+OK\r\n:-3\r\n$2\r\nab\r\n$-1\r\n*-1\r\n%1\r\n+k\r\n,1.5\r\n\
                      ~1\r\n#t\r\n=6\r\ntxt:hi\r\n_\r\n";
        let (reply, used) = Reply::decode(bytes).unwrap().unwrap();
        assert_eq!(used, bytes.len());
        assert_eq!(
            reply.to_string(),
            "[OK, -3, \"ab\", (nil), (nil array), {k: (double) 1.5}, set [(true)], \
             (verbatim txt) \"hi\", (nil)]"
        );
        for end in 0..bytes.len() {
            assert_eq!(Reply::decode(&bytes[..end]), Ok(None), "prefix of {end} bytes");
        }
    }

    #[test]
    fn what_is_not_resp_is_refused() {
        for bytes in [&b"OK\r\n"[..], b"\r\n", b":x\r\n", b"$2\r\nabc\r\n", b"$-2\r\n", b"#x\r\n"] {
            assert!(Reply::decode(bytes).is_err(), "{}", quote(bytes));
        }
    }
}
