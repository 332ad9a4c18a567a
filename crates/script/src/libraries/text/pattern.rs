//! Lua's patterns, with a count of steps.
//!
//! The interpreter's own matcher can take time exponential in the pattern, during which nobody can
//! stop it. This one asks the host now and then, and nests no deeper than a bound.
//!
//! Source: the Lua 5.1 manual, section 5.4.1. As there, a pattern ends at its first NUL.

use crate::context::Context;

/// How many captures a pattern may have.
const CAPTURES_MAX: usize = 32;

/// How deep matching may nest: once for each item that is tried in several ways, and capture.
const DEPTH_MAX: u32 = 2_000;

/// Steps between two looks at the context's count.
const STEPS_AT_ONCE: u32 = 1_000;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The pattern is none; the text of the error.
    Pattern(&'static str),
    /// The script must end.
    Stop,
}

type Matched = Result<Option<usize>, Fault>;

/// What a capture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// The text from here, so long.
    Text(usize, usize),
    /// A position, from 0.
    Position(usize),
    /// It has been opened here and not closed.
    Open(usize),
}

/// A pattern at work on a text.
pub struct Matcher<'a> {
    text: &'a [u8],
    pattern: &'a [u8],
    captures: Vec<Capture>,
    depth: u32,
    steps: u32,
    context: &'a Context,
}

impl<'a> Matcher<'a> {
    /// A matcher; `pattern` is without its anchor.
    pub fn new(text: &'a [u8], pattern: &'a [u8], context: &'a Context) -> Self {
        Matcher { text, pattern, captures: Vec::new(), depth: 0, steps: 0, context }
    }

    /// The end of a match that begins at `start`.
    pub fn match_at(&mut self, start: usize) -> Matched {
        self.captures.clear();
        self.depth = 0;
        self.run(start, 0)
    }

    /// How many captures the last match has.
    pub fn captures(&self) -> usize {
        self.captures.len()
    }

    /// A capture of the last match, from `start` to `end`; the first is all of it if the pattern
    /// has none.
    pub fn capture(&self, index: usize, start: usize, end: usize) -> Result<Capture, Fault> {
        match self.captures.get(index) {
            Some(Capture::Open(_)) => Err(Fault::Pattern("unfinished capture")),
            Some(capture) => Ok(*capture),
            None if index == 0 => Ok(Capture::Text(start, end - start)),
            None => Err(Fault::Pattern("invalid capture index")),
        }
    }

