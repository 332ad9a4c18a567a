//! How long one insert can take while a table grows to many items.
//!
//! Prints the worst and the 99.99th percentile of the processor time of a single insert (time in
//! which the thread did not run, on a shared machine, does not count), for tables like those of the
//! keyspace: 1,024 of them, filled evenly. The server's allocator is jemalloc; to measure with it,
//! preload a jemalloc with `background_thread:true`.
//!
//! `cargo run --release -p russet-structures --example insert_wait`
#![allow(unsafe_code)]

use russet_structures::table::{NO_DEADLINE, Retired, Table, Word};
use rustix::time::{ClockId, clock_gettime};

const TABLES: usize = 1024;
const ITEMS: u64 = 10_000_000;

struct Item(Box<u64>);

// SAFETY: a box is non-null, 8-aligned and below 2^48 in user space.
unsafe impl Word for Item {
    fn into_word(self) -> u64 {
        Box::into_raw(self.0) as u64
    }
    unsafe fn from_word(word: u64) -> Self {
        // SAFETY: by the caller.
        Self(unsafe { Box::from_raw(word as *mut u64) })
    }
}

/// Splitmix64, in place of the keyed hash.
fn mixed(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Processor time of this thread in nanoseconds.
fn now_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn main() {
    let mut tables: Vec<Table<Item>> = (0..TABLES).map(|_| Table::new()).collect();
    let mut retired = Retired::default();
    let mut waits = vec![0u32; ITEMS as usize];
    for key in 0..ITEMS {
        let hash = mixed(key);
        let table = &mut tables[(hash >> 54) as usize];
        let begun = now_ns();
        let place_of = |item: &Item| mixed(*item.0).rotate_left(10);
        let item = Item(Box::new(key));
        let position = hash.rotate_left(10);
        table.view().insert(position, item, NO_DEADLINE, &place_of, &mut retired);
        retired.free_now();
        waits[key as usize] = (now_ns() - begun).min(u64::from(u32::MAX)) as u32;
    }
    let mean = waits.iter().map(|&w| u64::from(w)).sum::<u64>() / ITEMS;
    waits.sort_unstable();
    let at = |share: f64| waits[((ITEMS as f64 * share) as usize).min(waits.len() - 1)];
    println!("{ITEMS} inserts into {TABLES} tables; processor time of one in ns, clock included:");
    println!("mean {mean}  p99 {}  p99.99 {}  worst {}", at(0.99), at(0.9999), at(1.0));
}
