//! The bodies of commands that need more than their keys: sessions, settings, figures, the whole
//! keyspace.
//!
//! `commands::control` has their rows; the match below is exhaustive, so a documented command
//! without a body does not compile.

mod client;
mod command;
mod config;
mod connection;
pub(crate) mod debug;
mod dump;
mod functions;
mod himport;
mod info;
mod latency;
mod lolwut;
mod memory;
mod module;
mod persistence;
pub(crate) mod pubsub;
mod replication;
mod scripting;
mod server;
mod slowlog;
mod trace;
pub(crate) mod tracking;
mod transaction;

use self::scripting::By;
use commands::context::KeyArg;
use commands::control::Control;
use commands::errors::Error;
use commands::spec::{Body, Class, Spec};
use protocol::{Output, Reply, Request};

use crate::desk::Ran;
use crate::pubsub::Kind;
use crate::scripting::{Access, Kind as Running};
use crate::session::Session;
use crate::worker::{Next, Turn};

/// What a control body works on.
pub(crate) struct Call<'c, 't> {
    pub(crate) turn: &'c mut Turn<'t>,
    pub(crate) session: &'c mut Session,
    pub(crate) spec: &'static Spec,
    pub(crate) request: Request<'c>,
    pub(crate) keys: &'c [KeyArg],
    pub(crate) reply: Reply<'c>,
}

/// How a control body ended, if not with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Answered.
    Done,
    /// A stripe is taken: nothing happened, try again.
    Busy,
    /// Answered with an error that is counted already.
    Failed,
    /// It takes long: nothing happened, and it is to be carried out aside.
    Long,
    /// Answered; close the connection once that is sent.
    Close,
    /// The reply comes by mail.
    Parked,
}

/// What a control body returns.
pub(crate) type Answer = Result<After, Error>;

impl<'c> Call<'c, '_> {
    /// Argument `index`; the row's arity says that it is there.
    pub(crate) fn arg(&self, index: usize) -> &'c [u8] {
        self.request.arg(index)
    }

    /// Answers OK.
    pub(crate) fn ok(&mut self) -> Answer {
        self.reply.ok();
        Ok(After::Done)
    }
}

impl Turn<'_> {
    /// Runs a control command's body.
    pub(crate) fn run_control(
        &mut self,
        control: Control,
        (session, spec): (&mut Session, &'static Spec),
        request: Request<'_>,
        keys: &[KeyArg],
        output: &mut Output,
    ) -> (Ran, Next) {
        let was_alone = self.inside.is_alone();
        if spec.class == Class::Gate && !self.seclude() {
            return (Ran::Busy, Next::Retry);
        }
        if let Some(trace) = &mut self.state.trace {
            trace.note_locked();
        }
        let reply = Reply::new(output, session.version);
        let mut call = Call { turn: self, session, spec, request, keys, reply };
        let answer = dispatch(control, &mut call);
        call.session.note_plainness();
        if spec.class == Class::Gate && !was_alone {
            self.end_seclusion();
        }
        match answer {
            Ok(After::Done) => (Ran::Done, Next::Continue),
            Ok(After::Close) => (Ran::Done, Next::Close),
            Ok(After::Parked) => (Ran::Done, Next::Park),
            Ok(After::Failed) => (Ran::Said, Next::Continue),
            Ok(After::Long) => (Ran::Long, Next::Park),
            Ok(After::Busy) => (Ran::Busy, Next::Retry),
            Err(error) => (Ran::Failed(error), Next::Continue),
        }
    }
}

/// Too many arguments for a subcommand whose number of arguments is open upwards.
fn misused(call: &Call<'_, '_>) -> Error {
    let shown = String::from_utf8_lossy(call.arg(1));
    let container = call.spec.container;
    let rule = "unknown subcommand or wrong number of arguments for";
    Error::text(format!("ERR {rule} '{shown}'. Try {container} HELP."))
}

