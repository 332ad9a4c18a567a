//! What one may do with a table: [`View`] for its owner, [`Peek`] for everybody else.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::bucket::{ADDRESS, Bucket, tag_of};
use super::directory::DirectoryRef;
use super::resize;
use super::retired::Retired;
use super::segment::{Place, Segment};
use super::sweep::NO_DEADLINE;
use super::{Lent, Root, Word, lend};
use crate::prefetch::{LINE, prefetch_line};

/// Exclusive access to a table.
pub struct View<'a, T: Word> {
    root: &'a Root,
    items: PhantomData<T>,
}

/// A found item's place. Valid until the table changes otherwise.
pub struct Slot<'v, T: Word> {
    root: &'v Root,
    position: u64,
    segment: Segment,
    place: Place,
    table: PhantomData<&'v mut T>,
}

/// An item lent out for changing: behaves as `&mut T`; the table learns its new address.
pub struct LentMut<'s, T: Word> {
    segment: Segment,
    place: Place,
    item: ManuallyDrop<T>,
    table: PhantomData<&'s mut T>,
}

impl<'a, T: Word> View<'a, T> {
    /// # Safety
    /// While the view is used for changes no other view of `root` exists; while it is used for
    /// reading no other view changes the table. Peeks may exist if everything that goes to
    /// [`Retired`] is freed only after they ended.
    pub unsafe fn new(root: &'a Root) -> Self {
        Self { root, items: PhantomData }
    }

    #[inline(always)]
    pub(super) fn directory(&self) -> Option<DirectoryRef> {
        // SAFETY: a root's directory is alive until its owner retires it.
        unsafe { DirectoryRef::from_pointer(self.root.load(Relaxed)) }
    }

    pub(super) fn set_directory(&mut self, directory: Option<DirectoryRef>) {
        let pointer = directory.map_or(std::ptr::null_mut(), DirectoryRef::as_pointer);
        self.root.store(pointer, Release);
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.directory().map_or(0, |d| d.len() as usize)
    }

    /// True when there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of directory and segments, items not included.
    pub fn overhead(&self) -> usize {
        self.directory()
            .map_or(0, |d| d.bytes() + d.segments().map(|(_, s)| s.bytes()).sum::<usize>())
    }

    /// The home of a position: the segment's number in the directory, and the bucket's in the
    /// segment.
    pub fn home(&self, position: u64) -> Option<(usize, usize)> {
        let directory = self.directory()?;
        let index = directory.index(position);
        Some((directory.extent(index).0, directory.segment(index).home(position)))
    }

    #[inline(always)]
    pub(super) fn find_word(&self, position: u64, mut same: impl FnMut(&T) -> bool) -> Option<u64> {
        let directory = self.directory()?;
        let segment = directory.segment(directory.index(position));
        let mut found = 0;
        segment.find(position, |word| {
            found = word;
            // SAFETY: words of a live segment are items of this table.
            same(&*unsafe { lend::<T>(word) })
        })?;
        Some(found)
    }

