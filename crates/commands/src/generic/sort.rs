//! SORT and SORT_RO: the elements of a list, set or sorted set in order, or what other keys hold
//! under names made of them.
//!
//! ```text
//!   BY weight_*        sorts by the string under weight_1, weight_2, ...
//!   GET item_*->name   answers with the field name of the hashes under item_1, item_2, ...
//! ```
//!
//! Must be true: a request that looks at keys it does not name runs alone (`asks_other_keys`).

use std::cmp::Ordering;

use base::number::parse_f64_lenient;
use protocol::Request;
use smallvec::SmallVec;

use crate::arguments::{integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::elements::{Env, settle_sources};
use crate::errors::Error;
use crate::events::{generic, list};
use crate::keys::FoundKey;
use crate::sets::members::Members;
use crate::sorted_sets::scores::Scores;
use crate::spec::{
    ACCESS, Begin, Body, DENYOOM, Find, Group, OW, READONLY, RO, Spec, UPDATE, WRITE, category,
};
use crate::strings::with_text;
use crate::{hashes, lists};

const COST: &str = "O(N + M log M), N being the number of elements and M of those returned";
const NOTE_OF_OTHERS: &str = "For the optional BY/GET keyword. It is marked 'unknown' because the \
                              key names derive from the content of the key we sort";
const NOTE_OF_TARGET: &str = "For the optional STORE keyword. It is marked 'unknown' because the \
                              keyword can appear anywhere in the argument array";

#[rustfmt::skip]
pub(super) const SORT: Spec = Spec::new(
    "SORT",
    "key [BY pattern#1] [LIMIT (offset count)] [GET pattern#1 \
     [GET pattern#1 ...]] [order: ASC | DESC] [sorting: ALPHA] [STORE destination#2]",
    Body::Data(sort),
)
    .does("Returns or stores the elements of a list, a set or a sorted set in order.")
    .since("1.0.0").cost(COST).group(Group::Generic)
    .categories(category::SET | category::SORTEDSET | category::LIST | category::DANGEROUS)
    .flags(WRITE | DENYOOM)
    .key(1, RO | ACCESS)
    .key_spec(Begin::Unknown, Find::Unknown, RO | ACCESS).key_note(NOTE_OF_OTHERS)
    .key_spec(Begin::Unknown, Find::Unknown, OW | UPDATE).key_note(NOTE_OF_TARGET)
    .keys_found_by(sort_keys)
    .alone_if(asks_other_keys);

#[rustfmt::skip]
pub(super) const SORT_RO: Spec = Spec::new(
    "SORT_RO",
    "key [BY pattern#1] [LIMIT (offset count)] [GET pattern#1 \
     [GET pattern#1 ...]] [order: ASC | DESC] [sorting: ALPHA]",
    Body::Data(sort_ro),
)
    .does("Returns the elements of a list, a set or a sorted set in order.")
    .since("7.0.0").cost(COST).group(Group::Generic)
    .categories(category::SET | category::SORTEDSET | category::LIST | category::DANGEROUS)
    .flags(READONLY)
    .key(1, RO | ACCESS)
    .key_spec(Begin::Unknown, Find::Unknown, RO | ACCESS).key_note(NOTE_OF_OTHERS)
    .keys_found_by(sort_keys)
    .alone_if(asks_other_keys);

/// What is asked for.
#[derive(Clone, Debug, Default)]
struct Options<'a> {
    descending: bool,
    alpha: bool,
    offset: i64,
    /// Negative: all.
    count: i64,
    by: Option<&'a [u8]>,
    gets: SmallVec<[&'a [u8]; 4]>,
    /// Index of the key to store to.
    target: Option<usize>,
}

impl<'a> Options<'a> {
    fn parse(request: Request<'a>) -> Result<Self> {
        let may_store = !is_word(request.arg(0), "SORT_RO");
        let mut options = Self { count: -1, ..Self::default() };
        let mut at = 2;
        while at < request.len() {
            let (word, more) = (request.arg(at), request.len() - at - 1);
            at += if is_word(word, "ASC") {
                options.descending = false;
                1
            } else if is_word(word, "DESC") {
                options.descending = true;
                1
            } else if is_word(word, "ALPHA") {
                options.alpha = true;
                1
            } else if is_word(word, "LIMIT") && more >= 2 {
                options.offset = integer(request.arg(at + 1))?;
                options.count = integer(request.arg(at + 2))?;
                3
            } else if may_store && is_word(word, "STORE") && more >= 1 {
                options.target = Some(at + 1);
                2
            } else if is_word(word, "BY") && more >= 1 {
                options.by = Some(request.arg(at + 1));
                2
            } else if is_word(word, "GET") && more >= 1 {
                options.gets.push(request.arg(at + 1));
                2
            } else {
                return Err(Error::Syntax);
            };
        }
        Ok(options)
    }

    /// Whether the elements stay in the order they have.
    fn keeps_order(&self) -> bool {
        self.by.is_some_and(|pattern| !pattern.contains(&b'*'))
    }

    /// The range of what is returned of `len` elements.
    fn range(&self, len: usize) -> std::ops::Range<usize> {
        let start = self.offset.clamp(0, len as i64) as usize;
        let count = usize::try_from(self.count).unwrap_or(len).min(len - start);
        start..start + count
    }
}

/// Whether the request looks at keys whose names are made of elements.
fn asks_other_keys(request: Request<'_>) -> bool {
    Options::parse(request).is_ok_and(|options| {
        options.by.iter().chain(&options.gets).any(|pattern| pattern.contains(&b'*'))
    })
}

fn sort_keys(request: Request<'_>) -> Vec<FoundKey> {
    let target = Options::parse(request).ok().and_then(|options| options.target);
    let target = target.map(|index| FoundKey { index, flags: OW | UPDATE });
    [FoundKey { index: 1, flags: RO | ACCESS }].into_iter().chain(target).collect()
}

type Text = Vec<u8>;

/// Elements, and what they came from.
struct Source {
    elements: Vec<Text>,
    is_set: bool,
}

fn read(ctx: &mut Ctx<'_, '_>) -> Result<Source> {
    let (key, env) = (ctx.key(1), Env::of(ctx));
    let Some(slot) = ctx.db.used(key) else {
        ctx.missed(1);
        return Ok(Source { elements: Vec::new(), is_set: false });
    };
    ctx.effects.hits += 1;
    let entry = slot.get();
    if let Some(elements) = lists::elements_of(&entry) {
        return Ok(Source { elements, is_set: false });
    }
    let mut elements = Vec::new();
    if let Ok(members) = Members::of(&entry, env) {
        members.for_each(|member| elements.push(member.with_text(<[u8]>::to_vec)));
        return Ok(Source { elements, is_set: true });
    }
    Scores::of(&entry, env)?.for_each(|member, _| elements.push(member.to_vec()));
    Ok(Source { elements, is_set: false })
}

/// The string that a pattern means for an element.
fn look_up(ctx: &mut Ctx<'_, '_>, pattern: &[u8], element: &[u8]) -> Option<Text> {
    if pattern == b"#" {
        return Some(element.to_vec());
    }
    let star = pattern.iter().position(|byte| *byte == b'*')?;
    let (prefix, rest) = (&pattern[..star], &pattern[star + 1..]);
    let arrow = rest.windows(2).position(|pair| pair == b"->");
    let (suffix, field) = match arrow {
        Some(at) if at + 2 < rest.len() => (&rest[..at], Some(&rest[at + 2..])),
        _ => (rest, None),
    };
    let name = [prefix, element, suffix].concat();
    let key = ctx.db.key(&name);
    if let Some(field) = field {
        return hashes::field_of(ctx, key, field);
    }
    let slot = ctx.db.used(key)?;
    with_text(&slot.get(), <[u8]>::to_vec).ok()
}

/// Puts elements in order.
fn arrange(ctx: &mut Ctx<'_, '_>, elements: Vec<Text>, options: &Options<'_>) -> Result<Vec<Text>> {
    let by = options.by;
    let weight = |ctx: &mut Ctx<'_, '_>, element: &[u8]| match by {
        Some(pattern) => look_up(ctx, pattern, element),
        None => Some(element.to_vec()),
    };
    let descending = |order: Ordering| if options.descending { order.reverse() } else { order };
    if options.alpha {
        let mut weighed: Vec<(Option<Text>, Text)> =
            elements.into_iter().map(|element| (weight(ctx, &element), element)).collect();
        weighed.sort_by(|a, b| descending(a.0.cmp(&b.0)));
        return Ok(weighed.into_iter().map(|(_, element)| element).collect());
    }
    let mut weighed = Vec::with_capacity(elements.len());
    for element in elements {
        let score = weight(ctx, &element).map_or(Some(0.0), |text| parse_f64_lenient(&text));
        let score =
            score.ok_or(Error::new("ERR One or more scores can't be converted into double"))?;
        weighed.push((score, element));
    }
    weighed.sort_by(|a, b| {
        let order = a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal);
        descending(order.then_with(|| a.1.cmp(&b.1)))
    });
    Ok(weighed.into_iter().map(|(_, element)| element).collect())
}

