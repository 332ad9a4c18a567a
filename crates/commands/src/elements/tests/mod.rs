//! What holds of all families (`model`), and what their commands do, log and announce when they
//! meet what has expired (`effects`).

mod effects;
mod model;
