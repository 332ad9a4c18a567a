//! The directives of several arguments: how each is read, shown and written.
//!
//! Must be true: a refused directive leaves the settings as they were; what `show` gives,
//! split at single spaces, is accepted back and changes nothing.

use crate::directive::{Line, List, Mode};
use crate::settings::{Master, OutputBufferLimit, OutputBufferLimits, SavePoint, ShutdownOptions};
use crate::shape::{lenient, memory, text, with_unit};
use crate::{Reason, Settings};
use base::bytes::quoted;

/// Most addresses `bind` takes.
const BIND_ADDRESSES_MAX: usize = 16;

/// Words of `shutdown-on-sigint` and `shutdown-on-sigterm`.
const SHUTDOWN_WORDS: &[&str] = &["default", "save", "nosave", "now", "force"];

pub(super) const BIND: List = List { set: set_bind, show: show_bind, written: write_bind };
pub(super) const SAVE: List = List { set: set_save, show: show_save, written: write_save };
pub(super) const OUTPUT_BUFFER_LIMIT: List =
    List { set: set_output_limits, show: show_output_limits, written: write_output_limits };
pub(super) const OOM_VALUES: List =
    List { set: set_oom_values, show: show_oom_values, written: write_oom_values };
pub(super) const REPLICA_OF: List =
    List { set: set_replica_of, show: show_replica_of, written: write_replica_of };
pub(super) const PERCENTILES: List =
    List { set: set_percentiles, show: show_percentiles, written: write_percentiles };
pub(super) const ON_SIGINT: List = List {
    set: |settings, words, _| set_shutdown(&mut settings.shutdown.on_sigint, words),
    show: |settings| show_shutdown(settings.shutdown.on_sigint),
    written: |settings| write_shutdown(settings.shutdown.on_sigint),
};
pub(super) const ON_SIGTERM: List = List {
    set: |settings, words, _| set_shutdown(&mut settings.shutdown.on_sigterm, words),
    show: |settings| show_shutdown(settings.shutdown.on_sigterm),
    written: |settings| write_shutdown(settings.shutdown.on_sigterm),
};

/// A single empty argument stands for none.
fn without_lone_empty(words: &[Vec<u8>]) -> &[Vec<u8>] {
    match words {
        [word] if word.is_empty() => &[],
        _ => words,
    }
}

fn one_line(arguments: String, needed: bool) -> Vec<Line> {
    vec![Line { arguments, needed }]
}

/// An integer as strtoll reads it.
fn integer(word: &[u8]) -> Option<i64> {
    lenient(std::str::from_utf8(word).ok()?)
}

/// Whether a word can be written without quotes.
fn is_plain(word: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'');
    !word.is_empty() && word.iter().all(fits)
}

// bind ---------------------------------------------------------------------------------------

fn set_bind(settings: &mut Settings, words: &[Vec<u8>], _: Mode) -> Result<(), Reason> {
    if words.len() > BIND_ADDRESSES_MAX {
        return Err(Reason::Rule("Too many bind addresses specified."));
    }
    settings.network.bind =
        without_lone_empty(words).iter().map(|word| address(word)).collect::<Result<_, _>>()?;
    Ok(())
}

/// What is not plain could not be shown in a list and read back; nor is it an address.
fn address(word: &[u8]) -> Result<String, Reason> {
    if !is_plain(word) {
        return Err(Reason::Rule("Failed to bind to specified addresses."));
    }
    text(word).map(str::to_owned)
}

fn show_bind(settings: &Settings) -> String {
    settings.network.bind.join(" ")
}

fn write_bind(settings: &Settings) -> Vec<Line> {
    match &settings.network.bind {
        bind if *bind == Settings::default().network.bind => Vec::new(),
        bind if bind.is_empty() => one_line("\"\"".to_owned(), true),
        bind => one_line(bind.join(" "), true),
    }
}

// save ---------------------------------------------------------------------------------------

