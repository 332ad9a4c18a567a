//! A new base: the old files are replaced by a dump of a cut and an increment that begins there.
//!
//! ```text
//!   prepare   temporary files; no manifest names them
//!   begin     the cut: records go to the new increment too (or to it alone, if there was no log)
//!             ... whoever asked writes the base, and syncs it ...
//!   finish    sync the increment, rename both, persist the manifest: now the new files count
//!             the new increment takes the old one's place; the old files are deleted, or kept
//! ```
//!
//! Until the manifest is in place the old files have everything, and from then on the new ones
//! have, so an interruption at any point loses nothing. The price is that records are written twice
//! while the base is being written.
//!
//! Not here: what goes into the base.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::Level;
use crate::aof::directory::{
    BaseFormat, History, Layout, OpenError, Opened, Remains, delete_history, io_error,
};
use crate::aof::files::{Create, Files, reason};
use crate::aof::manifest::{Manifest, Part};
use crate::aof::writer::{Style, Writer};
use crate::log::{Log, LogOptions};

/// What a rewrite leaves behind, beside the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Increment {
    /// The log goes on in a new increment, also if it was off.
    New,
    /// The log is off and stays so.
    None,
}

/// A rewrite under way.
pub struct Rewrite {
    layout: Layout,
    files: Arc<dyn Files>,
    base: Part,
    increment: Option<Part>,
    /// Until the cut.
    opened: Option<Opened>,
    /// The log was off before.
    turns_on: bool,
}

impl Rewrite {
    /// Makes the files.
    pub fn prepare(
        options: &LogOptions,
        increment: Increment,
        is_on: bool,
    ) -> Result<Rewrite, OpenError> {
        let (layout, files) = (options.layout.clone(), Arc::clone(&options.files));
        layout.create_dir(files.as_ref())?;
        let mut manifest = layout.read_manifest(files.as_ref())?;
        let suffix = if options.base_format == BaseFormat::Rdb { "rdb" } else { "aof" };
        let number = manifest.next_base();
        let name = format!("{}.{number}.base.{suffix}", layout.file_name).into_bytes();
        let base = Part { name, number };
        let increment =
            (increment == Increment::New).then(|| manifest.add_increment(&layout.file_name));
        let opened = match &increment {
            None => None,
            Some(part) => {
                let path = temporary(&layout, part);
                let file = files.append_to(&path, Create::Empty);
                let file = file.map_err(io_error("open the append-only file", &path))?;
                Some(Opened { file, len: 0 })
            }
        };
        let turns_on = !is_on && increment.is_some();
        Ok(Rewrite { layout, files, base, increment, opened, turns_on })
    }

    /// Where the base is to be written, and brought to disk, before [`Log::finish_rewrite`].
    pub fn base_path(&self) -> PathBuf {
        temporary(&self.layout, &self.base)
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        [Some(&self.base), self.increment.as_ref()].into_iter().flatten()
    }

    fn remove_files(&self) {
        for part in self.parts() {
            // They may not be there; nobody will miss them.
            let _ = self.files.remove(&temporary(&self.layout, part));
            let _ = self.files.remove(&self.layout.part(part));
        }
    }

    /// Gives the files their names and makes the manifest name them.
    fn install(&self) -> Result<(), NotInstalled> {
        let old = self.name_files().map_err(NotInstalled::Surely)?;
        let mut new = old.clone();
        new.replace(self.base.clone(), self.increment.clone());
        let files = self.files.as_ref();
        let Err(error) = self.layout.persist(files, &new) else { return Ok(()) };
        // The new manifest may be there all the same, and survive a crash or not.
        let restored = if old.is_empty() {
            files.remove(&self.layout.manifest()).is_ok()
                && files.sync_dir(&self.layout.dir()).is_ok()
        } else {
            self.layout.persist(files, &old).is_ok()
        };
        Err(if restored { NotInstalled::Surely(error) } else { NotInstalled::Perhaps(error) })
    }

    /// Gives the files their names. Returns the manifest, which does not name them yet.
    fn name_files(&self) -> Result<Manifest, OpenError> {
        let files = self.files.as_ref();
        let manifest = self.layout.read_manifest(files)?;
        for part in self.parts() {
            let (from, to) = (temporary(&self.layout, part), self.layout.part(part));
            files.rename(&from, &to).map_err(io_error("rename the AOF file", &from))?;
        }
        let dir = self.layout.dir();
        files.sync_dir(&dir).map_err(io_error("sync AOF directory", &dir))?;
        Ok(manifest)
    }
}

/// The new files do not count.
enum NotInstalled {
    Surely(OpenError),
    /// Nobody can tell which files a crash would leave.
    Perhaps(OpenError),
}

fn temporary(layout: &Layout, part: &Part) -> PathBuf {
    let name = format!("temp-{}", String::from_utf8_lossy(&part.name));
    layout.dir().join(name)
}

