//! The functions of `string` that search: `find`, `match`, `gmatch`, `gsub`.
//!
//! What calls back into the script (`gsub` with a function) is written in the prelude, on top of
//! `search`: a function written here that called the script would use the machine's stack, of
//! which a script that nests such calls could use up all.
//!
//! Not here: patterns themselves.

use memchr::memmem;

use crate::encode::{truncated, until_nul};
use crate::lua::{Frame, Function, Kind, Raise};

mod pattern;

use pattern::{Capture, Fault, Matcher};

/// The functions that the prelude puts in place or builds on.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("find", find),
    ("match", r#match),
    ("gsub", gsub),
    ("gsub_arguments", gsub_arguments),
    ("gmatch_arguments", gmatch_arguments),
    ("gmatch", gmatch),
    ("search", search),
];

/// Characters that make a pattern of a text.
const SPECIAL: &[u8] = b"^$*+?.([%-";

fn raise(frame: &mut Frame<'_>, fault: Fault) -> Raise {
    match fault {
        Fault::Pattern(text) => frame.raise_at(text.as_bytes()),
        Fault::Stop => frame.stop(),
    }
}

fn text_argument<'a>(frame: &mut Frame<'a>, slot: i32) -> Result<&'a [u8], Raise> {
    match frame.argument_text(slot) {
        Some(text) => Ok(text),
        None => Err(frame.bad_kind(slot, "string")),
    }
}

fn integer_argument(frame: &mut Frame<'_>, slot: i32, default: i64) -> Result<i64, Raise> {
    if frame.kind(slot) == Kind::Nil {
        return Ok(default);
    }
    match frame.to_number(slot) {
        Some(number) => Ok(truncated(number)),
        None => Err(frame.bad_kind(slot, "number")),
    }
}

/// Takes the anchor off a pattern; whether there was one.
fn split_anchor(pattern: &[u8]) -> (&[u8], bool) {
    match until_nul(pattern) {
        [b'^', rest @ ..] => (rest, true),
        rest => (rest, false),
    }
}

fn find(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let (text, pattern, start) = search_arguments(frame)?;
    let is_plain = frame.truth(4) || !until_nul(pattern).iter().any(|b| SPECIAL.contains(b));
    if !is_plain {
        return first_match(frame, (text, pattern, start), Wanted::Place);
    }
    let Some(found) = memmem::find(&text[start..], pattern) else {
        frame.push_nil()?;
        return Ok(1);
    };
    frame.push_number((start + found + 1) as f64)?;
    frame.push_number((start + found + pattern.len()) as f64)?;
    Ok(2)
}

fn r#match(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let arguments = search_arguments(frame)?;
    first_match(frame, arguments, Wanted::Captures)
}

/// A text, a pattern, and where to begin, from 0.
type Arguments<'a> = (&'a [u8], &'a [u8], usize);

fn search_arguments<'a>(frame: &mut Frame<'a>) -> Result<Arguments<'a>, Raise> {
    let text = text_argument(frame, 1)?;
    let pattern = text_argument(frame, 2)?;
    let len = text.len() as i64;
    let start = integer_argument(frame, 3, 1)?;
    let start = if start < 0 { start.saturating_add(len + 1) } else { start };
    Ok((text, pattern, (start - 1).clamp(0, len) as usize))
}

/// What the results of a search begin with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Where the match begins and ends, then captures if there are any.
    Place,
    /// Captures, or the whole match if there are none.
    Captures,
}

