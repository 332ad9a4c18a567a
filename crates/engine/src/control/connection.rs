//! PING, ECHO, SELECT, AUTH, HELLO and the like: the session itself.
//!
//! Must be true: what others may see of a session (`clients::Client`) is told whenever a body
//! changes it. There is one user, `default`, whose password is `requirepass`; without one it needs
//! none. Not here: users (ACL), and which commands wait for a password (`admission`).

use std::sync::atomic::Ordering::Relaxed;

use base::number::parse_i64;
use commands::arguments::{database, is_word};
use commands::errors::Error;
use config::Settings;
use protocol::{Reply, Version};
use subtle::ConstantTimeEq;

use super::client::{named, valid_name};
use super::pubsub::{end_monitor, forget_all, receiver};
use super::{After, Answer, Call, tracking};
use crate::clients::flag;
use crate::session::ReplyMode;

const WRONG_PASSWORD: Error =
    Error::new("WRONGPASS invalid username-password pair or user is disabled.");
const NO_PASSWORD_SET: Error = Error::new(
    "ERR AUTH <password> called without any password configured for the default user. \
     Are you sure your configuration is correct?",
);
const HELLO_FIRST: Error = Error::new(
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH \
     <user> <pass> option can be used to authenticate the client and select the RESP protocol \
     version at the same time",
);

/// The only user there is.
pub(super) const DEFAULT_USER: &[u8] = b"default";

pub(super) fn ping(call: &mut Call<'_, '_>) -> Answer {
    if call.session.subscriptions.is_some() && !call.session.version.is_typed() {
        if call.request.len() > 2 {
            return Err(Error::Arity("ping".into()));
        }
        call.reply.array(2);
        call.reply.bulk(b"pong");
        call.reply.bulk(call.request.get(1).unwrap_or_default());
        return Ok(After::Done);
    }
    match call.request.get(1) {
        Some(_) if call.request.len() > 2 => return Err(Error::Arity("ping".into())),
        Some(message) => call.reply.bulk(message),
        None => call.reply.status("PONG"),
    }
    Ok(After::Done)
}

pub(super) fn echo(call: &mut Call<'_, '_>) -> Answer {
    let message = call.arg(1);
    call.reply.bulk(message);
    Ok(After::Done)
}

pub(super) fn quit(call: &mut Call<'_, '_>) -> Answer {
    call.turn.part(call.session);
    call.reply.ok();
    Ok(After::Close)
}

pub(super) fn select(call: &mut Call<'_, '_>) -> Answer {
    call.session.database = database(call.arg(1), call.turn.node.keyspace.databases())?;
    call.ok()
}

pub(super) fn auth(call: &mut Call<'_, '_>) -> Answer {
    let (user, password) = match (call.request.len(), call.request.get(2)) {
        (2, _) if password_of(&call.turn.node.settings.load()).is_none() => {
            return Err(NO_PASSWORD_SET);
        }
        (2, _) => (DEFAULT_USER, call.arg(1)),
        (3, Some(password)) => (call.arg(1), password),
        _ => return Err(Error::Syntax),
    };
    authenticate(call, user, password)?;
    call.ok()
}

pub(super) fn hello(call: &mut Call<'_, '_>) -> Answer {
    let version = call.request.get(1).map(version_of).transpose()?;
    let mut at = 2;
    while let Some(option) = call.request.get(at) {
        let more = (call.request.get(at + 1), call.request.get(at + 2));
        at += match more {
            (Some(user), Some(password)) if is_word(option, "AUTH") => {
                authenticate(call, user, password)?;
                3
            }
            (Some(name), _) if is_word(option, "SETNAME") => {
                let name = valid_name(name)?;
                named(call, name);
                2
            }
            _ => {
                let option = String::from_utf8_lossy(option);
                return Err(Error::text(format!("ERR Syntax error in HELLO option '{option}'")));
            }
        };
    }
    if !call.session.authenticated {
        return Err(HELLO_FIRST);
    }
    let present = call.session.version;
    speak(call, version.map_or(present, |asked| present.with_types_of(asked)));
    introduce(call);
    Ok(After::Done)
}

