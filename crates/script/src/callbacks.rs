//! A library's text, read as if it were a script's.
//!
//! What a function is called with are its first two arguments, the keys and the other words:
//!
//! ```text
//! redis.register_function('f', function(keys) return redis.call('GET', keys[1]) end)
//! ```
//!
//! So in the body of such a function the first argument is what `KEYS` is in a script. That is only
//! so if nothing but the server can call it: if it is written where it is registered, or has a name
//! that is used for registering it alone. And no key may outlive the call: within its body there
//! may be no other function, which could be kept and called with other keys declared.
//!
//! Must be true: as of `calls`; what is not known here is not read as a key.
//! Not here: what is called.

use crate::calls::{closing, is_member, is_word};

/// Stands for the argument itself, which must not be taken for a use of the keys.
const ARGUMENT: &[u8] = b"_";

/// The tokens of a library with `KEYS` for the keys of its functions. `None` if it is too unusual.
pub(crate) fn as_script<'t>(tokens: &[&'t [u8]]) -> Option<Vec<&'t [u8]>> {
    if tokens.contains(&&b"KEYS"[..]) {
        return None;
    }
    let mut script = tokens.to_vec();
    for at in (0..tokens.len()).filter(|&at| tokens[at] == b"function") {
        if !is_registered(tokens, at) && !is_registered_by_name(tokens, at) {
            continue;
        }
        let open = (at..tokens.len()).find(|&open| tokens[open] == b"(")?;
        let close = closing(tokens, open)?;
        let end = body_end(tokens, close + 1)?;
        let body = close + 1..end;
        if tokens[body.clone()].contains(&&b"function"[..]) {
            return None;
        }
        let Some((&keys, others)) = tokens[open + 1..close].split_first() else { continue };
        if others.contains(&keys) {
            return None;
        }
        if !is_word(keys) {
            continue;
        }
        script[open + 1] = ARGUMENT;
        for at in body.filter(|&at| tokens[at] == keys && !is_member(tokens, at)) {
            script[at] = b"KEYS";
        }
    }
    Some(script)
}

/// Whether what is at `at` is given to the server, as a function of the library.
fn is_registered(tokens: &[&[u8]], at: usize) -> bool {
    let is_registering = |open: usize| {
        let from = open.saturating_sub(3);
        matches!(tokens[from..open], [b"redis" | b"server", b".", b"register_function"])
            && !is_member(tokens, from)
    };
    match tokens[..at] {
        // register_function('name', ...)
        [.., b"(", [b'"' | b'\'', ..], b","] => is_registering(at - 3),
        // register_function{callback=...}, or with brackets around
        [.., b"{" | b"," | b";", b"callback", b"="] => {
            let Some(open) = enclosing(tokens, at) else { return false };
            let is_bracketed = open > 0 && tokens[open - 1] == b"(";
            tokens[open] == b"{" && is_registering(if is_bracketed { open - 1 } else { open })
        }
        _ => false,
    }
}

