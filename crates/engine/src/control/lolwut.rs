//! LOLWUT: a picture, and the version.
//!
//! The picture is a rug: each line follows from the one above by one of the elementary cellular
//! automata ("Statistical mechanics of cellular automata", 1983), mirrored at the middle, from a
//! line of chance.

use std::ops::RangeInclusive;

use base::number::parse_i64;
use commands::arguments::is_word;
use commands::errors::Error;
use fastrand::Rng;

use super::{After, Answer, Call};

/// Size of the picture: half its columns, and its lines.
const HALF: usize = 33;
const LINES: usize = 20;
/// The versions that drew something; others only tell the version.
const WITH_PICTURE: RangeInclusive<i64> = 5..=NEWEST;
const NEWEST: i64 = 6;
/// Rules that neither die out nor settle soon.
const RULES: [u8; 6] = [30, 45, 73, 90, 110, 150];
/// How a cell looks: by itself, and by the one above.
const LOOKS: [char; 4] = [' ', '.', 'o', '#'];

/// LOLWUT [VERSION version]; whatever else follows is for pictures of other versions.
pub(super) fn lolwut(call: &mut Call<'_, '_>) -> Answer {
    let mut version = NEWEST;
    if call.request.len() > 2 && is_word(call.arg(1), "VERSION") {
        version = parse_i64(call.arg(2)).ok_or(Error::NotInteger)?;
    }
    let mut text = String::new();
    if WITH_PICTURE.contains(&version) {
        text = rug(&mut call.turn.state.random);
        text.push('\n');
    }
    let followed = call.turn.state.settings.compatibility.redis_version;
    text.push_str(&format!("Redis ver. {followed}\n"));
    call.reply.verbatim(b"txt", text.as_bytes());
    Ok(After::Done)
}

fn rug(random: &mut Rng) -> String {
    let rule = RULES[random.usize(..RULES.len())];
    let mut above = [false; HALF];
    let mut cells: [bool; HALF] = std::array::from_fn(|_| random.bool());
    let mut text = String::with_capacity(LINES * (2 * HALF + 1));
    for _ in 0..LINES {
        let look = |at: usize| LOOKS[usize::from(cells[at]) * 2 + usize::from(above[at])];
        text.extend((0..HALF).rev().map(look));
        text.extend((1..HALF).map(look));
        text.push('\n');
        above = cells;
        cells = std::array::from_fn(|at| {
            let (left, right) = (above[at.abs_diff(1)], above[(at + 1).min(HALF - 1)]);
            let neighbours = u8::from(left) << 2 | u8::from(above[at]) << 1 | u8::from(right);
            rule >> neighbours & 1 == 1
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    #[test]
    fn the_version_comes_last() {
        let mut bench = Bench::default();
        for request in ["LOLWUT", "LOLWUT VERSION 6", "LOLWUT version 5 1 2 3"] {
            assert!(bench.run(request).ends_with("\nRedis ver. 7.0.15\n\r\n"), "{request}");
        }
        assert_eq!(bench.run("LOLWUT VERSION 0"), "$18\r\nRedis ver. 7.0.15\n\r\n");
        bench.check(&[("LOLWUT VERSION six", "-ERR value is not an integer or out of range")]);
    }

    #[test]
    fn a_rug_is_symmetric() {
        let text = super::rug(&mut fastrand::Rng::with_seed(4));
        assert_eq!(text.lines().count(), super::LINES);
        for line in text.lines() {
            assert!(line.chars().eq(line.chars().rev()) && line.len() == 2 * super::HALF - 1);
        }
    }
}
