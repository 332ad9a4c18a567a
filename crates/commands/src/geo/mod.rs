//! Geo: places on the earth, kept as scores of a sorted set.
//!
//! ```text
//!   hash      places <-> scores: 26 bits of latitude and of longitude, interleaved
//!   earth     distances, units, shapes, and the cells of hashes that cover a shape
//!   places    GEOADD, GEOPOS, GEOHASH, GEODIST
//!   search    GEOSEARCH, GEOSEARCHSTORE and the older GEORADIUS commands
//!   query     what a search is asked for
//! ```
//!
//! Must be true: scores, distances and coordinates are Redis's to the last bit, since clients
//! exchange them; the formulas therefore take their steps in its order.

mod earth;
mod hash;
mod places;
mod query;
mod search;
#[cfg(test)]
mod tests;

use base::number::parse_f64;
use protocol::{Reply, Request};

use crate::context::{Ctx, Result};
use crate::elements::{Env, READ_BUDGET};
use crate::errors::Error;
use crate::sorted_sets::scores::Scores;
use crate::spec::Spec;
use hash::{LATITUDE_MAX, LONGITUDE_MAX, Place};

/// The rows of the family.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    places::GEOADD, places::GEODIST, places::GEOHASH, places::GEOPOS, search::GEORADIUS,
    search::GEORADIUSBYMEMBER, search::GEORADIUSBYMEMBER_RO, search::GEORADIUS_RO,
    search::GEOSEARCH, search::GEOSEARCHSTORE,
];

/// Reads longitude and latitude, which are the arguments from `at` on.
fn place(request: Request<'_>, at: usize) -> Result<Place> {
    let read = |at| request.get(at).and_then(parse_f64).ok_or(Error::NotFloat);
    let place = Place { longitude: read(at)?, latitude: read(at + 1)? };
    if place.longitude.abs() > LONGITUDE_MAX || place.latitude.abs() > LATITUDE_MAX {
        return Err(Error::text(format!(
            "ERR invalid longitude,latitude pair {:.6},{:.6}",
            place.longitude, place.latitude
        )));
    }
    Ok(place)
}

/// Answers with a coordinate: 17 digits behind the point, without zeros at the end.
fn write_coordinate(reply: &mut Reply<'_>, degrees: f64) {
    let text = format!("{degrees:.17}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    reply.double_text(if text == "-0" { "0" } else { text });
}

/// Answers with a place: longitude and latitude.
fn write_place(reply: &mut Reply<'_>, place: Place) {
    reply.array(2);
    write_coordinate(reply, place.longitude);
    write_coordinate(reply, place.latitude);
}

/// Answers with a distance: four digits behind the point.
fn write_distance(reply: &mut Reply<'_>, distance: f64) {
    // As `llrint`: halves go to the even neighbour.
    let scaled = (distance * 10_000.0).round_ties_even() as i64;
    let (sign, scaled) = (if scaled < 0 { "-" } else { "" }, scaled.unsigned_abs());
    reply.bulk(format!("{sign}{}.{:04}", scaled / 10_000, scaled % 10_000).as_bytes());
}

/// Runs `body` on the sorted set that argument `argument` names, if it is there. Counts a hit or a
/// miss.
///
/// # Errors
/// The key holds something else, or what `body` says.
fn read_places<'a, R>(
    ctx: &mut Ctx<'a, '_>,
    argument: usize,
    body: impl FnOnce(Option<Scores<'_>>, &mut Reply<'a>) -> Result<R>,
) -> Result<R> {
    let (key, env) = (ctx.key(argument), Env::of(ctx));
    let settled = ctx.db.settle(key, READ_BUDGET);
    match ctx.db.used(key) {
        Some(slot) => {
            ctx.effects.hits += 1;
            body(Some(Scores::of(&slot.get(), env)?.settled(settled)), &mut ctx.reply)
        }
        None => {
            ctx.missed(argument);
            body(None, &mut ctx.reply)
        }
    }
}
