//! The manifest: which files make up the log, and in which order.
//!
//! ```text
//! file appendonly.aof.2.base.rdb seq 2 type b      the base, at most one
//! file appendonly.aof.1.incr.aof seq 1 type h      history: of no use any more, to be deleted
//! file appendonly.aof.2.incr.aof seq 2 type i      increments, loaded in this order
//! #SUM:9f8e7d6c5b4a3921                            checksum of all before it; no newline
//! ```
//!
//! What is accepted, what is refused and in which words is Redis 7.0's: unknown words in a line are
//! passed over, a line beginning with `#` is a comment, a name may be quoted as in a configuration
//! file. One difference in writing: we also quote a name that holds a single quote, which Redis
//! writes bare and then cannot read.
//!
//! Not here: reading and replacing the file (`directory.rs`).

use base::bytes::quoted;
use crc_fast::{CrcAlgorithm, checksum};
use protocol::{Limits, OwnedRequest, Parser, Step};

/// Longest line, its newline included, in bytes.
const LINE_LEN_MAX: usize = 1024;

/// Begins the line with the checksum. To Redis it is a comment; it has no newline, so that
/// whoever reads line by line does not even see one more.
const SUM: &[u8] = b"#SUM:";

/// The contents of a manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The base, if there is one.
    pub base: Option<Part>,
    /// Files that a newer base has replaced, the latest first.
    pub history: Vec<Part>,
    /// The increments, by rising number.
    pub increments: Vec<Part>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name inside the directory.
    pub name: Vec<u8>,
    /// Its number, from 1; bases and increments are counted apart.
    pub number: i64,
}

impl Part {
    /// Whether the name is an increment's; a base may have any.
    fn is_increment(&self) -> bool {
        self.name.ends_with(b".incr.aof")
    }
}

/// Why a manifest is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at line {line}: '{text}')")]
pub struct ManifestError {
    /// What is wrong, in Redis's words.
    pub reason: &'static str,
    /// The line, counted from 1, or 0 if the manifest has none.
    pub line: usize,
    /// The line itself.
    pub text: String,
}

const FORMAT: &str = "Invalid AOF manifest file format";

impl Manifest {
    /// Whether no file holds anything to load.
    pub fn is_empty(&self) -> bool {
        self.base.is_none() && self.increments.is_empty()
    }