fn first_match(
    frame: &mut Frame<'_>,
    (text, pattern, start): Arguments<'_>,
    wanted: Wanted,
) -> Result<i32, Raise> {
    let context = frame.context();
    let (pattern, is_anchored) = split_anchor(pattern);
    let mut matcher = Matcher::new(text, pattern, context);
    let last = if is_anchored { start } else { text.len() };
    for begin in start..=last {
        let matched = matcher.match_at(begin).map_err(|fault| raise(frame, fault))?;
        let Some(end) = matched else { continue };
        if wanted == Wanted::Captures {
            return push_captures(frame, &matcher, text, (begin, end));
        }
        frame.push_number((begin + 1) as f64)?;
        frame.push_number(end as f64)?;
        return match matcher.captures() {
            0 => Ok(2),
            _ => Ok(2 + push_captures(frame, &matcher, text, (begin, end))?),
        };
    }
    frame.push_nil()?;
    Ok(1)
}

/// Pushes all captures, or the whole match if there are none; how many that are.
fn push_captures(
    frame: &mut Frame<'_>,
    matcher: &Matcher<'_>,
    text: &[u8],
    (begin, end): (usize, usize),
) -> Result<i32, Raise> {
    let count = matcher.captures().max(1);
    for index in 0..count {
        let capture = matcher.capture(index, begin, end).map_err(|fault| raise(frame, fault))?;
        push_capture(frame, capture, text)?;
    }
    Ok(count as i32)
}

fn push_capture(frame: &mut Frame<'_>, capture: Capture, text: &[u8]) -> Result<(), Raise> {
    match capture {
        Capture::Text(from, len) => frame.push_bytes(&text[from..from + len]),
        Capture::Position(position) | Capture::Open(position) => {
            frame.push_number((position + 1) as f64)
        }
    }
}

/// Checks the arguments of `gmatch`; returns both texts.
fn gmatch_arguments(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    text_argument(frame, 1)?;
    text_argument(frame, 2)?;
    frame.push_copy(1)?;
    frame.push_copy(2)?;
    Ok(2)
}

/// `gmatch(text, pattern, position)`: where to go on, and the captures of the next match; nothing
/// if there is none. A `^` in the pattern is no anchor.
fn gmatch(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let (Some(text), Some(pattern)) = (frame.argument(1), frame.argument(2)) else {
        return Ok(0);
    };
    let Some(start) = frame.number(3) else { return Ok(0) };
    let context = frame.context();
    let mut matcher = Matcher::new(text, until_nul(pattern), context);
    for begin in start as usize..=text.len() {
        let matched = matcher.match_at(begin).map_err(|fault| raise(frame, fault))?;
        if let Some(end) = matched {
            let next = if end == begin { end + 1 } else { end };
            frame.push_number(next as f64)?;
            return Ok(1 + push_captures(frame, &matcher, text, (begin, end))?);
        }
    }
    Ok(0)
}

/// Checks the arguments of `gsub`; returns text, pattern, the most replacements to make.
fn gsub_arguments(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let text = text_argument(frame, 1)?;
    text_argument(frame, 2)?;
    let most = gsub_limit(frame, text)?;
    frame.push_copy(1)?;
    frame.push_copy(2)?;
    frame.push_number(most as f64)?;
    Ok(3)
}

/// How many replacements may be made; also sees that what replaces is one of what can.
fn gsub_limit(frame: &mut Frame<'_>, text: &[u8]) -> Result<i64, Raise> {
    match frame.kind(3) {
        Kind::String | Kind::Number | Kind::Table | Kind::Function => {}
        _ => return Err(frame.bad_argument(3, "string/function/table expected")),
    }
    integer_argument(frame, 4, text.len() as i64 + 1)
}

/// `search(text, pattern, position)`: where the next match begins and ends, and all its captures,
/// or the whole match if there are none; nothing if there is no match. For `gsub`.
fn search(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let (Some(text), Some(pattern)) = (frame.argument(1), frame.argument(2)) else {
        return Ok(0);
    };
    let start = frame.number(3).unwrap_or(1.0) as usize;
    let context = frame.context();
    let (pattern, is_anchored) = split_anchor(pattern);
    let mut matcher = Matcher::new(text, pattern, context);
    let last = if is_anchored { start - 1 } else { text.len() };
    for begin in start - 1..=last {
        let matched = matcher.match_at(begin).map_err(|fault| raise(frame, fault))?;
        if let Some(end) = matched {
            frame.push_number((begin + 1) as f64)?;
            frame.push_number(end as f64)?;
            return Ok(2 + push_captures(frame, &matcher, text, (begin, end))?);
        }
    }
    Ok(0)
}

