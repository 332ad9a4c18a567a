//! A list as it is changed: flat in the key's entry until it is too big for that.
//!
//! A flat list becomes a long one when it gets more elements or bytes than flat lists may have, or
//! an element that chunks would keep alone. It never becomes flat again.
//!
//! Not here: taking an emptied list away, and noting what happened (`change` in `mod.rs`).

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use base::lzf::Compressor;
use keyspace::{Entry, Kind, Object};
use protocol::Reply;
use smallvec::SmallVec;
use structures::list::{Direction, End, List, Run, Sizing, flat};

use super::elements::Elements;
use crate::errors::Error;

/// A list, for changing it.
pub(super) struct ListMut<'e> {
    entry: &'e mut Entry,
    sizing: &'e Sizing,
    /// Long elements and parts that were taken out, for the caller to free.
    gone: List,
    is_cleared: bool,
}

/// An element on its way from one list to another.
pub(super) enum Moved {
    /// A short one.
    Bytes(SmallVec<[u8; 128]>),
    /// A long one.
    Shared(Arc<Vec<u8>>),
}

impl Moved {
    /// Answers it.
    pub(super) fn write(&self, reply: &mut Reply<'_>) {
        match self {
            Self::Bytes(bytes) => reply.bulk(bytes),
            Self::Shared(shared) => reply.bulk_shared(shared),
        }
    }
}

impl<'e> ListMut<'e> {
    /// The list in a key's entry.
    ///
    /// # Errors
    /// The entry holds something else.
    #[inline]
    pub(super) fn of(entry: &'e mut Entry, sizing: &'e Sizing) -> Result<Self, Error> {
        Elements::of(entry)?;
        Ok(Self { entry, sizing, gone: List::default(), is_cleared: false })
    }

    /// The list as it is read.
    #[inline]
    pub(super) fn elements(&self) -> Elements<'_> {
        match self.entry.object() {
            Some(Object::List(list)) => Elements::Long(list),
            _ => Elements::Flat(flat::run(self.entry.payload())),
        }
    }

    #[inline]
    fn long(&mut self) -> Option<(&mut List, &mut List)> {
        match self.entry.object_mut() {
            Some(Object::List(list)) => Some((list, &mut self.gone)),
            _ => None,
        }
    }

    /// Number of elements.
    #[inline]
    pub(super) fn len(&self) -> usize {
        if self.is_cleared { 0 } else { self.elements().len() }
    }

    /// True if there is no element.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.is_cleared
            || match self.entry.object() {
                Some(object) => object.is_empty(),
                None => self.entry.payload().is_empty(),
            }
    }

    /// What was taken out and is to be freed.
    pub(super) fn into_gone(self) -> List {
        self.gone
    }

    /// Adds an element at an end.
    #[inline]
    pub(super) fn push(&mut self, end: End, element: &[u8]) {
        let sizing = self.sizing;
        if self.entry.kind() == Kind::FlatList {
            if flat::push(self.entry, end, element, sizing) {
                return;
            }
            self.become_long();
        }
        if let Some((list, _)) = self.long() {
            list.push(end, element, sizing);
        }
    }

    /// Adds an element that came from another list, or another end.
    pub(super) fn push_moved(&mut self, end: End, element: &Moved) {
        match element {
            Moved::Bytes(bytes) => self.push(end, bytes),
            Moved::Shared(bytes) if bytes.len() <= self.sizing.element_max => self.push(end, bytes),
            Moved::Shared(shared) => {
                if self.entry.kind() == Kind::FlatList {
                    self.become_long();
                }
                if let Some((list, _)) = self.long() {
                    list.push_shared(end, Arc::clone(shared));
                }
            }
        }
    }

    #[cold]
    fn become_long(&mut self) {
        let mut list = List::default();
        let run = flat::run(self.entry.payload());
        let _ = run.try_for_each::<()>(Direction::Forward, |element| {
            list.push(End::Back, element, self.sizing);
            ControlFlow::Continue(())
        });
        self.entry.set_object(Box::new(Object::List(Box::new(list))));
    }

    /// Removes the element at an end.
    #[inline]
    pub(super) fn pop(&mut self, end: End) {
        match self.long() {
            Some((list, gone)) => list.pop(end, gone),
            None => flat::pop(self.entry, end, 1),
        }
    }

    /// Removes the element at an end, and gives it.
    pub(super) fn take(&mut self, end: End) -> Option<Moved> {
        let moved = match self.elements().end(end)? {
            Run::Alone(shared) => Moved::Shared(Arc::clone(shared)),
            run => Moved::Bytes(run.get(0)?.into()),
        };
        self.pop(end);
        Some(moved)
    }

    /// Removes `count` elements at an end, at most all.
    pub(super) fn drop_many(&mut self, end: End, count: usize) {
        if count >= self.len() {
            // The caller removes the key, and with it all elements.
            self.is_cleared = true;
            return;
        }
        match self.long() {
            Some((list, gone)) => gone.append(list.take(end, count)),
            None => flat::pop(self.entry, end, count),
        }
    }

    /// Removes everything outside of `range`, which lies within the list.
    pub(super) fn keep(&mut self, range: Range<usize>) {
        let behind = self.len() - range.end;
        self.drop_many(End::Back, behind);
        if !self.is_cleared {
            self.drop_many(End::Front, range.start);
        }
    }

    /// Inserts an element before the one at `index`, which is at most the length.
    pub(super) fn insert(&mut self, index: usize, element: &[u8]) {
        let sizing = self.sizing;
        if self.entry.kind() == Kind::FlatList {
            if flat::insert(self.entry, index, element, sizing) {
                return;
            }
            self.become_long();
        }
        if let Some((list, _)) = self.long() {
            list.insert(index, element, sizing);
        }
    }

    /// Replaces the element at `index`, below the length.
    pub(super) fn set(&mut self, index: usize, element: &[u8]) {
        let sizing = self.sizing;
        if self.entry.kind() == Kind::FlatList {
            if flat::set(self.entry, index, element, sizing) {
                return;
            }
            self.become_long();
        }
        if let Some((list, gone)) = self.long() {
            list.set(index, element, sizing, gone);
        }
    }

    /// Removes up to `limit` elements that equal `element`, the first or the last ones; how many.
    pub(super) fn remove_equal(
        &mut self,
        element: &[u8],
        limit: usize,
        direction: Direction,
    ) -> usize {
        let sizing = self.sizing;
        match self.long() {
            Some((list, gone)) => list.remove_equal((element, limit), direction, sizing, gone),
            None => flat::remove_equal(self.entry, element, limit, direction),
        }
    }

    /// Compresses what is to be compressed.
    pub(super) fn settle(&mut self, compressor: &mut Compressor) {
        let sizing = self.sizing;
        if let Some((list, _)) = self.long() {
            list.settle(sizing, compressor);
        }
    }
}