    fn step(&mut self) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps >= STEPS_AT_ONCE {
            let steps = std::mem::take(&mut self.steps) as usize;
            if self.context.work(steps) {
                return Err(Fault::Stop);
            }
        }
        Ok(())
    }

    fn at(&self, index: usize) -> Option<u8> {
        self.pattern.get(index).copied()
    }

    /// Matches the pattern from `at` on with the text from `start` on.
    fn run(&mut self, start: usize, at: usize) -> Matched {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Fault::Pattern("pattern too complex"));
        }
        let matched = self.items(start, at);
        self.depth -= 1;
        matched
    }

    fn items(&mut self, mut start: usize, mut at: usize) -> Matched {
        loop {
            self.step()?;
            let Some(item) = self.at(at) else { return Ok(Some(start)) };
            match (item, self.at(at + 1)) {
                (b'(', Some(b')')) => return self.open(Capture::Position(start), start, at + 2),
                (b'(', _) => return self.open(Capture::Open(start), start, at + 1),
                (b')', _) => return self.close(start, at + 1),
                (b'$', None) => return Ok((start == self.text.len()).then_some(start)),
                (b'%', Some(b'b')) => {
                    let Some(end) = self.balance(start, at + 2)? else { return Ok(None) };
                    (start, at) = (end, at + 4);
                    continue;
                }
                (b'%', Some(b'f')) => {
                    let Some(end) = self.frontier(start, at + 2)? else { return Ok(None) };
                    at = end;
                    continue;
                }
                (b'%', Some(digit @ b'0'..=b'9')) => {
                    let Some(end) = self.same(start, digit)? else { return Ok(None) };
                    (start, at) = (end, at + 2);
                    continue;
                }
                _ => {}
            }
            let end = self.class_end(at)?;
            match self.at(end) {
                Some(b'?') => {
                    if self.single(start, at, end)
                        && let Some(matched) = self.run(start + 1, end + 1)?
                    {
                        return Ok(Some(matched));
                    }
                    at = end + 1;
                }
                Some(b'*') => return self.longest(start, start, at, end),
                Some(b'+') if self.single(start, at, end) => {
                    return self.longest(start, start + 1, at, end);
                }
                Some(b'+') => return Ok(None),
                Some(b'-') => return self.shortest(start, at, end),
                _ if self.single(start, at, end) => (start, at) = (start + 1, end),
                _ => return Ok(None),
            }
        }
    }

    /// As many of the item as possible, at least up to `least`.
    fn longest(&mut self, start: usize, least: usize, at: usize, end: usize) -> Matched {
        debug_assert!(least - start <= 1);
        let mut last = least;
        while self.single(last, at, end) {
            self.step()?;
            last += 1;
        }
        for next in (least..=last).rev() {
            if let Some(matched) = self.run(next, end + 1)? {
                return Ok(Some(matched));
            }
        }
        Ok(None)
    }

    /// As few of the item as possible.
    fn shortest(&mut self, start: usize, at: usize, end: usize) -> Matched {
        let mut next = start;
        loop {
            if let Some(matched) = self.run(next, end + 1)? {
                return Ok(Some(matched));
            }
            if !self.single(next, at, end) {
                return Ok(None);
            }
            next += 1;
        }
    }

    fn open(&mut self, capture: Capture, start: usize, at: usize) -> Matched {
        if self.captures.len() >= CAPTURES_MAX {
            return Err(Fault::Pattern("too many captures"));
        }
        let count = self.captures.len();
        self.captures.push(capture);
        let matched = self.run(start, at)?;
        if matched.is_none() {
            self.captures.truncate(count);
        }
        Ok(matched)
    }

    fn close(&mut self, start: usize, at: usize) -> Matched {
        let open = self.captures.iter().rposition(|capture| matches!(capture, Capture::Open(_)));
        let Some(index) = open else { return Err(Fault::Pattern("invalid pattern capture")) };
        let before = self.captures[index];
        if let Capture::Open(begun) = before {
            self.captures[index] = Capture::Text(begun, start - begun);
        }
        let matched = self.run(start, at)?;
        if matched.is_none()
            && let Some(capture) = self.captures.get_mut(index)
        {
            *capture = before;
        }
        Ok(matched)
    }

    /// `%bxy`
    fn balance(&mut self, start: usize, at: usize) -> Matched {
        let (Some(opening), Some(closing)) = (self.at(at), self.at(at + 1)) else {
            return Err(Fault::Pattern("unbalanced pattern"));
        };
        if self.text.get(start) != Some(&opening) {
            return Ok(None);
        }
        let mut open = 1usize;
        for (index, &byte) in self.text.iter().enumerate().skip(start + 1) {
            self.step()?;
            if byte == closing {
                open -= 1;
                if open == 0 {
                    return Ok(Some(index + 1));
                }
            } else if byte == opening {
                open += 1;
            }
        }
        Ok(None)
    }

    /// `%f[set]`: where in the pattern to go on.
    fn frontier(&mut self, start: usize, at: usize) -> Matched {
        if self.at(at) != Some(b'[') {
            return Err(Fault::Pattern("missing '[' after '%f' in pattern"));
        }
        let end = self.class_end(at)?;
        let before = start.checked_sub(1).map_or(0, |before| self.text[before]);
        let here = self.text.get(start).copied().unwrap_or(0);
        let crosses = !self.in_set(before, at, end - 1) && self.in_set(here, at, end - 1);
        Ok(crosses.then_some(end))
    }

    /// `%1`: the same text as a capture.
    fn same(&mut self, start: usize, digit: u8) -> Matched {
        let index = usize::from(digit).checked_sub(usize::from(b'1'));
        let capture = index.and_then(|index| self.captures.get(index));
        let (from, len) = match capture {
            Some(Capture::Text(from, len)) => (*from, *len),
            // The original compares with the longest text there is, which nothing equals.
            Some(Capture::Position(_)) => return Ok(None),
            _ => return Err(Fault::Pattern("invalid capture index")),
        };
        let is_same = self.text[start..].starts_with(&self.text[from..from + len]);
        Ok(is_same.then_some(start + len))
    }

    /// Where the item that begins at `at` ends, without its repetition.
    fn class_end(&self, at: usize) -> Result<usize, Fault> {
        match (self.pattern[at], self.at(at + 1)) {
            (b'%', None) => Err(Fault::Pattern("malformed pattern (ends with '%')")),
            (b'%', Some(_)) => Ok(at + 2),
            (b'[', next) => {
                let mut index = at + 1 + usize::from(next == Some(b'^'));
                loop {
                    match self.at(index) {
                        None => return Err(Fault::Pattern("malformed pattern (missing ']')")),
                        Some(b'%') if self.at(index + 1).is_some() => index += 2,
                        Some(_) => index += 1,
                    }
                    if self.at(index) == Some(b']') {
                        return Ok(index + 1);
                    }
                }
            }
            _ => Ok(at + 1),
        }
    }

    /// Whether the item from `at` to `end` matches one byte of the text.
    fn single(&self, start: usize, at: usize, end: usize) -> bool {
        let Some(&byte) = self.text.get(start) else { return false };
        match self.pattern[at] {
            b'.' => true,
            b'%' => in_class(byte, self.pattern[at + 1]),
            b'[' => self.in_set(byte, at, end - 1),
            other => other == byte,
        }
    }

    /// Whether the set from `[` at `at` to `]` at `end` has a byte.
    fn in_set(&self, byte: u8, at: usize, end: usize) -> bool {
        let mut index = at + 1;
        let is_negated = self.at(index) == Some(b'^');
        index += usize::from(is_negated);
        while index < end {
            let first = self.pattern[index];
            if first == b'%' {
                index += 1;
                if in_class(byte, self.pattern[index]) {
                    return !is_negated;
                }
            } else if self.at(index + 1) == Some(b'-') && index + 2 < end {
                index += 2;
                if (first..=self.pattern[index]).contains(&byte) {
                    return !is_negated;
                }
            } else if first == byte {
                return !is_negated;
            }
            index += 1;
        }
        is_negated
    }
}

/// Whether a byte is in the class that a letter stands for; other characters for themselves.
fn in_class(byte: u8, class: u8) -> bool {
    let is_in = match class.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => byte.is_ascii_whitespace() || byte == 11,
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        b'z' => byte == 0,
        _ => return class == byte,
    };
    is_in != class.is_ascii_uppercase()
}