fn dispatch(control: Control, call: &mut Call<'_, '_>) -> Answer {
    match control {
        Control::Ping => connection::ping(call),
        Control::Echo => connection::echo(call),
        Control::Quit => connection::quit(call),
        Control::Select => connection::select(call),
        Control::Auth => connection::auth(call),
        Control::Hello => connection::hello(call),
        Control::Reset => connection::reset(call),
        Control::ClientCaching => tracking::caching(call),
        Control::ClientGetname => client::getname(call),
        Control::ClientGetredir => tracking::getredir(call),
        Control::ClientId => client::id(call),
        Control::ClientInfo => client::info(call),
        Control::ClientKill => client::kill(call),
        Control::ClientList => client::list(call),
        Control::ClientNoEvict => client::no_evict(call),
        Control::ClientNoTouch => client::no_touch(call),
        Control::ClientPause => client::pause(call),
        Control::ClientReply => client::reply(call),
        Control::ClientSetinfo => client::setinfo(call),
        Control::ClientSetname => client::setname(call),
        Control::ClientTracking => tracking::tracking(call),
        Control::ClientTrackinginfo => tracking::trackinginfo(call),
        Control::ClientUnblock => client::unblock(call),
        Control::ClientUnpause => client::unpause(call),
        Control::Command => command::all(call),
        Control::CommandCount => command::count(call),
        Control::CommandDocs => command::docs(call),
        Control::CommandGetkeys => command::getkeys(call),
        Control::CommandGetkeysandflags => command::getkeysandflags(call),
        Control::CommandInfo => command::info(call),
        Control::CommandList => command::list(call),
        Control::Help => command::help(call),
        Control::ConfigGet => config::get(call),
        Control::ConfigResetstat => config::resetstat(call),
        Control::ConfigRewrite => config::rewrite(call),
        Control::ConfigSet => config::set(call),
        Control::Debug => debug::debug(call),
        Control::Flushall => server::flushall(call),
        Control::Flushdb => server::flushdb(call),
        Control::Dump => dump::dump(call),
        Control::Restore => dump::restore(call),
        Control::Function(which) => functions::function(which, call),
        Control::HimportDiscard => himport::discard(call),
        Control::HimportDiscardall => himport::discardall(call),
        Control::HimportPrepare => himport::prepare(call),
        Control::HimportSet => himport::set(call),
        Control::Info => info::info(call),
        Control::Lastsave => persistence::lastsave(call),
        Control::Latency(which) => latency::latency(which, call),
        Control::Lolwut => lolwut::lolwut(call),
        Control::Memory(which) => memory::memory(which, call),
        Control::Module(which) => module::module(which, call),
        Control::ScriptDebug => scripting::script_debug(call),
        Control::ScriptExists => scripting::script_exists(call),
        Control::ScriptFlush => scripting::script_flush(call),
        Control::ScriptKill => functions::kill(call, Running::Script),
        Control::ScriptLoad => scripting::script_load(call),
        Control::Bgrewriteaof => persistence::bgrewriteaof(call),
        Control::Bgsave => persistence::bgsave(call),
        Control::Save => persistence::save(call),
        Control::Psubscribe => pubsub::subscribe(call, Kind::Pattern),
        Control::Publish => pubsub::publish(call, Kind::Channel),
        Control::PubsubChannels => pubsub::channels(call, Kind::Channel),
        Control::PubsubNumpat => pubsub::numpat(call),
        Control::PubsubNumsub => pubsub::numsub(call, Kind::Channel),
        Control::PubsubShardchannels => pubsub::channels(call, Kind::ShardChannel),
        Control::PubsubShardnumsub => pubsub::numsub(call, Kind::ShardChannel),
        Control::Punsubscribe => pubsub::unsubscribe(call, Kind::Pattern),
        Control::Psync => replication::psync(call),
        Control::Replconf => replication::replconf(call),
        Control::Replicaof => replication::replicaof(call),
        Control::Role => replication::role(call),
        Control::Shutdown => server::shutdown(call),
        Control::Slowlog(which) => slowlog::slowlog(which, call),
        Control::Spublish => pubsub::publish(call, Kind::ShardChannel),
        Control::Ssubscribe => pubsub::subscribe(call, Kind::ShardChannel),
        Control::Subscribe => pubsub::subscribe(call, Kind::Channel),
        Control::Sunsubscribe => pubsub::unsubscribe(call, Kind::ShardChannel),
        Control::Swapdb => server::swapdb(call),
        Control::Discard => transaction::discard(call),
        Control::Eval => scripting::eval(call, By::Text, Access::Full),
        Control::EvalRo => scripting::eval(call, By::Text, Access::ReadOnly),
        Control::Evalsha => scripting::eval(call, By::Name, Access::Full),
        Control::EvalshaRo => scripting::eval(call, By::Name, Access::ReadOnly),
        Control::Fcall => functions::fcall(call, Access::Full),
        Control::FcallRo => functions::fcall(call, Access::ReadOnly),
        Control::Exec => transaction::exec(call),
        Control::Monitor => pubsub::monitor(call),
        Control::Multi => transaction::multi(call),
        Control::Unwatch => transaction::unwatch(call),
        Control::Watch => transaction::watch(call),
        Control::Sync => replication::sync(call),
        Control::Time => server::time(call),
        Control::Trace => trace::trace(call),
        Control::Unsubscribe => pubsub::unsubscribe(call, Kind::Channel),
        Control::Wait | Control::WaitAof => replication::wait(call, control),
    }
}

/// A request's arguments as logs may show them: secrets are covered.
pub(crate) fn redacted(spec: &Spec, mut arguments: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let secrets: Vec<usize> = match spec.body {
        Body::Control(Control::Auth) => (1..arguments.len()).collect(),
        Body::Control(Control::Hello) => {
            let mut words = arguments.iter();
            let auth = words.position(|word| word.eq_ignore_ascii_case(b"AUTH"));
            auth.map_or_else(Vec::new, |at| vec![at + 1, at + 2])
        }
        Body::Control(Control::ConfigSet) => {
            let values = (3..arguments.len()).step_by(2);
            values.filter(|at| ::config::is_sensitive(&arguments[at - 1])).collect()
        }
        _ => Vec::new(),
    };
    for at in secrets {
        if let Some(argument) = arguments.get_mut(at) {
            *argument = b"(redacted)".to_vec();
        }
    }
    arguments
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;

    #[test]
    fn the_slow_log_covers_secrets() {
        let mut bench = Bench::with(|settings| settings.slowlog.slower_than_us = 0);
        for (request, shown) in [
            ("AUTH pw", "AUTH (redacted)"),
            ("auth me pw", "auth (redacted) (redacted)"),
            ("HELLO 3 SETNAME it AUTH me pw", "HELLO 3 SETNAME it AUTH (redacted) (redacted)"),
            ("HELLO 3 AUTH me", "HELLO 3 AUTH (redacted)"),
            ("CONFIG SET requirepass pw", "CONFIG SET requirepass (redacted)"),
            ("config set timeout 1 MASTERAUTH pw", "config set timeout 1 MASTERAUTH (redacted)"),
            ("CONFIG SET timeout 0 requirepass", "CONFIG SET timeout 0 requirepass"),
            ("SET auth pw", "SET auth pw"),
        ] {
            bench.run(request);
            let newest = bench.node.reports.slowlog.newest(1);
            let arguments = &newest.first().expect("an entry").arguments;
            assert_eq!(String::from_utf8_lossy(&arguments.join(&b' ')), shown, "{request}");
        }
    }
}
