//! The one table of all commands, and how a request finds its row.
//!
//! `ALL` joins the rows of the families at compile time: each command, its subcommands right behind
//! it. A row's `id` is its position here, so per-command state can be an array beside the table.
//! `INDEX` is a hash table over the names, also made at compile time. A name becomes two words (its
//! first and last bytes, case folded); they tell apart all names of up to 16 letters.
//!
//! Must be true: no two rows share a name within their container; containers do not nest.
//! Not here: renamed commands and aliases, which belong to the configuration.

use protocol::Request;
use thiserror::Error;

use crate::control;
use crate::spec::{Body, Spec};

/// The families whose bodies are in this crate.
const DATA: &[&[Spec]] = &[
    crate::bitmaps::COMMANDS,
    crate::generic::COMMANDS,
    crate::geo::COMMANDS,
    crate::hashes::COMMANDS,
    crate::hyperloglog::COMMANDS,
    crate::lists::COMMANDS,
    crate::sets::COMMANDS,
    crate::sorted_sets::COMMANDS,
    crate::streams::COMMANDS,
    crate::strings::COMMANDS,
];

/// How many rows there are, subcommands included.
pub const COUNT: usize = count(DATA) + count(control::FAMILIES);

/// All rows.
pub static ALL: [Spec; COUNT] = join();

const SLOTS: usize = (COUNT * 4).next_power_of_two();
static INDEX: [Slot; SLOTS] = index();

/// Why a request has no row.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unknown {
    /// There is no such command.
    #[error("unknown command")]
    Command,
    /// The command is a container and has no such subcommand.
    #[error("unknown subcommand")]
    Subcommand,
}

/// The row of the command called `name`, in any case. For a container that is its own row.
#[inline]
pub fn lookup(name: &[u8]) -> Option<&'static Spec> {
    let (first, last) = fold(name);
    let mut at = slot_of(first, last, name.len());
    loop {
        let slot = &INDEX[at];
        if slot.first == first && slot.last == last && slot.len as usize == name.len() {
            let spec = &ALL[slot.id as usize];
            if slot.proof == Proof::Words || spec.name.as_bytes().eq_ignore_ascii_case(name) {
                return Some(spec);
            }
        }
        if slot.len == 0 {
            return None;
        }
        at = (at + 1) % SLOTS;
    }
}

/// The subcommands of a container.
pub fn subcommands(container: &Spec) -> &'static [Spec] {
    let (start, end) = container.subcommand_range;
    &ALL[usize::from(start)..usize::from(end)]
}

/// The subcommand of `container` called `name`, in any case.
pub fn subcommand(container: &Spec, name: &[u8]) -> Option<&'static Spec> {
    subcommands(container).iter().find(|each| each.name.as_bytes().eq_ignore_ascii_case(name))
}

/// All commands that are not subcommands.
pub fn commands() -> impl Iterator<Item = &'static Spec> {
    ALL.iter().filter(|each| each.container.is_empty())
}

/// The row that a request is for: of the subcommand, if it names a container and has a second
/// argument.
///
/// # Errors
/// There is no such command or subcommand.
#[inline]
pub fn find(request: Request<'_>) -> Result<&'static Spec, Unknown> {
    resolve(request.get(0).and_then(lookup).ok_or(Unknown::Command)?, request)
}

/// As [`find`], for a request whose first argument is known to name `spec`.
///
/// # Errors
/// `spec` is a container that has no such subcommand.
#[inline]
pub fn resolve(spec: &'static Spec, request: Request<'_>) -> Result<&'static Spec, Unknown> {
    if spec.subcommand_range.0 == spec.subcommand_range.1 {
        return Ok(spec);
    }
    match request.get(1) {
        None => Ok(spec),
        Some(name) => subcommand(spec, name).ok_or(Unknown::Subcommand),
    }
}

/// The row with the full name `get` or `client|list`, in any case.
pub fn by_full_name(name: &[u8]) -> Option<&'static Spec> {
    match name.iter().position(|byte| *byte == b'|') {
        None => lookup(name),
        Some(bar) => subcommand(lookup(&name[..bar])?, &name[bar + 1..]),
    }
}

/// Bytes of a name or argument that an error shows at most.
const SHOWN_MAX: usize = 128;

