//! Splits a script's text into tokens.
//!
//! Names, numbers and strings are one token each, everything else is one for each character; there
//! are no comments. A string keeps its quotes.
//!
//! Not here: what tokens mean.

/// Splits code into names, numbers, strings and single characters, without comments.
pub(crate) struct Lexer<'a> {
    code: &'a [u8],
    position: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(code: &'a [u8]) -> Self {
        Self { code, position: 0 }
    }

    /// Where the token last given ends.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    fn rest(&self) -> &'a [u8] {
        self.code.get(self.position..).unwrap_or_default()
    }

    /// Where the next token begins.
    pub(crate) fn next_start(&mut self) -> usize {
        loop {
            let rest = self.rest();
            let spaces = rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 11);
            self.position += spaces.count();
            let Some(comment) = self.rest().strip_prefix(b"--") else { break };
            self.position += 2 + match long_bracket(comment) {
                Some(len) => len,
                None => comment.iter().take_while(|byte| **byte != b'\n').count(),
            };
        }
        self.position.min(self.code.len())
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.next_start();
        let rest = &self.code[start..];
        let len = match *rest.first()? {
            byte if byte.is_ascii_digit() => {
                rest.iter().take_while(|byte| is_name(**byte) || **byte == b'.').count()
            }
            byte if is_name(byte) => rest.iter().take_while(|byte| is_name(**byte)).count(),
            quote @ (b'"' | b'\'') => short_string(rest, quote),
            b'[' => long_bracket(rest).unwrap_or(1),
            _ => 1,
        };
        let end = (start + len).min(self.code.len());
        self.position = end;
        Some(&self.code[start..end])
    }
}

/// The length of a string between quotes.
fn short_string(code: &[u8], quote: u8) -> usize {
    let mut index = 1;
    while let Some(&byte) = code.get(index) {
        index += 1;
        match byte {
            b'\\' => index += 1,
            b'\n' => break,
            _ if byte == quote => break,
            _ => {}
        }
    }
    index
}

/// Whether a byte can be part of a name.
pub(crate) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The length of `[[...]]` or `[=[...]=]`, if the code begins with it.
fn long_bracket(code: &[u8]) -> Option<usize> {
    let rest = code.strip_prefix(b"[")?;
    let level = rest.iter().take_while(|byte| **byte == b'=').count();
    if rest.get(level) != Some(&b'[') {
        return None;
    }
    let close = [b"]", &b"=".repeat(level)[..], b"]"].concat();
    let body = level + 2;
    let end = memchr::memmem::find(&code[body..], &close);
    Some(end.map_or(code.len(), |end| body + end + close.len()))
}
