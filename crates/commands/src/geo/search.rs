//! Searching places: GEOSEARCH and its relatives.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use protocol::{Reply, Request};
use structures::ordered::{Direction, Edge, Tie, rank_key};

use super::hash::{Place, place_of};
use super::query::{Command, May, Order, Query, Stored, target_of};
use super::{read_places, write_distance, write_place};
use crate::context::{Ctx, Outcome, Result};
use crate::elements::{Elements, ElementsMut, Env, settle_sources};
use crate::events::{generic, sorted_set};
use crate::keys::FoundKey;
use crate::sorted_sets::SortedSets;
use crate::sorted_sets::edit::ScoresMut;
use crate::sorted_sets::scores::Scores;
use crate::spec::{ACCESS, Body, DENYOOM, Group, OW, READONLY, RO, Spec, UPDATE, WRITE};

const COST: &str = "O(N + log M), N being the number of members in the cells around the area and M \
                    that of the members in the area";

#[rustfmt::skip]
pub(super) const GEOSEARCH: Spec = Spec::new(
    "GEOSEARCH",
    "key [from: FROMMEMBER member | FROMLONLAT (longitude latitude)] \
     (by: circle: {BYRADIUS radius unit: (M | KM | FT | MI)} | \
     box: {BYBOX width height unit: (M | KM | FT | MI)} | \
     polygon: {BYPOLYGON num-vertices<integer> (longitude latitude) \
     [(longitude latitude) ...]}) [order: ASC | DESC] [count: {COUNT count [ANY]}] \
     [withcoord: WITHCOORD] [withdist: WITHDIST] [withhash: WITHHASH]",
    Body::Data(geosearch),
)
    .does("Returns the places in a circle, a box or a polygon.")
    .since("6.2.0").cost(COST).group(Group::Geo)
    .flags(READONLY).key(1, RO | ACCESS).arity(-7)
    .history(&[
        ("7.0.0", "Arguments named otherwise in the manual."),
        ("9.0.0", "`BYPOLYGON`, as in Valkey 9.0; it needs no center."),
    ]);

fn geosearch(ctx: &mut Ctx) -> Result {
    search(ctx, Command::Search)
}

#[rustfmt::skip]
pub(super) const GEOSEARCHSTORE: Spec = Spec::new(
    "GEOSEARCHSTORE",
    "destination source [from: FROMMEMBER member | FROMLONLAT (longitude latitude)] \
     (by: circle: {BYRADIUS radius unit: (M | KM | FT | MI)} | \
     box: {BYBOX width height unit: (M | KM | FT | MI)} | \
     polygon: {BYPOLYGON num-vertices<integer> (longitude latitude) \
     [(longitude latitude) ...]}) [order: ASC | DESC] [count: {COUNT count [ANY]}] \
     [storedist: STOREDIST]",
    Body::Data(geosearchstore),
)
    .does("Stores the places in a circle, a box or a polygon in a key.")
    .since("6.2.0").cost(COST).group(Group::Geo)
    .flags(WRITE | DENYOOM).key(1, OW | UPDATE).key(2, RO | ACCESS).arity(-8)
    .history(&[
        ("7.0.0", "Arguments named otherwise in the manual."),
        ("9.0.0", "`BYPOLYGON`, as in Valkey 9.0; it needs no center."),
    ]);

fn geosearchstore(ctx: &mut Ctx) -> Result {
    search(ctx, Command::SearchStore)
}

