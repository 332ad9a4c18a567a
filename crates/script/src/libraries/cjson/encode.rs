//! `cjson.encode`.
//!
//! A table with only whole numbers from 1 on as keys is an array up to the highest, with null in
//! the gaps; an empty table, as any other, is an object.

use super::{InvalidNumbers, Settings, number, settings};
use crate::lua::{Frame, Kind, Raise};

/// Tables may nest so deep, whatever the settings say: each level takes room on the stack.
const DEPTH_LIMIT: i32 = 2_000;

/// `cjson.encode(value)`.
pub fn encode(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    if frame.args() != 1 {
        return Err(frame.bad_argument(1, "expected 1 argument"));
    }
    let mut json = frame.context().buffer.take();
    json.clear();
    let settings = settings(frame);
    Encoder { json: &mut json, settings: &settings }.value(frame, 1, 0)?;
    frame.afford(json.len())?;
    frame.push_bytes(&json)?;
    frame.context().keep_buffer(json);
    Ok(1)
}

struct Encoder<'a> {
    json: &'a mut Vec<u8>,
    settings: &'a Settings,
}

impl Encoder<'_> {
    fn value(&mut self, frame: &mut Frame<'_>, slot: i32, depth: i32) -> Result<(), Raise> {
        // Cyclic tables of some width would take for ever.
        frame.work(1)?;
        match frame.kind(slot) {
            Kind::String => self.string(frame.bytes(slot).unwrap_or_default()),
            Kind::Number => self.number(frame, slot)?,
            Kind::Boolean if frame.truth(slot) => self.json.extend_from_slice(b"true"),
            Kind::Boolean => self.json.extend_from_slice(b"false"),
            Kind::Nil => self.json.extend_from_slice(b"null"),
            Kind::Pointer if frame.is_null(slot) => self.json.extend_from_slice(b"null"),
            Kind::Table => return self.table(frame, slot, depth + 1),
            _ => return Err(cannot(frame, slot, "type not supported")),
        }
        Ok(())
    }

    fn string(&mut self, text: &[u8]) {
        self.json.reserve(text.len() + 2);
        self.json.push(b'"');
        let mut plain = 0;
        for (index, &byte) in text.iter().enumerate() {
            if !matches!(byte, 0..=0x1F | b'"' | b'\\' | b'/' | 0x7F) {
                continue;
            }
            self.json.extend_from_slice(&text[plain..index]);
            plain = index + 1;
            let short = match byte {
                b'"' | b'\\' | b'/' => byte,
                8 => b'b',
                9 => b't',
                10 => b'n',
                12 => b'f',
                13 => b'r',
                _ => {
                    self.json.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                    continue;
                }
            };
            self.json.extend([b'\\', short]);
        }
        self.json.extend_from_slice(&text[plain..]);
        self.json.push(b'"');
    }

    fn number(&mut self, frame: &mut Frame<'_>, slot: i32) -> Result<(), Raise> {
        let number = frame.number(slot).unwrap_or_default();
        if !number.is_finite() {
            match self.settings.encode_invalid {
                InvalidNumbers::Error => {
                    return Err(cannot(frame, slot, "must not be NaN or Inf"));
                }
                InvalidNumbers::Null => {
                    self.json.extend_from_slice(b"null");
                    return Ok(());
                }
                InvalidNumbers::Text if number.is_nan() => {
                    self.json.extend_from_slice(b"nan");
                    return Ok(());
                }
                InvalidNumbers::Text => {}
            }
        }
        number::write(self.json, number, self.settings.precision as usize);
        Ok(())
    }

    fn table(&mut self, frame: &mut Frame<'_>, slot: i32, depth: i32) -> Result<(), Raise> {
        if depth > self.settings.encode_depth_max.min(DEPTH_LIMIT) || !frame.has_room(4) {
            let text = format!("Cannot serialise, excessive nesting ({depth})");
            return Err(frame.raise_at(text.as_bytes()));
        }
        frame.afford(self.json.len())?;
        match self.array_len(frame, slot)? {
            Some(len @ 1..) => self.array(frame, slot, len, depth),
            _ => self.object(frame, slot, depth),
        }
    }

    /// The highest index of an array; `None` if the table is none.
    fn array_len(&self, frame: &mut Frame<'_>, slot: i32) -> Result<Option<i32>, Raise> {
        let (mut highest, mut count) = (0i32, 0i32);
        let top = frame.top();
        frame.push_nil()?;
        while frame.next(slot)? {
            match frame.number(top + 1) {
                Some(key) if key >= 1.0 && key.floor() == key => {
                    if key > f64::from(highest) {
                        // As C converts what is too large for an int.
                        let fits = key <= f64::from(i32::MAX);
                        highest = if fits { key as i32 } else { i32::MIN };
                    }
                    count = count.wrapping_add(1);
                }
                _ => {
                    frame.truncate(top);
                    return Ok(None);
                }
            }
            frame.pop(1);
        }
        frame.work(count.unsigned_abs() as usize / 16)?;
        let Settings { sparse_ratio: ratio, sparse_safe: safe, .. } = *self.settings;
        if ratio > 0 && highest > count.wrapping_mul(ratio) && highest > safe {
            if !self.settings.sparse_convert {
                return Err(cannot(frame, slot, "excessively sparse array"));
            }
            return Ok(None);
        }
        Ok(Some(highest))
    }

    fn array(
        &mut self,
        frame: &mut Frame<'_>,
        slot: i32,
        len: i32,
        depth: i32,
    ) -> Result<(), Raise> {
        let value = frame.top() + 1;
        self.json.push(b'[');
        for index in 1..=len {
            if index > 1 {
                self.json.push(b',');
            }
            if index % 1_024 == 0 {
                // The gaps of a sparse array are not there to be counted before.
                frame.afford(self.json.len())?;
            }
            frame.raw_element(slot, index)?;
            self.value(frame, value, depth)?;
            frame.pop(1);
        }
        self.json.push(b']');
        Ok(())
    }

    fn object(&mut self, frame: &mut Frame<'_>, slot: i32, depth: i32) -> Result<(), Raise> {
        let key = frame.top() + 1;
        let mut is_first = true;
        self.json.push(b'{');
        frame.push_nil()?;
        while frame.next(slot)? {
            if !std::mem::take(&mut is_first) {
                self.json.push(b',');
            }
            match frame.kind(key) {
                Kind::String => self.string(frame.bytes(key).unwrap_or_default()),
                Kind::Number => {
                    self.json.push(b'"');
                    self.number(frame, key)?;
                    self.json.push(b'"');
                }
                _ => return Err(cannot(frame, key, "table key must be a number or string")),
            }
            self.json.push(b':');
            self.value(frame, key + 1, depth)?;
            frame.pop(1);
        }
        self.json.push(b'}');
        Ok(())
    }
}

fn cannot(frame: &mut Frame<'_>, slot: i32, reason: &str) -> Raise {
    let text = format!("Cannot serialise {}: {reason}", frame.kind_name(slot));
    frame.raise_at(text.as_bytes())
}
