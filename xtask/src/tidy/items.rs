//! Finds functions and test code in lexed Rust source, by words and braces.
//!
//! Works on what `lexer::lex` left, so literals and comments cannot mislead it. It is rough: it
//! knows no types and expands no macros, but rustfmt'ed code of ordinary shape is found exactly.
//!
//! All positions are byte offsets into the file. Not here: what is allowed (the rules decide).

use std::ops::Range;

use super::lexer::is_word;

/// A function with a name; closures and function pointers are not counted.
#[derive(Debug, PartialEq)]
pub struct Function {
    /// Its name without path or generics.
    pub name: String,
    /// From the word `fn` to its closing brace, or to the semicolon if it has no body.
    pub range: Range<usize>,
    /// How many parameters it takes, `self` left out.
    pub parameters: usize,
    /// At least half of its lines between the braces hold a match arm.
    pub flat_match: bool,
}

/// An item that exists for tests only (`#[cfg(test)]`, `#[test]`).
#[derive(Debug, PartialEq)]
pub struct TestItem {
    /// From its first attribute to its end.
    pub range: Range<usize>,
    /// The module's name, if the item is a module.
    pub module: Option<String>,
    /// Whether the item has a body here; a module without one lives in another file.
    pub inline: bool,
}

/// Every identifier and number in `code` with its offset. Raw identifiers are left out.
pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = code.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            while at < bytes.len() && !is_word(bytes[at]) {
                at += 1;
            }
            if at == bytes.len() {
                return None;
            }
            let start = at;
            while at < bytes.len() && is_word(bytes[at]) {
                at += 1;
            }
            if !code[..start].ends_with("r#") {
                return Some((start, &code[start..at]));
            }
        }
    })
}

/// The offset of the bracket that closes the one at `open`, or the end of the code.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return offset;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// All functions, outer before inner.
pub fn functions(code: &str) -> Vec<Function> {
    words(code).filter(|(_, word)| *word == "fn").filter_map(|(at, _)| function(code, at)).collect()
}

fn function(code: &str, start: usize) -> Option<Function> {
    let name_at = skip_space(code, start + 2);
    let name: String =
        code[name_at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return None; // a function pointer, or a name made by a macro
    }
    let open = skip_generics(code, skip_space(code, name_at + name.len()))?;
    let close = closing(code, open);
    let (end, body) = item_end(code, close + 1);
    Some(Function {
        name,
        range: start..end,
        parameters: count_parameters(code.get(open + 1..close)?),
        flat_match: body.is_some_and(|body| is_flat_match(&code[body..end])),
    })
}

fn skip_space(code: &str, at: usize) -> usize {
    code.len() - code[at.min(code.len())..].trim_start().len()
}

/// The offset of the `(` that opens the parameters, past `<...>` if there is one at `at`.
fn skip_generics(code: &str, mut at: usize) -> Option<usize> {
    let bytes = code.as_bytes();
    let mut depth = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'(' if depth == 0 => return Some(at),
            b'(' | b'[' | b'{' => at = closing(code, at),
            b'<' => depth += 1,
            b'>' if bytes[at - 1] != b'-' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the item whose head continues at `at` ends (exclusive), and where its body opens.
fn item_end(code: &str, mut at: usize) -> (usize, Option<usize>) {
    let bytes = code.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'{' => return ((closing(code, at) + 1).min(code.len()), Some(at)),
            b';' => return (at + 1, None),
            b'(' | b'[' => at = closing(code, at),
            _ => {}
        }
        at += 1;
    }
    (code.len(), None)
}

fn count_parameters(list: &str) -> usize {
    split_top_level(list)
        .into_iter()
        .filter(|part| !part.trim().is_empty())
        .filter(|part| {
            words(part.split(':').next().unwrap_or("")).last().is_none_or(|w| w.1 != "self")
        })
        .count()
}