    /// The item at `position` for which `same` holds.
    #[inline]
    pub fn find(&self, position: u64, same: impl FnMut(&T) -> bool) -> Option<Lent<'_, T>> {
        let word = self.find_word(position, same)?;
        // SAFETY: found in the table, which does not change while `self` is borrowed.
        Some(unsafe { lend(word) })
    }

    /// As [`View::find`], for as long as the view's root is borrowed.
    #[inline]
    pub fn into_find(self, position: u64, same: impl FnMut(&T) -> bool) -> Option<Lent<'a, T>> {
        let word = self.find_word(position, same)?;
        // SAFETY: found in the table, which does not change while its root is borrowed: whoever
        // made the view answers for that.
        Some(unsafe { lend(word) })
    }

    /// The place of the item at `position` for which `same` holds.
    #[inline]
    pub fn slot(&mut self, position: u64, same: impl FnMut(&T) -> bool) -> Option<Slot<'_, T>> {
        let place = self.place(position, same)?;
        Some(Slot { table: PhantomData, ..place })
    }

    /// As [`View::slot`], for as long as the view's root is borrowed.
    #[inline]
    pub fn into_slot(self, position: u64, same: impl FnMut(&T) -> bool) -> Option<Slot<'a, T>> {
        self.place(position, same)
    }

    #[inline(always)]
    fn place(&self, position: u64, mut same: impl FnMut(&T) -> bool) -> Option<Slot<'a, T>> {
        let directory = self.directory()?;
        let segment = directory.segment(directory.index(position));
        let place = segment.find(position, |word| {
            // SAFETY: words of a live segment are items of this table.
            same(&*unsafe { lend::<T>(word) })
        })?;
        Some(Slot { root: self.root, position, segment, place, table: PhantomData })
    }

    /// Adds an item that is not in the table. `place_of` tells an item's position (asked of old
    /// items, rarely, when windows are read anew).
    #[inline]
    pub fn insert(
        &mut self,
        position: u64,
        item: T,
        deadline: u32,
        place_of: &impl Fn(&T) -> u64,
        retired: &mut Retired,
    ) {
        let address = item.into_word();
        debug_assert!(address != 0 && address & !ADDRESS == 0 && address & 7 == 0);
        loop {
            if let Some(directory) = self.directory() {
                let index = directory.index(position);
                let segment = directory.segment(index);
                if let Some(place) = segment.insert(position, address) {
                    directory.add_len(1);
                    lower_deadline(directory, index, place, deadline);
                    return;
                }
            }
            resize::make_room(self, position, place_of, retired);
        }
    }

    /// Makes room for about so many items in a table that never had one, which then need not grow
    /// step by step.
    pub fn reserve(&mut self, items: usize) {
        resize::reserve(self, items);
    }

    /// Removes the item at `position` for which `same` holds, and gives back memory that the table
    /// no longer needs.
    pub fn remove(
        &mut self,
        position: u64,
        same: impl FnMut(&T) -> bool,
        place_of: &impl Fn(&T) -> u64,
        retired: &mut Retired,
    ) -> Option<T> {
        Some(self.slot(position, same)?.remove(place_of, retired))
    }

    /// Empties the table, handing each item to `dispose`.
    pub fn clear(&mut self, retired: &mut Retired, mut dispose: impl FnMut(T)) {
        let Some(directory) = self.directory() else { return };
        self.set_directory(None);
        for (_, segment) in directory.segments() {
            for (_, _, word) in segment.items() {
                // SAFETY: the word was in the table and the table no longer has it.
                dispose(unsafe { T::from_word(word & ADDRESS) });
            }
            segment.retire(retired);
        }
        directory.retire(retired);
    }

    /// Moves everything out into a table of its own, leaving this one empty. O(1).
    pub fn detach(&mut self) -> super::Table<T> {
        let directory = self.root.swap(std::ptr::null_mut(), Relaxed);
        super::Table { root: directory.into(), items: PhantomData }
    }

    /// Exchanges the contents of two tables. O(1).
    pub fn swap(&mut self, other: &mut View<'_, T>) {
        let mine = self.root.load(Relaxed);
        let theirs = other.root.load(Relaxed);
        self.root.store(theirs, Release);
        other.root.store(mine, Release);
    }
}

/// Notes that the item at `place` must be looked at by `deadline`.
#[inline]
fn lower_deadline(directory: DirectoryRef, index: usize, place: Place, deadline: u32) {
    if deadline == NO_DEADLINE {
        return;
    }
    let segment = directory.segment(index);
    if deadline < segment.deadline(place.bucket) {
        segment.set_deadline(place.bucket, deadline);
        let (first, _) = directory.extent(index);
        if deadline < directory.deadline(first) {
            directory.set_deadline(first, deadline);
            directory.lower_least(deadline);
        }
    }
}

