//! `cargo xtask manual`: the pages of the manual that are derived from tables in the code.
//!
//! Each page is a function from a table to Markdown, so page and program cannot disagree; a test
//! holds the pages in the tree against the tables of today. A new page is a row in `PAGES`.
//!
//! Not here: prose. Pages written by hand stay in docs/ and are never overwritten.

use std::path::Path;
use std::process::ExitCode;

/// A derived page: its path from the repository root, and what makes its text.
type Page = (&'static str, fn() -> String);

const PAGES: &[Page] = &[("docs/manual/config.md", config::manual)];

/// Writes every derived page. Exit code 1 if a page could not be written.
pub fn run(_arguments: &[String]) -> ExitCode {
    match crate::tidy::repository_root().and_then(|root| write_pages(&root, PAGES)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask manual: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes `pages` below `root`, creating folders as needed, and names each on standard output.
fn write_pages(root: &Path, pages: &[Page]) -> std::io::Result<()> {
    for (path, text) in pages {
        let target = root.join(path);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&target, text())?;
        println!("{path}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_in_the_tree_are_those_that_would_be_written() {
        let root = crate::tidy::repository_root().expect("a checkout");
        for (path, text) in PAGES {
            let present = std::fs::read_to_string(root.join(path)).unwrap_or_default();
            assert!(present == text(), "{path} is out of date: run `cargo xtask manual`");
        }
    }
}