fn set_save(settings: &mut Settings, words: &[Vec<u8>], mode: Mode) -> Result<(), Reason> {
    let invalid = || Reason::Rule("Invalid save parameters");
    let forget = mode == Mode::Replace || words.len() == 1;
    let (pairs, rest) = without_lone_empty(words).as_chunks::<2>();
    if !rest.is_empty() {
        return Err(invalid());
    }
    let points = pairs
        .iter()
        .map(|[seconds, changes]| {
            let seconds = integer(seconds).and_then(|it| u64::try_from(it).ok());
            let changes = integer(changes).and_then(|it| u32::try_from(it).ok());
            match (seconds, changes) {
                (Some(seconds @ 1..), Some(changes)) => Ok(SavePoint { seconds, changes }),
                _ => Err(invalid()),
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    if forget {
        settings.snapshot.save_points.clear();
    }
    settings.snapshot.save_points.extend(points);
    Ok(())
}

fn show_save(settings: &Settings) -> String {
    let points = &settings.snapshot.save_points;
    let points: Vec<_> = points.iter().map(|it| format!("{} {}", it.seconds, it.changes)).collect();
    points.join(" ")
}

fn write_save(settings: &Settings) -> Vec<Line> {
    let points = &settings.snapshot.save_points;
    if points.is_empty() {
        return one_line("\"\"".to_owned(), true);
    }
    // All are needed: one line left out would change the meaning of the others.
    points
        .iter()
        .map(|it| Line { arguments: format!("{} {}", it.seconds, it.changes), needed: true })
        .collect()
}

// client-output-buffer-limit -----------------------------------------------------------------

fn set_output_limits(settings: &mut Settings, words: &[Vec<u8>], _: Mode) -> Result<(), Reason> {
    let (groups, rest) = words.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Reason::Rule("Wrong number of arguments in buffer limit configuration."));
    }
    let mut limits = settings.clients.output_buffer_limits.clone();
    for [class, hard, soft, seconds] in groups {
        let place = match class.to_ascii_lowercase().as_slice() {
            b"normal" => &mut limits.normal,
            b"slave" | b"replica" => &mut limits.replica,
            b"pubsub" => &mut limits.pubsub,
            _ => {
                return Err(Reason::Rule(
                    "Invalid client class specified in buffer limit configuration.",
                ));
            }
        };
        *place = output_limit(hard, soft, seconds).ok_or(Reason::Rule(
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
        ))?;
    }
    settings.clients.output_buffer_limits = limits;
    Ok(())
}

fn output_limit(hard: &[u8], soft: &[u8], seconds: &[u8]) -> Option<OutputBufferLimit> {
    let bytes = |word| std::str::from_utf8(word).ok().and_then(memory);
    Some(OutputBufferLimit {
        hard_bytes: bytes(hard)?,
        soft_bytes: bytes(soft)?,
        soft_s: integer(seconds)?.try_into().ok()?,
    })
}

/// The classes under the names CONFIG GET uses.
fn output_classes(limits: &OutputBufferLimits) -> [(&'static str, OutputBufferLimit); 3] {
    [("normal", limits.normal), ("slave", limits.replica), ("pubsub", limits.pubsub)]
}

fn show_output_limits(settings: &Settings) -> String {
    output_classes(&settings.clients.output_buffer_limits)
        .map(|(name, it)| format!("{name} {} {} {}", it.hard_bytes, it.soft_bytes, it.soft_s))
        .join(" ")
}

fn write_output_limits(settings: &Settings) -> Vec<Line> {
    let limits = &settings.clients.output_buffer_limits;
    // All classes or none: a line must not take the place of another class's.
    let needed = *limits != OutputBufferLimits::default();
    let line = |(name, limit): (&str, OutputBufferLimit)| {
        let name = if name == "slave" { "replica" } else { name };
        let hard = with_unit(limit.hard_bytes.into());
        let soft = with_unit(limit.soft_bytes.into());
        Line { arguments: format!("{name} {hard} {soft} {}", limit.soft_s), needed }
    };
    output_classes(limits).map(line).to_vec()
}

// oom-score-adj-values -----------------------------------------------------------------------

fn set_oom_values(settings: &mut Settings, words: &[Vec<u8>], _: Mode) -> Result<(), Reason> {
    let [master, replica, background] = words else {
        return Err(Reason::WrongNumber);
    };
    let value = |word: &[u8]| {
        let number = integer(word).and_then(|it| i32::try_from(it).ok());
        number.filter(|it| (-2000..=2000).contains(it)).ok_or(Reason::Rule(
            "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
        ))
    };
    settings.oom.values = [value(master)?, value(replica)?, value(background)?];
    Ok(())
}

fn show_oom_values(settings: &Settings) -> String {
    settings.oom.values.map(|value| value.to_string()).join(" ")
}

fn write_oom_values(settings: &Settings) -> Vec<Line> {
    let needed = settings.oom.values != Settings::default().oom.values;
    one_line(show_oom_values(settings), needed)
}

// replicaof ----------------------------------------------------------------------------------

fn set_replica_of(settings: &mut Settings, words: &[Vec<u8>], _: Mode) -> Result<(), Reason> {
    let [host, port] = words else {
        return Err(Reason::WrongNumber);
    };
    if host.eq_ignore_ascii_case(b"no") && port.eq_ignore_ascii_case(b"one") {
        settings.link.replica_of = None;
        return Ok(());
    }
    let port = integer(port).and_then(|it| u16::try_from(it).ok());
    let port = port.ok_or(Reason::Rule("Invalid master port"))?;
    settings.link.replica_of = Some(Master { host: text(host)?.to_owned(), port });
    Ok(())
}

fn show_replica_of(settings: &Settings) -> String {
    let master = settings.link.replica_of.as_ref();
    master.map_or_else(String::new, |it| format!("{} {}", it.host, it.port))
}

/// A node of a cluster learns its master from the cluster, so its file must not name one.
fn write_replica_of(settings: &Settings) -> Vec<Line> {
    match &settings.link.replica_of {
        Some(master) if !settings.cluster.enabled => {
            let plain = is_plain(master.host.as_bytes());
            let host = if plain { master.host.clone() } else { quoted(master.host.as_bytes()) };
            one_line(format!("{host} {}", master.port), true)
        }
        _ => Vec::new(),
    }
}

// latency-tracking-info-percentiles ----------------------------------------------------------

fn set_percentiles(settings: &mut Settings, words: &[Vec<u8>], _: Mode) -> Result<(), Reason> {
    let percentile = |word: &Vec<u8>| match base::number::parse_f64(word) {
        Some(number) if (0.0..=100.0).contains(&number) => Ok(number),
        Some(_) => Err(Reason::Rule(
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
        )),
        None => Err(Reason::Rule("Invalid latency-tracking-info-percentiles parameters")),
    };
    let percentiles = without_lone_empty(words).iter().map(percentile).collect::<Result<_, _>>()?;
    settings.latency.info_percentiles = percentiles;
    Ok(())
}

/// Up to six decimals, without the zeros at their end.
fn show_percentiles(settings: &Settings) -> String {
    let show = |number: &f64| {
        let fixed = format!("{number:.6}");
        fixed.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    settings.latency.info_percentiles.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn write_percentiles(settings: &Settings) -> Vec<Line> {
    let shown = show_percentiles(settings);
    let needed = shown != show_percentiles(&Settings::default());
    one_line(if shown.is_empty() { quoted(b"") } else { shown }, needed)
}

// shutdown-on-sigint, shutdown-on-sigterm ----------------------------------------------------

fn set_shutdown(place: &mut ShutdownOptions, words: &[Vec<u8>]) -> Result<(), Reason> {
    let mut options = ShutdownOptions::default();
    if words.is_empty() {
        return Err(Reason::NotAWord(SHUTDOWN_WORDS));
    }
    for word in words {
        match word.to_ascii_lowercase().as_slice() {
            b"default" => {}
            b"save" => options.save = true,
            b"nosave" => options.nosave = true,
            b"now" => options.now = true,
            b"force" => options.force = true,
            _ => return Err(Reason::NotAWord(SHUTDOWN_WORDS)),
        }
    }
    if options.save && options.nosave {
        return Err(Reason::Rule("shutdown options SAVE and NOSAVE can't be used simultaneously"));
    }
    *place = options;
    Ok(())
}

fn show_shutdown(options: ShutdownOptions) -> String {
    let ShutdownOptions { save, nosave, now, force } = options;
    let on = [(save, "save"), (nosave, "nosave"), (now, "now"), (force, "force")];
    let words: Vec<_> = on.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    if words.is_empty() { "default".to_owned() } else { words.join(" ") }
}

fn write_shutdown(options: ShutdownOptions) -> Vec<Line> {
    one_line(show_shutdown(options), options != ShutdownOptions::default())
}
