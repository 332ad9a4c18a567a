//! The latency monitor: for each event class the last spikes above `latency-monitor-threshold`.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use parking_lot::Mutex;

/// Spikes kept for each event.
const HISTORY: usize = 160;

/// One event's spikes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    /// (unix seconds, milliseconds), oldest first; one a second, the highest of it.
    pub(crate) spikes: VecDeque<(i64, u64)>,
    /// The highest ever.
    pub(crate) max_ms: u64,
}

/// Spikes by event.
#[derive(Default)]
pub(crate) struct LatencyMonitor(Mutex<BTreeMap<&'static str, Series>>);

impl LatencyMonitor {
    /// Notes a spike. The caller has compared it with the threshold.
    pub(crate) fn note(&self, event: &'static str, unix_s: i64, milliseconds: u64) {
        let mut all = self.0.lock();
        let series = all.entry(event).or_default();
        series.max_ms = series.max_ms.max(milliseconds);
        match series.spikes.back_mut() {
            Some((second, highest)) if *second == unix_s => *highest = milliseconds.max(*highest),
            _ => {
                if series.spikes.len() == HISTORY {
                    series.spikes.pop_front();
                }
                series.spikes.push_back((unix_s, milliseconds));
            }
        }
    }

    /// All series by event name.
    pub(crate) fn all(&self) -> Vec<(&'static str, Series)> {
        self.0.lock().iter().map(|(name, series)| (*name, series.clone())).collect()
    }

    /// Forgets the named events, or all if none is named. Returns how many there were.
    pub(crate) fn reset(&self, events: &[&[u8]]) -> usize {
        let mut all = self.0.lock();
        let before = all.len();
        all.retain(|name, _| {
            !events.is_empty() && !events.iter().any(|e| e.eq_ignore_ascii_case(name.as_bytes()))
        });
        before - all.len()
    }
}