/// The bracket that is open at `at`.
fn enclosing(tokens: &[&[u8]], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (index, token) in tokens[..at].iter().enumerate().rev() {
        match *token {
            b")" | b"]" | b"}" => depth += 1,
            b"(" | b"[" | b"{" if depth == 0 => return Some(index),
            b"(" | b"[" | b"{" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether the function at `at` has a name that is used for registering it alone.
fn is_registered_by_name(tokens: &[&[u8]], at: usize) -> bool {
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let defined_at = match tokens[..at] {
        [.., b"local"] => at + 1,
        [.., b"local", _, b"="] => at - 2,
        _ => return false,
    };
    let name = token(defined_at);
    let mut uses =
        (0..tokens.len()).filter(|&at| tokens[at] == name && at != defined_at).peekable();
    let is_whole = |at: usize| matches!(token(at + 1), b")" | b"}" | b"," | b";");
    is_word(name)
        && uses.peek().is_some()
        && uses.all(|at| is_registered(tokens, at) && is_whole(at))
}

/// Where the body of a function ends that begins at `from`.
fn body_end(tokens: &[&[u8]], from: usize) -> Option<usize> {
    let mut depth = 1usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match *token {
            b"function" | b"if" | b"do" | b"repeat" => depth += 1,
            b"end" | b"until" => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::calls::{WordText, library_calls};

    /// The calls as text: `K` for a key, `?` for what is unknown.
    fn shown(code: &str) -> Option<Vec<String>> {
        let calls = library_calls(code.as_bytes())?;
        let line =
            |words: &[WordText]| words.iter().map(WordText::shown).collect::<Vec<_>>().join(" ");
        Some(calls.iter().map(|call| line(&call.words)).collect())
    }

    #[test]
    fn the_first_argument_of_a_registered_function_is_its_keys() {
        for code in [
            "redis.register_function('f', function(keys, args)
                return redis.call('GET', keys[1]) end)",
            "redis.register_function('f', function() return 1 end)
             redis.register_function('g', function(keys) return redis.call('GET', keys[1]) end)",
            "server.register_function(\"f\", function(k) return redis.call('GET', k[1]) end)",
            "redis.register_function{function_name='f', callback=function(keys, args)
                if args[1] then for i = 1, 2 do local x = i end end
                return redis.call('GET', keys[1]) end, flags={'no-writes'}}",
            "redis.register_function({callback=function(keys) return redis.call('GET', keys[1]) end,
                function_name='f'})",
            "local function f(keys, args) local k = keys[1] return redis.call('GET', k) end
             redis.register_function('f', f) redis.register_function('g', f)",
            "local f = function(keys) return redis.call('GET', keys[1]) end
             redis.register_function{function_name='f', callback=f}",
            "local function twice(x) return x * 2 end
             redis.register_function('f', function(keys, args)
                local t = {keys = twice(#keys)} return redis.call('GET', keys[t.keys]) end)",
        ] {
            let calls = shown(code);
            // A table's field of that name is a doubt.
            let expected = (!code.contains("{keys =")).then(|| vec!["GET K".to_owned()]);
            assert_eq!(calls, expected, "{code}");
        }
    }

    #[test]
    fn what_others_may_call_has_no_keys() {
        for code in [
            // Called with another table.
            "local function f(keys) return redis.call('GET', keys[1]) end
             redis.register_function('f', f)
             redis.register_function('g', function(k) f({'x'}) end)",
            "local function f(keys) return redis.call('GET', keys[1]) end local g = f
             redis.register_function('f', f)",
            "local function f(keys) return redis.call('GET', keys[1]) end
             redis.register_function('f', f or g)",
            "local function f(keys) return redis.call('GET', keys[1]) end
             redis.register_function('g', function(keys) return f(args) end)",
            "function f(keys) return redis.call('GET', keys[1]) end
             redis.register_function('f', f)",
            "local t = {callback = function(keys) return redis.call('GET', keys[1]) end}
             redis.register_function('f', function(keys) return t.callback({'x'}) end)",
            "local r = {register_function = function(n, f) f({'x'}) end} local redis = r
             r.register_function('f', function(keys) return redis.call('GET', keys[1]) end)",
            // A key of an earlier call.
            "local saved redis.register_function('f', function(keys) saved = keys[1] end)
             redis.register_function('g', function(keys) return redis.call('GET', saved) end)",
            "local t = {} redis.register_function('f', function(keys) t.k = keys[1] end)
             redis.register_function('g', function(keys) return redis.call('GET', t.k) end)",
            "local saved redis.register_function('f', function(keys)
                local k = keys[1] saved = function() return redis.call('GET', k) end end)
             redis.register_function('g', function(keys) return saved() end)",
            "local saved redis.register_function('f', function(keys) saved = keys end)",
            "redis.register_function('f', function(keys, keys)
                return redis.call('GET', keys[1]) end)",
            "redis.register_function('f', function(keys, args) keys = args
                return redis.call('GET', keys[1]) end)",
            "redis.register_function('f', function(keys, args) keys[1] = 'x'
                return redis.call('GET', keys[1]) end)",
            "redis.register_function('f', function(keys, args) local keys = args
                return redis.call('GET', keys[1]) end)",
            "redis.register_function('f', function(keys, args) table.insert(keys, 1, 'x')
                return redis.call('GET', keys[1]) end)",
            "redis.register_function('f', function(keys, args)
                return redis.call('GET', args[1]) end)",
            "KEYS = {'x'} redis.register_function('f', function(args, keys)
                return redis.call('GET', KEYS[1]) end)",
        ] {
            let calls = shown(code).unwrap_or_default();
            assert!(calls.iter().all(|call| call == "GET ?"), "{code}: {calls:?}");
        }
    }

    #[test]
    fn broken_code_does_no_harm() {
        let code = "local function f(keys, a) if a then end return redis.call('X', keys[1]) end \
                    redis.register_function{callback=f} \
                    redis.register_function('g', function() end)";
        for start in 0..code.len() {
            for end in start..code.len() {
                library_calls(&code.as_bytes()[start..end]);
            }
        }
    }
}
