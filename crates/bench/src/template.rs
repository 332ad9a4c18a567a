//! Request bytes made once and patched in place, so that the client costs little per request.
//!
//! A `Template` is a command line with holes: `__key__` (twelve digits from the key
//! distribution), `__rand_int__` (twelve digits, uniform), `__score__` (the same, for sorted
//! sets) and `__value__` (filler of the value size). A `Batch` holds a pipeline of such requests
//! ready to send; for each send only the digits change. Where requests differ in shape (a mix,
//! or a range of value sizes) they are copied from ready-made variants first.
//!
//! Format: RESP arrays of bulk strings,
//! <https://redis.io/docs/latest/develop/reference/protocol-spec/>, plain lines, or the binary form
//! of `docs/formats/binary.md`.

use std::ops::Range;

use crate::error::BenchError;
use crate::keys::{KEY_DIGITS, Keys};

/// Ready-made variants per template when the value size is a range.
const SIZE_VARIANTS: usize = 64;

/// What fills a hole of twelve digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    Key,
    Uniform,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    Digits(Hole),
    Value,
}

/// Whether holes of digits are filled or, as redis-benchmark without `-r`, left as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holes {
    /// Every request names its own key.
    Filled,
    /// Every request is the same: `__key__` becomes the text `__rand_int__`, `__score__` 0.
    Literal,
}

/// A command with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    arguments: Vec<Vec<Piece>>,
    form: Form,
}

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Array,
    Inline,
    Binary,
}

impl Template {
    /// Reads a command line: words separated by spaces, quoted ones with `"` or `'`.
    ///
    /// # Errors
    /// `BenchError::Usage` for an empty line or an open quote.
    pub fn parse(line: &str, holes: Holes) -> Result<Self, BenchError> {
        let words = split_words(line)?;
        if words.is_empty() {
            return Err(BenchError::Usage("an empty command".into()));
        }
        Ok(Self::from_words(&words, holes))
    }

    /// A command whose words are already separate.
    pub fn from_words(words: &[String], holes: Holes) -> Self {
        let arguments = words.iter().map(|word| pieces(word, holes)).collect();
        Self { arguments, form: Form::Array }
    }

    /// The same command sent as a plain line instead of an array.
    pub fn inline(mut self) -> Self {
        self.form = Form::Inline;
        self
    }

    /// The same command in the binary form.
    pub fn binary(mut self) -> Self {
        self.form = Form::Binary;
        self
    }

    /// The first word, for titles.
    pub fn name(&self) -> String {
        match self.arguments.first().and_then(|pieces| pieces.first()) {
            Some(Piece::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => "?".into(),
        }
    }

    /// One request with zeros in its holes.
    pub fn render(&self, value: &[u8]) -> Vec<u8> {
        self.variant(value).bytes
    }

    fn has_value(&self) -> bool {
        self.arguments.iter().flatten().any(|piece| *piece == Piece::Value)
    }

    fn variant(&self, value: &[u8]) -> Variant {
        let mut variant = Variant::default();
        let length = |pieces: &Vec<Piece>| pieces.iter().map(|piece| piece.length(value)).sum();
        match self.form {
            Form::Inline => {}
            Form::Array => variant.header(b'*', self.arguments.len()),
            Form::Binary => {
                let strings: usize = self.arguments.iter().map(|it| length(it) + 4).sum();
                variant.binary_header(self.arguments.len(), strings);
            }
        }
        for (index, pieces) in self.arguments.iter().enumerate() {
            match self.form {
                Form::Inline if index == 0 => {}
                Form::Inline => variant.bytes.push(b' '),
                Form::Array => variant.header(b'$', length(pieces)),
                Form::Binary => variant.word(length(pieces)),
            }
            for piece in pieces {
                variant.piece(piece, value);
            }
            if self.form == Form::Array {
                variant.bytes.extend_from_slice(b"\r\n");
            }
        }
        if self.form == Form::Inline {
            variant.bytes.extend_from_slice(b"\r\n");
        }
        variant
    }
}

impl Piece {
    fn length(&self, value: &[u8]) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Digits(_) => KEY_DIGITS,
            Self::Value => value.len(),
        }
    }
}

/// One request and where its holes are.
#[derive(Debug, Default, Clone)]
struct Variant {
    bytes: Vec<u8>,
    holes: Vec<(usize, Hole)>,
}

