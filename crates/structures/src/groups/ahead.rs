//! Asking the memory for what will be looked at, of many members at once.

use super::segment::{Place, Segment};
use super::{Groups, Near, Outside};
use crate::prefetch::PREFETCHED;

/// Segments from which on members drawn by chance are likely to be in no cache.
const SCATTERED_MIN: usize = 32;

impl<T: Outside> Groups<T> {
    /// Asks the memory for the group that a member found near here would be in.
    #[inline]
    pub fn prefetch_near(&self, near: Near) {
        if let Some(segment) = self.segment(near.position) {
            segment.prefetch_whole(segment.group_of(near.position));
        }
    }

    /// Asks the memory for what looking at these positions will need.
    pub fn prefetch(&self, positions: &[u64]) {
        let Some(first) = self.segments.first() else { return };
        for positions in positions.chunks(PREFETCHED) {
            let mut aims: [(&Segment<T>, usize); PREFETCHED] = [(first, 0); PREFETCHED];
            let aims = &mut aims[..positions.len()];
            for (aim, &position) in aims.iter_mut().zip(positions) {
                aim.0 = &self.segments[self.at(position)];
                aim.0.prefetch();
            }
            for (aim, &position) in aims.iter_mut().zip(positions) {
                aim.1 = aim.0.group_of(position);
                aim.0.prefetch_group(aim.1);
            }
            aims.iter().for_each(|(segment, group)| segment.prefetch_heads(*group));
            for ((segment, group), &position) in aims.iter().zip(positions) {
                segment.prefetch_member(*group, position);
            }
        }
    }

    /// Asks the memory for what drawing a member with each of these generators will need.
    pub fn prefetch_random(&self, randoms: &mut [fastrand::Rng]) {
        if self.segments.len() < SCATTERED_MIN {
            return;
        }
        for randoms in randoms.chunks_mut(PREFETCHED) {
            let drawn = randoms.iter_mut().filter_map(|random| self.random_rank(random));
            let drawn: Vec<(&Segment<T>, usize)> =
                drawn.map(|(at, rank)| (&*self.segments[at], rank)).collect();
            drawn.iter().for_each(|(segment, _)| segment.prefetch());
            let places =
                drawn.iter().map(|(segment, rank)| (segment, segment.place_of_rank(*rank)));
            let places: Vec<(&&Segment<T>, Place)> = places.collect();
            places.iter().for_each(|(segment, place)| segment.prefetch_group(place.group));
            places.iter().for_each(|(segment, place)| segment.prefetch_heads(place.group));
            places.iter().for_each(|(segment, place)| segment.prefetch_part(*place));
        }
    }
}