impl<T: Word> Slot<'_, T> {
    #[inline(always)]
    fn word(&self) -> u64 {
        self.segment.bucket(self.place.bucket).word(self.place.slot)
    }

    /// The item.
    #[inline]
    pub fn get(&self) -> Lent<'_, T> {
        // SAFETY: the slot holds an item, which stays while `self` is borrowed.
        unsafe { lend(self.word()) }
    }

    /// The item, for changing it; it may move to another address but must keep its position.
    #[inline]
    pub fn get_mut(&mut self) -> LentMut<'_, T> {
        // SAFETY: the slot holds an item; the guard keeps the only way to it and puts its address
        // back.
        let item = unsafe { T::from_word(self.word() & ADDRESS) };
        LentMut {
            segment: self.segment,
            place: self.place,
            item: ManuallyDrop::new(item),
            table: PhantomData,
        }
    }

    /// Puts `item`, which has the same position, in the place of the old one.
    #[inline]
    pub fn replace(&mut self, item: T) -> T {
        let word = self.word();
        self.segment.bucket(self.place.bucket).set_address(self.place.slot, item.into_word());
        // SAFETY: the slot held the item and no longer does.
        unsafe { T::from_word(word & ADDRESS) }
    }

    /// Notes that the item must be looked at by `deadline` (an earlier note stays; a sweep corrects
    /// it).
    #[inline]
    pub fn lower_deadline(&mut self, deadline: u32) {
        if deadline != NO_DEADLINE {
            // SAFETY: the root whose table the slot is in; only numbers beside the items change.
            let view = unsafe { View::<T>::new(self.root) };
            if let Some(directory) = view.directory() {
                lower_deadline(directory, directory.index(self.position), self.place, deadline);
            }
        }
    }

    /// Removes the item, and gives back memory that the table no longer needs.
    pub fn remove(self, place_of: &impl Fn(&T) -> u64, retired: &mut Retired) -> T {
        let word = self.segment.remove(self.place);
        // SAFETY: the slot was the only way to the table, and is given up.
        let mut view = unsafe { View::<T>::new(self.root) };
        if let Some(directory) = view.directory() {
            directory.add_len(-1);
        }
        resize::give_back(&mut view, self.position, place_of, retired);
        // SAFETY: the slot held the item and no longer does.
        unsafe { T::from_word(word & ADDRESS) }
    }
}

impl<T: Word> Deref for LentMut<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        &self.item
    }
}

impl<T: Word> DerefMut for LentMut<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.item
    }
}

impl<T: Word> Drop for LentMut<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: taken once, here; ownership returns to the table as a word.
        let address = unsafe { ManuallyDrop::take(&mut self.item) }.into_word();
        self.segment.bucket(self.place.bucket).set_address(self.place.slot, address);
    }
}

/// Looks into a table that may be changing, only to prefetch: reads no item, answers nothing.
///
/// The steps are meant to run over a whole batch of positions one after the other, so that the
/// memory accesses of the batch overlap.
pub struct Peek<'a> {
    root: &'a Root,
}

/// Where an item would lie: what the second step of a [`Peek`] leaves for the third.
#[derive(Clone, Copy)]
pub struct Aim<'a> {
    home: &'a Bucket,
    tag: u8,
}

impl<'a> Peek<'a> {
    /// # Safety
    /// As long as 'a lasts, what the table's owner puts into [`Retired`] is not freed.
    #[inline(always)]
    pub unsafe fn new(root: &'a Root) -> Self {
        Self { root }
    }

    #[inline(always)]
    fn directory(&self) -> Option<DirectoryRef> {
        // SAFETY: by the duty of `new`, the directory stays allocated.
        unsafe { DirectoryRef::from_pointer(self.root.load(Acquire)) }
    }

    /// Step 1: the directory word.
    #[inline(always)]
    pub fn prefetch_directory(&self, position: u64) {
        if let Some(directory) = self.directory() {
            prefetch_line(directory.word_address(position).cast());
        }
    }

    /// Step 2: the home bucket.
    #[inline(always)]
    pub fn prefetch_bucket(&self, position: u64) -> Option<Aim<'a>> {
        let directory = self.directory()?;
        let segment = directory.segment(directory.index(position));
        let home = segment.bucket(segment.home(position));
        prefetch_line(std::ptr::from_ref(home).cast());
        Some(Aim { home, tag: tag_of(position) })
    }
}

impl Aim<'_> {
    /// Step 3: the item, if its tag is in the home bucket.
    #[inline(always)]
    pub fn prefetch_item(&self) {
        let tags = self.home.tags();
        if let Some(slot) = tags.matching(self.tag).next() {
            let address = (self.home.word(slot) & ADDRESS) as *const u8;
            prefetch_line(address);
            prefetch_line(address.wrapping_add(LINE));
        } else if tags.overflowed() {
            prefetch_line(std::ptr::from_ref(self.home).wrapping_add(1).cast());
        }
    }
}
