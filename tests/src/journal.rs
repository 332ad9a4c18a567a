//! What writers sent and what was acknowledged, to be held against a server after a crash.
//!
//! A writer owns its keys, so that the last acknowledged value of each is known. A value that was
//! sent after it and not acknowledged may or may not be there.

use std::collections::BTreeMap;

use crate::client::Client;
use crate::reply::Reply;

/// The sent values of each key, in order, and how many of them were acknowledged.
#[derive(Debug, Default)]
pub struct Journal {
    keys: BTreeMap<String, Sent>,
}

#[derive(Debug, Default)]
struct Sent {
    values: Vec<String>,
    acknowledged: usize,
}

impl Journal {
    /// Notes a value before it is sent.
    pub fn sent(&mut self, key: &str, value: String) {
        self.keys.entry(key.into()).or_default().values.push(value);
    }

    /// Notes that the oldest unacknowledged value of a key was acknowledged.
    pub fn acknowledged(&mut self, key: &str) {
        let sent = self.keys.get_mut(key).expect("a key that was sent");
        assert!(sent.acknowledged < sent.values.len(), "more answers than commands for {key}");
        sent.acknowledged += 1;
    }

    /// How many values were acknowledged.
    pub fn count(&self) -> usize {
        self.keys.values().map(|sent| sent.acknowledged).sum()
    }

    /// What the server lost: keys whose value is older than the last acknowledged one.
    pub fn lost(&self, client: &mut Client) -> Vec<String> {
        let mut lost = Vec::new();
        for (key, sent) in &self.keys {
            let reply = client.call(&["GET", key]);
            let held = match &reply {
                Reply::Nil => Some(0),
                other => other.text().and_then(|text| {
                    let at = sent.values.iter().rposition(|value| value.as_bytes() == text);
                    at.map(|at| at + 1)
                }),
            };
            if held.is_none_or(|held| held < sent.acknowledged) {
                let (all, known) = (sent.values.len(), sent.acknowledged);
                lost.push(format!("{key}: value {held:?} of {all}, {known} acknowledged"));
            }
        }
        lost
    }
}
