//! Rows of publish/subscribe.
//!
//! Their bodies are arms of the engine's match on `Control`; here is only what is known about them
//! beforehand. Not formatted by machine: a row reads as a table.

use super::{Control, command, sub};
use crate::spec::{
    FAST, Group, LOADING, MAY_REPLICATE, NOSCRIPT, NOT_KEY, PUBSUB, SENTINEL, STALE, Spec,
};

const PSUBSCRIBE: Spec =
    command("PSUBSCRIBE", "pattern: {pattern} [pattern: {pattern} ...]", Control::Psubscribe)
    .does("Sends the session every message to a channel that a pattern matches.")
    .since("2.0.0").cost("O(N), N being the number of patterns")
    .group(Group::Pubsub)
    .flags(PUBSUB | NOSCRIPT | LOADING | STALE | SENTINEL);

const PUBLISH: Spec = command("PUBLISH", "channel message", Control::Publish)
    .does("Sends a message to all who listen to a channel; returns how many that are.")
    .since("2.0.0")
    .cost("O(N+M), N being the workers with sessions that listen, M the number of patterns")
    .group(Group::Pubsub)
    .flags(PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE | SENTINEL);

const PUBSUB_CHANNELS: Spec = sub("PUBSUB", "CHANNELS", "[pattern]", Control::PubsubChannels)
    .does("Returns the channels that somebody listens to.")
    .since("2.8.0").cost("O(N), N being the number of channels").group(Group::Pubsub)
    .flags(PUBSUB | LOADING | STALE).arity(-2);

const PUBSUB_HELP: Spec = sub("PUBSUB", "HELP", "", Control::Help)
    .does("Describes the subcommands.")
    .since("6.2.0").cost("O(1)").group(Group::Pubsub)
    .flags(LOADING | STALE);

const PUBSUB_NUMPAT: Spec = sub("PUBSUB", "NUMPAT", "", Control::PubsubNumpat)
    .does("Returns how many patterns somebody listens to.")
    .since("2.8.0").cost("O(1)").group(Group::Pubsub)
    .flags(PUBSUB | LOADING | STALE);

const PUBSUB_NUMSUB: Spec =
    sub("PUBSUB", "NUMSUB", "[channel [channel ...]]", Control::PubsubNumsub)
    .does("Returns how many sessions listen to each channel.")
    .since("2.8.0").cost("O(N), N being the number of channels asked about").group(Group::Pubsub)
    .flags(PUBSUB | LOADING | STALE);

const PUBSUB_SHARDCHANNELS: Spec =
    sub("PUBSUB", "SHARDCHANNELS", "[pattern]", Control::PubsubShardchannels)
    .does("Returns the shard channels that somebody listens to.")
    .since("7.0.0").cost("O(N), N being the number of shard channels").group(Group::Pubsub)
    .flags(PUBSUB | LOADING | STALE).arity(-2);

const PUBSUB_SHARDNUMSUB: Spec =
    sub("PUBSUB", "SHARDNUMSUB", "[shardchannel [shardchannel ...]]", Control::PubsubShardnumsub)
    .does("Returns how many sessions listen to each shard channel.")
    .since("7.0.0").cost("O(N), N being the number of channels asked about").group(Group::Pubsub)
    .flags(PUBSUB | LOADING | STALE);

const PUBSUB_CONTAINER: Spec = Spec::container(
    "PUBSUB",
    &[
        PUBSUB_CHANNELS, PUBSUB_HELP, PUBSUB_NUMPAT, PUBSUB_NUMSUB, PUBSUB_SHARDCHANNELS,
        PUBSUB_SHARDNUMSUB,
    ],
)
    .does("Looks at channels and who listens to them.")
    .since("2.8.0").cost("See the subcommands").group(Group::Pubsub);

const PUNSUBSCRIBE: Spec = command("PUNSUBSCRIBE", "[pattern [pattern ...]]", Control::Punsubscribe)
    .does("Ends the session's subscriptions to patterns, or to all patterns.")
    .since("2.0.0").cost("O(N), N being the number of patterns").group(Group::Pubsub)
    .flags(PUBSUB | NOSCRIPT | LOADING | STALE | SENTINEL);

const SPUBLISH: Spec = command("SPUBLISH", "shardchannel message", Control::Spublish)
    .does("Sends a message to all who listen to a shard channel; returns how many that are.")
    .since("7.0.0").cost("O(N), N being the workers with sessions that listen")
    .group(Group::Pubsub)
    .flags(PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE).key(1, NOT_KEY);

const SSUBSCRIBE: Spec =
    command("SSUBSCRIBE", "shardchannel [shardchannel ...]", Control::Ssubscribe)
    .does("Sends the session every message to some shard channels.")
    .since("7.0.0").cost("O(N), N being the number of shard channels").group(Group::Pubsub)
    .flags(PUBSUB | NOSCRIPT | LOADING | STALE).keys(1, -1, 1, NOT_KEY);

const SUBSCRIBE: Spec = command("SUBSCRIBE", "channel [channel ...]", Control::Subscribe)
    .does("Sends the session every message to some channels.")
    .since("2.0.0").cost("O(N), N being the number of channels").group(Group::Pubsub)
    .flags(PUBSUB | NOSCRIPT | LOADING | STALE | SENTINEL);

const SUNSUBSCRIBE: Spec =
    command("SUNSUBSCRIBE", "[shardchannel [shardchannel ...]]", Control::Sunsubscribe)
    .does("Ends the session's subscriptions to shard channels, or to all of them.")
    .since("7.0.0").cost("O(N), N being the number of shard channels").group(Group::Pubsub)
    .flags(PUBSUB | NOSCRIPT | LOADING | STALE).keys(1, -1, 1, NOT_KEY);

const UNSUBSCRIBE: Spec = command("UNSUBSCRIBE", "[channel [channel ...]]", Control::Unsubscribe)
    .does("Ends the session's subscriptions to channels, or to all channels.")
    .since("2.0.0").cost("O(N), N being the number of channels").group(Group::Pubsub)
    .flags(PUBSUB | NOSCRIPT | LOADING | STALE | SENTINEL);

/// The rows; subcommands hang from their container.
pub const COMMANDS: &[Spec] = &[
    PSUBSCRIBE, PUBLISH, PUBSUB_CONTAINER, PUNSUBSCRIBE, SPUBLISH, SSUBSCRIBE, SUBSCRIBE,
    SUNSUBSCRIBE, UNSUBSCRIBE,
];
