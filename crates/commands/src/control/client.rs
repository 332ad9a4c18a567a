//! Rows of CLIENT: looking at and steering client connections.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, sub};
use crate::spec::{
    ADMIN, LOADING, NOSCRIPT, SENTINEL, STALE, Class, Group, Spec,
};

const CLIENT_CACHING: Spec = sub("CLIENT", "CACHING", "(mode: YES | NO)", Control::ClientCaching)
    .does("Says whether the keys that the next command reads are tracked.")
    .since("6.0.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_GETNAME: Spec = sub("CLIENT", "GETNAME", "", Control::ClientGetname)
    .does("Returns the session's name.")
    .since("2.6.9").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_GETREDIR: Spec = sub("CLIENT", "GETREDIR", "", Control::ClientGetredir)
    .does("Returns the session that invalidation messages are sent to.")
    .since("6.0.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_HELP: Spec = sub("CLIENT", "HELP", "", Control::Help)
    .does("Describes the subcommands.")
    .since("5.0.0").cost("O(1)").group(Group::Connection)
    .flags(LOADING | STALE | SENTINEL);

const CLIENT_ID: Spec = sub("CLIENT", "ID", "", Control::ClientId)
    .does("Returns the session's number.")
    .since("5.0.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_INFO: Spec = sub("CLIENT", "INFO", "", Control::ClientInfo)
    .does("Describes the session.")
    .since("6.2.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL)
    .tips(&["nondeterministic_output"]);

const CLIENT_KILL: Spec = sub("CLIENT", "KILL",
    "(filter: ip:port @!2.8.12 | (new-format: [ID client-id @2.8.12] | \
     [normal_master_slave_pubsub: TYPE (NORMAL | MASTER @3.2.0 | SLAVE | REPLICA @5.0.0 \
     | PUBSUB) @2.8.12] | [USER username] | [ADDR ip:port] | [LADDR ip:port @6.2.0] | \
     [SKIPME yes/no]) ...)", Control::ClientKill)
    .does("Closes client connections.")
    .since("2.4.0").cost("O(N), N being the number of connections").group(Group::Connection)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | SENTINEL).arity(-3)
    .history(&[
        ("2.8.12", "Filters beside the address."),
        ("2.8.12", "The `ID` filter."),
        ("3.2.0", "The type `master`."),
        ("5.0.0", "The type `replica` for `slave`, which is still understood."),
        ("6.2.0", "The `LADDR` filter."),
    ]);

const CLIENT_LIST: Spec = sub("CLIENT", "LIST",
    "[TYPE (NORMAL | MASTER | REPLICA | PUBSUB) @5.0.0] [id: ID {client-id \
     [client-id ...]} @6.2.0]", Control::ClientList)
    .does("Describes client connections, one to a line.")
    .since("2.4.0").cost("O(N), N being the number of connections").group(Group::Connection)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | SENTINEL)
    .tips(&["nondeterministic_output"])
    .history(&[
        ("2.8.12", "The `id` field."),
        ("5.0.0", "The `TYPE` filter."),
        ("6.0.0", "The `user` field."),
        ("6.2.0", "The `argv-mem`, `tot-mem`, `laddr` and `redir` fields, and the `ID` filter."),
        ("7.0.0", "The `resp`, `multi-mem`, `rbs` and `rbp` fields."),
        ("7.0.3", "The `ssub` field."),
    ]);

const CLIENT_NO_EVICT: Spec = sub("CLIENT", "NO-EVICT",
    "(enabled: ON | OFF)", Control::ClientNoEvict)
    .does("Exempts the session from being closed for the memory it uses, or no longer.")
    .since("7.0.0").cost("O(1)").group(Group::Connection)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_NO_TOUCH: Spec = sub("CLIENT", "NO-TOUCH",
    "(enabled: ON | OFF)", Control::ClientNoTouch)
    .does("Lets the session use keys without marking them as used, or no longer.")
    .since("7.2.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE);

const CLIENT_PAUSE: Spec = sub("CLIENT", "PAUSE",
    "timeout<integer> [mode: WRITE | ALL] @6.2.0", Control::ClientPause)
    .does("Holds back the commands of all clients for some time.")
    .since("2.9.50").cost("O(1)").group(Group::Connection)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | SENTINEL).class(Class::Gate)
    .history(&[("6.2.0", "Holding back writes only, and the option for it.")]);

const CLIENT_REPLY: Spec = sub("CLIENT", "REPLY", "(ON | OFF | SKIP)", Control::ClientReply)
    .does("Turns replies to the session off and on, or off for one command.")
    .since("3.2.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_SETINFO: Spec = sub("CLIENT", "SETINFO",
    "(attr: LIB-NAME libname | LIB-VER libver)", Control::ClientSetinfo)
    .does("Names the client library and its version.")
    .since("7.2.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL)
    .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]);

const CLIENT_SETNAME: Spec = sub("CLIENT", "SETNAME", "connection-name", Control::ClientSetname)
    .does("Gives the session a name.")
    .since("2.6.9").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_TRACKING: Spec = sub("CLIENT", "TRACKING",
    "(status: ON | OFF) [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] \
     [OPTOUT] [NOLOOP]", Control::ClientTracking)
    .does("Tells the session, or another, when keys change that it has read.")
    .since("6.0.0").cost("O(1), and O(N) for N prefixes").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_TRACKINGINFO: Spec = sub("CLIENT", "TRACKINGINFO", "", Control::ClientTrackinginfo)
    .does("Describes the session's client-side caching.")
    .since("6.2.0").cost("O(1)").group(Group::Connection)
    .flags(NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_UNBLOCK: Spec = sub("CLIENT", "UNBLOCK",
    "client-id [TIMEOUT | ERROR]", Control::ClientUnblock)
    .does("Ends the wait of another session's blocking command.")
    .since("5.0.0").cost("O(log N), N being the number of connections").group(Group::Connection)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | SENTINEL);

const CLIENT_UNPAUSE: Spec = sub("CLIENT", "UNPAUSE", "", Control::ClientUnpause)
    .does("Lets held back commands go on.")
    .since("6.2.0").cost("O(N), N being the number of paused clients").group(Group::Connection)
    .flags(ADMIN | NOSCRIPT | LOADING | STALE | SENTINEL).class(Class::Gate);

const CLIENT: Spec = Spec::container(
    "CLIENT",
    &[
        CLIENT_CACHING, CLIENT_GETNAME, CLIENT_GETREDIR, CLIENT_HELP, CLIENT_ID, CLIENT_INFO,
        CLIENT_KILL, CLIENT_LIST, CLIENT_NO_EVICT, CLIENT_NO_TOUCH, CLIENT_PAUSE, CLIENT_REPLY,
        CLIENT_SETINFO, CLIENT_SETNAME, CLIENT_TRACKING, CLIENT_TRACKINGINFO, CLIENT_UNBLOCK,
        CLIENT_UNPAUSE,
    ],
)
    .does("Looks at and steers client connections.")
    .since("2.4.0").cost("See the subcommands").group(Group::Connection)
    .flags(SENTINEL);

/// The rows; subcommands hang from their containers.
pub const COMMANDS: &[Spec] = &[CLIENT];