pub(super) fn reset(call: &mut Call<'_, '_>) -> Answer {
    call.turn.end_transaction(call.session);
    let is_open = password_of(&call.turn.node.settings.load()).is_none();
    set_authenticated(call, is_open);
    speak(call, call.session.version.with_types_of(Version::Resp2));
    named(call, String::new());
    forget_all(call.turn.node, call.session);
    tracking::end(call.turn.node, call.session);
    end_monitor(call.turn.node, call.session);
    call.turn.node.tracers.leave(call.turn.node, receiver(call.session));
    let session = &mut *call.session;
    session.database = 0;
    session.no_touch = false;
    session.field_sets.clear();
    session.client.set(flag::NO_EVICT | flag::NO_TOUCH, false);
    // A reply to be skipped is this one's.
    if session.reply_mode != ReplyMode::Skip {
        session.reply_mode = ReplyMode::On;
    }
    call.reply.status("RESET");
    Ok(After::Done)
}

fn version_of(text: &[u8]) -> Result<Version, Error> {
    match parse_i64(text) {
        Some(2) => Ok(Version::Resp2),
        Some(3) => Ok(Version::Resp3),
        Some(_) => Err(Error::new("NOPROTO unsupported protocol version")),
        None => Err(Error::new("ERR Protocol version is not an integer or out of range")),
    }
}

/// The password that clients must know, if any.
fn password_of(settings: &Settings) -> Option<&str> {
    settings.acl.requirepass.as_deref().filter(|password| !password.is_empty())
}

/// A user and a password are shown. The comparison takes as long whatever the password shown says,
/// but for its length.
fn authenticate(call: &mut Call<'_, '_>, user: &[u8], password: &[u8]) -> Result<(), Error> {
    let settings = call.turn.node.settings.load();
    let is_right = match password_of(&settings) {
        Some(expected) => bool::from(expected.as_bytes().ct_eq(password)),
        None => true,
    };
    if !is_right || user != DEFAULT_USER {
        return Err(WRONG_PASSWORD);
    }
    set_authenticated(call, true);
    Ok(())
}

fn set_authenticated(call: &mut Call<'_, '_>, is_so: bool) {
    call.session.authenticated = is_so;
    call.session.note_plainness();
    call.session.client.authenticated.store(is_so, Relaxed);
}

/// From now on, this body's reply included, the session speaks this version.
fn speak(call: &mut Call<'_, '_>, version: Version) {
    call.session.version = version;
    call.session.client.resp.store(version.number().into(), Relaxed);
}

