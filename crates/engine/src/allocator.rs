//! What the engine asks of the memory allocator: given at assembly, so that tests can do without.

/// Figures about memory, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Handed out to the program.
    pub allocated: u64,
    /// In pages that hold something.
    pub active: u64,
    /// Resident, as the allocator sees it.
    pub resident: u64,
    /// Kept from the system for later.
    pub retained: u64,
}

/// An allocator as functions.
#[derive(Clone, Copy)]
pub struct Allocator {
    /// Its name and version.
    pub name: &'static str,
    /// Bytes this thread has allocated minus bytes it has freed, since it began; may be negative.
    pub thread_net: fn() -> i64,
    /// Figures of the whole process.
    pub figures: fn() -> Figures,
    /// Gives unused pages back to the system.
    pub purge: fn(),
    /// A report for people.
    pub report: fn() -> String,
}

/// An allocator that nobody counts, for tests.
pub const UNCOUNTED: Allocator = Allocator {
    name: "libc",
    thread_net: || 0,
    figures: Figures::default_const,
    purge: || {},
    report: String::new,
};

impl Figures {
    fn default_const() -> Self {
        Self::default()
    }
}
