//! `cargo xtask manual`: the pages of the manual that are derived from tables in the code.
//!
//! Each page is a function from a table to Markdown, so page and program cannot disagree. None is
//! joined yet. The first will be the page of settings, made from the crate russet-config: add
//! `config` to this crate's dependencies and to its row in `tidy/edges.rs`, then the row
//!
//! ```text
//! ("docs/manual/settings.md", config::manual),
//! ```
//!
//! to `PAGES` below, where `config::manual()` returns the whole page as a `String`.
//!
//! Not here: prose. Pages written by hand stay in docs/ and are never overwritten.

use std::path::Path;
use std::process::ExitCode;

/// A derived page: its path from the repository root, and what makes its text.
type Page = (&'static str, fn() -> String);

const PAGES: &[Page] = &[];

/// Writes every derived page. Exit code 1 if a page could not be written, or if there are none.
pub fn run(_arguments: &[String]) -> ExitCode {
    if PAGES.is_empty() {
        eprintln!("xtask manual: no page is derived from a table yet");
        return ExitCode::FAILURE;
    }
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
