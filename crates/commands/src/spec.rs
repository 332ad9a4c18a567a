//! What a command is: one row of the command table.
//!
//! A `Spec` is built in a `const` by the methods below and says everything about a command but what
//! it does: its syntax line (arity, documentation and hints all derive from it), class, flags, ACL
//! categories, keys and history. `table.rs` joins the rows of all families into the one table.
//!
//! Must be true
//! 1. The derived fields (`arity`, `categories`, `first_key`, `last_key`, `key_step`, `class`)
//!    agree with what the row says; every method that bears on them ends in `derive`.
//! 2. Bits of the three kinds cannot be mixed up: command flags are `u32`, key flags `u16`,
//!    categories `u64`.
//!
//! Not here: looking a command up (`table.rs`), finding its keys (`keys.rs`), describing it
//! (`docs.rs`), the syntax language (`syntax.rs`).

use protocol::Request;

use crate::context::{Ctx, Outcome};
use crate::control::Control;
use crate::errors::Error;
use crate::keys::FoundKey;
use crate::syntax;

pub mod category;
mod flags;
mod group;
mod key_spec;

pub use flags::{
    ACCESS, ADMIN, ALLOW_BUSY, ASKING, BLOCKING, BRIEF, DELETE, DENYOOM, FAST, INCOMPLETE, INSERT,
    LOADING, MAY_REPLICATE, MODULE, MOVABLE_KEYS, NO_ASYNC_LOADING, NO_AUTH, NO_MANDATORY_KEYS,
    NO_MULTI, NOSCRIPT, NOT_KEY, ONLY_SENTINEL, OW, PROTECTED, PUBSUB, READONLY, RM, RO, ROUTED,
    RW, SENTINEL, SKIP_MONITOR, SKIP_SLOWLOG, STALE, TOUCHES_ARBITRARY_KEYS, UPDATE,
    VARIABLE_FLAGS, WRITE,
};

pub use group::Group;
pub use key_spec::{Begin, Find, KeySpec};

/// How a command holds the keyspace while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Locks the stripes of the keys it names.
    Keys,
    /// Touches no keys.
    Local,
    /// Visits all keys, one stripe locked after another.
    Walk,
    /// Runs alone.
    Gate,
    /// As `Keys`, or as `Gate`: [`Spec::class_of`] tells by the request.
    Varies,
}

/// What carries a command out.
#[derive(Clone, Copy)]
pub enum Body {
    /// A function on locked keys, in this crate.
    Data(fn(&mut Ctx) -> Result<Outcome, Error>),
    /// A match arm in the engine, which alone knows sessions, settings and the log.
    Control(Control),
    /// Nothing: the command only holds subcommands.
    Container,
}

/// The most key specs a command may have.
const KEY_SPECS_MAX: usize = 4;

/// The part of a row that only documentation reads.
#[derive(Clone, Copy, Debug)]
pub struct Docs {
    /// One sentence.
    pub summary: &'static str,
    /// The version of Redis (or Russet) that had the command first.
    pub since: &'static str,
    /// The time it takes.
    pub cost: &'static str,
    /// (version, what it changed), oldest first.
    pub history: &'static [(&'static str, &'static str)],
    /// Hints for clients and proxies, such as `request_policy:all_shards`.
    pub tips: &'static [&'static str],
    /// (the version that deprecated it, what to use instead).
    pub deprecated: Option<(&'static str, &'static str)>,
    /// For the server's own use, not for clients.
    pub internal: Internal,
}

/// Whether a command is meant for clients or for servers among themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Internal {
    /// For servers among themselves (`syscmd`).
    Yes,
    /// For clients.
    No,
}

/// In [`Spec::element`]: an element is drawn by chance.
pub const DRAWN: u8 = u8::MAX;