    /// The files to load, in order.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.base.iter().chain(&self.increments)
    }

    /// The number of the next base.
    pub fn next_base(&self) -> i64 {
        let bases = self.history.iter().filter(|part| !part.is_increment()).chain(&self.base);
        bases.map(|part| part.number).max().unwrap_or(0) + 1
    }

    /// A new base, and an increment behind it unless there is to be none, replace all others.
    pub fn replace(&mut self, base: Part, increment: Option<Part>) {
        let mut replaced = std::mem::take(&mut self.increments);
        replaced.extend(self.base.replace(base));
        replaced.append(&mut self.history);
        self.history = replaced;
        self.increments.extend(increment);
    }

    /// Adds an increment behind the others, and returns it. Its number is not that of a file that
    /// is kept as history either.
    pub fn add_increment(&mut self, file_name: &str) -> Part {
        let used = self.history.iter().filter(|part| part.is_increment()).chain(&self.increments);
        let number = used.map(|part| part.number).max().unwrap_or(0) + 1;
        let part = Part { name: format!("{file_name}.{number}.incr.aof").into(), number };
        self.increments.push(part.clone());
        part
    }

    /// Reads the bytes of a manifest.
    pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        let mut manifest = Manifest::default();
        if bytes.is_empty() {
            let reason = "Found an empty AOF manifest";
            return Err(ManifestError { reason, line: 0, text: String::new() });
        }
        check_sum(bytes)?;
        for (index, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            if line.starts_with(b"#") {
                continue;
            }
            manifest.add_line(line).map_err(|reason| ManifestError {
                reason,
                line: index + 1,
                text: base::bytes::escape(line.trim_ascii()),
            })?;
        }
        if manifest.has_lost_an_increment() {
            let reason = "Found the latest increment among the history, without a base";
            return Err(ManifestError { reason, line: 0, text: String::new() });
        }
        Ok(manifest)
    }

    /// What a new base replaces becomes history together, the old base too, and is older than what
    /// stays. An `i` needs one flipped bit to become an `h`, and history is deleted.
    fn has_lost_an_increment(&self) -> bool {
        let latest = |parts: &[Part]| parts.iter().map(|part| part.number).max().unwrap_or(0);
        let all_increments = self.history.iter().all(Part::is_increment);
        all_increments && latest(&self.history) > latest(&self.increments)
    }

    /// The manifest as it stands in its file, its checksum behind it.
    pub fn to_file(&self) -> Vec<u8> {
        let mut bytes = self.to_bytes();
        let sum = sum_of(&bytes);
        bytes.extend_from_slice(SUM);
        bytes.extend_from_slice(sum.as_bytes());
        bytes
    }

    /// The lines of the manifest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let kinds = [(self.base.as_slice(), 'b'), (&self.history, 'h'), (&self.increments, 'i')];
        for (parts, kind) in kinds {
            for part in parts {
                bytes.extend_from_slice(b"file ");
                if needs_quotes(&part.name) {
                    bytes.extend_from_slice(quoted(&part.name).as_bytes());
                } else {
                    bytes.extend_from_slice(&part.name);
                }
                bytes.extend_from_slice(format!(" seq {} type {kind}\n", part.number).as_bytes());
            }
        }
        bytes
    }

    fn add_line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        if line.len() > LINE_LEN_MAX || !line.ends_with(b"\n") {
            return Err("The AOF manifest file contains too long line");
        }
        let words = split(line).ok_or(FORMAT)?;
        let (part, kind) = read_words(&words)?;
        match kind {
            b'b' if self.base.is_some() => return Err("Found duplicate base file information"),
            b'b' => self.base = Some(part),
            b'h' => self.history.push(part),
            b'i' => {
                if part.number <= self.increments.last().map_or(0, |last| last.number) {
                    return Err("Found a non-monotonic sequence number");
                }
                self.increments.push(part);
            }
            _ => return Err("Unknown AOF file type"),
        }
        Ok(())
    }
}

/// The checksum of a manifest's lines: that of dumps, in hexadecimal.
fn sum_of(lines: &[u8]) -> String {
    format!("{:x}", checksum(CrcAlgorithm::Crc64Redis, lines))
}

/// Compares a manifest with its checksum, if it has one. Redis writes none.
fn check_sum(bytes: &[u8]) -> Result<(), ManifestError> {
    let begins_line = |at: usize| at == 0 || bytes[at - 1] == b'\n';
    let mut places = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(SUM));
    let Some(at) = places.find(|&at| begins_line(at)) else { return Ok(()) };
    let (lines, told) = (&bytes[..at], bytes[at + SUM.len()..].trim_ascii_end());
    if told == sum_of(lines).as_bytes() {
        return Ok(());
    }
    let reason = "The checksum of the AOF manifest file does not match. If it was changed by hand, \
                  remove the line that begins with #SUM:";
    let line = lines.iter().filter(|&&byte| byte == b'\n').count() + 1;
    Err(ManifestError { reason, line, text: base::bytes::escape(&bytes[at..]) })
}

/// The words of a line, quoted as in inline requests.
fn split(line: &[u8]) -> Option<Box<OwnedRequest>> {
    let mut text = line.trim_ascii().to_vec();
    text.push(b'\n');
    if text.starts_with(b"*") {
        return None;
    }
    match Parser::default().next(&text, 0, &Limits::default(), &mut Vec::new()) {
        Ok(Step::Inline { request, .. }) => Some(request),
        _ => None,
    }
}

