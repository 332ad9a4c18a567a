//! Asking the memory for what will be looked at, one step after the other.

use std::slice;

use crate::groups::group::Data;
use crate::prefetch::prefetch;

use super::{Outside, Place, Segment, tag_of};

impl<T: Outside> Segment<T> {
    /// Asks the memory for the segment itself: the first of four steps, each of which needs what
    /// the one before asked for.
    #[inline]
    pub(in crate::groups) fn prefetch(&self) {
        prefetch(slice::from_ref(self));
    }

    /// The second step: where a group lies.
    #[inline]
    pub(in crate::groups) fn prefetch_group(&self, group: usize) {
        prefetch(slice::from_ref(&self.groups[group]));
    }

    /// The third step: the heads of a group.
    #[inline]
    pub(in crate::groups) fn prefetch_heads(&self, group: usize) {
        self.groups[group].prefetch_heads(self.counts[group].into());
    }

    /// The fourth step: a member, and the one that comes into its place if it is taken.
    #[inline]
    pub(in crate::groups) fn prefetch_part(&self, place: Place) {
        self.groups[place.group].prefetch_data(place.index);
        self.groups[place.group].prefetch_data(usize::from(self.counts[place.group]) - 1);
    }

    /// The fourth step: the member at a position.
    #[inline]
    pub(in crate::groups) fn prefetch_member(&self, group: usize, position: u64) {
        self.groups[group].find(self.counts[group].into(), tag_of(position), |data| {
            match data {
                Data::Inside(bytes) => prefetch(bytes),
                Data::Outside(_) => prefetch(self.bytes_of(data)),
            }
            true
        });
    }

    /// Asks the memory for a whole group, if there is one of that number.
    #[inline]
    pub(in crate::groups) fn prefetch_whole(&self, group: usize) {
        if let Some(group) = self.groups.get(group) {
            group.prefetch();
        }
    }
}
