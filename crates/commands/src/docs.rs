//! What COMMAND answers: the table, described. And what HELP answers, for any container.
//!
//! Shapes and names are those of Redis 7.0; the texts are the rows'.
//!
//! Must be true: every aggregate is announced with as many members as follow.
//! Not here: the rows of COMMAND (`control/introspect.rs`).

use base::glob;
use protocol::{Reply, Request};

use crate::follows::Follows;
use crate::keys::{self, KeysError};
use crate::spec::{self, Begin, Docs, Find, Internal, KeySpec, NOT_KEY, Spec, category};
use crate::syntax::{self, Argument, Kind};
use crate::table;

/// The command flags that clients are told of, in the order in which they are.
const FLAG_NAMES: [(u32, &str); 20] = [
    (spec::WRITE, "write"),
    (spec::READONLY, "readonly"),
    (spec::DENYOOM, "denyoom"),
    (spec::MODULE, "module"),
    (spec::ADMIN, "admin"),
    (spec::PUBSUB, "pubsub"),
    (spec::NOSCRIPT, "noscript"),
    (spec::BLOCKING, "blocking"),
    (spec::LOADING, "loading"),
    (spec::STALE, "stale"),
    (spec::SKIP_MONITOR, "skip_monitor"),
    (spec::SKIP_SLOWLOG, "skip_slowlog"),
    (spec::ASKING, "asking"),
    (spec::FAST, "fast"),
    (spec::NO_AUTH, "no_auth"),
    (spec::NO_MANDATORY_KEYS, "no_mandatory_keys"),
    (spec::NO_ASYNC_LOADING, "no_async_loading"),
    (spec::NO_MULTI, "no_multi"),
    (spec::MOVABLE_KEYS, "movablekeys"),
    (spec::ALLOW_BUSY, "allow_busy"),
];

const KEY_FLAG_NAMES: [(u16, &str); 11] = [
    (spec::RO, "RO"),
    (spec::RW, "RW"),
    (spec::OW, "OW"),
    (spec::RM, "RM"),
    (spec::ACCESS, "access"),
    (spec::UPDATE, "update"),
    (spec::INSERT, "insert"),
    (spec::DELETE, "delete"),
    (NOT_KEY, "not_key"),
    (spec::INCOMPLETE, "incomplete"),
    (spec::VARIABLE_FLAGS, "variable_flags"),
];

const ARGUMENT_FLAG_NAMES: [(u8, &str); 3] = [
    (syntax::OPTIONAL, "optional"),
    (syntax::MULTIPLE, "multiple"),
    (syntax::MULTIPLE_TOKEN, "multiple_token"),
];

/// COMMAND, and COMMAND INFO without arguments: all commands.
pub fn all(reply: &mut Reply<'_>, follows: Follows) {
    reply.array(table::commands().count());
    for spec in table::commands() {
        info_of(reply, spec, follows);
    }
}

/// COMMAND COUNT.
pub fn count(reply: &mut Reply<'_>) {
    reply.int(table::commands().count() as i64);
}

/// COMMAND INFO name ...
pub fn info(reply: &mut Reply<'_>, request: Request<'_>, follows: Follows) {
    let names = request.from(2);
    if names.is_empty() {
        return all(reply, follows);
    }
    reply.array(names.len());
    for name in names.iter() {
        match table::by_full_name(name) {
            Some(spec) => info_of(reply, spec, follows),
            None => reply.nil(),
        }
    }
}

/// COMMAND DOCS [name ...]: unknown names are left out.
pub fn docs(reply: &mut Reply<'_>, request: Request<'_>) {
    let names = request.from(2);
    let specs: Vec<&Spec> = if names.is_empty() {
        table::commands().collect()
    } else {
        names.iter().filter_map(table::by_full_name).collect()
    };
    reply.map(specs.len());
    for spec in specs {
        reply.bulk(spec.full_name().as_bytes());
        docs_of(reply, spec);
    }
}

/// COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern].
pub fn list(reply: &mut Reply<'_>, request: Request<'_>) {
    let word_is = |index, word: &str| {
        request.get(index).is_some_and(|each: &[u8]| each.eq_ignore_ascii_case(word.as_bytes()))
    };
    let filter = match (request.len(), request.get(4)) {
        (2, _) => Filter::None,
        (5, Some(name)) if word_is(2, "filterby") => {
            if word_is(3, "module") {
                Filter::Nothing
            } else if word_is(3, "aclcat") {
                category::by_name(name).map_or(Filter::Nothing, Filter::Category)
            } else if word_is(3, "pattern") {
                Filter::Pattern(name)
            } else {
                return reply.error("ERR syntax error");
            }
        }
        _ => return reply.error("ERR syntax error"),
    };
    let names: Vec<String> =
        table::ALL.iter().filter(|spec| filter.admits(spec)).map(Spec::full_name).collect();
    reply.array(names.len());
    for name in names {
        reply.bulk(name.as_bytes());
    }
}

