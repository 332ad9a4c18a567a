//! What the system knows about this process: memory and processor time.
//!
//! From `/proc` where there is one; elsewhere the figures are 0. Nothing here fails: a figure that
//! cannot be had is 0.

use std::fs::read_to_string;

use rustix::time::{ClockId, clock_gettime};

/// Ticks a second in `/proc`, the same on all Linux systems (USER_HZ).
const TICKS_PER_S: u64 = 100;

/// Bytes of the process in memory.
pub(in crate::control) fn resident_bytes() -> u64 {
    read_to_string("/proc/self/status").map_or(0, |text| resident_in(&text))
}

/// The `VmRSS` of a `/proc/.../status`, which is in kB.
fn resident_in(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let digits = line.and_then(|line| line.split_ascii_whitespace().next());
    digits.and_then(|digits| digits.parse::<u64>().ok()).unwrap_or(0) << 10
}

/// Bytes of memory that the machine has.
pub(in crate::control) fn system_bytes() -> u64 {
    let info = rustix::system::sysinfo();
    info.totalram as u64 * u64::from(info.mem_unit)
}

/// Processor time, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CpuTime {
    pub(super) system_us: u64,
    pub(super) user_us: u64,
}

/// Of the process, of processes it waited for, of the present thread.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CpuTimes {
    pub(super) own: CpuTime,
    pub(super) children: CpuTime,
    pub(super) thread: CpuTime,
}

impl CpuTimes {
    pub(super) fn now() -> Self {
        let of = |path: &str| read_to_string(path).ok().and_then(|text| Ticks::of(&text));
        let process = of("/proc/self/stat").unwrap_or_default();
        let thread = of("/proc/thread-self/stat").unwrap_or_default();
        let us = |ticks: u64| ticks * 1_000_000 / TICKS_PER_S;
        Self {
            own: process.share_out(clock_us(ClockId::ProcessCPUTime)),
            children: CpuTime {
                system_us: us(process.children_system),
                user_us: us(process.children_user),
            },
            thread: thread.share_out(clock_us(ClockId::ThreadCPUTime)),
        }
    }
}

fn clock_us(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1000
}

/// Times as `/proc/.../stat` has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ticks {
    user: u64,
    system: u64,
    children_user: u64,
    children_system: u64,
}

impl Ticks {
    /// Fields 14 to 17 of a `stat` line. Field 2, the name, may hold blanks and brackets.
    fn of(stat: &str) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(") ")?;
        let mut fields = fields.split_ascii_whitespace().skip(11).map(|field| field.parse().ok());
        let mut next = || fields.next().flatten();
        Some(Self {
            user: next()?,
            system: next()?,
            children_user: next()?,
            children_system: next()?,
        })
    }

    /// An exact sum of both times, divided as the coarse figures say.
    fn share_out(self, total_us: u64) -> CpuTime {
        let ticks = u128::from(self.user + self.system).max(1);
        let system_us = (u128::from(total_us) * u128::from(self.system) / ticks) as u64;
        CpuTime { system_us, user_us: total_us.saturating_sub(system_us) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_process_are_read() {
        assert_eq!(resident_in("Name:\tx\nVmHWM:\t  900 kB\nVmRSS:\t   52 kB\n"), 52 << 10);
        assert_eq!(resident_in(""), 0);
        let stat = "7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 140 60 3 4 20 0";
        let ticks = Ticks { user: 140, system: 60, children_user: 3, children_system: 4 };
        assert_eq!(Ticks::of(stat), Some(ticks));
        assert_eq!(Ticks::of("7 (a) S 1"), None);
    }

    #[test]
    fn an_exact_time_is_divided() {
        let ticks = Ticks { user: 3, system: 1, ..Ticks::default() };
        assert_eq!(ticks.share_out(1001), CpuTime { system_us: 250, user_us: 751 });
        assert_eq!(Ticks::default().share_out(9), CpuTime { system_us: 0, user_us: 9 });
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory_and_has_run() {
        assert!(resident_bytes() > 1 << 16 && system_bytes() > 1 << 24);
        let own = CpuTimes::now().own;
        assert!(own.user_us + own.system_us > 0);
    }
}
