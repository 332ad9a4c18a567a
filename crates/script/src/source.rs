//! Evens out where the interpreter's language is not Redis's.
//!
//! 1. Calls of built-in functions are no tail calls. In Redis's interpreter they never are; in ours
//!    they would be, and the calling line would be gone when the function fails:
//!
//!    ```text
//!    return redis.call('GET', 1, 2)        becomes   return nil or redis.call('GET', 1, 2)
//!    ```
//!
//!    `nil or` makes an ordinary call of whatever follows and leaves its first value alone. That
//!    is all that counts in a script's main part. Within functions, whose further values may
//!    count, and which may rely on tail calls to recurse, it is done only before functions with
//!    one result.
//! 2. In strings `\\x`, `\\z` and `\\u` stand for the letter alone.
//!
//! Must be true: code that does not compile still does not, with the same message; lines stay.

use std::borrow::Cow;

use crate::lexer::{Lexer, is_name};

/// Built-in functions with one result or none; those of a library by its name.
const SINGLE: [&[u8]; 9] = [
    b"redis",
    b"bit",
    b"error",
    b"tonumber",
    b"tostring",
    b"cmsgpack.pack",
    b"cjson.encode",
    b"cjson.decode",
    b"struct.pack",
];

const INSERTED: &[u8] = b"nil or ";

/// The code with the differences evened out.
pub fn evened(code: &[u8]) -> Cow<'_, [u8]> {
    // Where something is inserted (true) or a backslash taken away.
    let mut places = Vec::new();
    let mut lexer = Lexer::new(code);
    // Blocks that are open, and how many of them are functions.
    let (mut blocks, mut functions) = (Vec::new(), 0usize);
    while let Some(token) = lexer.next() {
        match token {
            b"function" | b"do" | b"if" | b"repeat" => {
                let is_function = token == b"function";
                functions += usize::from(is_function);
                blocks.push(is_function);
            }
            b"end" | b"until" => {
                functions -= usize::from(blocks.pop().unwrap_or_default());
            }
            b"return" => {
                let place = lexer.next_start();
                if begins_with_call(&code[place..], functions == 0) {
                    places.push((place, true));
                }
            }
            [b'"' | b'\'', ..] => {
                let start = lexer.position() - token.len();
                let escapes = newer_escapes(token);
                places.extend(escapes.map(|index| (start + index, false)));
            }
            _ => {}
        }
    }
    if places.is_empty() {
        return Cow::Borrowed(code);
    }
    let mut changed = Vec::with_capacity(code.len() + places.len() * INSERTED.len());
    let mut start = 0;
    for (place, inserts) in places {
        changed.extend_from_slice(&code[start..place]);
        start = place;
        if inserts {
            if changed.last().is_some_and(|byte| is_name(*byte)) {
                // `return(f())`
                changed.push(b' ');
            }
            changed.extend_from_slice(INSERTED);
        } else {
            start += 1;
        }
    }
    changed.extend_from_slice(&code[start..]);
    Cow::Owned(changed)
}

/// Whether the code could run for ever: it has a loop, or a function, or makes one.
pub fn may_loop(code: &[u8]) -> bool {
    for token in Lexer::new(code) {
        match token {
            b"while" | b"for" | b"repeat" | b"function" | b"goto" | b"load" | b"loadstring" => {
                return true;
            }
            _ => {}
        }
    }
    false
}

/// Whether what is returned may begin with a call that must not be a tail call.
fn begins_with_call(code: &[u8], is_main: bool) -> bool {
    const NO_CALLS: [&[u8]; 6] = [b"nil", b"true", b"false", b"not", b"function", b"end"];
    if is_main && code.first() == Some(&b'(') {
        return true;
    }
    let name = &code[..code.iter().take_while(|byte| is_name(**byte)).count()];
    if name.first().is_none_or(u8::is_ascii_digit) || NO_CALLS.contains(&name) {
        return false;
    }
    is_main
        || SINGLE.iter().any(|single| {
            let next = code.get(single.len()).copied().unwrap_or(b' ');
            code.starts_with(single) && !is_name(next)
        })
}

/// Where a string has backslashes that mean nothing in Redis's interpreter.
fn newer_escapes(string: &[u8]) -> impl Iterator<Item = usize> {
    let mut index = 0;
    std::iter::from_fn(move || {
        loop {
            let backslash = index + string.get(index..)?.iter().position(|&byte| byte == b'\\')?;
            index = backslash + 2;
            if matches!(string.get(backslash + 1), Some(b'x' | b'z' | b'u')) {
                return Some(backslash);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &str) {
        let changed = evened(code.as_bytes()).into_owned();
        assert_eq!(String::from_utf8(changed).unwrap(), expected);
    }

    #[test]
    fn calls_in_the_main_part_are_no_tail_calls() {
        check("return redis.call('x')", "return nil or redis.call('x')");
        check("return f(1), 2", "return nil or f(1), 2");
        check("return(f(1))", "return nil or (f(1))");
        check("return ('x'):rep(3)", "return nil or ('x'):rep(3)");
        check(
            "if x then return f() end return  --c\n g()",
            "if x then return nil or f() end return  --c\n nil or g()",
        );
        check("for i=1,2 do return f() end", "for i=1,2 do return nil or f() end");
    }

    #[test]
    fn in_functions_only_built_in_ones_are_changed() {
        check(
            "function f() return g() end return f()",
            "function f() return g() end return nil or f()",
        );
        check(
            "local f = function() if a then return error('x') end end",
            "local f = function() if a then return nil or error('x') end end",
        );
        check("function f() return errors() end", "function f() return errors() end");
        check(
            "function f() return redis . call(1) end",
            "function f() return nil or redis . call(1) end",
        );
        check(
            "function f() repeat return tonumber(1) until x return unpack(t) end",
            "function f() repeat return nil or tonumber(1) until x return unpack(t) end",
        );
    }

    #[test]
    fn code_without_loops_and_functions_ends() {
        let ends = ["return redis.call('x')", "if a then b() end", "x = 'while' --while", "forx()"];
        let may_not = ["while x do end", "function f() end", "repeat until x", "load('x')()"];
        assert!(!ends.iter().any(|code| may_loop(code.as_bytes())));
        assert!(may_not.iter().all(|code| may_loop(code.as_bytes())));
    }

    #[test]
    fn newer_escapes_are_plain_letters() {
        check(r#"x = "\x41\\x\n\z" .. '\u{1}'"#, r#"x = "x41\\x\nz" .. 'u{1}'"#);
        check(r"x = [[\x]] --\x", r"x = [[\x]] --\x");
        check("x = '\\", "x = '\\");
    }

    #[test]
    fn nothing_else_is_changed() {
        let same = [
            "return 1",
            "return {}",
            "return",
            "return 'x'",
            "return nil",
            "return not f()",
            "return function() end",
            "local s = 'return f()'",
            "--return f()",
            "--[[ return f() ]] return 1",
            "x = [==[ return f() ]] ]==]",
            "return -f()",
            "x = 'a\\' return f()'",
            "x = \"\\\\\" return 1",
            "returned = f()",
            "[[",
            "'",
            "--",
            "--[[",
            "end end return 1",
            "x = 0xreturn",
        ];
        for code in same {
            check(code, code);
        }
    }
}
