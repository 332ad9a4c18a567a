//! RESP, versions 2 and 3, and the inline text form.
//!
//! `header` knows the line that begins almost everything (`*3\r\n`, `$64\r\n`), both ways; `parse`
//! and `inline` are the server's ear; `decode` is the client's side. What the server says is
//! written by [`Reply`](crate::Reply).

pub mod decode;
pub(crate) mod header;
mod inline;
pub mod parse;
