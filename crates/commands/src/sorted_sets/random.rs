//! ZRANDMEMBER: members by chance.

use super::scores::Scores;
use super::{WithScores, read, read_many};
use crate::arguments::{bounded, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, Group, READONLY, RO, Spec};
use protocol::Reply;

#[rustfmt::skip]
pub(super) const ZRANDMEMBER: Spec = Spec::new(
    "ZRANDMEMBER",
    "key [options: count [withscores: WITHSCORES]]",
    Body::Data(zrandmember),
)
    .does("Returns members of a sorted set chosen at random.")
    .since("6.2.0").cost("O(N), N being the number of members returned").group(Group::SortedSet)
    .flags(READONLY).key(1, RO | ACCESS)
    .tips(&["nondeterministic_output"]);

fn zrandmember(ctx: &mut Ctx) -> Result {
    let mut random = ctx.random.fork();
    let Some(count) = ctx.request.get(2) else {
        read(ctx, 1, |scores, reply| match scores.is_empty() {
            true => reply.nil(),
            false => scores.draw(1, &mut random, |member, _| reply.bulk(member)),
        })?;
        return Ok(Outcome::Done);
    };
    let count = bounded(count, -i64::MAX..=i64::MAX)?.max(-ctx.limits.draws_max);
    let with_scores = match ctx.request.get(3) {
        None => WithScores::No,
        Some(word) if ctx.argc() == 4 && is_word(word, "WITHSCORES") => WithScores::Yes,
        Some(_) => return Err(Error::Syntax),
    };
    if with_scores == WithScores::Yes && !(-i64::MAX / 2..=i64::MAX / 2).contains(&count) {
        return Err(Error::new("ERR value is out of range"));
    }
    let draws = count.unsigned_abs() as usize;
    let visits = |scores: Scores<'_>| if count < 0 { draws } else { draws.min(scores.stored()) };
    read_many(ctx, 1, visits, |scores, reply| {
        write_random(scores, reply, (count, with_scores), &mut random);
    })
}

/// Answers with `count` different members, or all; a negative count allows repetitions.
fn write_random(
    scores: Scores<'_>,
    reply: &mut Reply<'_>,
    (count, with_scores): (i64, WithScores),
    random: &mut fastrand::Rng,
) {
    let len = scores.len();
    let draws = count.unsigned_abs() as usize;
    let answers = match count {
        _ if len == 0 => 0,
        0.. => draws.min(len),
        _ => draws,
    };
    with_scores.begin(reply, answers);
    if answers == 0 {
        return;
    }
    let write = |member: &[u8], score| with_scores.write(reply, member, score);
    if count < 0 {
        scores.draw(answers, random, write);
    } else if answers == len {
        scores.for_each(write);
    } else {
        scores.sample(answers, random, write);
    }
}
