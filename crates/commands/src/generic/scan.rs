//! Walks over all keys of a database.
//!
//! Expired keys are passed over. SCAN and RANDOMKEY tell of them, and whoever ran the command
//! removes them: no lock is held when the walk is done.

use base::glob;
use keyspace::scan::{Cursor, scan as scan_keys};
use keyspace::{Busy, Entry};

use crate::arguments::{cursor, integer, is_word};
use crate::context::{Ctx, Outcome, Result};
use crate::errors::Error;
use crate::spec::{Body, Class, FAST, Group, READONLY, Spec, TOUCHES_ARBITRARY_KEYS, category};

use super::{TYPE_NAMES, type_name};

#[rustfmt::skip]
pub(super) const SCAN: Spec = Spec::new(
    "SCAN",
    "cursor [MATCH pattern] [COUNT count] [TYPE type @6.0.0]",
    Body::Data(scan),
)
    .does("Goes through the names of the keys, some with each call.")
    .since("2.8.0").cost("O(1) a call, O(N) for the N keys of a database").group(Group::Generic)
    .flags(READONLY | TOUCHES_ARBITRARY_KEYS)
    .tips(&["nondeterministic_output", "request_policy:special"])
    .history(&[("6.0.0", "The `TYPE` option.")]).class(Class::Walk);

fn scan(ctx: &mut Ctx) -> Result {
    let from = Cursor::from_number(cursor(ctx.arg(1))?);
    let options = Options::parse(ctx)?;
    let filters_first = ctx.limits.follows.scans_one_type();
    let (database, now_ms) = (ctx.db.number, ctx.db.moment.now_ms);
    let mut names = Names::default();
    let overdue = &mut ctx.effects.overdue;
    overdue.clear();
    let next = scan_keys(ctx.db.held(), database, (from, options.count), |entry| {
        if !options.names(entry) || (filters_first && !options.type_fits(entry)) {
        } else if is_expired(entry, now_ms) {
            overdue.push(entry.key().to_vec());
        } else if options.type_fits(entry) {
            names.push(entry.key());
        }
    });
    let Ok(next) = next else { return Ok(Outcome::Busy) };
    ctx.reply.array(2);
    ctx.reply.bulk_int(next.number() as i64);
    ctx.reply.array(names.ends.len());
    names.iter().for_each(|name| ctx.reply.bulk(name));
    Ok(Outcome::Done)
}

struct Options<'a> {
    /// `None` if every name matches.
    pattern: Option<&'a [u8]>,
    type_wanted: Option<&'a [u8]>,
    count: usize,
}

impl<'a> Options<'a> {
    fn parse(ctx: &Ctx<'a, '_>) -> Result<Self> {
        let mut options = Self { pattern: None, type_wanted: None, count: 10 };
        let mut words = ctx.request.iter().skip(2);
        while let Some(word) = words.next() {
            let value = words.next().ok_or(Error::Syntax)?;
            if is_word(word, "COUNT") {
                options.count = match integer(value)? {
                    count @ 1.. => count as usize,
                    _ => return Err(Error::Syntax),
                };
            } else if is_word(word, "MATCH") {
                options.pattern = narrowing(value);
            } else if is_word(word, "TYPE") {
                if ctx.limits.follows.scans_one_type() {
                    check_type(value)?;
                }
                options.type_wanted = Some(value);
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }

    fn names(&self, entry: &Entry) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, entry.key()))
    }

    fn type_fits(&self, entry: &Entry) -> bool {
        let fits = |name: &[u8]| name.eq_ignore_ascii_case(type_name(entry).as_bytes());
        self.type_wanted.is_none_or(fits)
    }
}

/// # Errors
/// There is no type of this name.
fn check_type(name: &[u8]) -> Result<()> {
    if TYPE_NAMES.iter().any(|known| is_word(name, known)) {
        return Ok(());
    }
    let name = String::from_utf8_lossy(name);
    Err(Error::text(format!("ERR unknown type name '{name}'")))
}

/// The pattern, unless it matches everything.
fn narrowing(pattern: &[u8]) -> Option<&[u8]> {
    (pattern != b"*").then_some(pattern)
}

fn is_expired(entry: &Entry, now_ms: i64) -> bool {
    entry.expires_at().is_some_and(|at| at <= now_ms)
}

/// Names of keys, one behind the other: the reply begins with the cursor, which is known only after
/// the walk.
#[derive(Default)]
struct Names {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Names {
    fn push(&mut self, name: &[u8]) {
        self.bytes.extend_from_slice(name);
        self.ends.push(self.bytes.len());
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.bytes[std::mem::replace(&mut start, end)..end])
    }
}

#[rustfmt::skip]
pub(super) const KEYS: Spec = Spec::new("KEYS", "pattern", Body::Data(keys))
    .does("Returns the names of all keys that match a pattern.")
    .since("1.0.0").cost("O(N), N being the number of keys in the database").group(Group::Generic)
    .flags(READONLY).category(category::DANGEROUS)
    .tips(&["request_policy:all_shards", "nondeterministic_output_order"]).class(Class::Gate);

fn keys(ctx: &mut Ctx) -> Result {
    let pattern = narrowing(ctx.arg(1));
    let (database, now_ms) = (ctx.db.number, ctx.db.moment.now_ms);
    let stripes = ctx.db.keyspace().stripe_count();
    let begun = ctx.reply.deferred();
    let mut count = 0;
    for stripe in 0..stripes {
        ctx.db.held().table(database, stripe).for_each(|entry| {
            let wanted = pattern.is_none_or(|pattern| glob::matches(pattern, entry.key()));
            if wanted && !is_expired(entry, now_ms) {
                ctx.reply.bulk(entry.key());
                count += 1;
            }
        });
    }
    ctx.reply.finish_array(begun, count);
    Ok(Outcome::Done)
}

#[rustfmt::skip]
pub(super) const RANDOMKEY: Spec = Spec::new("RANDOMKEY", "", Body::Data(randomkey))
    .does("Returns the name of a key chosen at random.")
    .since("1.0.0").cost("O(1)").group(Group::Generic)
    .flags(READONLY | TOUCHES_ARBITRARY_KEYS)
    .tips(&["request_policy:all_shards", "nondeterministic_output"]).class(Class::Walk);

fn randomkey(ctx: &mut Ctx) -> Result {
    let (database, now_ms) = (ctx.db.number, ctx.db.moment.now_ms);
    let overdue = &mut ctx.effects.overdue;
    overdue.clear();
    let live = |entry: &Entry| {
        let name = entry.key().to_vec();
        if is_expired(entry, now_ms) {
            overdue.push(name);
            return None;
        }
        Some(name)
    };
    match keyspace::random::pick(ctx.db.held(), database, ctx.random, live) {
        Err(Busy { .. }) => Ok(Outcome::Busy),
        Ok(Some(name)) => ctx.bulk(&name),
        Ok(None) => ctx.nil(),
    }
}

#[rustfmt::skip]
pub(super) const DBSIZE: Spec = Spec::new("DBSIZE", "", Body::Data(dbsize))
    .does("Returns the number of keys in the database.")
    .since("1.0.0").cost("O(1)").group(Group::Server)
    .flags(READONLY | FAST).category(category::KEYSPACE)
    .tips(&["request_policy:all_shards", "response_policy:agg_sum"]).class(Class::Walk);

fn dbsize(ctx: &mut Ctx) -> Result {
    let database = ctx.db.number;
    let count = ctx.db.held().len(database);
    ctx.int(count as i64)
}
