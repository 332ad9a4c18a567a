//! Runs every block of `transcripts/*.t` against the server under test, in RESP and in the binary
//! form, and against the oracle.
//!
//! Each block is a test with a name such as `under-test strings.t:12 ...`; words on the command
//! line select the blocks whose name contains one of them. `RECORD=1` fills in the replies of the
//! oracle where a command has none yet (review what it writes).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use russet_tests::transcript::{Stage, Transcript};
use russet_tests::{Form, Program};

#[derive(Default)]
struct Tally {
    passed: usize,
    ignored: usize,
    filtered: usize,
    failures: Vec<String>,
}

fn main() -> ExitCode {
    let filters: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if std::env::args().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let recording = std::env::var_os("RECORD").is_some();
    let began = Instant::now();
    let tallies = std::thread::scope(|scope| {
        let mut runs = vec![(Program::Oracle, Form::Resp)];
        if !recording {
            runs.push((Program::UnderTest, Form::Resp));
        }
        if !recording && Program::UnderTest.is_russet() {
            runs.push((Program::UnderTest, Form::Binary));
        }
        let filters = &filters;
        let threads: Vec<_> = runs
            .into_iter()
            .map(|run| scope.spawn(move || run_all(run, filters, recording)))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread")).collect::<Vec<_>>()
    });
    let mut total = Tally::default();
    for tally in tallies {
        total.passed += tally.passed;
        total.ignored += tally.ignored;
        total.filtered += tally.filtered;
        total.failures.extend(tally.failures);
    }
    for failure in &total.failures {
        println!("\n---- {failure}");
    }
    let word = if total.failures.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {} passed; {} failed; {} ignored; 0 measured; {} filtered out; \
         finished in {:.2}s\n",
        total.passed,
        total.failures.len(),
        total.ignored,
        total.filtered,
        began.elapsed().as_secs_f64()
    );
    if total.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A program, and how it is spoken to.
type Run = (Program, Form);

fn run_all(run: Run, filters: &[String], recording: bool) -> Tally {
    let mut tally = Tally::default();
    for path in files() {
        let name = path.file_name().expect("a file name").to_string_lossy().into_owned();
        if let Err(failure) = run_file(run, &path, (filters, recording), &mut tally) {
            tally.failures.push(format!("{} {name}\n{failure}", label(run)));
        }
    }
    tally
}

fn run_file(
    (program, form): Run,
    path: &Path,
    (filters, recording): (&[String], bool),
    tally: &mut Tally,
) -> Result<(), Box<dyn std::error::Error>> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(path)?;
    let transcript = Transcript::parse(&file, &text)?;
    let mut stage = Stage::new(program, form, recording)?;
    for block in &transcript.blocks {
        let name = format!("{} {file}:{} {}", label((program, form)), block.line, block.title);
        if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter)) {
            tally.filtered += 1;
            continue;
        }
        if form == Form::Binary && block.has_raw_bytes() {
            continue;
        }
        let obstacle = if program.is_russet() { &block.later } else { &block.not_on_oracle };
        if let Some(reason) = obstacle.as_ref().filter(|_| !recording) {
            println!("test {name} ... ignored, {reason}");
            tally.ignored += 1;
            continue;
        }
        match stage.run(block) {
            Ok(()) => {
                println!("test {name} ... ok");
                tally.passed += 1;
            }
            Err(failure) => {
                println!("test {name} ... FAILED");
                tally.failures.push(format!("{name}\n{file} {failure}"));
            }
        }
    }
    if let Some(recorded) = stage.recorded.filter(|recorded| !recorded.is_empty()) {
        fs::write(path, Transcript::insert_replies(&text, &recorded))?;
    }
    Ok(())
}

fn label(run: Run) -> &'static str {
    match run {
        (Program::UnderTest, Form::Resp) => "under-test",
        (Program::UnderTest, Form::Binary) => "under-test-binary",
        (Program::Oracle, _) => "oracle",
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    let entries = fs::read_dir(&folder).expect("the folder of transcripts");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "t"));
    files.sort();
    files
}
