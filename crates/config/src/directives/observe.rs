//! What can be seen of a running server: logs, latency, notifications.
//!
//! Rows of the table of directives, sorted by name.

use super::checks::notify_events;
use super::lists;
use crate::choices::LogLevel;
use crate::directive::bounds::LONG_MAX;
use crate::directive::{Directive, accepted, decimals, list, single};
use crate::shape::{Shape, any};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    accepted("always-show-logo", Shape::Bool, "no", "there is no logo")
        .immutable()
        .about("Print the logo even when not on a terminal."),
    accepted(
        "commandlog-large-reply-max-len",
        decimals(0, LONG_MAX),
        "128",
        "only slow commands are logged",
    )
    .about("Large replies remembered (Valkey)."),
    accepted(
        "commandlog-large-request-max-len",
        decimals(0, LONG_MAX),
        "128",
        "only slow commands are logged",
    )
    .about("Large requests remembered (Valkey)."),
    accepted(
        "commandlog-reply-larger-than",
        decimals(-1, LONG_MAX),
        "1048576",
        "only slow commands are logged",
    )
    .unit("bytes")
    .about("Size from which a reply is large (Valkey)."),
    accepted(
        "commandlog-request-larger-than",
        decimals(-1, LONG_MAX),
        "1048576",
        "only slow commands are logged",
    )
    .unit("bytes")
    .about("Size from which a request is large (Valkey)."),
    single("crash-log-enabled", Shape::Bool, field!(logging.crash_log))
        .about("Log what is known about a crash."),
    accepted("crash-memcheck-enabled", Shape::Bool, "yes", "memory is not tested after a crash")
        .about("Test memory after a crash."),
    single("hide-user-data-from-log", Shape::Bool, field!(logging.hide_user_data))
        .about("Keep keys and values out of the log."),
    single(
        "latency-monitor-threshold",
        decimals(0, LONG_MAX),
        field!(latency.monitor_threshold_ms),
    )
    .unit("ms")
    .about("Duration from which LATENCY records an event; 0 records none."),
    single("latency-tracking", Shape::Bool, field!(latency.tracking))
        .about("Keep a latency histogram of each command."),
    list("latency-tracking-info-percentiles", lists::PERCENTILES)
        .about("Percentiles of each command's latency that INFO shows."),
    accepted(
        "log-format",
        Shape::Choice(&["legacy", "logfmt"]),
        "legacy",
        "log lines have one format",
    )
    .about("Format of log lines (Valkey)."),
    accepted(
        "log-timestamp-format",
        Shape::Choice(&["legacy", "iso8601", "milliseconds"]),
        "legacy",
        "log lines have one format",
    )
    .about("Format of times in log lines (Valkey)."),
    single("logfile", Shape::Text(any), field!(logging.file))
        .immutable()
        .about("File to log to; empty is standard output."),
    single("loglevel", Shape::Choice(LogLevel::WORDS), field!(logging.level))
        .about("Least important message that is logged."),
    single("notify-keyspace-events", Shape::Text(notify_events), field!(notifications.events))
        .about(
            "Changes announced over Pub/Sub: K or E for the kind of channel, and g$lshzxetdmn or \
             A for the events.",
        ),
    single("slowlog-log-slower-than", decimals(-1, LONG_MAX), field!(slowlog.slower_than_us))
        .unit("microseconds")
        .alias(&["commandlog-execution-slower-than"])
        .about("Duration from which a command is remembered as slow; 0 is all, -1 none."),
    single("slowlog-max-len", decimals(0, LONG_MAX), field!(slowlog.max_len))
        .unit("commands")
        .alias(&["commandlog-slow-execution-max-len"])
        .about("Slow commands remembered."),
    accepted(
        "syslog-enabled",
        Shape::Bool,
        "no",
        "logs go to a file or standard output; a service manager forwards the latter",
    )
    .immutable()
    .about("Log to the system log."),
    accepted(
        "syslog-facility",
        Shape::Choice(&[
            "user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
        ]),
        "local0",
        "logs go to a file or standard output; a service manager forwards the latter",
    )
    .immutable()
    .about("Facility in the system log."),
    accepted(
        "syslog-ident",
        Shape::Text(any),
        "redis",
        "logs go to a file or standard output; a service manager forwards the latter",
    )
    .immutable()
    .about("Name in the system log."),
];
