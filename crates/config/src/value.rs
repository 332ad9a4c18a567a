//! A directive's value between its text and its typed field.
//!
//! [`Value`] is what a shape parses text into and formats text from; [`Field`] is what a Rust
//! type must offer to be a field of `Settings`. [`Access`] joins the two for one field.
//!
//! Must be true: a field is only ever assigned the variant it hands out, within the bounds of
//! its directive; the table's tests set both bounds of every number and read them back.

use crate::Settings;

/// One value, already checked against its directive's shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Bool(bool),
    /// Wide enough for every signed and unsigned 64-bit field.
    Number(i128),
    /// One of the words of a choice, in the table's spelling.
    Word(&'static str),
    Text(String),
    /// An optional text that is not set; shown as the empty string.
    Absent,
}

/// The way from a directive to its field of [`Settings`] and back.
#[derive(Clone, Copy)]
pub(crate) struct Access {
    pub(crate) get: fn(&Settings) -> Value,
    pub(crate) set: fn(&mut Settings, Value),
}

/// The [`Access`] of one field: `field!(network.port)`.
macro_rules! field {
    ($($path:ident).+) => {
        $crate::value::Access {
            get: |settings| $crate::value::Field::to_value(&settings.$($path).+),
            set: |settings, value| $crate::value::Field::assign(&mut settings.$($path).+, value),
        }
    };
}
pub(crate) use field;

/// A type that can be a field of [`Settings`].
pub(crate) trait Field {
    fn to_value(&self) -> Value;
    /// Takes over a value of the variant that `to_value` gives; any other is ignored.
    fn assign(&mut self, value: Value);
}

impl Field for bool {
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }

    fn assign(&mut self, value: Value) {
        if let Value::Bool(new) = value {
            *self = new;
        }
    }
}

/// Numbers convert through i128; a value that does not fit is ignored (bounds forbid it).
macro_rules! number_fields {
    ($($type:ty),+) => {$(
        impl Field for $type {
            fn to_value(&self) -> Value {
                Value::Number(i128::from(*self))
            }

            fn assign(&mut self, value: Value) {
                if let Value::Number(number) = value
                    && let Ok(new) = <$type>::try_from(number)
                {
                    *self = new;
                }
            }
        }
    )+};
}

number_fields!(u16, u32, u64, i32, i64);

impl Field for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn assign(&mut self, value: Value) {
        if let Value::Text(new) = value {
            *self = new;
        }
    }
}

/// An optional text: the empty string means "not set", as in redis.conf.
impl Field for Option<String> {
    fn to_value(&self) -> Value {
        self.clone().map_or(Value::Absent, Value::Text)
    }

    fn assign(&mut self, value: Value) {
        match value {
            Value::Text(new) => *self = Some(new).filter(|text| !text.is_empty()),
            Value::Absent => *self = None,
            Value::Bool(_) | Value::Number(_) | Value::Word(_) => {}
        }
    }
}