/// One row of the command table. What every request reads comes first.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Spec {
    /// What carries the command out.
    pub body: Body,
    /// Command flags: `WRITE`, `FAST`, ...
    pub flags: u32,
    /// The number of arguments, name (and container's name) included; negative: at least so many.
    pub arity: i16,
    /// Position in `table::ALL`; dense, so that per-command counters can be an array.
    pub id: u16,
    /// Index of the first key; 0 if there is none, or none that can be told without the arguments.
    pub first_key: i16,
    /// Index of the last key; negative counts from the end.
    pub last_key: i16,
    /// Distance from one key to the next.
    pub key_step: i16,
    /// Positions in `table::ALL` of the first subcommand and the one after the last.
    pub(crate) subcommand_range: (u16, u16),
    /// How the command holds the keyspace.
    pub class: Class,
    /// Index of the argument that names an element of the collection under the command's only key:
    /// in a pipeline those of several requests are prefetched together. 0: none does. [`DRAWN`]:
    /// none does, but an element is drawn.
    pub element: u8,
    /// Finds the keys, with their flags, where the key specs alone cannot: some are unknown or
    /// incomplete, or have flags that depend on the arguments.
    pub key_finder: Option<fn(Request<'_>) -> Vec<FoundKey>>,
    /// How many of `key_spec_slots` are used.
    key_spec_count: u8,
    /// ACL categories.
    pub categories: u64,
    /// The name as declared, in upper case; of a subcommand, without its container's.
    pub name: &'static str,
    /// The name of the command this is a subcommand of; empty if none.
    pub container: &'static str,
    /// The arguments, in the language of `syntax.rs`.
    pub syntax: &'static str,
    /// The chapter of the manual.
    pub group: Group,
    /// What only documentation reads.
    pub docs: Docs,
    /// The subcommands' rows as declared. `table.rs` moves them into the one table: ask it.
    pub(crate) declared_subcommands: &'static [Spec],
    key_spec_slots: [KeySpec; KEY_SPECS_MAX],
    /// Whether a request runs alone, for class `Varies`.
    alone_if: Option<fn(Request<'_>) -> bool>,
    class_said: Option<Class>,
    categories_said: u64,
    group_category: Option<u64>,
    arity_said: Option<i16>,
}

impl Spec {
    /// A row for the command `name` (upper case) with these arguments.
    pub const fn new(name: &'static str, syntax: &'static str, body: Body) -> Self {
        Self::sub("", name, syntax, body)
    }

    /// A row for the subcommand `name` of `container`.
    pub const fn sub(
        container: &'static str,
        name: &'static str,
        syntax: &'static str,
        body: Body,
    ) -> Self {
        Self {
            body,
            flags: 0,
            arity: 0,
            id: 0,
            first_key: 0,
            last_key: 0,
            key_step: 0,
            class: Class::Local,
            element: 0,
            alone_if: None,
            key_finder: None,
            key_spec_count: 0,
            categories: 0,
            name,
            container,
            syntax,
            group: Group::Server,
            docs: Docs {
                summary: "",
                since: "",
                cost: "",
                history: &[],
                tips: &[],
                deprecated: None,
                internal: Internal::No,
            },
            subcommand_range: (0, 0),
            declared_subcommands: &[],
            key_spec_slots: [KeySpec::NONE; KEY_SPECS_MAX],
            class_said: None,
            categories_said: 0,
            group_category: None,
            arity_said: None,
        }
        .derive()
    }

    /// A row for a command that is nothing but its subcommands. It has no ACL category of its own.
    pub const fn container(name: &'static str, subcommands: &'static [Self]) -> Self {
        Self::new(name, "", Body::Container).subcommands(subcommands).arity(-2).categories(0)
    }

    /// Gives a command subcommands.
    pub const fn subcommands(mut self, subcommands: &'static [Self]) -> Self {
        self.declared_subcommands = subcommands;
        self
    }

    /// The summary, one sentence.
    pub const fn does(mut self, summary: &'static str) -> Self {
        self.docs.summary = summary;
        self
    }

    /// The first version that had the command.
    pub const fn since(mut self, version: &'static str) -> Self {
        self.docs.since = version;
        self
    }

    /// The time the command takes.
    pub const fn cost(mut self, complexity: &'static str) -> Self {
        self.docs.cost = complexity;
        self.derive()
    }

    /// The chapter of the manual, which brings its ACL category with it.
    pub const fn group(mut self, group: Group) -> Self {
        self.group = group;
        self.derive()
    }

    /// Command flags, added to those the row has.
    pub const fn flags(mut self, flags: u32) -> Self {
        self.flags |= flags;
        self.derive()
    }

    /// ACL categories beyond those that follow from flags and group.
    pub const fn category(mut self, categories: u64) -> Self {
        self.categories_said |= categories;
        self.derive()
    }

    /// ACL categories in place of the one that the group brings.
    pub const fn categories(mut self, categories: u64) -> Self {
        self.group_category = Some(categories);
        self.derive()
    }

    /// The argument at `index` is a key.
    pub const fn key(self, index: i16, flags: u16) -> Self {
        self.keys(index, 0, 1, flags)
    }

    /// Every `step`-th argument from `first` is a key, up to `last`: relative to `first`, or if
    /// negative to the end.
    pub const fn keys(self, first: i16, last: i16, step: i16, flags: u16) -> Self {
        self.key_spec(Begin::Index(first), Find::Range { last, step, limit: 0 }, flags)
    }

    /// The argument `count` says how many keys there are; they follow it, `step` apart.
    pub const fn keys_counted(self, count: i16, step: i16, flags: u16) -> Self {
        self.key_spec(Begin::Index(count), Find::KeyNum { count: 0, first: 1, step }, flags)
    }

    /// The argument after `word`, which may stand anywhere from argument `from` on, is a key.
    pub const fn key_after(self, word: &'static str, from: i16, flags: u16) -> Self {
        self.key_spec(Begin::Keyword(word, from), Find::Range { last: 0, step: 1, limit: 0 }, flags)
    }

    /// Any other key spec.
    pub const fn key_spec(mut self, begin: Begin, find: Find, flags: u16) -> Self {
        self.key_spec_slots[self.key_spec_count as usize] =
            KeySpec { begin, find, flags, note: "" };
        self.key_spec_count += 1;
        self.derive()
    }

    /// A remark on the key spec that came last.
    pub const fn key_note(mut self, note: &'static str) -> Self {
        self.key_spec_slots[self.key_spec_count as usize - 1].note = note;
        self
    }

    /// A function that finds the keys where the key specs are unknown, incomplete or of variable
    /// flags.
    pub const fn keys_found_by(mut self, finder: fn(Request<'_>) -> Vec<FoundKey>) -> Self {
        self.key_finder = Some(finder);
        self
    }

    /// What changed in which version, oldest first.
    pub const fn history(mut self, changes: &'static [(&'static str, &'static str)]) -> Self {
        self.docs.history = changes;
        self
    }

    /// Hints for clients and proxies.
    pub const fn tips(mut self, tips: &'static [&'static str]) -> Self {
        self.docs.tips = tips;
        self
    }

    /// Deprecated since `version`, in favour of `replacement`.
    pub const fn deprecated(mut self, version: &'static str, replacement: &'static str) -> Self {
        self.docs.deprecated = Some((version, replacement));
        self
    }

    /// For servers among themselves, not for clients.
    pub const fn internal(mut self) -> Self {
        self.docs.internal = Internal::Yes;
        self
    }

    /// How the command holds the keyspace, where that does not follow from its keys.
    pub const fn class(mut self, class: Class) -> Self {
        self.class_said = Some(class);
        self.derive()
    }

    /// Some requests, those that this says so of, run alone.
    pub const fn alone_if(mut self, rule: fn(Request<'_>) -> bool) -> Self {
        self.alone_if = Some(rule);
        self.class(Class::Varies)
    }

    /// How a request for this command holds the keyspace: the class, but for `Varies`.
    pub fn class_of(&self, request: Request<'_>) -> Class {
        match (self.class, self.alone_if) {
            (Class::Varies, Some(rule)) if rule(request) => Class::Gate,
            (Class::Varies, _) => Class::Keys,
            (class, _) => class,
        }
    }

    /// An element of the key's collection is drawn by chance, with a fork of the context's chance.
    pub const fn draws(mut self) -> Self {
        self.element = DRAWN;
        self
    }

    /// The argument that names an element of the key's collection.
    pub const fn element(mut self, index: u8) -> Self {
        self.element = index;
        self
    }

    /// The arity, where it does not follow from the syntax line.
    pub const fn arity(mut self, arity: i16) -> Self {
        self.arity_said = Some(arity);
        self.derive()
    }

    /// Where the command's keys are.
    pub fn key_specs(&self) -> &[KeySpec] {
        &self.key_spec_slots[..usize::from(self.key_spec_count)]
    }

    /// Whether it may be asked to wait. Redis 7.0's flags do not say so of WAIT.
    pub fn can_wait(&self) -> bool {
        self.flags & BLOCKING != 0 || matches!(self.name, "WAIT" | "WAITAOF")
    }

    /// Whether any argument can be a key.
    pub const fn has_keys(&self) -> bool {
        let mut at = 0;
        while at < self.key_spec_count as usize {
            if self.key_spec_slots[at].flags & NOT_KEY == 0 {
                return true;
            }
            at += 1;
        }
        false
    }

    /// The name in lower case, after its container's if it has one: `get`, `client|list`.
    pub fn full_name(&self) -> String {
        let mut name = String::with_capacity(self.container.len() + self.name.len() + 1);
        if !self.container.is_empty() {
            name.push_str(self.container);
            name.push('|');
        }
        name.push_str(self.name);
        name.make_ascii_lowercase();
        name
    }

    /// Whether a request of `count` arguments, names included, has enough and not too many.
    pub const fn accepts(&self, count: usize) -> bool {
        let arity = self.arity as isize;
        if arity >= 0 { count as isize == arity } else { count as isize >= -arity }
    }

    /// The arity, were it not for an explicit one: from the syntax line alone.
    pub const fn arity_of_syntax(&self) -> i16 {
        syntax::arity(self.syntax, if self.container.is_empty() { 1 } else { 2 })
    }

    const fn derive(mut self) -> Self {
        self.arity = match self.arity_said {
            Some(arity) => arity,
            None => self.arity_of_syntax(),
        };
        self.derive_keys();
        self.class = match self.class_said {
            Some(class) => class,
            None if self.has_keys() => Class::Keys,
            None => Class::Local,
        };
        let is_brief = self.flags & FAST != 0 || matches!(self.docs.cost.as_bytes(), b"O(1)");
        self.flags = self.flags & !BRIEF | if is_brief { BRIEF } else { 0 };
        self.categories = self.derived_categories();
        self
    }

    /// The rules by which Redis derives categories from flags.
    const fn derived_categories(&self) -> u64 {
        let mut categories = self.categories_said
            | match self.group_category {
                Some(categories) => categories,
                None => self.group.category(),
            };
        if self.flags & WRITE != 0 {
            categories |= category::WRITE;
        }
        if self.flags & READONLY != 0 && categories & category::SCRIPTING == 0 {
            categories |= category::READ;
        }
        if self.flags & ADMIN != 0 {
            categories |= category::ADMIN | category::DANGEROUS;
        }
        if self.flags & PUBSUB != 0 {
            categories |= category::PUBSUB;
        }
        if self.flags & BLOCKING != 0 {
            categories |= category::BLOCKING;
        }
        let speed = if self.flags & FAST != 0 { category::FAST } else { category::SLOW };
        categories | speed
    }

    /// Joins the key specs into the one first/last/step triple that old clients know, and notes
    /// with `MOVABLE_KEYS` whether that leaves keys out.
    const fn derive_keys(&mut self) {
        self.flags &= !(MOVABLE_KEYS | ROUTED);
        (self.first_key, self.last_key, self.key_step) = (0, 0, 0);
        let count = self.key_spec_count as usize;
        let mut at = 0;
        while at < count {
            let spec = self.key_spec_slots[at];
            at += 1;
            if spec.flags & INCOMPLETE != 0 {
                self.flags |= MOVABLE_KEYS;
            }
            if spec.flags & NOT_KEY != 0 {
                self.flags |= ROUTED;
            }
            let (Begin::Index(first), Find::Range { last, step, .. }) = (spec.begin, spec.find)
            else {
                self.flags |= MOVABLE_KEYS;
                continue;
            };
            let follows = self.last_key == 0 || self.last_key == first - 1;
            if count > 1 && (step != 1 || !follows) {
                self.flags |= MOVABLE_KEYS;
                continue;
            }
            if self.first_key == 0 {
                (self.first_key, self.key_step) = (first, step);
            }
            self.last_key = if last < 0 { last } else { first + last };
        }
    }
}

#[cfg(test)]
mod tests;
