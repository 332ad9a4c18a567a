//! A batch: the requests at the front of a connection's input, framed, hashed and prefetched
//! together.
//!
//! The memory accesses of a pipeline overlap instead of following one another: for all keys first
//! the directory word, then the bucket, then the entry is asked for, and only then does the first
//! request run. That, not fewer instructions, is what makes deep pipelines fast.

use commands::context::KeyArg;
use commands::keys;
use commands::spec::{BRIEF, Spec};
use keyspace::{Inside, Keyspace};
use protocol::resp::parse::Limits as ProtocolLimits;
use protocol::{OwnedRequest, Parser, ProtocolError, Request, Span, Step, binary};

use crate::renames::Names;

/// Requests framed at once: enough to overlap their memory accesses, few enough to stay in the
/// first-level cache and to let other connections have their turn.
pub(crate) const REQUESTS_MAX: usize = 64;

/// Keys whose buckets and entries are asked for together: as many as a core can wait for.
const PREFETCHED: usize = 32;

/// A framed request; ranges are into the batch's lists.
#[derive(Clone, Copy)]
pub(crate) struct Framed {
    /// `None`: there is no such command.
    pub(crate) spec: Option<&'static Spec>,
    spans: (u32, u32),
    frame: (u32, u32),
    keys: (u32, u32),
}

/// What stands behind the framed requests.
pub(crate) enum Tail {
    /// Nothing, or what may be framed in the next batch.
    More,
    /// A request that has not arrived whole.
    Incomplete(usize),
    /// An inline request.
    Inline(Box<OwnedRequest>),
    /// Bytes that are no request.
    Broken(ProtocolError),
}

/// Lists reused from batch to batch.
#[derive(Default)]
pub(crate) struct Batch {
    spans: Vec<Span>,
    pub(crate) requests: Vec<Framed>,
    keys: Vec<KeyArg>,
}

impl Batch {
    /// Frames what is at the front of `input`. Returns what comes behind and where it begins; for
    /// an inline request, where it ends.
    pub(crate) fn frame(
        &mut self,
        parser: &mut Parser,
        input: &[u8],
        limits: &ProtocolLimits,
        keyspace: &Keyspace,
        names: Names<'_>,
    ) -> (Tail, usize) {
        self.spans.clear();
        self.requests.clear();
        self.keys.clear();
        let mut at = 0;
        while at < input.len() && self.requests.len() < REQUESTS_MAX {
            let first_span = self.spans.len();
            match parser.next(input, at, limits, &mut self.spans) {
                Ok(Step::Request { end }) => {
                    self.push(input, first_span, (at, end), keyspace, names);
                    at = end;
                }
                Ok(Step::Skip { end }) => at = end,
                Ok(Step::Incomplete { needed }) => return (Tail::Incomplete(needed), at),
                Ok(Step::Inline { end, request }) if self.requests.is_empty() => {
                    return (Tail::Inline(request), end);
                }
                // It gets a batch of its own.
                Ok(Step::Inline { .. }) => return (Tail::More, at),
                Err(error) => return (Tail::Broken(error), at),
            }
        }
        (Tail::More, at)
    }

    /// As `frame`, for a client of the binary protocol. The frames of its requests are empty: what
    /// is in their place is not what the log takes.
    #[inline(never)]
    pub(crate) fn frame_binary(
        &mut self,
        input: &[u8],
        limits: &ProtocolLimits,
        keyspace: &Keyspace,
        names: Names<'_>,
    ) -> (Tail, usize) {
        self.spans.clear();
        self.requests.clear();
        self.keys.clear();
        let mut at = 0;
        while at < input.len() && self.requests.len() < REQUESTS_MAX {
            let first_span = self.spans.len();
            match binary::parse::next(input, at, limits, &mut self.spans) {
                Ok(Step::Request { end }) => {
                    self.push(input, first_span, (end, end), keyspace, names);
                    at = end;
                }
                Ok(Step::Skip { end }) => at = end,
                Ok(Step::Incomplete { needed }) => return (Tail::Incomplete(needed), at),
                Ok(Step::Inline { .. }) => return (Tail::More, at),
                Err(error) => return (Tail::Broken(error), at),
            }
        }
        (Tail::More, at)
    }

    #[inline(always)]
    fn push(
        &mut self,
        input: &[u8],
        first_span: usize,
        (start, end): (usize, usize),
        keyspace: &Keyspace,
        names: Names<'_>,
    ) {
        let request = Request::new(input, &self.spans[first_span..]);
        let spec = names.find(request).ok().filter(|spec| spec.accepts(request.len()));
        let first_key = self.keys.len();
        if let Some(spec) = spec {
            hash_keys(spec, request, keyspace, &mut self.keys);
        }
        self.requests.push(Framed {
            spec,
            spans: (first_span as u32, self.spans.len() as u32),
            frame: (start as u32, end as u32),
            keys: (first_key as u32, self.keys.len() as u32),
        });
    }

