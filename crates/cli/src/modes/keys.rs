//! --bigkeys, --memkeys, --hotkeys: a walk over all keys, and the largest of what it finds.

use base::bytes::quoted;
use protocol::Value;

use super::scan::Walk;
use super::{call, key_bar};
use crate::docs::text;
use crate::options::Mode;
use crate::screen::say;
use crate::session::{Said, Session};
use crate::text::lossy;

/// How many hot keys are kept.
const HOT_COUNT: usize = 16;
/// SCANs between two rests of -i.
const REST_EVERY: u64 = 100;

/// Figures of one type of keys.
struct Kind {
    name: String,
    /// What asks for the number of elements, and what they are called.
    size_command: Option<&'static [u8]>,
    unit: &'static str,
    biggest: u64,
    biggest_key: Option<String>,
    count: u64,
    total: u64,
}

impl Kind {
    fn new(name: &str, size_command: Option<&'static [u8]>, unit: &'static str) -> Self {
        let name = name.to_owned();
        Self { name, size_command, unit, biggest: 0, biggest_key: None, count: 0, total: 0 }
    }

    fn all() -> Vec<Self> {
        vec![
            Self::new("string", Some(b"STRLEN"), "bytes"),
            Self::new("list", Some(b"LLEN"), "items"),
            Self::new("set", Some(b"SCARD"), "members"),
            Self::new("hash", Some(b"HLEN"), "fields"),
            Self::new("zset", Some(b"ZCARD"), "members"),
            Self::new("stream", Some(b"XLEN"), "entries"),
        ]
    }
}

/// The keys of each type with most elements, or most memory.
pub(super) fn biggest(session: &mut Session) -> Result<(), Said> {
    let by_memory = session.options.mode == Mode::MemKeys;
    let total_keys = begin(session)?;
    let bar = key_bar(total_keys);
    let (mut kinds, mut walk) = (Kind::all(), Walk::new(&session.options));
    let (mut sampled, mut key_bytes, mut steps, mut percent) = (0u64, 0u64, 0u64, 0.0);
    while let Some(keys) = walk.next(session)? {
        percent = percent_of(sampled, total_keys);
        steps += 1;
        let types = types_of(session, &mut kinds, &keys)?;
        let sizes = sizes_of(session, &kinds, &keys, &types)?;
        for ((key, kind), size) in keys.iter().zip(&types).zip(&sizes) {
            // A key that went away meanwhile has no type.
            let Some(kind) = kind.map(|index| &mut kinds[index]) else { continue };
            kind.total += size;
            kind.count += 1;
            key_bytes += key.len() as u64;
            sampled += 1;
            if kind.biggest < *size {
                let (name, unit) = (quoted(key), if by_memory { "bytes" } else { kind.unit });
                let line = format!(
                    "[{percent:05.2}%] Biggest {:6} found so far '{name}' with {size} {unit}\n",
                    kind.name
                );
                bar.suspend(|| say(&line));
                (kind.biggest, kind.biggest_key) = (*size, Some(name));
            }
            if sampled.is_multiple_of(1_000_000) {
                bar.suspend(|| {
                    say(&format!("[{percent:05.2}%] Sampled {sampled} keys so far\n"));
                });
            }
        }
        bar.set_position(sampled);
        rest(session, steps);
    }
    bar.finish_and_clear();
    let stopped = if session.stop.is_set() { format!("[{percent:05.2}%] ") } else { String::new() };
    let average = key_bytes as f64 / sampled.max(1) as f64;
    say(&format!(
        "\n-------- summary -------\n\n{stopped}Sampled {sampled} keys in the keyspace!\n\
         Total key length in bytes is {key_bytes} (avg len {average:.2})\n\n"
    ));
    say(&summary(&kinds, sampled, by_memory));
    Ok(())
}

fn summary(kinds: &[Kind], sampled: u64, by_memory: bool) -> String {
    let mut text = String::new();
    let unit = |kind: &Kind| if by_memory { "bytes" } else { kind.unit };
    for kind in kinds {
        if let Some(key) = &kind.biggest_key {
            let (name, size, unit) = (&kind.name, kind.biggest, unit(kind));
            text.push_str(&format!("Biggest {name:>6} found '{key}' has {size} {unit}\n"));
        }
    }
    text.push('\n');
    for kind in kinds {
        let (count, total, name) = (kind.count, kind.total, &kind.name);
        let (share, unit) = (percent_of(count, sampled), unit(kind));
        let average = total as f64 / count.max(1) as f64;
        text.push_str(&format!(
            "{count} {name}s with {total} {unit} ({share:05.2}% of keys, avg size {average:.2})\n"
        ));
    }
    text
}

/// The keys used most, by the counters of an LFU policy.
pub(super) fn hottest(session: &mut Session) -> Result<(), Said> {
    let total_keys = begin(session)?;
    let bar = key_bar(total_keys);
    let mut walk = Walk::new(&session.options);
    let mut hot: Vec<(u64, String)> = Vec::new();
    let (mut sampled, mut steps, mut percent) = (0u64, 0u64, 0.0);
    while let Some(keys) = walk.next(session)? {
        percent = percent_of(sampled, total_keys);
        steps += 1;
        for (key, counter) in keys.iter().zip(counters_of(session, &keys)?) {
            sampled += 1;
            let coldest = if hot.len() < HOT_COUNT { 0 } else { hot[0].0 };
            if counter <= coldest {
                continue;
            }
            if hot.len() == HOT_COUNT {
                hot.remove(0);
            }
            let name = quoted(key);
            let line =
                format!("[{percent:05.2}%] Hot key '{name}' found so far with counter {counter}\n");
            bar.suspend(|| say(&line));
            let place = hot.partition_point(|(other, _)| *other < counter);
            hot.insert(place, (counter, name));
        }
        bar.set_position(sampled);
        rest(session, steps);
    }
    bar.finish_and_clear();
    let stopped = if session.stop.is_set() { format!("[{percent:05.2}%] ") } else { String::new() };
    say(&format!(
        "\n-------- summary -------\n\n{stopped}Sampled {sampled} keys in the keyspace!\n"
    ));
    for (counter, name) in hot.iter().rev() {
        say(&format!("hot key found with counter: {counter}\tkeyname: {name}\n"));
    }
    Ok(())
}

