//! PFDEBUG and PFSELFTEST: for the curious.

use keyspace::Entry;

use super::sketch::{self, Encoding, Registers, Sketch};
use super::{CORRUPT, dense, set_sketch, sparse, with_sketch};
use crate::arguments::is_word;
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::spec::{ACCESS, ADMIN, Body, DENYOOM, Group, RW, Spec, WRITE};
use crate::strings::with_text;

#[rustfmt::skip]
pub(super) const PFDEBUG: Spec = Spec::new("PFDEBUG", "subcommand key", Body::Data(pfdebug))
    .does("Shows the insides of a HyperLogLog.")
    .since("2.8.9").cost("N/A").group(Group::HyperLogLog)
    .flags(WRITE | DENYOOM | ADMIN).key(2, RW | ACCESS).internal();

fn pfdebug(ctx: &mut Ctx) -> Result {
    let (key, word) = (ctx.key(2), ctx.arg(1));
    let Some(mut slot) = ctx.db.used(key) else {
        return Err(Error::new("ERR The specified key does not exist"));
    };
    let encoding = with_sketch(&slot.get(), |sketch| sketch.encoding())?;
    if is_word(word, "GETREG") {
        let changed = make_dense(&mut slot.get_mut())?;
        let mut registers = Registers::default();
        with_sketch(&slot.get(), |sketch| registers.merge(sketch))?.ok_or(CORRUPT)?;
        ctx.effects.changes += u64::from(changed);
        let values: Vec<u8> = registers.values().collect();
        ctx.reply.array(values.len());
        values.iter().for_each(|value| ctx.reply.int((*value).into()));
        Ok(Outcome::Done)
    } else if is_word(word, "DECODE") {
        if encoding == Encoding::Dense {
            return Err(Error::new("ERR HLL encoding is not sparse"));
        }
        let text = with_sketch(&slot.get(), decoded)?.ok_or(CORRUPT)?;
        ctx.bulk(text.as_bytes())
    } else if is_word(word, "ENCODING") {
        ctx.reply.status(if encoding == Encoding::Dense { "dense" } else { "sparse" });
        Ok(Outcome::Done)
    } else if is_word(word, "TODENSE") {
        let changed = make_dense(&mut slot.get_mut())?;
        ctx.effects.changes += u64::from(changed);
        ctx.int(changed.into())
    } else {
        let word = String::from_utf8_lossy(word);
        Err(Error::text(format!("ERR Unknown PFDEBUG subcommand '{word}'")))
    }
}

/// Gives the sketch the dense form. False if it had it.
fn make_dense(entry: &mut Entry) -> Result<bool> {
    if with_sketch(entry, |sketch| sketch.encoding())? == Encoding::Dense {
        return Ok(false);
    }
    let bytes = with_text(entry, sketch::to_dense)?.ok_or(CORRUPT)?;
    set_sketch(entry, &bytes);
    Ok(true)
}

/// The runs of a sparse sketch as text: `z:len`, `Z:len` for a long run, `v:value,len`.
fn decoded(sketch: Sketch<'_>) -> Option<String> {
    let mut words = Vec::new();
    for run in sparse::runs(sketch.body()) {
        let run = run?;
        words.push(match (run.value, run.is_long()) {
            (0, false) => format!("z:{}", run.len),
            (0, true) => format!("Z:{}", run.len),
            (value, _) => format!("v:{value},{}", run.len),
        });
    }
    Some(words.join(" "))
}

#[rustfmt::skip]
pub(super) const PFSELFTEST: Spec = Spec::new("PFSELFTEST", "", Body::Data(pfselftest))
    .does("Tests the HyperLogLog implementation.")
    .since("2.8.9").cost("N/A").group(Group::HyperLogLog)
    .flags(ADMIN).internal();

/// Elements that the test adds. Redis adds a hundred times as many, which would hold others up.
const ELEMENTS: u64 = 100_000;

fn pfselftest(ctx: &mut Ctx) -> Result {
    let seed = ctx.random.u64(..);
    let mut sparse = sparse::empty();
    let mut dense = sketch::to_dense(&sparse).ok_or(CORRUPT)?;
    let mut checkpoint = 1;
    for number in 1..=ELEMENTS {
        let (index, count) = sketch::place(&(number ^ seed).to_le_bytes());
        sketch::set(&mut sparse, index, count, ctx.limits.sparse_sketch_bytes_max)?;
        sketch::set(&mut dense, index, count, 0)?;
        if number == checkpoint {
            check(&sparse, &dense, number)?;
            checkpoint *= 10;
        }
    }
    ctx.ok()
}

/// Both forms must agree, and be near the truth: six standard errors.
fn check(sparse: &[u8], dense: &[u8], expected: u64) -> Result<()> {
    debug_assert_eq!(dense.len(), dense::LEN);
    let estimate = |bytes| Sketch::of(bytes).and_then(|sketch| sketch.estimate());
    let (Some(count), Some(other)) = (estimate(dense), estimate(sparse)) else {
        return Err(CORRUPT);
    };
    if count != other {
        return Err(Error::new("ERR TESTFAILED dense/sparse disagree"));
    }
    let error_max = (1.04 / 128.0 * 6.0 * expected as f64).ceil() as u64;
    let error = count.abs_diff(expected);
    if error > error_max.max(1) {
        return Err(Error::text(format!(
            "ERR TESTFAILED Too big error. card:{expected} abserr:{error}"
        )));
    }
    Ok(())
}