/// `gsub` with a text, or a table without metatable.
fn gsub(frame: &mut Frame<'_>) -> Result<i32, Raise> {
    let text = text_argument(frame, 1)?;
    let pattern = text_argument(frame, 2)?;
    let most = gsub_limit(frame, text)?;
    let by_text = frame.argument_text(3);
    let context = frame.context();
    let (pattern, is_anchored) = split_anchor(pattern);
    let mut matcher = Matcher::new(text, pattern, context);
    let mut result = Vec::with_capacity(text.len());
    let (mut position, mut count) = (0, 0);
    while count < most {
        let matched = matcher.match_at(position).map_err(|fault| raise(frame, fault))?;
        if let Some(end) = matched {
            count += 1;
            let place = (position, end);
            match by_text {
                Some(by) => add_text(frame, &mut result, (&matcher, text, place), by)?,
                None => add_entry(frame, &mut result, (&matcher, text, place))?,
            }
            frame.afford(result.len())?;
        }
        match matched {
            Some(end) if end > position => position = end,
            _ if position < text.len() => {
                result.push(text[position]);
                position += 1;
            }
            _ => break,
        }
        if is_anchored {
            break;
        }
    }
    result.extend_from_slice(&text[position..]);
    frame.push_bytes(&result)?;
    frame.push_number(count as f64)?;
    Ok(2)
}

/// A match: its matcher, the text, where it begins and ends.
type Match<'a, 'm> = (&'a Matcher<'m>, &'a [u8], (usize, usize));

/// Adds the replacement text, with captures in place of `%1` and the match in place of `%0`.
fn add_text(
    frame: &mut Frame<'_>,
    result: &mut Vec<u8>,
    (matcher, text, (begin, end)): Match<'_, '_>,
    by: &[u8],
) -> Result<(), Raise> {
    let mut bytes = by.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'%' {
            result.push(byte);
            continue;
        }
        // As in the original, the NUL behind the text counts for a missing character.
        match bytes.next().copied().unwrap_or(0) {
            b'0' => result.extend_from_slice(&text[begin..end]),
            digit @ b'1'..=b'9' => {
                let index = usize::from(digit - b'1');
                let capture = matcher.capture(index, begin, end);
                match capture.map_err(|fault| raise(frame, fault))? {
                    Capture::Text(from, len) => result.extend_from_slice(&text[from..from + len]),
                    Capture::Position(position) | Capture::Open(position) => {
                        let mut number = itoa::Buffer::new();
                        result.extend_from_slice(number.format(position + 1).as_bytes());
                    }
                }
            }
            other => result.push(other),
        }
    }
    Ok(())
}

/// Adds what the table in the third argument has for the first capture; the match itself if that
/// is nothing.
fn add_entry(
    frame: &mut Frame<'_>,
    result: &mut Vec<u8>,
    (matcher, text, (begin, end)): Match<'_, '_>,
) -> Result<(), Raise> {
    let capture = matcher.capture(0, begin, end).map_err(|fault| raise(frame, fault))?;
    push_capture(frame, capture, text)?;
    frame.raw_get(3);
    let slot = frame.top();
    if !frame.truth(slot) {
        result.extend_from_slice(&text[begin..end]);
    } else if let Some(value) = frame.convert_to_text(slot) {
        result.extend_from_slice(value);
    } else {
        let problem = format!("invalid replacement value (a {})", frame.kind_name(slot));
        return Err(frame.raise_at(problem.as_bytes()));
    }
    frame.pop(1);
    Ok(())
}