fn read_words(words: &OwnedRequest) -> Result<(Part, u8), &'static str> {
    let words = words.as_request();
    if words.len() < 6 || !words.len().is_multiple_of(2) {
        return Err(FORMAT);
    }
    let (mut name, mut number, mut kind) = (None, 0, None);
    for index in (0..words.len()).step_by(2) {
        let (word, value) = (words.arg(index), words.arg(index + 1));
        if word.eq_ignore_ascii_case(b"file") {
            if value.iter().any(|byte| b"/\\".contains(byte)) {
                return Err("File can't be a path, just a filename");
            }
            name = Some(value.to_vec());
        } else if word.eq_ignore_ascii_case(b"seq") {
            number = leading_number(value);
        } else if word.eq_ignore_ascii_case(b"type") {
            kind = value.first().copied();
        }
    }
    match (name, number, kind) {
        (Some(name), 1.., Some(kind)) if !name.is_empty() => Ok((Part { name, number }, kind)),
        // Redis lets a negative number pass here and stumbles over it later.
        _ => Err(FORMAT),
    }
}

/// The number a word begins with, or 0.
fn leading_number(word: &[u8]) -> i64 {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&word[..digits]).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn needs_quotes(name: &[u8]) -> bool {
    name.iter().any(|byte| !byte.is_ascii_graphic() || b"\\\"'".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXAMPLE: &str = "file a.2.base.rdb seq 2 type b\nfile a.1.incr.aof seq 1 type h\n\
                           file a.4.incr.aof seq 4 type i\nfile a.7.incr.aof seq 7 type i\n";

    fn refused(text: &str) -> String {
        Manifest::parse(text.as_bytes()).unwrap_err().reason.to_owned()
    }

    #[test]
    fn what_is_read_is_written_again() {
        let manifest = Manifest::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!(manifest.to_bytes(), EXAMPLE.as_bytes());
        let names: Vec<_> = manifest.parts().map(|part| part.number).collect();
        assert_eq!(names, [2, 4, 7]);
    }

    #[test]
    fn comments_and_unknown_words_are_passed_over() {
        let text = "# by hand\nFILE a.1 SEQ 1 newkey newvalue TYPE incremental\n";
        let manifest = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.increments, [Part { name: b"a.1".to_vec(), number: 1 }]);
        assert!(Manifest::parse(b"#\n").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_in_the_usual_words() {
        let long = format!("file {} seq 1 type i\n", "x".repeat(1024));
        for (text, reason) in [
            ("", "Found an empty AOF manifest"),
            ("file a seq 1 type i", "The AOF manifest file contains too long line"),
            (&long, "The AOF manifest file contains too long line"),
            ("file a seq 1 type b\nfile b seq 2 type b\n", "Found duplicate base file information"),
            ("file a seq 2 type i\nfile b seq 2 type i\n", "Found a non-monotonic sequence number"),
            ("file a seq 1 type x\n", "Unknown AOF file type"),
            ("file d/a seq 1 type i\n", "File can't be a path, just a filename"),
            ("file a seq 1 type b\n\n", FORMAT),
            ("file a seq 1\n", FORMAT),
            ("file a seq 1 type\n", FORMAT),
            ("file a seq 1 type i more\n", FORMAT),
            ("file a seq 0 type i\n", FORMAT),
            ("file \"a seq 1 type i\n", FORMAT),
            ("*1\r\n$1\r\na\r\n", FORMAT),
            ("seq 1 type i kind x\n", FORMAT),
        ] {
            assert_eq!(refused(text), reason, "{text}");
        }
        let lost = "Found the latest increment among the history, without a base";
        for text in [
            "file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type h\n",
            "file a.1.incr.aof seq 1 type i\nfile a.2.incr.aof seq 2 type h\n",
        ] {
            assert_eq!(refused(text), lost, "{text}");
        }
        let error = Manifest::parse(b"#\nfile a\n").unwrap_err();
        assert_eq!((error.line, error.text.as_str()), (2, "file a"));
    }

    /// What each single flipped bit of a manifest is taken for, without those that are refused.
    fn accepted_with_a_bit_flipped(bytes: &[u8]) -> Vec<(Vec<u8>, Manifest)> {
        let flip = |place: usize| {
            let mut damaged = bytes.to_vec();
            damaged[place / 8] ^= 1 << (place % 8);
            let manifest = Manifest::parse(&damaged).ok()?;
            Some((damaged, manifest))
        };
        (0..bytes.len() * 8).filter_map(flip).collect()
    }

    #[test]
    fn no_flipped_bit_makes_another_manifest() {
        for text in [
            EXAMPLE,
            // A name of the one is a name of the other but for a bit; history that stays.
            "file a.3.base.rdb seq 3 type b\nfile a.2.base.rdb seq 2 type h\n\
             file a.2.incr.aof seq 2 type i\nfile a.3.incr.aof seq 3 type i\n",
            "file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n",
        ] {
            let manifest = Manifest::parse(text.as_bytes()).unwrap();
            let file = manifest.to_file();
            assert_eq!(Manifest::parse(&file).as_ref(), Ok(&manifest));
            for (damaged, read) in accepted_with_a_bit_flipped(&file) {
                assert_eq!(read, manifest, "{}", damaged.escape_ascii());
            }
            // Without a checksum some are read as something else.
            let accepted = accepted_with_a_bit_flipped(text.as_bytes());
            assert!(accepted.iter().any(|(_, read)| *read != manifest));
        }
    }

    #[test]
    fn a_checksum_is_of_all_that_stands_before_it() {
        let manifest = Manifest::parse(EXAMPLE.as_bytes()).unwrap();
        let file = String::from_utf8(manifest.to_file()).unwrap();
        let sum = file.strip_prefix(EXAMPLE).unwrap();
        assert!(sum.starts_with("#SUM:") && !sum.ends_with('\n'), "{sum}");
        assert!(Manifest::parse(format!("{file}\n").as_bytes()).is_ok(), "an editor's newline");
        for changed in [
            file.replace("seq 7", "seq 8"),
            format!("{file}\nfile a.9.incr.aof seq 9 type i\n"),
            format!("# by hand\n{file}"),
            format!("{EXAMPLE}#SUM:\n"),
        ] {
            let error = Manifest::parse(changed.as_bytes()).unwrap_err();
            assert!(error.to_string().contains("remove the line"), "{changed}: {error}");
        }
    }

    #[test]
    fn increments_count_on_from_the_last() {
        let mut manifest = Manifest::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!(manifest.add_increment("a b").name, b"a b.8.incr.aof");
        let text = String::from_utf8(manifest.to_bytes()).unwrap();
        assert!(text.ends_with("file \"a b.8.incr.aof\" seq 8 type i\n"), "{text}");
    }

    #[test]
    fn numbers_of_history_are_not_used_again() {
        let text = "file a.4.base.rdb seq 4 type b\nfile a.9.incr.aof seq 9 type h\n\
                    file a.3.base.aof seq 3 type h\nfile a seq 1 type h\n";
        let mut manifest = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.next_base(), 5);
        assert_eq!(manifest.add_increment("a").number, 10);
        let base = Part { name: b"a.5.base.rdb".to_vec(), number: 5 };
        manifest.replace(base, None);
        assert_eq!(
            String::from_utf8(manifest.to_bytes()).unwrap(),
            "file a.5.base.rdb seq 5 type b\nfile a.10.incr.aof seq 10 type h\n\
             file a.4.base.rdb seq 4 type h\nfile a.9.incr.aof seq 9 type h\n\
             file a.3.base.aof seq 3 type h\nfile a seq 1 type h\n"
        );
    }

    proptest! {
        #[test]
        fn any_name_comes_back(name in proptest::collection::vec(1u8.., 1..60), number in 1i64..) {
            prop_assume!(!name.iter().any(|byte| b"/\\".contains(byte)));
            let part = Part { name, number };
            let manifest = Manifest { increments: vec![part], ..Manifest::default() };
            prop_assert_eq!(Manifest::parse(&manifest.to_bytes()), Ok(manifest));
        }

        #[test]
        fn nonsense_does_no_harm(bytes: Vec<u8>) {
            let _ = Manifest::parse(&bytes);
        }
    }
}