fn sort(ctx: &mut Ctx) -> Result {
    let mut options = Options::parse(ctx.request)?;
    if options.target.is_some() && settle_sources(ctx, 1..2) == Outcome::Long {
        return Ok(Outcome::Long);
    }
    let Source { mut elements, is_set } = read(ctx)?;
    if options.keeps_order() && is_set && (options.target.is_some() || ctx.in_script) {
        // What is stored of a set, or what a script is told, has to be the same everywhere.
        (options.by, options.alpha) = (None, true);
    }
    if !options.keeps_order() {
        elements = arrange(ctx, elements, &options)?;
    } else if options.descending && !is_set {
        elements.reverse();
    }
    let range = options.range(elements.len());
    let found = elements.get(range).unwrap_or_default();
    let gets = options.gets.as_slice();
    let mut values: Vec<Option<Text>> = Vec::new();
    for element in found {
        match gets {
            [] => values.push(Some(element.clone())),
            gets => values.extend(gets.iter().map(|pattern| look_up(ctx, pattern, element))),
        }
    }
    match options.target {
        Some(target) => store(ctx, target, values),
        None => {
            ctx.reply.array(values.len());
            for value in &values {
                match value {
                    Some(value) => ctx.reply.bulk(value),
                    None => ctx.reply.nil(),
                }
            }
            Ok(Outcome::Done)
        }
    }
}

fn sort_ro(ctx: &mut Ctx) -> Result {
    sort(ctx)
}

fn store(ctx: &mut Ctx<'_, '_>, target: usize, values: Vec<Option<Text>>) -> Result {
    let key = ctx.key(target);
    let was_there = ctx.db.remove(key);
    if !values.is_empty() {
        lists::store(ctx, target, values.iter().map(|value| value.as_deref().unwrap_or_default()));
        ctx.effects.changes += values.len() as u64;
        ctx.note(target, &list::SORTSTORE);
    } else if was_there {
        ctx.touched(target, &generic::DEL);
    }
    ctx.int(values.len() as i64)
}

#[cfg(test)]
mod tests;