#[rustfmt::skip]
pub(super) const GEORADIUS: Spec = Spec::new(
    "GEORADIUS",
    "key longitude latitude radius unit: (M | KM | FT | MI) [withcoord: WITHCOORD] \
     [withdist: WITHDIST] [withhash: WITHHASH] [count: {COUNT count [ANY @6.2.0]}] \
     [order: ASC | DESC] [STORE key] [STOREDIST key]",
    Body::Data(georadius),
)
    .does("Returns the places around coordinates, or stores them.")
    .since("3.2.0").cost(COST).group(Group::Geo)
    .flags(WRITE | DENYOOM).key(1, RO | ACCESS)
    .key_after("STORE", 6, OW | UPDATE).key_after("STOREDIST", 6, OW | UPDATE)
    .keys_found_by(|request| radius_keys(request, Command::Radius(May::Store)))
    .deprecated("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE`")
    .history(&[("6.2.0", "`ANY`."), ("7.0.0", "Arguments named otherwise in the manual.")]);

fn georadius(ctx: &mut Ctx) -> Result {
    search(ctx, Command::Radius(May::Store))
}

#[rustfmt::skip]
pub(super) const GEORADIUS_RO: Spec = Spec::new(
    "GEORADIUS_RO",
    "key longitude latitude radius unit: (M | KM | FT | MI) [withcoord: WITHCOORD] \
     [withdist: WITHDIST] [withhash: WITHHASH] [count: {COUNT count [ANY @6.2.0]}] \
     [order: ASC | DESC]",
    Body::Data(georadius_ro),
)
    .does("Returns the places around coordinates.")
    .since("3.2.10").cost(COST).group(Group::Geo)
    .flags(READONLY).key(1, RO | ACCESS)
    .deprecated("6.2.0", "`GEOSEARCH`")
    .history(&[("6.2.0", "`ANY`.")]);

fn georadius_ro(ctx: &mut Ctx) -> Result {
    search(ctx, Command::Radius(May::Read))
}

#[rustfmt::skip]
pub(super) const GEORADIUSBYMEMBER: Spec = Spec::new(
    "GEORADIUSBYMEMBER",
    "key member radius unit: (M | KM | FT | MI) [withcoord: WITHCOORD] [withdist: WITHDIST] \
     [withhash: WITHHASH] [count: {COUNT count [ANY]}] [order: ASC | DESC] [STORE key] \
     [STOREDIST key]",
    Body::Data(georadiusbymember),
)
    .does("Returns the places around a member, or stores them.")
    .since("3.2.0").cost(COST).group(Group::Geo)
    .flags(WRITE | DENYOOM).key(1, RO | ACCESS)
    .key_after("STORE", 5, OW | UPDATE).key_after("STOREDIST", 5, OW | UPDATE)
    .keys_found_by(|request| radius_keys(request, Command::RadiusByMember(May::Store)))
    .deprecated("6.2.0", "`GEOSEARCH` and `GEOSEARCHSTORE` with `FROMMEMBER`")
    .history(&[("7.0.0", "Arguments named otherwise in the manual.")]);

fn georadiusbymember(ctx: &mut Ctx) -> Result {
    search(ctx, Command::RadiusByMember(May::Store))
}

#[rustfmt::skip]
pub(super) const GEORADIUSBYMEMBER_RO: Spec = Spec::new(
    "GEORADIUSBYMEMBER_RO",
    "key member radius unit: (M | KM | FT | MI) [withcoord: WITHCOORD] [withdist: WITHDIST] \
     [withhash: WITHHASH] [count: {COUNT count [ANY]}] [order: ASC | DESC]",
    Body::Data(georadiusbymember_ro),
)
    .does("Returns the places around a member.")
    .since("3.2.10").cost(COST).group(Group::Geo)
    .flags(READONLY).key(1, RO | ACCESS)
    .deprecated("6.2.0", "`GEOSEARCH` with `FROMMEMBER`");

fn georadiusbymember_ro(ctx: &mut Ctx) -> Result {
    search(ctx, Command::RadiusByMember(May::Read))
}

fn radius_keys(request: Request<'_>, command: Command) -> Vec<FoundKey> {
    let source = FoundKey { index: 1, flags: RO | ACCESS };
    let target = target_of(request, command).map(|index| FoundKey { index, flags: OW | UPDATE });
    [source].into_iter().chain(target).collect()
}

