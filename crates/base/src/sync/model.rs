//! What a model runs with: shuttle's types behind the same names.
//!
//! Time is a matter of chance: a deadline has come or not as a die falls, or never (`TimePasses`),
//! so that code is shown not to need its timeouts where it should not.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, MaxSteps, Runner};

pub use shuttle::hint::spin_loop;
pub use shuttle::sync::atomic;
pub use shuttle::thread::{spawn, yield_now};

/// Steps after which a schedule counts as one that never ends.
const STEPS_MAX: usize = 200_000;
/// Preemptions at chosen places, for the scheduler that looks for rare orders.
const DEPTH: usize = 3;

/// Whether deadlines come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePasses {
    /// Any may have come whenever somebody looks.
    Yes,
    /// None ever does: whoever waits must be woken.
    No,
}

static TIME_PASSES: AtomicBool = AtomicBool::new(true);

/// Says whether deadlines come in this model, from its beginning on.
pub fn set_time(passes: TimePasses) {
    TIME_PASSES.store(passes == TimePasses::Yes, Relaxed);
}

/// Runs a model under so many schedules, or as many as `MODEL_ITERATIONS` in the environment says:
/// half of them random, half with few preemptions at places chosen at random. One model at a time
/// in a process, since time is everybody's.
pub fn check(time: TimePasses, iterations: usize, model: impl Fn() + Send + Sync + Copy + 'static) {
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    set_time(time);
    let setting = std::env::var("MODEL_ITERATIONS").ok().and_then(|text| text.parse().ok());
    let iterations: usize = setting.unwrap_or(iterations);
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(STEPS_MAX);
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new(iterations / 2), config.clone()).run(model);
    Runner::new(PctScheduler::new(DEPTH, iterations / 2), config).run(model);
}

/// A moment that may have come.
#[derive(Clone, Copy, Debug)]
pub struct Deadline;

impl Deadline {
    /// So long from now.
    pub fn after(_time: Duration) -> Self {
        Self
    }

    /// True if it has come.
    pub fn passed(&self) -> bool {
        TIME_PASSES.load(Relaxed) && thread_rng().gen_range(0..4) == 0
    }
}

/// A lock without poisoning.
#[derive(Default)]
pub struct Mutex<T>(shuttle::sync::Mutex<T>);

/// A lock held.
pub struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    /// Absent only while `unlocked` or `wait_until` run.
    held: Option<shuttle::sync::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    /// A lock around a value.
    pub fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    /// Locks.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard { mutex: self, held: Some(self.hold()) }
    }

    /// Locks if nobody else has.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let held = self.0.try_lock().ok()?;
        Some(MutexGuard { mutex: self, held: Some(held) })
    }

    fn hold(&self) -> shuttle::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutex")
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        let Some(held) = &self.held else { unreachable!("looked at while unlocked") };
        held
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        let Some(held) = &mut self.held else { unreachable!("looked at while unlocked") };
        held
    }
}

/// As in `parking_lot`.
#[derive(Default)]
pub struct Condvar(shuttle::sync::Condvar);

impl Condvar {
    /// Nobody waits yet.
    pub fn new() -> Self {
        Self(shuttle::sync::Condvar::new())
    }

    /// Wakes all who wait.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

/// The lock, unless it cannot be had before the deadline.
pub fn lock_until<T>(mutex: &Mutex<T>, deadline: Deadline) -> Option<MutexGuard<'_, T>> {
    loop {
        let guard = mutex.try_lock();
        if guard.is_some() || deadline.passed() {
            return guard;
        }
        yield_now();
    }
}

/// Waits to be notified. True if the deadline came first. Has the lock again either way.
pub fn wait_until<T>(condvar: &Condvar, guard: &mut MutexGuard<'_, T>, deadline: Deadline) -> bool {
    let Some(held) = guard.held.take() else { return false };
    if !TIME_PASSES.load(Relaxed) {
        guard.held = Some(condvar.0.wait(held).unwrap_or_else(PoisonError::into_inner));
        return false;
    }
    drop(held);
    yield_now();
    guard.held = Some(guard.mutex.hold());
    deadline.passed()
}

/// Runs `body` without the lock.
pub fn unlocked<T, R>(guard: &mut MutexGuard<'_, T>, body: impl FnOnce() -> R) -> R {
    guard.held = None;
    let result = body();
    guard.held = Some(guard.mutex.hold());
    result
}
