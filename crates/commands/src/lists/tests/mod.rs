//! Unit tests of the list family.
//!
//! ```text
//!   plain     each command: replies, records, events
//!   waiting   commands that wait, run at first and again when woken
//!   model     random commands against a plain list, in both forms
//!   forms     when a list is flat, when it is long, what it then takes
//! ```

mod forms;
mod model;
mod plain;
mod waiting;
