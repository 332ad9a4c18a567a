//! The binary protocol as a client sees it: the bytes of a request, the value of a reply.
//!
//! Written from `docs/formats/binary.md`. What a reply of five kinds does not tell apart is kept
//! so: a text that may be a status (`Reply::Plain`), a nil of any kind (`Reply::Nothing`). A double
//! has no text here, only a value.

use crate::reply::{Malformed, Reply, malformed};

/// The bytes of one command.
pub fn encode<W: AsRef<[u8]>>(words: &[W]) -> Vec<u8> {
    let mut body = match u8::try_from(words.len()) {
        Ok(count) if count > 0 => vec![count],
        _ => [&[0][..], &(words.len() as u32).to_le_bytes()].concat(),
    };
    for word in words {
        body.extend_from_slice(&(word.as_ref().len() as u32).to_le_bytes());
        body.extend_from_slice(word.as_ref());
    }
    [&(body.len() as u32).to_le_bytes()[..], &body].concat()
}

/// Decodes one reply from the start of `bytes`; `None` while it is incomplete. Returns the reply
/// and the number of bytes it took.
pub fn decode(bytes: &[u8]) -> Result<Option<(Reply, usize)>, Malformed> {
    let Some((length, rest)) = bytes.split_first_chunk() else { return Ok(None) };
    let length = u32::from_le_bytes(*length) as usize;
    let Some(body) = rest.get(..length) else { return Ok(None) };
    let mut reader = Reader { rest: body };
    let reply = reader.reply()?;
    if !reader.rest.is_empty() {
        return Err(malformed("bytes behind the value", reader.rest));
    }
    Ok(Some((reply, length + 4)))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn reply(&mut self) -> Result<Reply, Malformed> {
        let [kind] = self.fixed()?;
        Ok(match kind {
            0 => Reply::Nothing,
            1 => {
                let _code: [u8; 4] = self.fixed()?;
                Reply::Error(self.text()?.to_vec())
            }
            2 => Reply::Plain(self.text()?.to_vec()),
            3 => Reply::Integer(i64::from_le_bytes(self.fixed()?)),
            4 => Reply::Array(self.replies(1)?),
            5 => Reply::Float(u64::from_le_bytes(self.fixed()?)),
            6 => {
                let items = self.replies(2)?;
                let pairs = items.chunks_exact(2);
                Reply::Map(pairs.map(|pair| (pair[0].clone(), pair[1].clone())).collect())
            }
            7 => Reply::Set(self.replies(1)?),
            8 => Reply::Boolean(self.fixed()? == [1]),
            9 => Reply::BigNumber(self.text()?.to_vec()),
            10 => match self.text()? {
                [a, b, c, text @ ..] => Reply::Verbatim([*a, *b, *c], text.to_vec()),
                text => return Err(malformed("verbatim text without format", text)),
            },
            11 => Reply::Push(self.replies(1)?),
            12 => Reply::Simple(self.text()?.to_vec()),
            _ => return Err(malformed("unknown kind", &[kind])),
        })
    }

    fn replies(&mut self, per_count: usize) -> Result<Vec<Reply>, Malformed> {
        let count = u32::from_le_bytes(self.fixed()?) as usize;
        (0..count * per_count).map(|_| self.reply()).collect()
    }

    fn text(&mut self) -> Result<&'a [u8], Malformed> {
        let length = u32::from_le_bytes(self.fixed()?) as usize;
        let (text, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| malformed("cut text", self.rest))?;
        self.rest = rest;
        Ok(text)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (fixed, rest) =
            self.rest.split_first_chunk().ok_or_else(|| malformed("cut value", self.rest))?;
        self.rest = rest;
        Ok(*fixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_within_values_are_decoded_and_no_prefix_is() {
        let body = b"\x04\x03\0\0\0\x02\x02\0\0\0hi\x06\x01\0\0\0\0\x08\x01\
                     \x03\xff\xff\xff\xff\xff\xff\xff\xff";
        let bytes = [&(body.len() as u32).to_le_bytes()[..], body].concat();
        let (reply, used) = decode(&bytes).unwrap().unwrap();
        assert_eq!((used, reply.to_string()), (bytes.len(), "[hi, {(nil): (true)}, -1]".into()));
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), Ok(None), "prefix of {end} bytes");
        }
    }

    #[test]
    fn requests_count_their_words_in_one_byte_or_five() {
        assert_eq!(encode(&["GET", "k"]), b"\x0d\0\0\0\x02\x03\0\0\0GET\x01\0\0\0k");
        assert_eq!(encode(&[""; 256])[..9], *b"\x05\x04\0\0\0\x00\x01\0\0");
    }
}