impl Variant {
    fn header(&mut self, kind: u8, length: usize) {
        self.bytes.push(kind);
        self.bytes.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// The front of a binary request with so many arguments, which take so many bytes.
    fn binary_header(&mut self, count: usize, strings: usize) {
        match u8::try_from(count) {
            Ok(count) => {
                self.word(strings + 1);
                self.bytes.push(count);
            }
            Err(_) => {
                self.word(strings + 5);
                self.bytes.push(0);
                self.word(count);
            }
        }
    }

    fn word(&mut self, number: usize) {
        self.bytes.extend_from_slice(&(number as u32).to_le_bytes());
    }

    fn piece(&mut self, piece: &Piece, value: &[u8]) {
        match piece {
            Piece::Text(text) => self.bytes.extend_from_slice(text),
            Piece::Value => self.bytes.extend_from_slice(value),
            Piece::Digits(hole) => {
                self.holes.push((self.bytes.len(), *hole));
                self.bytes.extend_from_slice(&[b'0'; KEY_DIGITS]);
            }
        }
    }
}

/// Requests of one thread, ready to send.
#[derive(Debug)]
pub struct Batch {
    /// Kinds of request: up to which weight this kind is drawn, and its variants by size.
    kinds: Vec<(u32, Vec<Variant>)>,
    weight: u32,
    /// The requests themselves; with a single variant they stay here between sends.
    bytes: Vec<u8>,
    holes: Vec<(usize, Hole)>,
    /// The length of one request, and holes in it, when there is a single variant.
    uniform: Option<(usize, usize)>,
}

impl Batch {
    /// Prepares up to `depth` requests drawn from `mix` by weight.
    pub fn new(mix: &[(Template, u32)], size: Range<usize>, depth: usize) -> Self {
        let mut weight = 0;
        let mut kinds = Vec::with_capacity(mix.len());
        for (template, share) in mix {
            weight += share;
            kinds.push((weight, variants(template, &size)));
        }
        let mut batch = Self { kinds, weight, bytes: Vec::new(), holes: Vec::new(), uniform: None };
        if let [(_, variants)] = batch.kinds.as_slice()
            && let [only] = variants.as_slice()
        {
            let only = only.clone();
            batch.uniform = Some((only.bytes.len(), only.holes.len()));
            for _ in 0..depth {
                append(&mut batch.bytes, &mut batch.holes, &only);
            }
        }
        batch
    }

    /// The bytes of `count` requests with fresh keys; `count` is at most the depth.
    #[inline]
    pub fn fill(&mut self, count: usize, keys: &mut Keys) -> &[u8] {
        let (bytes_end, holes_end) = match self.uniform {
            Some((length, holes)) => (count * length, count * holes),
            None => self.compose(count, keys),
        };
        for &(at, hole) in &self.holes[..holes_end] {
            let number = match hole {
                Hole::Key => keys.next_key(),
                Hole::Uniform => keys.uniform(),
            };
            keys.write_digits(number, &mut self.bytes[at..at + KEY_DIGITS]);
        }
        &self.bytes[..bytes_end]
    }

    fn compose(&mut self, count: usize, keys: &mut Keys) -> (usize, usize) {
        self.bytes.clear();
        self.holes.clear();
        for _ in 0..count {
            let ticket = keys.below(self.weight);
            let kind = self.kinds.iter().find(|(end, _)| ticket < *end);
            let Some((_, variants)) = kind else { continue };
            let chosen = &variants[keys.below(variants.len() as u32) as usize];
            append(&mut self.bytes, &mut self.holes, chosen);
        }
        (self.bytes.len(), self.holes.len())
    }
}

fn append(bytes: &mut Vec<u8>, holes: &mut Vec<(usize, Hole)>, variant: &Variant) {
    let base = bytes.len();
    bytes.extend_from_slice(&variant.bytes);
    holes.extend(variant.holes.iter().map(|&(at, hole)| (base + at, hole)));
}

fn variants(template: &Template, size: &Range<usize>) -> Vec<Variant> {
    if size.len() <= 1 || !template.has_value() {
        return vec![template.variant(&filler(size.start))];
    }
    let steps = SIZE_VARIANTS.min(size.len());
    let sizes = (0..steps).map(|step| size.start + step * (size.len() - 1) / (steps - 1));
    sizes.map(|size| template.variant(&filler(size))).collect()
}

/// A value of `size` bytes: letters that do not compress, the same in every run.
pub fn filler(size: usize) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(1234);
    (0..size).map(|_| rng.alphanumeric() as u8).collect()
}

