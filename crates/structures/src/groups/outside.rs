//! What lies outside a segment's blocks: items with numbers.
//!
//! Must be true: a number is free, and noted as such, exactly when no member has it; without items
//! there is no memory.

/// Room for so large a part of the items is added when there is none, but for so many at least.
const GROWTH: usize = 8;
const GROWTH_MIN: usize = 4;

/// Items by number; numbers of items that were taken are given again.
pub(super) struct Outsiders<T>(Option<Box<Store<T>>>);

struct Store<T> {
    items: Vec<Option<T>>,
    free: Vec<u16>,
}

impl<T> Default for Outsiders<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Outsiders<T> {
    pub(super) fn put(&mut self, item: T) -> u16 {
        let none = || Box::new(Store { items: Vec::new(), free: Vec::new() });
        let store = self.0.get_or_insert_with(none);
        if let Some(number) = store.free.pop() {
            store.items[usize::from(number)] = Some(item);
            return number;
        }
        // A segment has far fewer members than there are numbers.
        debug_assert!(store.items.len() < usize::from(u16::MAX));
        if store.items.len() == store.items.capacity() {
            // Not twice as many: of a set whose members all expire that was a tenth of the memory.
            store.items.reserve_exact((store.items.len() / GROWTH).max(GROWTH_MIN));
        }
        store.items.push(Some(item));
        (store.items.len() - 1) as u16
    }

    pub(super) fn take(&mut self, number: u16) -> Option<T> {
        let store = self.0.as_mut()?;
        let item = store.items.get_mut(usize::from(number))?.take()?;
        store.free.push(number);
        if store.free.len() == store.items.len() {
            self.0 = None;
        }
        Some(item)
    }

    /// Takes an item from what is emptied and then dropped: its number is not noted as free.
    pub(super) fn pull(&mut self, number: u16) -> Option<T> {
        self.0.as_mut()?.items.get_mut(usize::from(number))?.take()
    }

    /// None yet, with room for half of these and a few more.
    pub(super) fn room_for_half(&self) -> Self {
        let len = self.0.as_ref().map_or(0, |store| store.items.len() - store.free.len());
        let items = Vec::with_capacity(len / 2 + len / (2 * GROWTH));
        Self(Some(Box::new(Store { items, free: Vec::new() })))
    }

    /// Itself, or nothing if no item came.
    pub(super) fn or_none(self) -> Self {
        Self(self.0.filter(|store| !store.items.is_empty()))
    }

    pub(super) fn get(&self, number: u16) -> Option<&T> {
        self.0.as_ref()?.items.get(usize::from(number))?.as_ref()
    }

    pub(super) fn get_mut(&mut self, number: u16) -> Option<&mut T> {
        self.0.as_mut()?.items.get_mut(usize::from(number))?.as_mut()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |store| {
            size_of::<Store<T>>()
                + store.items.capacity() * size_of::<Option<T>>()
                + store.free.capacity() * size_of::<u16>()
        })
    }
}
