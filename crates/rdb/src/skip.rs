//! How long an entry is, without reading what it holds: a tenth of the work of reading it.
//!
//! Lengths are followed, and nothing else is looked at: what is skipped may turn out to be broken
//! when it is read. What cannot be skipped is left to whoever reads, who then says what is wrong.

use crate::format::{self, Dialect, ValueType};

/// Why the length of an entry cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unskipped {
    /// It does not end within the bytes.
    Short,
    /// It is no entry, or one that is not known here.
    Strange,
}

type Skipped = Result<(), Unskipped>;

/// Bytes of the entry that `bytes` begin with: what is said about the key, type, key, value, and
/// the facts behind it, which may be about its members (`expiries.rs`). So it takes another byte to
/// see that there are none.
pub(crate) fn entry_len(bytes: &[u8], dialect: Dialect) -> Result<usize, Unskipped> {
    let mut scan = Scan { bytes, at: 0 };
    loop {
        match scan.byte()? {
            format::OP_EXPIRE_MS => scan.skip(8)?,
            format::OP_EXPIRE_S => scan.skip(4)?,
            format::OP_IDLE => scan.lengths(1)?,
            format::OP_FREQ => scan.skip(1)?,
            byte => {
                let value_type = ValueType::from_byte(byte, dialect).ok_or(Unskipped::Strange)?;
                scan.string()?;
                scan.value(value_type)?;
                break;
            }
        }
    }
    while *bytes.get(scan.at).ok_or(Unskipped::Short)? == format::OP_AUX {
        scan.skip(1)?;
        scan.strings(2)?;
    }
    Ok(scan.at)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    #[inline]
    fn byte(&mut self) -> Result<u8, Unskipped> {
        let byte = *self.bytes.get(self.at).ok_or(Unskipped::Short)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn skip(&mut self, count: u64) -> Skipped {
        let left = (self.bytes.len() - self.at) as u64;
        if count > left {
            return Err(Unskipped::Short);
        }
        self.at += count as usize;
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unskipped> {
        let found = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>());
        self.at += N;
        found.copied().ok_or(Unskipped::Short)
    }

    #[inline]
    fn length(&mut self) -> Result<u64, Unskipped> {
        match self.byte()? {
            first @ 0x00..=0x3F => Ok(first.into()),
            first => self.long_length(first),
        }
    }

    fn long_length(&mut self, first: u8) -> Result<u64, Unskipped> {
        match first {
            0x40..=0x7F => Ok(u64::from(first & 0x3F) << 8 | u64::from(self.byte()?)),
            format::LENGTH_32 => Ok(u32::from_be_bytes(self.array()?).into()),
            format::LENGTH_64 => Ok(u64::from_be_bytes(self.array()?)),
            _ => Err(Unskipped::Strange),
        }
    }

    fn lengths(&mut self, count: u64) -> Skipped {
        (0..count).try_for_each(|_| self.length().map(|_| ()))
    }

    #[inline]
    fn string(&mut self) -> Skipped {
        let len = match self.byte()? {
            first @ 0x00..=0x3F => first.into(),
            format::STRING_INT8 => 1,
            format::STRING_INT16 => 2,
            format::STRING_INT32 => 4,
            format::STRING_LZF => {
                let packed_len = self.length()?;
                self.length()?;
                packed_len
            }
            first => self.long_length(first)?,
        };
        self.skip(len)
    }

    fn strings(&mut self, count: u64) -> Skipped {
        (0..count).try_for_each(|_| self.string())
    }

    /// A length, and as often as it says what `one` skips.
    fn each(&mut self, mut one: impl FnMut(&mut Self) -> Skipped) -> Skipped {
        let count = self.length()?;
        (0..count).try_for_each(|_| one(self))
    }

    fn value(&mut self, value_type: ValueType) -> Skipped {
        use ValueType as T;
        match value_type {
            T::String
            | T::HashZipmap
            | T::ListZiplist
            | T::SetIntset
            | T::ZsetZiplist
            | T::HashZiplist
            | T::HashListpack
            | T::ZsetListpack
            | T::SetListpack
            | T::HashListpackExpiringPreRelease => self.string(),
            T::HashListpackExpiring => self.skip(8).and_then(|()| self.string()),
            T::List | T::Set | T::ListQuicklist => self.each(Self::string),
            T::ListQuicklist2 => self.each(|it| it.lengths(1).and_then(|()| it.string())),
            T::Hash => self.each(|it| it.strings(2)),
            T::Zset => self.each(|it| it.string().and_then(|()| it.skip(8))),
            T::ZsetText => self.each(|it| it.string().and_then(|()| it.text_score())),
            T::HashExpiringPreRelease => self.each(|it| it.lengths(1).and_then(|()| it.strings(2))),
            T::HashExpiring => {
                self.skip(8)?;
                self.each(|it| it.lengths(1).and_then(|()| it.strings(2)))
            }
            T::HashExpiringValkey => self.each(|it| it.strings(2).and_then(|()| it.skip(8))),
            T::StreamListpacks
            | T::StreamListpacks2
            | T::StreamListpacks3
            | T::StreamListpacks4
            | T::StreamListpacks5 => self.stream(value_type as u8),
            T::Module | T::ModulePreRelease => Err(Unskipped::Strange),
        }
    }

    fn text_score(&mut self) -> Skipped {
        match self.byte()? {
            253..=255 => Ok(()),
            len => self.skip(len.into()),
        }
    }

    /// A stream, whose layout is told by the number of its type.
    fn stream(&mut self, number: u8) -> Skipped {
        let has = |since: ValueType| number >= since as u8;
        self.each(|it| it.strings(2))?;
        self.lengths(1 + 2)?;
        if has(ValueType::StreamListpacks2) {
            self.lengths(2 + 2 + 1)?;
        }
        self.each(|it| it.group(number))?;
        if has(ValueType::StreamListpacks4) {
            self.lengths(2)?;
            self.each(|it| {
                it.string()?;
                it.each(|it| it.string().and_then(|()| it.lengths(2)))
            })?;
            self.lengths(2)?;
        }
        Ok(())
    }

    fn group(&mut self, number: u8) -> Skipped {
        let has = |since: ValueType| number >= since as u8;
        self.string()?;
        self.lengths(if has(ValueType::StreamListpacks2) { 2 + 1 } else { 2 })?;
        self.each(|it| it.skip(16 + 8).and_then(|()| it.lengths(1)))?;
        self.each(|it| {
            it.string()?;
            it.skip(if has(ValueType::StreamListpacks3) { 8 + 8 } else { 8 })?;
            it.each(|it| it.skip(16))
        })?;
        if has(ValueType::StreamListpacks5) {
            self.each(|it| it.skip(16))?;
        }
        Ok(())
    }
}
