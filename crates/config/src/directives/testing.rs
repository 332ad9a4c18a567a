//! Directives that only tests of the server itself use; hidden.
//!
//! Rows of the table of directives, sorted by name.

use crate::directive::bounds::{INT_MAX, INT_MIN};
use crate::directive::{Directive, accepted, decimals, single};
use crate::shape::{Shape, any};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    accepted("debug-context", Shape::Text(any), "", "nothing reads it")
        .hidden()
        .about("Words copied into crash reports (Valkey)."),
    accepted(
        "enable-debug-assert",
        Shape::Bool,
        "no",
        "assertions are chosen when the server is built",
    )
    .immutable()
    .hidden()
    .about("Check expensive assertions (Valkey)."),
    accepted(
        "import-mode",
        Shape::Bool,
        "no",
        "expired keys are never deleted while a client imports; there is no such mode",
    )
    .about("Keep expired keys while data is imported (Valkey)."),
    single("key-load-delay", decimals(INT_MIN, INT_MAX), field!(testing.key_load_delay_us))
        .unit("microseconds")
        .hidden()
        .about("Pause after each key when loading; negative pauses once in so many keys."),
    single(
        "loading-process-events-interval-bytes",
        decimals(1024, INT_MAX),
        field!(testing.loading_events_interval_bytes),
    )
    .unit("bytes")
    .hidden()
    .about("Bytes loaded between looks at clients."),
    single("rdb-key-save-delay", decimals(INT_MIN, INT_MAX), field!(testing.key_save_delay_us))
        .unit("microseconds")
        .hidden()
        .about("Pause after each key when saving; negative pauses once in so many keys."),
    accepted("req-res-logfile", Shape::Text(any), "", "requests are not logged")
        .immutable()
        .hidden()
        .about("File for every request and reply."),
    accepted(
        "use-exit-on-panic",
        Shape::Bool,
        "no",
        "a panic always stops the process the same way",
    )
    .hidden()
    .about("Exit instead of aborting on a panic."),
    accepted(
        "watchdog-period",
        decimals(0, INT_MAX),
        "0",
        "threads are watched through TRACE and LATENCY",
    )
    .unit("ms")
    .hidden()
    .about("Report code that runs longer than this."),
];
