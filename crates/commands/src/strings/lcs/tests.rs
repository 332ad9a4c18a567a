//! LCS by example, and the bits against the textbook table.

use proptest::prelude::*;

use super::*;
use crate::testing::Bench;

#[test]
fn text_length_and_runs() {
    let mut bench = Bench::default();
    bench.run("MSET a ohmytext b mynewtext n 12345 m 1045");
    bench.check_reads(&[
        ("LCS a b", "$6 mytext"),
        ("LCS a b LEN", ":6"),
        ("LCS n m", "$3 145"),
        ("LCS a none", "$0"),
        ("LCS none none LEN", ":0"),
        ("LCS a none IDX", "*4 $7 matches *0 $3 len :0"),
        ("LCS a b IDX", "*4 $7 matches *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 $3 len :6"),
        (
            "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
            "*4 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6",
        ),
        ("LCS a b LEN MINMATCHLEN -5", ":6"),
    ]);
    bench.version = protocol::Version::Resp3;
    bench.check_reads(&[("LCS a none IDX", "%2 $7 matches *0 $3 len :0")]);
}

#[test]
fn errors() {
    let mut bench = Bench::default();
    bench.run("HSET h f v");
    bench.run("SET a ohmytext");
    let both = "-ERR If you want both the length and indexes, please just use IDX.";
    bench.check_reads(&[
        ("LCS a h FOO", "-ERR The specified keys must contain string values"),
        ("LCS a a FOO", "-ERR syntax error"),
        ("LCS a a MINMATCHLEN", "-ERR syntax error"),
        ("LCS a a MINMATCHLEN x", "-ERR value is not an integer or out of range"),
        ("LCS a a LEN IDX", both),
    ]);
    // (8 + 1)^2 cells of 4 bytes.
    bench.limits.string_len_max = 324;
    bench.check_reads(&[("LCS a a", "$8 ohmytext")]);
    bench.limits.string_len_max = 323;
    let memory = "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
    bench.check_reads(&[("LCS a a LEN", memory)]);
    assert!(check_size(u32::MAX as usize, 0, usize::MAX).is_err());
    let huge = check_size(u32::MAX as usize - 2, u32::MAX as usize - 2, usize::MAX);
    assert!(huge.unwrap_err().to_string().contains("failed allocating"));
}

/// The textbook table, and the way back through it.
fn naive(a: &[u8], b: &[u8]) -> (usize, Vec<(usize, usize)>) {
    let mut table = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            table[i][j] = if a[i - 1] == b[j - 1] {
                table[i - 1][j - 1] + 1
            } else {
                table[i - 1][j].max(table[i][j - 1])
            };
        }
    }
    let (mut i, mut j, mut matches) = (a.len(), b.len(), Vec::new());
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            (i, j) = (i - 1, j - 1);
            matches.push((i, j));
        } else if table[i - 1][j] > table[i][j - 1] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    (table[a.len()][b.len()], matches)
}

proptest! {
    #[test]
    fn agrees_with_the_textbook(a in "[abc]{0,200}", b in "[abcd]{0,200}") {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        let (len, matches) = naive(a, b);
        prop_assert_eq!(Rows::new(a, b, Keep::Last).len(), len);
        let rows = Rows::new(a, b, Keep::All);
        prop_assert_eq!(rows.len(), len);
        let mut found = Vec::new();
        rows.matches_backwards(a, b, |i, j| found.push((i, j)));
        prop_assert_eq!(&found, &matches);
        let of_runs: Vec<(usize, usize)> = runs(&rows, a, b)
            .iter()
            .flat_map(|run| (0..run.len).rev().map(|n| (run.a + n, run.b + n)))
            .collect();
        prop_assert_eq!(of_runs, matches);
    }
}