    /// Asks the memory for everything the batch will look at.
    pub(crate) fn prefetch(&self, keyspace: &Keyspace, inside: &Inside<'_>, database: usize) {
        let peek = |key: &KeyArg| keyspace.peek(inside, database, key.hash);
        for keys in self.keys.chunks(PREFETCHED) {
            for key in keys {
                peek(key).prefetch_directory(keyspace.position_of(key.hash));
            }
            let mut aims = [None; PREFETCHED];
            for (aim, key) in aims.iter_mut().zip(keys) {
                *aim = peek(key).prefetch_bucket(keyspace.position_of(key.hash));
            }
            for aim in aims[..keys.len()].iter().flatten() {
                aim.prefetch_item();
            }
        }
    }

    /// Whether prefetching is worth while.
    pub(crate) fn has_several_keys(&self) -> bool {
        self.keys.len() > 1
    }

    /// Where request number `index` ends.
    pub(crate) fn end(&self, index: usize) -> usize {
        self.requests[index].frame.1 as usize
    }

    /// Where request number `index` begins, or bytes before it that ask for nothing.
    pub(crate) fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| self.end(before))
    }
}

/// One of a batch's requests: what to make it from.
#[derive(Clone, Copy)]
pub(crate) struct Listed<'b> {
    pub(crate) batch: &'b Batch,
    pub(crate) input: &'b [u8],
    pub(crate) index: usize,
}

impl<'b> Listed<'b> {
    /// The request and its hashed keys.
    #[inline(always)]
    pub(crate) fn request(&self) -> (Option<&'static Spec>, Request<'b>, &'b [KeyArg]) {
        let Batch { spans, requests, keys } = self.batch;
        let framed = &requests[self.index];
        let spans = &spans[framed.spans.0 as usize..framed.spans.1 as usize];
        let frame = framed.frame.0 as usize..framed.frame.1 as usize;
        let keys = &keys[framed.keys.0 as usize..framed.keys.1 as usize];
        (framed.spec, Request::framed(self.input, spans, frame), keys)
    }

    /// The request and those right behind it for the same row and the same key.
    pub(crate) fn same_key(&self) -> impl Iterator<Item = Request<'b>> + use<'b> {
        let first = *self;
        let (spec, _, keys) = first.request();
        let hash = keys.first().map(|key| key.hash);
        (first.index..first.batch.requests.len()).map_while(move |index| {
            let (other, request, keys) = Listed { index, ..first }.request();
            let same_row = spec.map(|spec| spec.id) == other.map(|other| other.id);
            (same_row && keys.first().map(|key| key.hash) == hash).then_some(request)
        })
    }

    /// Whether the request is brief and the next one is for the same row.
    #[inline(always)]
    pub(crate) fn is_followed_by_its_like(&self) -> bool {
        let requests = &self.batch.requests;
        let (Some(framed), Some(next)) = (requests.get(self.index), requests.get(self.index + 1))
        else {
            return false;
        };
        match (framed.spec, next.spec) {
            (Some(spec), Some(next)) => std::ptr::eq(spec, next) && spec.flags & BRIEF != 0,
            _ => false,
        }
    }
}

/// Hashes the keys of a request whose arity fits. A request whose keys cannot be told has none
/// here; its body will say what is wrong with it.
#[inline(always)]
pub(crate) fn hash_keys(
    spec: &Spec,
    request: Request<'_>,
    keyspace: &Keyspace,
    keys: &mut Vec<KeyArg>,
) {
    match keys::only(spec) {
        Some(index) => keys.push(hashed(request, index, keyspace)),
        None => hash_several_keys(spec, request, keyspace, keys),
    }
}

#[inline(never)]
fn hash_several_keys(
    spec: &Spec,
    request: Request<'_>,
    keyspace: &Keyspace,
    keys: &mut Vec<KeyArg>,
) {
    if let Ok(positions) = keys::positions(spec, request) {
        let first = keys.len();
        keys.extend(positions.map(|index| hashed(request, index, keyspace)));
        if spec.flags & commands::spec::MOVABLE_KEYS != 0 {
            keys[first..].sort_unstable_by_key(|key| key.index);
        }
    }
}

#[inline(always)]
fn hashed(request: Request<'_>, index: usize, keyspace: &Keyspace) -> KeyArg {
    KeyArg { index: index as u32, hash: keyspace.hasher().hash(request.arg(index)) }
}