/// A place that was found.
struct Found {
    member: Vec<u8>,
    score: f64,
    place: Place,
    /// From the center, in meters.
    distance: f64,
}

fn search(ctx: &mut Ctx, command: Command) -> Result {
    let (request, source) = (ctx.request, command.source());
    let stores = target_of(request, command).is_some();
    if stores && settle_sources(ctx, source..source + 1) == Outcome::Long {
        return Ok(Outcome::Long);
    }
    let (query, mut found) = read_places(ctx, source, |scores, _| {
        let query = Query::parse(request, command, scores)?;
        let found = scores.map_or_else(Vec::new, |scores| find(scores, &query));
        Ok((query, found))
    })?;
    if let Some(order) = query.order {
        found.sort_by(|a, b| {
            let ascending = a.distance.partial_cmp(&b.distance).unwrap_or(Ordering::Equal);
            if order == Order::NearFirst { ascending } else { ascending.reverse() }
        });
    }
    if query.count > 0 {
        found.truncate(query.count);
    }
    match query.target {
        Some((target, stored)) => store(ctx, (target, stored, command), &query, &found),
        None => {
            write(&mut ctx.reply, &query, &found);
            Ok(Outcome::Done)
        }
    }
}

/// The places in the area, cell by cell.
fn find(scores: Scores<'_>, query: &Query) -> Vec<Found> {
    let Some(area) = &query.area else { return Vec::new() };
    let mut found = Vec::new();
    let max = if query.any { query.count } else { usize::MAX };
    for cell in area.cells() {
        let (start, end) = cell.scores();
        let first = scores.rank(&Edge { key: rank_key(start), tie: Tie::First });
        scores.walk(first..usize::MAX, Direction::Ascending, |member, score| {
            if score >= end || found.len() >= max {
                return ControlFlow::Break(());
            }
            let place = place_of(score);
            if let Some(distance) = area.distance_within(place) {
                found.push(Found { member: member.to_vec(), score, place, distance });
            }
            ControlFlow::Continue(())
        });
    }
    found
}

fn write(reply: &mut Reply<'_>, query: &Query, found: &[Found]) {
    let with = [query.with_distance, query.with_hash, query.with_place];
    let more = with.into_iter().filter(|with| *with).count();
    let unit = query.area.as_ref().map_or(1.0, |area| area.unit);
    reply.array(found.len());
    for each in found {
        if more > 0 {
            reply.array(more + 1);
        }
        reply.bulk(&each.member);
        if query.with_distance {
            write_distance(reply, each.distance / unit);
        }
        if query.with_hash {
            reply.int(each.score as i64);
        }
        if query.with_place {
            write_place(reply, each.place);
        }
    }
}

fn store(
    ctx: &mut Ctx<'_, '_>,
    (target, stored, command): (usize, Stored, Command),
    query: &Query,
    found: &[Found],
) -> Result {
    let (key, env) = (ctx.key(target), Env::of(ctx));
    if found.is_empty() {
        if ctx.db.remove(key) {
            ctx.touched(target, &generic::DEL);
        }
        return ctx.int(0);
    }
    let unit = query.area.as_ref().map_or(1.0, |area| area.unit);
    let mut entry = SortedSets::new_entry(key.bytes, ctx.db.fresh_stamp());
    let mut scores = ScoresMut::of(&mut entry, env)?;
    scores.prepare_for(found.len())?;
    for each in found {
        let score = match stored {
            Stored::Scores => each.score,
            Stored::Distances => each.distance / unit,
        };
        scores.set(&each.member, score)?;
    }
    ctx.db.put(key, entry);
    ctx.effects.changes += found.len() as u64;
    let event = match command {
        Command::Search | Command::SearchStore => &sorted_set::GEOSEARCHSTORE,
        Command::Radius(_) | Command::RadiusByMember(_) => &sorted_set::GEORADIUSSTORE,
    };
    ctx.note(target, event);
    ctx.int(found.len() as i64)
}
