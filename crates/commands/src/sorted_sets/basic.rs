//! Scores and ranks of members.

use structures::ordered::Direction;

use super::{read, read_named};
use crate::arguments::is_word;
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, Body, FAST, Group, READONLY, RO, Spec};

#[rustfmt::skip]
pub(super) const ZCARD: Spec = Spec::new("ZCARD", "key", Body::Data(zcard))
    .does("Returns the number of members of a sorted set.")
    .since("1.2.0").cost("O(1)").group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO);

fn zcard(ctx: &mut Ctx) -> Result {
    let len = read(ctx, 1, |scores, _| scores.len())?;
    ctx.int(len as i64)
}

#[rustfmt::skip]
pub(super) const ZSCORE: Spec = Spec::new("ZSCORE", "key member", Body::Data(zscore))
    .does("Returns the score of a member of a sorted set.")
    .since("1.2.0").cost("O(1)").group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS).element(2);

fn zscore(ctx: &mut Ctx) -> Result {
    let member = ctx.arg(2);
    match read_named(ctx, |scores, _| scores.score(member))? {
        Some(score) => ctx.reply.double(score),
        None => ctx.reply.nil(),
    }
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const ZMSCORE: Spec = Spec::new(
    "ZMSCORE",
    "key member [member ...]",
    Body::Data(zmscore),
)
    .does("Returns the scores of several members of a sorted set.")
    .since("6.2.0").cost("O(N), N being the number of members named").group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS);

fn zmscore(ctx: &mut Ctx) -> Result {
    let names = ctx.request.from(2);
    read_named(ctx, |scores, reply| {
        reply.array(names.len());
        for name in names.iter() {
            match scores.score(name) {
                Some(score) => reply.double(score),
                None => reply.nil(),
            }
        }
    })?;
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const ZRANK: Spec = Spec::new(
    "ZRANK",
    "key member [withscore: WITHSCORE @7.2.0]",
    Body::Data(zrank),
)
    .does("Returns how many members of a sorted set come before a member.")
    .since("2.0.0").cost("O(log N), N being the number of members in the set")
    .group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS).element(2)
    .history(&[("7.2.0", "The option `WITHSCORE`.")]);

fn zrank(ctx: &mut Ctx) -> Result {
    rank(ctx, Direction::Ascending)
}

#[rustfmt::skip]
pub(super) const ZREVRANK: Spec = Spec::new(
    "ZREVRANK",
    "key member [withscore: WITHSCORE @7.2.0]",
    Body::Data(zrevrank),
)
    .does("Returns how many members of a sorted set come after a member.")
    .since("2.0.0").cost("O(log N), N being the number of members in the set")
    .group(Group::SortedSet)
    .flags(READONLY | FAST).key(1, RO | ACCESS).element(2)
    .history(&[("7.2.0", "The option `WITHSCORE`.")]);

fn zrevrank(ctx: &mut Ctx) -> Result {
    rank(ctx, Direction::Descending)
}

fn rank(ctx: &mut Ctx, direction: Direction) -> Result {
    if ctx.argc() > 4 {
        let name = if direction == Direction::Ascending { "zrank" } else { "zrevrank" };
        return Err(Error::Arity(name.into()));
    }
    let (member, option) = (ctx.arg(2), ctx.request.get(3));
    if option.is_some_and(|option| !is_word(option, "WITHSCORE")) {
        return Err(Error::Syntax);
    }
    let found = read(ctx, 1, |scores, _| {
        scores.rank_of(member).map(|(rank, score)| match direction {
            Direction::Ascending => (rank, score),
            Direction::Descending => (scores.len() - 1 - rank, score),
        })
    })?;
    match (found, option) {
        (Some((rank, _)), None) => ctx.reply.int(rank as i64),
        (Some((rank, score)), Some(_)) => {
            ctx.reply.array(2);
            ctx.reply.int(rank as i64);
            ctx.reply.double(score);
        }
        (None, None) => ctx.reply.nil(),
        (None, Some(_)) => ctx.reply.nil_array(),
    }
    Ok(Outcome::Done)
}
