//! Splits Rust source into code and comments, roughly but safely.
//!
//! `lex` returns the text with every comment, string body and character body replaced by spaces,
//! byte for byte, so an offset means the same place in both. The rules can then look for words and
//! braces without being fooled by `"{"` or `// unsafe`.
//!
//! Must be true: the result has the length and the line breaks of the text, and broken input
//! (an unclosed string) ends at the end of the text instead of failing.
//!
//! Not here: tokens, syntax, macros. What braces mean is in `items.rs`.

/// One comment: a whole line comment (without its line break) or a whole block comment.
#[derive(Debug, PartialEq)]
pub struct Comment {
    /// Byte offset of its first slash.
    pub start: usize,
    /// The comment with its slashes and stars.
    pub text: String,
}

/// Source text taken apart.
#[derive(Debug)]
pub struct Lexed {
    /// The text with comments and the insides of literals blanked; same length and lines.
    pub code: String,
    /// All comments in order, doc comments included.
    pub comments: Vec<Comment>,
}

/// Takes `text` apart. Never fails.
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, at: 0, code: text.as_bytes().to_vec(), comments: Vec::new() };
    while lexer.at < text.len() {
        lexer.step();
    }
    // Blanked ranges begin and end at ASCII delimiters, so what is left is still UTF-8.
    let code = String::from_utf8_lossy(&lexer.code).into_owned();
    Lexed { code, comments: lexer.comments }
}

/// True for bytes that can continue an identifier or a number.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    code: Vec<u8>,
    comments: Vec<Comment>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (b'/', b'/') => self.line_comment(),
            (b'/', b'*') => self.block_comment(),
            (b'"', _) => self.string(),
            (b'\'', _) => self.character_or_lifetime(),
            (byte, _) if is_word(byte) => self.word(),
            _ => self.at += 1,
        }
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        self.end_comment(start, start + rest.find('\n').unwrap_or(rest.len()));
    }

    /// Block comments nest in Rust.
    fn block_comment(&mut self) {
        let start = self.at;
        let mut depth = 0;
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        break;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.end_comment(start, self.at.min(self.text.len()));
    }

    fn end_comment(&mut self, start: usize, end: usize) {
        self.comments.push(Comment { start, text: self.text[start..end].to_string() });
        self.blank(start, end);
        self.at = end;
    }

    /// `"..."` with escapes; a prefix such as `b` or `c` was an ordinary word before it.
    fn string(&mut self) {
        let open = self.at;
        self.at += 1;
        while self.at < self.text.len() && self.peek(0) != b'"' {
            self.at += if self.peek(0) == b'\\' { 2 } else { 1 };
        }
        self.blank(open + 1, self.at);
        self.at += 1;
    }

    /// `'x'`, `'\''` and `'\u{1F600}'` are characters; `'a` and `'outer:` are not.
    fn character_or_lifetime(&mut self) {
        let open = self.at;
        self.at += 1;
        if self.peek(0) == b'\\' {
            self.at += 2;
            while self.at < self.text.len() && !matches!(self.peek(0), b'\'' | b'\n') {
                self.at += 1;
            }
            self.blank(open + 1, self.at);
            self.at += 1;
            return;
        }
        let width = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        if width > 0 && self.peek(width) == b'\'' {
            self.blank(self.at, self.at + width);
            self.at += width + 1;
        }
    }

    fn word(&mut self) {
        let start = self.at;
        while is_word(self.peek(0)) {
            self.at += 1;
        }
        if matches!(&self.text[start..self.at], "r" | "br" | "cr") {
            self.raw_string();
        }
    }

    /// `r"..."` and `r#"..."#` with any number of hashes; `r#name` is a raw identifier.
    fn raw_string(&mut self) {
        let mut hashes = 0;
        while self.peek(hashes) == b'#' {
            hashes += 1;
        }
        if self.peek(hashes) != b'"' {
            return;
        }
        let body = self.at + hashes + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = self.text[body..].find(&close).map_or(self.text.len(), |found| body + found);
        self.blank(body, end);
        self.at = end + close.len();
    }

    fn blank(&mut self, from: usize, to: usize) {
        let to = to.min(self.code.len());
        for byte in &mut self.code[from.min(to)..to] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, code: &str) {
        let lexed = lex(text);
        assert_eq!(lexed.code, code);
        assert_eq!(lexed.code.len(), text.len());
    }

    #[test]
    fn blanks_strings_and_keeps_their_quotes() {
        check(r#"a("{\"}", b"}")"#, r#"a("    ", b" ")"#);
        check("\"a\nb\" {", "\" \n \" {");
        check(r#"x("\\"); {"#, r#"x("  "); {"#);
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        check(r###"r#"a"}"# {"###, r###"r#"   "# {"###);
        check(r###"br##"x"#{"## }"###, r###"br##"    "## }"###);
        check("r\"\\\" {", "r\" \" {");
        check("r#fn {", "r#fn {");
        check("bar\"{\"", "bar\" \"");
    }

    #[test]
    fn tells_characters_from_lifetimes() {
        check("'{' '\\'' b'}' '\\u{7b}'", "' ' '  ' b' ' '      '");
        check(
            "fn f<'a>(x: &'a str) { 'outer: loop {} }",
            "fn f<'a>(x: &'a str) { 'outer: loop {} }",
        );
        check("'\u{e9}' {", "'  ' {");
        check("'\"' \"{\"", "' ' \" \"");
        check("''' {", "' ' {");
    }

    #[test]
    fn comments_are_blanked_and_kept() {
        let lexed = lex("a // b {\n/* c /* } */ \" */ d\n");
        assert_eq!(lexed.code, "a       \n                  d\n");
        let texts: Vec<&str> = lexed.comments.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts, ["// b {", "/* c /* } */ \" */"]);
        assert_eq!(lexed.comments[1].start, 9);
    }

    #[test]
    fn a_comment_mark_inside_a_string_is_no_comment() {
        let lexed = lex("x(\"// no\") // yes");
        assert_eq!(lexed.comments.len(), 1);
        assert_eq!(lexed.comments[0].text, "// yes");
    }

    #[test]
    fn unclosed_literals_and_comments_end_with_the_text() {
        for text in
            ["\"abc", "\"abc\\", "'\\", "'", "r#\"abc", "/* a", "/*", "b'", "'\\u{e9", "\u{e9}'"]
        {
            assert_eq!(lex(text).code.len(), text.len(), "{text:?}");
        }
    }
}