/// What HELLO tells of the server. Clients look for `redis`, and choose by the version.
fn introduce(call: &mut Call<'_, '_>) {
    let version = call.session.version;
    let followed = call.turn.state.settings.compatibility.redis_version.to_string();
    let mut reply = Reply::new(call.reply.output(), version);
    let texts = |reply: &mut Reply<'_>, pairs: &[(&str, &str)]| {
        for (name, text) in pairs {
            reply.bulk(name.as_bytes());
            reply.bulk(text.as_bytes());
        }
    };
    reply.map(7);
    texts(&mut reply, &[("server", "redis"), ("version", &followed)]);
    reply.bulk(b"proto");
    reply.int(version.number().into());
    reply.bulk(b"id");
    reply.int(call.session.client.id as i64);
    texts(&mut reply, &[("mode", "standalone"), ("role", "master")]);
    reply.bulk(b"modules");
    reply.array(0);
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use crate::worker::Next;

    const WRONG: &str = "-WRONGPASS invalid username-password pair or user is disabled.";
    const NO_AUTH: &str = "-NOAUTH Authentication required.";

    fn locked() -> Bench {
        Bench::with(|settings| settings.acl.requirepass = Some("sesame".into()))
    }

    fn introduction(proto: u32, id: u32) -> String {
        format!(
            "$6 server $5 redis $7 version $6 7.0.15 $5 proto :{proto} $2 id :{id} \
             $4 mode $10 standalone $4 role $6 master $7 modules *0"
        )
    }

    #[test]
    fn simple_replies() {
        Bench::default().check(&[
            ("PING", "+PONG"),
            ("PING hi", "$2 hi"),
            ("PING a b", "-ERR wrong number of arguments for 'ping' command"),
            ("ECHO x", "$1 x"),
            ("ECHO", "-ERR wrong number of arguments for 'echo' command"),
            ("SELECT 15", "+OK"),
            ("SELECT 16", "-ERR DB index is out of range"),
            ("SELECT -1", "-ERR DB index is out of range"),
            ("SELECT x", "-ERR value is not an integer or out of range"),
        ]);
        assert_eq!(Bench::default().send(0, &[b"QUIT"]), (b"+OK\r\n".to_vec(), Next::Close));
    }

    #[test]
    fn without_a_password_everybody_is_the_default_user() {
        Bench::default().check(&[
            ("AUTH", "-ERR wrong number of arguments for 'auth' command"),
            (
                "AUTH foo",
                "-ERR AUTH <password> called without any password configured for the default \
                 user. Are you sure your configuration is correct?",
            ),
            ("AUTH default anything", "+OK"),
            ("AUTH nobody anything", WRONG),
            ("AUTH a b c", "-ERR syntax error"),
            ("PING", "+PONG"),
        ]);
    }

    #[test]
    fn with_a_password_nothing_goes_before_it() {
        let hello = "-NOAUTH HELLO must be called with the client already authenticated, \
                     otherwise the HELLO AUTH <user> <pass> option can be used to authenticate \
                     the client and select the RESP protocol version at the same time";
        let mut bench = locked();
        bench.check(&[
            ("PING", NO_AUTH),
            ("CLIENT ID", NO_AUTH),
            ("HELLO", hello),
            ("HELLO 3", hello),
            ("AUTH open", WRONG),
            ("AUTH default open", WRONG),
            ("AUTH Default sesame", WRONG),
            ("AUTH sesam", WRONG),
            ("GET k", NO_AUTH),
            ("AUTH sesame", "+OK"),
            ("PING", "+PONG"),
            ("AUTH open", WRONG),
            ("PING", "+PONG"),
            ("RESET", "+RESET"),
            ("PING", NO_AUTH),
            ("AUTH default sesame", "+OK"),
            ("PING", "+PONG"),
        ]);
        assert_eq!(locked().send(0, &[b"QUIT"]).1, Next::Close);
    }

    #[test]
    fn hello_chooses_the_protocol() {
        Bench::default().check(&[
            ("HELLO", &format!("*14 {}", introduction(2, 1))),
            ("HELLO 3", &format!("%7 {}", introduction(3, 1))),
            ("HELLO", &format!("%7 {}", introduction(3, 1))),
            ("GET k", "_"),
            ("HELLO 4", "-NOPROTO unsupported protocol version"),
            ("HELLO 1", "-NOPROTO unsupported protocol version"),
            ("HELLO x", "-ERR Protocol version is not an integer or out of range"),
            ("HELLO 3 FROB", "-ERR Syntax error in HELLO option 'FROB'"),
            ("HELLO 3 AUTH default", "-ERR Syntax error in HELLO option 'AUTH'"),
            ("HELLO 2 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'"),
            ("GET k", "_"),
            ("HELLO 2 setname me", &format!("*14 {}", introduction(2, 1))),
            ("CLIENT GETNAME", "$2 me"),
            ("GET k", "$-1"),
            ("HELLO 3", &format!("%7 {}", introduction(3, 1))),
            ("RESET", "+RESET"),
            ("GET k", "$-1"),
            ("CLIENT GETNAME", "$-1"),
        ]);
    }

    #[test]
    fn hello_may_authenticate() {
        let mut bench = locked();
        bench.check(&[
            ("HELLO 3 AUTH default no", WRONG),
            ("HELLO 3 AUTH default sesame SETNAME it", &format!("%7 {}", introduction(3, 1))),
            ("CLIENT GETNAME", "$2 it"),
        ]);
        let (reply, _) = bench.send(0, &[b"HELLO", b"2", b"SETNAME", b"a b"]);
        let expected =
            "-ERR Client names cannot contain spaces, newlines or special characters.\r\n";
        assert_eq!(String::from_utf8_lossy(&reply), expected);
    }

    #[test]
    fn reset_makes_a_session_as_new() {
        let mut bench = Bench::default();
        bench.check(&[
            ("SELECT 3", "+OK"),
            ("SET k v", "+OK"),
            ("CLIENT NO-TOUCH ON", "+OK"),
            ("CLIENT REPLY OFF", ""),
            ("RESET", "+RESET"),
            ("GET k", "$-1"),
        ]);
        assert!(!bench.sessions[0].no_touch);
    }
}