fn pieces(word: &str, holes: Holes) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = word;
    loop {
        let marks = ["__key__", "__rand_int__", "__score__", "__value__"];
        let found = marks.iter().filter_map(|mark| Some((rest.find(mark)?, *mark))).min();
        let Some((at, mark)) = found else { break };
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].into()));
        }
        pieces.push(match (mark, holes) {
            ("__value__", _) => Piece::Value,
            ("__score__", Holes::Literal) => Piece::Text(b"0".to_vec()),
            (_, Holes::Literal) => Piece::Text(b"__rand_int__".to_vec()),
            ("__key__", _) => Piece::Digits(Hole::Key),
            _ => Piece::Digits(Hole::Uniform),
        });
        rest = &rest[at + mark.len()..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    pieces
}

/// Splits a command line at spaces; `"` and `'` quote.
///
/// # Errors
/// `BenchError::Usage` for an open quote.
pub fn split_words(line: &str) -> Result<Vec<String>, BenchError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match quote {
            Some(mark) if letter == mark => quote = None,
            Some(_) => word.get_or_insert_default().push(letter),
            None if letter == '"' || letter == '\'' => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            None if letter.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(letter),
        }
    }
    if quote.is_some() {
        return Err(BenchError::Usage(format!("an open quote in {line:?}")));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Distribution;

    fn sequential() -> Keys {
        Keys::new(Distribution::Sequential, 100, 1, (0, 1))
    }

    fn template(line: &str) -> Template {
        Template::parse(line, Holes::Filled).unwrap()
    }

    #[test]
    fn a_batch_is_patched_in_place() {
        let mut batch = Batch::new(&[(template("GET k:__key__"), 1)], 3..4, 2);
        let mut keys = sequential();
        let first = batch.fill(2, &mut keys).to_vec();
        assert_eq!(
            first,
            b"*2\r\n$3\r\nGET\r\n$14\r\nk:000000000000\r\n\
            *2\r\n$3\r\nGET\r\n$14\r\nk:000000000001\r\n"
        );
        assert_eq!(
            batch.fill(1, &mut keys),
            b"*2\r\n$3\r\nGET\r\n$14\r\nk:000000000002\r\n",
            "a shorter batch is a prefix"
        );
    }

    #[test]
    fn a_mix_keeps_its_proportion_and_sizes_their_range() {
        let mix = [(template("SET __key__ __value__"), 1), (template("GET __key__"), 9)];
        let mut batch = Batch::new(&mix, 10..21, 1000);
        let bytes = batch.fill(1000, &mut sequential()).to_vec();
        let text = String::from_utf8(bytes).unwrap();
        let sets = text.matches("SET").count();
        assert!((60..140).contains(&sets), "{sets}");
        assert!(text.contains("$10\r\n") && text.contains("$20\r\n"));
        assert!(!text.contains("$21\r\n") && !text.contains("$9\r\n"));
    }

    #[test]
    fn holes_can_stay_as_written() {
        let template = Template::parse("SET key:__key__ __value__", Holes::Literal).unwrap();
        assert_eq!(
            template.render(b"xxx"),
            b"*3\r\n$3\r\nSET\r\n$16\r\nkey:__rand_int__\r\n$3\r\nxxx\r\n"
        );
    }

    #[test]
    fn a_request_can_be_binary() {
        let get = template("GET k:__key__").binary().render(b"");
        assert_eq!(get, b"\x1a\0\0\0\x02\x03\0\0\0GET\x0e\0\0\0k:000000000000");
        let long = template(&"x ".repeat(300)).binary().render(b"");
        assert_eq!(long[..9], [0xe1, 5, 0, 0, 0, 44, 1, 0, 0]);
    }

    #[test]
    fn words_may_be_quoted() {
        let words = split_words("EVAL \"return 1\" '' 0").unwrap();
        assert_eq!(words, ["EVAL", "return 1", "", "0"]);
        assert!(split_words("SET 'a").is_err());
        assert_eq!(template("PING").inline().render(b""), b"PING\r\n");
        assert_eq!(template("ECHO ''").render(b""), b"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n");
    }
}