impl Log {
    /// The cut: from here on records go to the new increment. The caller is alone.
    ///
    /// # Errors
    /// The log was turned off, or on, since the rewrite was prepared.
    pub fn begin_rewrite(&self, rewrite: &mut Rewrite, options: &LogOptions) -> io::Result<()> {
        let shared = &self.shared;
        let Some(opened) = rewrite.opened.take() else { return Ok(()) };
        if rewrite.turns_on == shared.stream.has_file() {
            return Err(io::Error::other("the log was turned on or off meanwhile"));
        }
        if rewrite.turns_on {
            self.set_history(options.history);
            self.spawn_syncer(options).map_err(io::Error::other)?;
        }
        let mut writer = shared.writer.lock();
        let end = shared.stream.end();
        if rewrite.turns_on {
            *writer = Some(Writer::new(opened, end, Style::of(options)));
            drop(writer);
            shared.policy.store(options.policy as u8, Ordering::SeqCst);
            shared.written.store(end, Ordering::Release);
            shared.durable.store(end, Ordering::Release);
            shared.file_len.store(0, Ordering::Relaxed);
            shared.stream.turn_on();
        } else if let Some(writer) = writer.as_mut() {
            writer.begin_twin(opened, end);
            shared.stream.name_database();
        }
        Ok(())
    }

    /// The base is written and synced: puts the new files in the place of the old ones. Returns the
    /// bytes in them.
    ///
    /// # Errors
    /// The old files still count, and the rewrite is to be aborted.
    pub fn finish_rewrite(&self, rewrite: &Rewrite) -> Result<u64, OpenError> {
        let shared = &self.shared;
        self.sync_increment(rewrite)?;
        let manifest_turn = shared.manifest_turn.lock();
        match rewrite.install() {
            Ok(()) => {}
            Err(NotInstalled::Surely(error)) => return Err(error),
            Err(NotInstalled::Perhaps(error)) => {
                // Both sets of files have everything so far, and nothing is promised from now on
                // until a rewrite succeeds.
                if let Some(writer) = shared.writer.lock().as_mut() {
                    writer.give_up_promises();
                }
                shared
                    .fail_lasting("Which append-only files count is not known", &error.to_string());
                return Err(error);
            }
        }
        self.switch_to_increment(rewrite);
        drop(manifest_turn);
        let files = rewrite.files.as_ref();
        let base_len = files.len(&rewrite.layout.part(&rewrite.base)).ok().flatten();
        if !shared.keeps_history.load(Ordering::Relaxed) {
            drop(self.delete_history(&rewrite.layout, files));
        }
        let older = base_len.unwrap_or(0);
        shared.other_len.store(older, Ordering::Relaxed);
        Ok(older + shared.file_len.load(Ordering::Relaxed))
    }

    /// What becomes of replaced files from now on.
    pub fn set_history(&self, history: History) {
        self.shared.keeps_history.store(history == History::Keep, Ordering::Relaxed);
    }

    /// Deletes replaced files that are still there.
    pub fn delete_history(&self, layout: &Layout, files: &dyn Files) -> Remains {
        let notices = &self.shared.hooks.notices;
        let turn = self.shared.manifest_turn.lock();
        let deleted = layout
            .read_manifest(files)
            .and_then(|mut manifest| delete_history(files, layout, &mut manifest, notices));
        drop(turn);
        deleted.unwrap_or_else(|error| {
            // The next rewrite or start deletes what is left.
            notices(Level::Warning, &format!("Old append-only files could not go: {error}"));
            Remains::new()
        })
    }

    /// What was written since the cut must not be behind the base.
    fn sync_increment(&self, rewrite: &Rewrite) -> Result<(), OpenError> {
        let shared = &self.shared;
        let dir = rewrite.layout.dir();
        let twin_error = io_error("sync the new append-only file", &dir);
        if rewrite.increment.is_some() && !rewrite.turns_on {
            self.count_twin().map_err(&twin_error)?;
        } else if rewrite.turns_on {
            let turn = shared.sync_turn.lock();
            let healthy = shared.write_and_sync(shared.policy());
            drop(turn);
            if !healthy || !shared.stream.has_file() {
                return Err(twin_error(io::Error::other("it cannot be written")));
            }
        }
        Ok(())
    }

    /// From now on only the new files are written.
    fn switch_to_increment(&self, rewrite: &Rewrite) {
        if rewrite.increment.is_none() || rewrite.turns_on {
            return;
        }
        let shared = &self.shared;
        let turn = shared.sync_turn.lock();
        let mut guard = shared.writer.lock();
        let failure = guard.as_mut().and_then(|writer| {
            let failure = writer.become_twin();
            shared.publish(writer);
            failure
        });
        drop(guard);
        drop(turn);
        match failure {
            Some(error) => {
                let what = "The new append-only file could not be written";
                shared.fail_lasting(what, &reason(&error));
            }
            None => shared.clear_failure(),
        }
        (shared.hooks.wake)();
    }

    /// From now on the new increment has what the old one has, and the disk has all of it so far.
    fn count_twin(&self) -> io::Result<()> {
        let shared = &self.shared;
        // Nobody else syncs it meanwhile: whoever comes second is not told of a failure.
        let turn = shared.sync_turn.lock();
        let counted = match shared.writer.lock().as_mut() {
            Some(writer) => writer.count_twin(),
            None => Err(io::Error::other("the log was turned off")),
        };
        let sync = counted?;
        sync.run()?;
        if let Some(writer) = shared.writer.lock().as_mut() {
            writer.end_twin_sync(&sync);
        }
        drop(turn);
        Ok(())
    }

    /// There will be no new base: the old files go on to count.
    pub fn abort_rewrite(&self, rewrite: &Rewrite) {
        let shared = &self.shared;
        if rewrite.turns_on {
            if rewrite.opened.is_none() {
                // What was written is no part of anything.
                let _ = self.turn_off();
            }
        } else if let Some(writer) = shared.writer.lock().as_mut() {
            if writer.is_lasting() {
                // The manifest may name the new files.
                return;
            }
            writer.drop_twin();
        }
        rewrite.remove_files();
    }
}
