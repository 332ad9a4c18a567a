//! Places are added, and looked at one by one.

use base::number::{NumberBuffer, format_u64};
use smallvec::SmallVec;

use super::{earth, hash, place, read_places, write_distance, write_place};
use crate::arguments::is_word;
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::sorted_sets::add::{Options, add_scored};
use crate::spec::{ACCESS, Body, DENYOOM, Group, READONLY, RO, RW, Spec, UPDATE, WRITE};

#[rustfmt::skip]
pub(super) const GEOADD: Spec = Spec::new(
    "GEOADD",
    "key [condition: (NX | XX) @6.2.0] [change: CH @6.2.0] longitude latitude member \
     [longitude latitude member ...]",
    Body::Data(geoadd),
)
    .does("Adds places to a sorted set, their coordinates as scores.")
    .since("3.2.0").cost("O(log N) for each place, N being the number of members in the set")
    .group(Group::Geo)
    .flags(WRITE | DENYOOM).key(1, RW | UPDATE)
    .history(&[("6.2.0", "`CH`, `NX` and `XX`.")]);

fn geoadd(ctx: &mut Ctx) -> Result {
    let mut options = Options::default();
    let mut first = 2;
    while let Some(word) = ctx.request.get(first) {
        let flag = if is_word(word, "NX") {
            &mut options.nx
        } else if is_word(word, "XX") {
            &mut options.xx
        } else if is_word(word, "CH") {
            &mut options.ch
        } else {
            break;
        };
        *flag = true;
        first += 1;
    }
    let triples = ctx.request.from(first);
    if !triples.len().is_multiple_of(3) || (options.nx && options.xx) {
        return Err(Error::Syntax);
    }
    let mut pairs = SmallVec::<[(f64, &[u8]); 8]>::new();
    for at in (0..triples.len()).step_by(3) {
        let score = hash::score(place(triples, at)?);
        pairs.push((score as f64, triples.arg(at + 2)));
    }
    if pairs.is_empty() {
        return Err(Error::Syntax);
    }
    let outcome = add_scored(ctx, options, &pairs)?;
    if ctx.effects.changes > 0 {
        log(ctx, first, &pairs);
    }
    Ok(outcome)
}

/// Logs a ZADD of the scores.
fn log(ctx: &mut Ctx<'_, '_>, first: usize, pairs: &[(f64, &[u8])]) {
    let mut buffers: Vec<NumberBuffer> = pairs.iter().map(|_| NumberBuffer::new()).collect();
    let mut words: Vec<&[u8]> = vec![b"ZADD"];
    words.extend((1..first).map(|at| ctx.arg(at)));
    for ((score, member), buffer) in pairs.iter().zip(&mut buffers) {
        words.extend([format_u64(*score as u64, buffer), *member]);
    }
    ctx.effects.log(&words);
}

#[rustfmt::skip]
pub(super) const GEODIST: Spec = Spec::new(
    "GEODIST",
    "key member1 member2 [unit: M | KM | FT | MI]",
    Body::Data(geodist),
)
    .does("Returns the distance of two places.")
    .since("3.2.0").cost("O(1)").group(Group::Geo)
    .flags(READONLY).key(1, RO | ACCESS);

fn geodist(ctx: &mut Ctx) -> Result {
    let unit = match ctx.argc() {
        4 => 1.0,
        5 => earth::unit(ctx.arg(4))?,
        _ => return Err(Error::Syntax),
    };
    let request = ctx.request;
    read_places(ctx, 1, |scores, reply| {
        let score = |at| scores.and_then(|scores| scores.score(request.arg(at)));
        match (score(2), score(3)) {
            (Some(from), Some(to)) => {
                let distance = earth::distance(hash::place_of(from), hash::place_of(to));
                write_distance(reply, distance / unit);
            }
            _ => reply.nil(),
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const GEOHASH: Spec = Spec::new("GEOHASH", "key [member ...]", Body::Data(geohash))
    .does("Returns the geohashes of places, as other programs use them.")
    .since("3.2.0").cost("O(1) for each member").group(Group::Geo)
    .flags(READONLY).key(1, RO | ACCESS);

fn geohash(ctx: &mut Ctx) -> Result {
    let members = ctx.request.from(2);
    read_places(ctx, 1, |scores, reply| {
        reply.array(members.len());
        for member in members.iter() {
            match scores.and_then(|scores| scores.score(member)) {
                Some(score) => reply.bulk(&hash::text(hash::place_of(score))),
                None => reply.nil(),
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const GEOPOS: Spec = Spec::new("GEOPOS", "key [member ...]", Body::Data(geopos))
    .does("Returns the longitudes and latitudes of places.")
    .since("3.2.0").cost("O(1) for each member").group(Group::Geo)
    .flags(READONLY).key(1, RO | ACCESS);

fn geopos(ctx: &mut Ctx) -> Result {
    let members = ctx.request.from(2);
    read_places(ctx, 1, |scores, reply| {
        reply.array(members.len());
        for member in members.iter() {
            match scores.and_then(|scores| scores.score(member)) {
                Some(score) => write_place(reply, hash::place_of(score)),
                None => reply.nil_array(),
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}
