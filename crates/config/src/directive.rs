//! What a row of the table of directives is, and the words rows are written with.
//!
//! A row reads `number("timeout", 0..=MAX, field!(clients.timeout_s)).unit("seconds")...`: the
//! constructors take what a kind of directive must have, the methods add the rest.
//!
//! Must be true: a row is plain data and plain functions over `Settings`; reading or setting
//! one directive never looks at another.

use crate::shape::{Form, Number, Shape};
use crate::value::{Access, Value};
use crate::{Reason, Settings};

/// One directive of redis.conf.
#[derive(Clone, Copy)]
pub struct Directive {
    /// The name CONFIG REWRITE writes, in lower case.
    pub name: &'static str,
    /// Older or foreign names of the same directive.
    pub aliases: &'static [&'static str],
    /// One sentence for the manual.
    pub summary: &'static str,
    /// How it may be seen and set.
    pub flags: Flags,
    /// What CONFIG GET shows, where that is not the value as it was set.
    pub(crate) in_effect: Option<fn(&Settings) -> String>,
    pub(crate) body: Body,
}

/// How a directive may be seen and set. All are off for an ordinary one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Only the file and the command line set it.
    pub immutable: bool,
    /// CONFIG SET needs `enable-protected-configs`.
    pub protected: bool,
    /// Its value must not reach a log, the slow log or MONITOR.
    pub sensitive: bool,
    /// CONFIG GET finds it by its exact name only.
    pub hidden: bool,
    /// CONFIG SET fails while the dataset is loading.
    pub denied_while_loading: bool,
    /// Setting it counts as a change even if the text is the same (the file it names may differ).
    pub volatile: bool,
}

/// Where a directive's value lives.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// One value in a field of `Settings`.
    Single { shape: Shape, access: Access },
    /// Means nothing here: checked, kept as text, shown, and otherwise ignored.
    Accepted { shape: Shape, default: &'static str, reason: &'static str },
    /// Several arguments.
    List(List),
}

/// Takes over the arguments of a list, all or none of them.
pub(crate) type SetList = fn(&mut Settings, &[Vec<u8>], Mode) -> Result<(), Reason>;

/// A directive of several arguments.
#[derive(Clone, Copy)]
pub(crate) struct List {
    pub(crate) set: SetList,
    /// The value as CONFIG GET shows it; CONFIG SET accepts it back.
    pub(crate) show: fn(&Settings) -> String,
    /// What follows the name in redis.conf, for each line needed; `None` leaves the line out.
    pub(crate) written: fn(&Settings) -> Vec<Line>,
}

/// One line of a list directive in redis.conf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What follows the directive's name.
    pub(crate) arguments: String,
    /// False if leaving the line out means the same.
    pub(crate) needed: bool,
}

/// Whether arguments replace the value or add to what earlier lines of the same file gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Replace,
    Append,
}

impl Directive {
    /// The value as CONFIG GET shows it.
    pub fn show(&self, settings: &Settings) -> String {
        if let Some(in_effect) = self.in_effect {
            return in_effect(settings);
        }
        match self.body {
            Body::Single { shape, access } => shape.show(&(access.get)(settings)),
            Body::Accepted { default, .. } => {
                settings.accepted.get(self.name).cloned().unwrap_or_else(|| default.to_owned())
            }
            Body::List(list) => (list.show)(settings),
        }
    }

    /// Why Russet accepts the directive without acting on it; `None` for all that it acts on.
    pub fn accepted_because(&self) -> Option<&'static str> {
        match self.body {
            Body::Accepted { reason, .. } => Some(reason),
            Body::Single { .. } | Body::List(_) => None,
        }
    }

    /// Whether it takes several arguments.
    pub fn is_list(&self) -> bool {
        matches!(self.body, Body::List(_))
    }

    /// Takes over one argument, or any number for a list.
    pub(crate) fn assign(
        &self,
        settings: &mut Settings,
        arguments: &[Vec<u8>],
        mode: Mode,
    ) -> Result<(), Reason> {
        match (self.body, arguments) {
            (Body::List(list), _) => (list.set)(settings, arguments, mode),
            (Body::Single { shape, access }, [argument]) => {
                (access.set)(settings, shape.parse(argument)?);
                Ok(())
            }
            (Body::Accepted { shape, .. }, [argument]) => {
                let value = shape.parse(argument)?;
                settings.accepted.insert(self.name, shape.show(&value));
                Ok(())
            }
            (Body::Single { .. } | Body::Accepted { .. }, _) => Err(Reason::WrongNumber),
        }
    }

    /// The lines CONFIG REWRITE needs for the present value.
    pub(crate) fn written(&self, settings: &Settings, defaults: &Settings) -> Vec<Line> {
        let single = |shape: Shape, value: &Value, needed: bool| {
            shape.written(value).map(|arguments| Line { arguments, needed }).into_iter().collect()
        };
        match self.body {
            Body::List(list) => (list.written)(settings),
            Body::Single { shape, access } => {
                let value = (access.get)(settings);
                single(shape, &value, value != (access.get)(defaults))
            }
            Body::Accepted { shape, default, .. } => {
                let shown = self.show(settings);
                match shape.parse(shown.as_bytes()) {
                    Ok(value) => single(shape, &value, shown != default),
                    Err(_) => Vec::new(),
                }
            }
        }
    }

    /// The shape of a one-value directive.
    pub(crate) fn shape(&self) -> Option<Shape> {
        match self.body {
            Body::Single { shape, .. } | Body::Accepted { shape, .. } => Some(shape),
            Body::List(_) => None,
        }
    }
}