impl Unknown {
    /// The error's text, code included. It quotes the request, so it may hold any byte but line
    /// breaks.
    pub fn text(&self, request: Request<'_>) -> Vec<u8> {
        let shown = |index: usize| shown(request.get(index).unwrap_or_default(), SHOWN_MAX);
        let mut text = b"ERR ".to_vec();
        match self {
            Self::Command => {
                text.extend_from_slice(b"unknown command '");
                text.extend_from_slice(shown(0));
                text.extend_from_slice(b"', with args beginning with: ");
                let start = text.len();
                for argument in request.iter().skip(1) {
                    let room = SHOWN_MAX.saturating_sub(text.len() - start);
                    if room == 0 {
                        break;
                    }
                    text.push(b'\'');
                    text.extend_from_slice(self::shown(argument, room));
                    text.extend_from_slice(b"' ");
                }
            }
            Self::Subcommand => {
                text.extend_from_slice(b"unknown subcommand '");
                text.extend_from_slice(shown(1));
                text.extend_from_slice(b"'. Try ");
                text.extend(request.get(0).unwrap_or_default().to_ascii_uppercase());
                text.extend_from_slice(b" HELP.");
            }
        }
        for byte in &mut text {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        text
    }
}

/// The error for a request that `spec` does not accept the number of arguments of, code included.
pub fn wrong_arity(spec: &Spec) -> String {
    format!("ERR wrong number of arguments for '{}' command", spec.full_name())
}

/// What an error shows of an argument: no more than `max` bytes, and nothing from a zero byte on.
fn shown(argument: &[u8], max: usize) -> &[u8] {
    let argument = &argument[..argument.len().min(max)];
    argument.split(|byte| *byte == 0).next().unwrap_or_default()
}

const fn count(families: &[&[Spec]]) -> usize {
    let (mut count, mut family) = (0, 0);
    while family < families.len() {
        let mut row = 0;
        while row < families[family].len() {
            count += 1 + families[family][row].declared_subcommands.len();
            row += 1;
        }
        family += 1;
    }
    count
}

const fn join() -> [Spec; COUNT] {
    let mut all = [Spec::new("", "", Body::Container); COUNT];
    let data = append(&mut all, 0, DATA);
    let end = append(&mut all, data, control::FAMILIES);
    assert!(end == COUNT);
    all
}

/// Adds the rows of `families` from position `next` on; returns the position after them.
const fn append(all: &mut [Spec; COUNT], mut next: usize, families: &[&[Spec]]) -> usize {
    let mut family = 0;
    while family < families.len() {
        let mut row = 0;
        while row < families[family].len() {
            let command = families[family][row];
            let subcommands = command.declared_subcommands;
            let at = next;
            next += 1;
            let mut sub = 0;
            while sub < subcommands.len() {
                all[next] = subcommands[sub];
                all[next].id = next as u16;
                next += 1;
                sub += 1;
            }
            all[at] = command;
            all[at].id = at as u16;
            all[at].subcommand_range = (at as u16 + 1, next as u16);
            row += 1;
        }
        family += 1;
    }
    next
}

/// Where the index keeps one name.
#[derive(Clone, Copy)]
struct Slot {
    first: u64,
    last: u64,
    id: u16,
    /// Length of the name; 0 in a free slot.
    len: u8,
    proof: Proof,
}

/// What equality of the two words and the length proves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// That the names are the same.
    Words,
    /// Nothing yet: the name is longer than the words, or has bytes that folding confuses.
    None,
}

const fn index() -> [Slot; SLOTS] {
    let mut index = [Slot { first: 0, last: 0, id: 0, len: 0, proof: Proof::None }; SLOTS];
    let all = join();
    let mut id = 0;
    while id < COUNT {
        if all[id].container.is_empty() {
            let name = all[id].name.as_bytes();
            let (first, last) = fold(name);
            let mut at = slot_of(first, last, name.len());
            while index[at].len != 0 {
                at = (at + 1) % SLOTS;
            }
            let len = name.len() as u8;
            index[at] = Slot { first, last, id: id as u16, len, proof: proof(name) };
        }
        id += 1;
    }
    index
}

const fn proof(name: &[u8]) -> Proof {
    let mut at = 0;
    while at < name.len() {
        if !name[at].is_ascii_alphabetic() {
            return Proof::None;
        }
        at += 1;
    }
    if name.len() > 16 { Proof::None } else { Proof::Words }
}

/// Clears the bit that tells upper from lower case in ASCII letters, in eight bytes at a time.
const FOLD: u64 = 0xDFDF_DFDF_DFDF_DFDF;

/// The first and the last eight bytes of a name, which overlap if it has fewer than sixteen; of a
/// shorter name all its bytes in the first word.
#[inline]
const fn fold(name: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
        return (u64::from_le_bytes(*first) & FOLD, u64::from_le_bytes(*last) & FOLD);
    }
    if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return ((first as u64 | (last as u64) << 32) & FOLD, 0);
    }
    let len = name.len();
    if len == 0 {
        return (0, 0);
    }
    let bytes = name[0] as u64 | (name[len / 2] as u64) << 8 | (name[len - 1] as u64) << 16;
    (bytes & FOLD, 0)
}

/// Where the search for a name starts: a multiplicative hash, with an odd constant near 2^64 / phi.
#[inline]
const fn slot_of(first: u64, last: u64, len: usize) -> usize {
    let mixed = first ^ last.rotate_left(29) ^ len as u64;
    let hash = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (hash >> (64 - SLOTS.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests;