/// Splits at the commas that are inside no bracket of any kind.
fn split_top_level(list: &str) -> Vec<&str> {
    let bytes = list.as_bytes();
    let (mut parts, mut from, mut at, mut angle) = (Vec::new(), 0, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'(' | b'[' | b'{' => at = closing(list, at),
            b'<' => angle += 1,
            b'>' if bytes[at - 1] != b'-' => angle -= 1,
            b',' if angle == 0 => {
                parts.push(&list[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&list[from.min(list.len())..]);
    parts
}

/// `body` runs from the opening brace to the closing one, both included.
fn is_flat_match(body: &str) -> bool {
    let lines: Vec<&str> = body.lines().filter(|line| !line.trim().is_empty()).collect();
    let arms = lines.iter().filter(|line| line.contains("=>")).count();
    arms > 0 && arms * 2 >= lines.len().saturating_sub(2)
}

/// All items under a test attribute; an item inside another test item is listed as well.
pub fn test_items(code: &str) -> Vec<TestItem> {
    let starts = code.match_indices("#[").map(|(at, _)| at);
    starts
        .filter(|at| is_test_attribute(attribute(code, *at)))
        .map(|at| test_item(code, at))
        .collect()
}

/// True if the file declares itself test-only with an inner attribute.
pub fn is_test_file(code: &str) -> bool {
    code.match_indices("#![").any(|(at, _)| is_test_attribute(attribute(code, at + 1)))
}

/// What is between the brackets of the attribute whose bracket opens after `at`.
fn attribute(code: &str, at: usize) -> &str {
    code.get(at + 2..closing(code, at + 1)).unwrap_or("").trim()
}

fn is_test_attribute(text: &str) -> bool {
    let conditional = text.starts_with("cfg") && !text.starts_with("cfg_attr");
    text == "test"
        || text.ends_with("::test")
        || (conditional && words(text).any(|w| w.1 == "test") && !text.contains("not(test"))
}

fn test_item(code: &str, start: usize) -> TestItem {
    let mut head = start;
    while code[head..].starts_with("#[") {
        head = skip_space(code, closing(code, head + 1) + 1);
    }
    let leading: Vec<&str> = words(&code[head..]).take(6).map(|w| w.1).collect();
    let keyword = leading.iter().position(|word| matches!(*word, "use" | "mod" | "fn"));
    if keyword.is_some_and(|at| leading[at] == "use") {
        let end = code[head..].find(';').map_or(code.len(), |at| head + at + 1);
        return TestItem { range: start..end, module: None, inline: true };
    }
    let (end, body) = item_end(code, head);
    let module = keyword.filter(|at| leading[*at] == "mod").and_then(|at| leading.get(at + 1));
    TestItem { range: start..end, module: module.map(|m| m.to_string()), inline: body.is_some() }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lex;
    use super::*;

    fn found(text: &str) -> Vec<(String, usize)> {
        functions(&lex(text).code).into_iter().map(|f| (f.name, f.parameters)).collect()
    }

    fn body(text: &str) -> String {
        text[functions(&lex(text).code)[0].range.clone()].to_string()
    }

    #[test]
    fn a_function_runs_to_its_own_closing_brace() {
        let text = "pub fn f() { if x { \"}\" } else { '}' } /* } */ } fn g() {}";
        assert_eq!(body(text), "fn f() { if x { \"}\" } else { '}' } /* } */ }");
        assert_eq!(body("fn f(x: [u8; 4]) -> [u8; 4]; fn g() {}"), "fn f(x: [u8; 4]) -> [u8; 4];");
        assert_eq!(body("fn f() { r#\"{{\"# } // }"), "fn f() { r#\"{{\"# }");
        assert_eq!(body("fn f() {"), "fn f() {");
    }

    #[test]
    fn inner_functions_are_found_and_pointers_are_not() {
        let text = "fn a() { fn b(x: fn(u8, u8)) {} let c: fn() = b; } // fn d() {}";
        assert_eq!(found(text), [("a".to_string(), 0), ("b".to_string(), 1)]);
    }

    #[test]
    fn counts_parameters_without_self() {
        let one = |text| found(text)[0].1;
        assert_eq!(one("fn f(&mut self, a: u8) {}"), 1);
        assert_eq!(one("fn f(&'a self) {}"), 0);
        assert_eq!(one("fn f(mut self: Box<Self>, a: u8,) {}"), 1);
        assert_eq!(one("fn f(a: HashMap<u8, Vec<u8>>, (b, c): (u8, u8)) {}"), 2);
        assert_eq!(
            one("fn f<F: Fn(u8, u8) -> Vec<u8>>(f: F, g: impl Fn(u8, u8) -> u8, n: u8) {}"),
            3
        );
        assert_eq!(one("fn f<const N: usize>(a: [u8; N], selfish: u8) where u8: Copy {}"), 2);
    }

    #[test]
    fn a_flat_match_is_mostly_arms() {
        let flat = "fn f(x: u8) -> u8 {\n match x {\n 1 => 2,\n 2 => 3,\n _ => 0,\n }\n}";
        assert!(functions(flat)[0].flat_match);
        let mixed = "fn f() {\n a();\n b();\n c();\n match x {\n 1 => 2,\n _ => 0,\n }\n}";
        assert!(!functions(mixed)[0].flat_match);
        assert!(!functions("fn f() {\n}")[0].flat_match);
    }

    #[test]
    fn test_items_are_found_with_their_ranges() {
        let text = "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests { fn b() {} }\nfn c() {}";
        let items = test_items(text);
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].module.as_deref(), Some("tests"));
        assert!(items[0].inline);
        assert_eq!(&text[items[0].range.end..], "\nfn c() {}");
    }

    #[test]
    fn out_of_line_modules_imports_and_functions_under_a_test_attribute() {
        let text = "#[cfg(test)] impl A { fn b() { mod c {} } }";
        assert_eq!(test_items(text)[0].module, None);
        let items = test_items("#[cfg(test)] mod model; #[cfg(test)] use a::{b, c}; fn d() {}");
        assert_eq!(items[0].module.as_deref(), Some("model"));
        assert!(!items[0].inline);
        assert_eq!(items[1].module, None);
        assert_eq!(items[1].range, 24..51);
        assert_eq!(test_items("#[test] fn a() { x }")[0].range, 0..20);
    }

    #[test]
    fn other_conditions_are_not_tests() {
        for text in
            ["#[cfg(not(test))] fn a() {}", "#[cfg(unix)] mod a;", "#[cfg_attr(test, x)] fn a() {}"]
        {
            assert_eq!(test_items(text), [], "{text}");
        }
        assert_eq!(test_items(&lex("#[cfg(feature = \"test\")] mod a;").code), []);
        assert_eq!(test_items("#[cfg(all(test, unix))] mod a;").len(), 1);
        assert!(is_test_file("#![cfg(test)]"));
        assert!(!is_test_file("#![allow(unsafe_code)]"));
    }
}
