//! The process: where it runs, how it starts and stops.
//!
//! Rows of the table of directives, sorted by name.

use super::checks::title_template;
use super::lists;
use crate::choices::{OomScoreAdj, Supervised};
use crate::directive::bounds::INT_MAX;
use crate::directive::{Directive, accepted, decimals, list, single};
use crate::shape::{Shape, any};
use crate::value::field;

pub(super) static ROWS: &[Directive] = &[
    accepted("aof_rewrite_cpulist", Shape::Text(any), "", "no other process is started")
        .alias(&["aof-rewrite-cpulist"])
        .immutable()
        .about("Cores of the process that rewrites the append-only file."),
    accepted("bgsave_cpulist", Shape::Text(any), "", "no other process is started")
        .alias(&["bgsave-cpulist"])
        .immutable()
        .about("Cores of the process that writes snapshots."),
    accepted(
        "bio_cpulist",
        Shape::Text(any),
        "",
        "background threads run wherever the system puts them",
    )
    .alias(&["bio-cpulist"])
    .immutable()
    .about("Cores of background threads."),
    single("daemonize", Shape::Bool, field!(process.daemonize))
        .immutable()
        .about("Go on in the background."),
    single("databases", decimals(1, INT_MAX), field!(process.databases))
        .unit("databases")
        .immutable()
        .about("Number of databases that SELECT chooses from."),
    single("dir", Shape::Text(any), field!(process.dir))
        .protected()
        .denied_while_loading()
        .about("Directory of snapshots and append-only files; the server works there."),
    accepted(
        "disable-thp",
        Shape::Bool,
        "yes",
        "transparent huge pages only harm servers that fork",
    )
    .immutable()
    .about("Turn transparent huge pages off for the process."),
    accepted("dynamic-hz", Shape::Bool, "yes", "housekeeping follows the work there is")
        .about("Raise `hz` with the number of clients."),
    single("hz", decimals(0, INT_MAX), field!(process.hz))
        .unit("per second")
        .about("Rounds of housekeeping; taken into 1 to 500."),
    accepted("ignore-warnings", Shape::Text(any), "", "no check of the system stops the start")
        .about("Warnings about the system to ignore."),
    single("oom-score-adj", Shape::Choice(OomScoreAdj::WORDS), field!(oom.adjust))
        .about("Adjust how readily the kernel kills the process when memory runs out."),
    list("oom-score-adj-values", lists::OOM_VALUES)
        .about("Scores of a master, a replica and a background process."),
    single("pidfile", Shape::Text(any), field!(process.pid_file))
        .immutable()
        .about("File to write the process number to."),
    accepted(
        "proc-title-template",
        Shape::Text(title_template),
        "{title} {listen-addr} {server-mode}",
        "the process keeps the title it was started with",
    )
    .about("How the process names itself."),
    accepted(
        "set-proc-title",
        Shape::Bool,
        "yes",
        "the process keeps the title it was started with",
    )
    .immutable()
    .about("Whether the process names itself."),
    list("shutdown-on-sigint", lists::ON_SIGINT)
        .about("How SIGINT stops the server: default, or any of save, nosave, now, force."),
    list("shutdown-on-sigterm", lists::ON_SIGTERM).about("How SIGTERM stops the server, likewise."),
    single("shutdown-timeout", decimals(0, INT_MAX), field!(shutdown.timeout_s))
        .unit("seconds")
        .about("How long a stopping master waits for lagging replicas."),
    single("supervised", Shape::Choice(Supervised::WORDS), field!(process.supervised))
        .immutable()
        .about("Which supervisor is told that the server is ready."),
];