/// Which commands COMMAND LIST names.
enum Filter<'a> {
    None,
    /// Of a module, of which there are none; or of a category that does not exist.
    Nothing,
    Category(u64),
    Pattern(&'a [u8]),
}

impl Filter<'_> {
    fn admits(&self, spec: &Spec) -> bool {
        match self {
            Self::None => true,
            Self::Nothing => false,
            Self::Category(category) => spec.categories & category != 0,
            Self::Pattern(pattern) => {
                glob::matches_ignore_case(pattern, spec.full_name().as_bytes())
            }
        }
    }
}

/// COMMAND GETKEYS name argument ...
pub fn getkeys(reply: &mut Reply<'_>, request: Request<'_>) {
    match command_keys(request) {
        Err(error) => reply.error(&format!("ERR {error}")),
        Ok((found, command)) => {
            reply.array(found.len());
            for key in found {
                reply.bulk(command.get(key.index).unwrap_or_default());
            }
        }
    }
}

/// COMMAND GETKEYSANDFLAGS name argument ...
pub fn getkeysandflags(reply: &mut Reply<'_>, request: Request<'_>) {
    match command_keys(request) {
        Err(error) => reply.error(&format!("ERR {error}")),
        Ok((found, command)) => {
            reply.array(found.len());
            for key in found {
                reply.array(2);
                reply.bulk(command.get(key.index).unwrap_or_default());
                flag_names(reply, &KEY_FLAG_NAMES, |bit| key.flags & bit != 0);
            }
        }
    }
}

fn command_keys(request: Request<'_>) -> Result<(Vec<keys::FoundKey>, Request<'_>), KeysError> {
    let command = request.from(2);
    let found = keys::of_command(table::find(command).ok(), command)?;
    Ok((found, command))
}

/// HELP of a container, given its own row or that of its HELP: the subcommands with their syntax
/// and summary, two lines each.
pub fn help(reply: &mut Reply<'_>, spec: &Spec) {
    let container = table::lookup(spec.container.as_bytes()).unwrap_or(spec);
    let subcommands = table::subcommands(container);
    reply.array(1 + 2 * subcommands.len());
    reply.status(&format!(
        "{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        container.name
    ));
    for each in subcommands {
        let hint = syntax::hint(&syntax::parse(each.syntax, 0).unwrap_or_default());
        reply.status(format!("{} {hint}", each.name).trim_end());
        reply.status(&format!("    {}", each.docs.summary));
    }
}

/// One entry of COMMAND INFO: ten fields.
fn info_of(reply: &mut Reply<'_>, spec: &Spec, follows: Follows) {
    let flags = match spec.can_wait() && follows.lets_scripts_ask_to_wait() {
        true => spec.flags & !spec::NOSCRIPT | spec::BLOCKING,
        false => spec.flags,
    };
    reply.array(10);
    reply.bulk(spec.full_name().as_bytes());
    reply.int(spec.arity.into());
    flag_names(reply, &FLAG_NAMES, |bit| flags & bit != 0);
    reply.int(spec.first_key.into());
    reply.int(spec.last_key.into());
    reply.int(spec.key_step.into());
    let names = category::NAMES.iter().enumerate();
    let names: Vec<_> = names.filter(|(index, _)| spec.categories & 1 << index != 0).collect();
    reply.set(names.len());
    for (_, name) in names {
        reply.status(&format!("@{name}"));
    }
    reply.set(spec.docs.tips.len());
    for tip in spec.docs.tips {
        reply.bulk(tip.as_bytes());
    }
    reply.set(spec.key_specs().len());
    for key_spec in spec.key_specs() {
        key_spec_of(reply, key_spec);
    }
    match table::subcommands(spec) {
        [] => reply.set(0),
        subcommands => {
            reply.array(subcommands.len());
            for each in subcommands {
                info_of(reply, each, follows);
            }
        }
    }
}

fn key_spec_of(reply: &mut Reply<'_>, spec: &KeySpec) {
    reply.map(if spec.note.is_empty() { 3 } else { 4 });
    if !spec.note.is_empty() {
        pair(reply, "notes", spec.note);
    }
    reply.bulk(b"flags");
    flag_names(reply, &KEY_FLAG_NAMES, |bit| spec.flags & bit != 0);
    match spec.begin {
        Begin::Index(index) => search(reply, "begin_search", "index", &[("index", index)]),
        Begin::Unknown => search(reply, "begin_search", "unknown", &[]),
        Begin::Keyword(keyword, from) => {
            reply.bulk(b"begin_search");
            reply.map(2);
            pair(reply, "type", "keyword");
            reply.bulk(b"spec");
            reply.map(2);
            pair(reply, "keyword", keyword);
            reply.bulk(b"startfrom");
            reply.int(from.into());
        }
    }
    match spec.find {
        Find::Range { last, step, limit } => {
            let fields = [("lastkey", last), ("keystep", step), ("limit", limit)];
            search(reply, "find_keys", "range", &fields);
        }
        Find::KeyNum { count, first, step } => {
            let fields = [("keynumidx", count), ("firstkey", first), ("keystep", step)];
            search(reply, "find_keys", "keynum", &fields);
        }
        Find::Unknown => search(reply, "find_keys", "unknown", &[]),
    }
}