/// The number of keys, and the head of the output.
fn begin(session: &mut Session) -> Result<u64, Said> {
    let total = match call(session, &[b"DBSIZE"])? {
        Value::Int(total) => total as u64,
        Value::Error(text) => {
            eprintln!("Couldn't determine DBSIZE: {}", lossy(&text));
            return Err(Said);
        }
        _ => {
            eprintln!("Non INTEGER response from DBSIZE!");
            return Err(Said);
        }
    };
    let what = if session.options.mode == Mode::HotKeys { "hot" } else { "biggest" };
    say(&format!(
        "\n# Scanning the entire keyspace to find {what} keys as well as\n\
         # average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n\
         # per 100 SCAN commands (not usually needed).\n\n"
    ));
    Ok(total)
}

fn rest(session: &Session, steps: u64) {
    if steps.is_multiple_of(REST_EVERY) {
        session.stop.sleep(session.options.interval);
    }
}

fn percent_of(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// Sends one request for each key at once, and reads the replies.
fn pipeline(session: &mut Session, requests: &[Vec<&[u8]>]) -> Result<Vec<Value>, Said> {
    let connection = session.connected()?;
    let mut bytes = Vec::new();
    for words in requests {
        connection.write_request(&mut bytes, words);
    }
    let failed = |error| {
        eprintln!("Error: {error}");
        Said
    };
    connection.send(&bytes).map_err(failed)?;
    let mut replies = Vec::with_capacity(requests.len());
    while replies.len() < requests.len() {
        match connection.reply_always().map_err(failed)? {
            Value::Push(_) => {}
            value => replies.push(value),
        }
    }
    Ok(replies)
}

/// The index of each key's kind; `None` if the key is gone. New kinds are added.
fn types_of(
    session: &mut Session,
    kinds: &mut Vec<Kind>,
    keys: &[Vec<u8>],
) -> Result<Vec<Option<usize>>, Said> {
    let requests: Vec<Vec<&[u8]>> = keys.iter().map(|key| vec![&b"TYPE"[..], key]).collect();
    let mut types = Vec::new();
    for reply in pipeline(session, &requests)? {
        if let Value::Error(text) = &reply {
            eprintln!("TYPE returned an error: {}", lossy(text));
            return Err(Said);
        }
        let name = lossy(&text(&reply));
        types.push(match kinds.iter().position(|kind| kind.name == name) {
            None if name == "none" => None,
            None => {
                kinds.push(Kind::new(&name, None, "?"));
                Some(kinds.len() - 1)
            }
            known => known,
        });
    }
    Ok(types)
}

fn sizes_of(
    session: &mut Session,
    kinds: &[Kind],
    keys: &[Vec<u8>],
    types: &[Option<usize>],
) -> Result<Vec<u64>, Said> {
    let by_memory = session.options.mode == Mode::MemKeys;
    let samples = session.options.samples.map(|n| n.to_string());
    let (mut requests, mut asked) = (Vec::new(), Vec::new());
    for (index, key) in keys.iter().enumerate() {
        let Some(kind) = types[index].map(|kind| &kinds[kind]) else { continue };
        let words: Vec<&[u8]> = match (by_memory, kind.size_command) {
            (true, _) => {
                let mut words: Vec<&[u8]> = vec![b"MEMORY", b"USAGE", key];
                if let Some(samples) = &samples {
                    words.extend([&b"SAMPLES"[..], samples.as_bytes()]);
                }
                words
            }
            (false, Some(command)) => vec![command, key],
            (false, None) => continue,
        };
        requests.push(words);
        asked.push((index, kind));
    }
    let mut sizes = vec![0; keys.len()];
    for (reply, (index, kind)) in pipeline(session, &requests)?.into_iter().zip(asked) {
        match reply {
            Value::Int(size) => sizes[index] = size as u64,
            _ => {
                let command = kind.size_command.filter(|_| !by_memory).unwrap_or(b"MEMORY USAGE");
                let (command, key) = (lossy(command), lossy(&keys[index]));
                eprintln!("Warning:  {command} on '{key}' failed (may have changed type)");
            }
        }
    }
    Ok(sizes)
}

fn counters_of(session: &mut Session, keys: &[Vec<u8>]) -> Result<Vec<u64>, Said> {
    let requests: Vec<Vec<&[u8]>> =
        keys.iter().map(|key| vec![&b"OBJECT"[..], b"FREQ", key]).collect();
    let mut counters = Vec::new();
    for (reply, key) in pipeline(session, &requests)?.into_iter().zip(keys) {
        counters.push(match reply {
            Value::Int(counter) => counter as u64,
            Value::Error(text) => {
                eprintln!("Error: {}", lossy(&text));
                return Err(Said);
            }
            _ => {
                let key = quoted(key);
                eprintln!("Warning: OBJECT freq on '{key}' failed (may have been deleted)");
                0
            }
        });
    }
    Ok(counters)
}
