//! A list as it is changed: flat in the key's entry until it is too big for that.
//!
//! A flat list becomes a long one when it gets more elements or bytes than flat lists may have, or
//! an element that chunks would keep alone. It never becomes flat again.
//!
//! Not here: taking an emptied list away, and noting what happened (`change` in `mod.rs`).

use std::ops::Range;
use std::sync::Arc;

use base::lzf::Compressor;
use keyspace::{Entry, Kind, Object};
use protocol::Reply;
use smallvec::SmallVec;
use structures::list::{Direction, End, Gone, List, Run, Sizing, flat};

use super::elements::Elements;
use crate::errors::Error;

/// A list, for changing it.
pub(crate) struct ListMut<'e> {
    form: Form<'e>,
    sizing: &'e Sizing,
    /// Long elements and parts that were taken out, for the caller to free.
    gone: Gone,
    is_cleared: bool,
}

enum Form<'e> {
    /// In the entry.
    Flat(&'e mut Entry),
    /// In chunks.
    Long(&'e mut List),
    /// Between the two.
    Neither,
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
    pub(crate) fn of(entry: &'e mut Entry, sizing: &'e Sizing) -> Result<Self, Error> {
        let form = match entry.kind() {
            Kind::FlatList => Form::Flat(entry),
            Kind::Object => match entry.object_mut() {
                Some(Object::List(list)) => Form::Long(list),
                _ => return Err(Error::WrongType),
            },
            _ => return Err(Error::WrongType),
        };
        Ok(Self { form, sizing, gone: Gone::default(), is_cleared: false })
    }

    /// The list as it is read.
    #[inline]
    pub(super) fn elements(&self) -> Elements<'_> {
        match &self.form {
            Form::Long(list) => Elements::Long(list),
            Form::Flat(entry) => Elements::Flat(flat::run(entry.payload())),
            Form::Neither => Elements::Flat(flat::run(&[])),
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
            || match &self.form {
                Form::Long(list) => list.is_empty(),
                Form::Flat(entry) => entry.payload().is_empty(),
                Form::Neither => true,
            }
    }

    /// What was taken out and is to be freed.
    pub(super) fn into_gone(self) -> Gone {
        self.gone
    }

    /// Adds an element at an end.
    #[inline]
    pub(crate) fn push(&mut self, end: End, element: &[u8]) {
        if let Form::Flat(entry) = &mut self.form {
            if flat::push(*entry, end, element, self.sizing) {
                return;
            }
            self.become_long();
        }
        if let Form::Long(list) = &mut self.form {
            list.push(end, element, self.sizing);
        }
    }

    /// Adds an element that came from another list, or another end.
    pub(super) fn push_moved(&mut self, end: End, element: &Moved) {
        match element {
            Moved::Bytes(bytes) => self.push(end, bytes),
            Moved::Shared(bytes) if bytes.len() <= self.sizing.element_max => self.push(end, bytes),
            Moved::Shared(shared) => {
                self.become_long();
                if let Form::Long(list) = &mut self.form {
                    list.push_shared(end, Arc::clone(shared));
                }
            }
        }
    }

    /// Makes a flat list a long one.
    #[cold]
    fn become_long(&mut self) {
        self.form = match std::mem::replace(&mut self.form, Form::Neither) {
            Form::Flat(entry) => {
                let list = List::of(flat::run(entry.payload()), self.sizing);
                entry.set_object(Box::new(Object::List(Box::new(list))));
                match entry.object_mut() {
                    Some(Object::List(list)) => Form::Long(list),
                    _ => Form::Neither,
                }
            }
            form => form,
        };
    }

    /// Removes the element at an end.
    #[inline]
    pub(super) fn pop(&mut self, end: End) {
        match &mut self.form {
            Form::Long(list) => list.pop(end, &mut self.gone),
            Form::Flat(entry) => flat::pop(*entry, end, 1),
            Form::Neither => {}
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
        match &mut self.form {
            Form::Long(list) => list.pop_many(end, count, &mut self.gone),
            Form::Flat(entry) => flat::pop(*entry, end, count),
            Form::Neither => {}
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
        if let Form::Flat(entry) = &mut self.form {
            if flat::insert(*entry, index, element, self.sizing) {
                return;
            }
            self.become_long();
        }
        if let Form::Long(list) = &mut self.form {
            list.insert(index, element, self.sizing);
        }
    }

    /// Replaces the element at `index`, below the length.
    pub(super) fn set(&mut self, index: usize, element: &[u8]) {
        if let Form::Flat(entry) = &mut self.form {
            if flat::set(*entry, index, element, self.sizing) {
                return;
            }
            self.become_long();
        }
        if let Form::Long(list) = &mut self.form {
            list.set(index, element, self.sizing, &mut self.gone);
        }
    }

    /// Removes up to `limit` elements that equal `element`, the first or the last ones; how many.
    pub(super) fn remove_equal(
        &mut self,
        element: &[u8],
        limit: usize,
        direction: Direction,
    ) -> usize {
        let (sizing, gone) = (self.sizing, &mut self.gone);
        match &mut self.form {
            Form::Long(list) => list.remove_equal((element, limit), direction, sizing, gone),
            Form::Flat(entry) => flat::remove_equal(*entry, element, limit, direction),
            Form::Neither => 0,
        }
    }

    /// Compresses what is to be compressed.
    pub(crate) fn settle(&mut self, compressor: &mut Compressor) {
        if let Form::Long(list) = &mut self.form {
            list.settle(self.sizing, compressor);
        }
    }
}