/// One step of a key spec, of the form {type, spec: {...}}.
fn search(reply: &mut Reply<'_>, name: &str, kind: &str, fields: &[(&str, i16)]) {
    reply.bulk(name.as_bytes());
    reply.map(2);
    pair(reply, "type", kind);
    reply.bulk(b"spec");
    reply.map(fields.len());
    for (name, value) in fields {
        reply.bulk(name.as_bytes());
        reply.int((*value).into());
    }
}

/// One entry of COMMAND DOCS.
fn docs_of(reply: &mut Reply<'_>, spec: &Spec) {
    let Docs { summary, since, cost, history, deprecated, internal, .. } = spec.docs;
    // Lines of the table that the tests hold to be readable; a broken one shows no arguments.
    let arguments = syntax::parse(spec.syntax, spec.key_specs().len()).unwrap_or_default();
    let subcommands = table::subcommands(spec);
    let has_doc_flags = deprecated.is_some() || internal == Internal::Yes;
    let optional = [!history.is_empty(), !arguments.is_empty(), !subcommands.is_empty()];
    let deprecation = if deprecated.is_some() { 2 } else { 0 };
    let texts = [("summary", summary), ("since", since), ("complexity", cost)];
    reply.map(
        1 + texts.iter().filter(|(_, text)| !text.is_empty()).count()
            + usize::from(has_doc_flags)
            + deprecation
            + optional.iter().filter(|each| **each).count(),
    );
    for (name, text) in texts {
        if !text.is_empty() {
            pair(reply, name, text);
        }
        if name == "since" {
            pair(reply, "group", spec.group.name());
        }
    }
    if has_doc_flags {
        reply.bulk(b"doc_flags");
        let names = [(true, "deprecated"), (false, "syscmd")];
        flag_names(reply, &names, |bit| {
            if bit { deprecated.is_some() } else { internal == Internal::Yes }
        });
    }
    if let Some((version, replacement)) = deprecated {
        pair(reply, "deprecated_since", version);
        pair(reply, "replaced_by", replacement);
    }
    if !history.is_empty() {
        reply.bulk(b"history");
        reply.set(history.len());
        for (version, change) in history {
            reply.array(2);
            reply.bulk(version.as_bytes());
            reply.bulk(change.as_bytes());
        }
    }
    if !arguments.is_empty() {
        reply.bulk(b"arguments");
        arguments_of(reply, &arguments);
    }
    if !subcommands.is_empty() {
        reply.bulk(b"subcommands");
        reply.map(subcommands.len());
        for each in subcommands {
            reply.bulk(each.full_name().as_bytes());
            docs_of(reply, each);
        }
    }
}

fn arguments_of(reply: &mut Reply<'_>, arguments: &[Argument]) {
    reply.array(arguments.len());
    for argument in arguments {
        let texts = [
            ("token", argument.token),
            ("since", argument.since),
            ("deprecated_since", argument.deprecated_since),
        ];
        let has_members = matches!(argument.kind, Kind::OneOf | Kind::Block);
        reply.map(
            2 + usize::from(argument.key_spec.is_some())
                + texts.iter().filter(|(_, text)| text.is_some()).count()
                + usize::from(argument.flags != 0)
                + usize::from(has_members),
        );
        pair(reply, "name", &argument.name);
        pair(reply, "type", argument.kind.name());
        if let Some(index) = argument.key_spec {
            reply.bulk(b"key_spec_index");
            reply.int(index.into());
        }
        for (name, text) in texts {
            if let Some(text) = text {
                pair(reply, name, text);
            }
        }
        if argument.flags != 0 {
            reply.bulk(b"flags");
            flag_names(reply, &ARGUMENT_FLAG_NAMES, |bit| argument.flags & bit != 0);
        }
        if has_members {
            reply.bulk(b"arguments");
            arguments_of(reply, &argument.arguments);
        }
    }
}

fn pair(reply: &mut Reply<'_>, name: &str, text: &str) {
    reply.bulk(name.as_bytes());
    reply.bulk(text.as_bytes());
}

/// The set of the names of those bits that are set.
fn flag_names<T: Copy>(reply: &mut Reply<'_>, names: &[(T, &str)], is_set: impl Fn(T) -> bool) {
    let set: Vec<&str> =
        names.iter().filter(|(bit, _)| is_set(*bit)).map(|(_, name)| *name).collect();
    reply.set(set.len());
    for name in set {
        reply.status(name);
    }
}

#[cfg(test)]
mod tests;