/// Bounds of C's integer types, where a directive has no closer ones.
pub(crate) mod bounds {
    pub(crate) const INT_MIN: i128 = i32::MIN as i128;
    pub(crate) const INT_MAX: i128 = i32::MAX as i128;
    pub(crate) const UINT_MAX: i128 = u32::MAX as i128;
    pub(crate) const LONG_MAX: i128 = i64::MAX as i128;
    pub(crate) const ULONG_MAX: i128 = u64::MAX as i128;
}

// The words of the table. --------------------------------------------------------------------

const fn row(name: &'static str, body: Body) -> Directive {
    let flags = Flags {
        immutable: false,
        protected: false,
        sensitive: false,
        hidden: false,
        denied_while_loading: false,
        volatile: false,
    };
    Directive { name, aliases: &[], summary: "", flags, in_effect: None, body }
}

const fn numeric(low: i128, high: i128, form: Form) -> Shape {
    Shape::Number(Number { low, high, form, unit: "" })
}

/// The shape of decimal numbers from `low` to `high`.
pub(crate) const fn decimals(low: i128, high: i128) -> Shape {
    numeric(low, high, Form::Decimal)
}

/// The shape of memory sizes from `low` to `high` bytes.
pub(crate) const fn sizes(low: i128, high: i128) -> Shape {
    numeric(low, high, Form::Memory)
}

/// The shape of memory sizes or percentages up to `percent`.
pub(crate) const fn sizes_or_percent(percent: i128, high: i128) -> Shape {
    numeric(-percent, high, Form::MemoryOrPercent)
}

/// The shape of octal numbers up to `high`.
pub(crate) const fn octals(high: i128) -> Shape {
    numeric(0, high, Form::Octal)
}

/// A directive of one value in a field.
pub(crate) const fn single(name: &'static str, shape: Shape, access: Access) -> Directive {
    row(name, Body::Single { shape, access })
}

/// A directive of several arguments.
pub(crate) const fn list(name: &'static str, list: List) -> Directive {
    row(name, Body::List(list))
}

/// A directive that is checked and remembered but means nothing here.
pub(crate) const fn accepted(
    name: &'static str,
    shape: Shape,
    default: &'static str,
    reason: &'static str,
) -> Directive {
    row(name, Body::Accepted { shape, default, reason })
}

impl Directive {
    pub(crate) const fn about(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    pub(crate) const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(crate) const fn shown_as(mut self, in_effect: fn(&Settings) -> String) -> Self {
        self.in_effect = Some(in_effect);
        self
    }

    /// Names what a number counts.
    pub(crate) const fn unit(mut self, unit: &'static str) -> Self {
        match &mut self.body {
            Body::Single { shape: Shape::Number(number), .. }
            | Body::Accepted { shape: Shape::Number(number), .. } => number.unit = unit,
            Body::Single { .. } | Body::Accepted { .. } | Body::List(_) => {}
        }
        self
    }

    pub(crate) const fn immutable(mut self) -> Self {
        self.flags.immutable = true;
        self
    }

    pub(crate) const fn protected(mut self) -> Self {
        self.flags.protected = true;
        self
    }

    pub(crate) const fn sensitive(mut self) -> Self {
        self.flags.sensitive = true;
        self
    }

    pub(crate) const fn hidden(mut self) -> Self {
        self.flags.hidden = true;
        self
    }

    pub(crate) const fn denied_while_loading(mut self) -> Self {
        self.flags.denied_while_loading = true;
        self
    }

    pub(crate) const fn volatile(mut self) -> Self {
        self.flags.volatile = true;
        self
    }
}
