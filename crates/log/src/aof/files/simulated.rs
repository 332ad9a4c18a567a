//! A disk in memory that can be told to fail, to tear a write and to lose its power.
//!
//! It keeps two states: what programs see, and what would survive a power cut. Appending dirties
//! bytes; a sync makes them durable, or, when told to fail, drops them for good while programs
//! still see them (as a kernel does that marks failed pages clean). Names are durable once their
//! directory is synced.
//!
//! Every call that changes something counts as one operation, so that a test can run once, ask how
//! many there were, and then run again with the power cut, or an error, at each of them.
//!
//! Simplification: nothing that was not synced survives unless [`Disk::survivors`] is asked to keep
//! a part of it, and then as a prefix; a lost range reads as zeros.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Create, File, Files};

/// What happens at one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The operation fails with this errno and has no effect; later ones work.
    Error(i32),
    /// An append takes half of the bytes, and the next append fails with this errno.
    Short(i32),
    /// The power goes: half of an append is done, and from then on everything fails.
    PowerCut,
}

/// How much of what was not synced is found after a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// Half of each file's bytes, and all names.
    Half,
    /// Everything programs saw.
    Everything,
}

/// The disk. Clones share it.
#[derive(Clone, Default)]
pub struct Disk {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Files by number, as names may move.
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    operations: u64,
    faults: BTreeMap<u64, Fault>,
    fail_next_append: Option<i32>,
    /// While set, every append and every sync, respectively, fails with it.
    broken: [Option<i32>; 2],
    off: bool,
}

#[derive(Default, Clone)]
struct Inode {
    visible: Vec<u8>,
    durable: Vec<u8>,
    dirty: Vec<Range<usize>>,
}

struct OpenFile {
    disk: Disk,
    inode: usize,
}

enum Verdict {
    Go,
    Half,
}

impl Disk {
    /// An empty disk.
    pub fn new() -> Disk {
        Disk::default()
    }

    /// Operations so far.
    pub fn operations(&self) -> u64 {
        self.state.lock().operations
    }

    /// Whether the power is still on: what programs conclude later nobody hears of.
    pub fn has_power(&self) -> bool {
        !self.state.lock().off
    }

    /// Lets operation `number`, counted from 0, meet a fault.
    pub fn fault_at(&self, number: u64, fault: Fault) {
        self.state.lock().faults.insert(number, fault);
    }

    /// From now on appends fail with this errno, or work again.
    pub fn break_appends(&self, errno: Option<i32>) {
        self.state.lock().broken[0] = errno;
    }

    /// From now on syncs fail with this errno, or work again.
    pub fn break_syncs(&self, errno: Option<i32>) {
        self.state.lock().broken[1] = errno;
    }

    /// The bytes programs see in a file.
    pub fn content(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state.lock();
        state.names.get(path).map(|&inode| state.inodes[inode].visible.clone())
    }

    /// Puts a file there, durably and without counting.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let mut state = self.state.lock();
        let inode = state.inodes.len();
        let (visible, durable) = (bytes.to_vec(), bytes.to_vec());
        state.inodes.push(Inode { visible, durable, dirty: Vec::new() });
        state.names.insert(path.to_owned(), inode);
        state.durable_names.insert(path.to_owned(), inode);
    }

    /// The disk as it is found after a power cut now: switched on, without faults.
    pub fn survivors(&self, keep: Keep) -> Disk {
        let state = self.state.lock();
        let names = match keep {
            Keep::Nothing => &state.durable_names,
            Keep::Half | Keep::Everything => &state.names,
        };
        let survivors = Disk::new();
        for (path, &inode) in names {
            let Inode { visible, durable, dirty } = &state.inodes[inode];
            let first_dirty = dirty.first().map_or(visible.len(), |range| range.start);
            let half = first_dirty + (visible.len().saturating_sub(first_dirty)) / 2;
            match keep {
                Keep::Nothing => survivors.put(path, durable),
                Keep::Half => survivors.put(path, &visible[..half.min(visible.len())]),
                Keep::Everything => survivors.put(path, visible),
            }
        }
        survivors
    }

    fn new_file(state: &mut State, path: &Path) -> usize {
        let inode = state.inodes.len();
        state.inodes.push(Inode::default());
        state.names.insert(path.to_owned(), inode);
        inode
    }
}

impl State {
    /// Counts an operation and says how it goes.
    fn operate(&mut self) -> io::Result<Verdict> {
        if self.off {
            return Err(io::Error::other("the power is off"));
        }
        let number = self.operations;
        self.operations += 1;
        match self.faults.get(&number) {
            None => Ok(Verdict::Go),
            Some(&Fault::Error(errno)) => Err(io::Error::from_raw_os_error(errno)),
            Some(&Fault::Short(errno)) => {
                self.fail_next_append = Some(errno);
                Ok(Verdict::Half)
            }
            Some(Fault::PowerCut) => {
                self.off = true;
                Ok(Verdict::Half)
            }
        }
    }

    /// As [`operate`](State::operate), for what happens whole or not at all.
    fn operate_whole(&mut self) -> io::Result<()> {
        match self.operate()? {
            Verdict::Go => Ok(()),
            Verdict::Half if self.off => Err(io::Error::other("the power is off")),
            Verdict::Half => Ok(()),
        }
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Files for Disk {
    fn append_to(&self, path: &Path, create: Create) -> io::Result<Arc<dyn File>> {
        let mut state = self.state.lock();
        state.operate_whole()?;
        let inode = match state.find(path) {
            Ok(inode) => inode,
            Err(_) => Disk::new_file(&mut state, path),
        };
        if create == Create::Empty {
            state.inodes[inode].visible.clear();
            state.inodes[inode].dirty.clear();
        }
        Ok(Arc::new(OpenFile { disk: self.clone(), inode }))
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let state = self.state.lock();
        let inode = state.find(path)?;
        Ok(Box::new(Cursor::new(state.inodes[inode].visible.clone())))
    }

    fn len(&self, path: &Path) -> io::Result<Option<u64>> {
        let state = self.state.lock();
        Ok(state.find(path).ok().map(|inode| state.inodes[inode].visible.len() as u64))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state.lock();
        state.operate_whole()?;
        let inode = state.find(from)?;
        state.names.remove(from);
        state.names.insert(to.to_owned(), inode);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state.lock();
        state.operate_whole()?;
        state.find(path)?;
        state.names.remove(path);
        Ok(())
    }

    fn create_dir(&self, _: &Path) -> io::Result<()> {
        self.state.lock().operate_whole()
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state.lock();
        state.operate_whole()?;
        let inside = |name: &Path| name.parent() == Some(path);
        state.durable_names.retain(|name, _| !inside(name));
        let now: Vec<_> = state
            .names
            .iter()
            .filter(|(name, _)| inside(name))
            .map(|(k, &v)| (k.clone(), v))
            .collect();
        state.durable_names.extend(now);
        Ok(())
    }
}

impl File for OpenFile {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state.lock();
        let verdict = state.operate()?;
        if let Some(errno) = state.fail_next_append.take_if(|_| matches!(verdict, Verdict::Go)) {
            return Err(io::Error::from_raw_os_error(errno));
        }
        if let Some(errno) = state.broken[0] {
            return Err(io::Error::from_raw_os_error(errno));
        }
        let count = if matches!(verdict, Verdict::Half) { bytes.len() / 2 } else { bytes.len() };
        let inode = &mut state.inodes[self.inode];
        let start = inode.visible.len();
        inode.visible.extend_from_slice(&bytes[..count]);
        inode.dirty.push(start..start + count);
        if state.off { Err(io::Error::other("the power is off")) } else { Ok(count) }
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let mut state = self.disk.state.lock();
        state.operate_whole()?;
        let inode = &mut state.inodes[self.inode];
        inode.visible.truncate(len as usize);
        for range in &mut inode.dirty {
            *range = range.start.min(len as usize)..range.end.min(len as usize);
        }
        inode.dirty.retain(|range| !range.is_empty());
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state.lock();
        let broken = state.broken[1];
        let outcome = match broken {
            Some(errno) => Err(io::Error::from_raw_os_error(errno)),
            None => state.operate_whole(),
        };
        if state.off {
            return outcome;
        }
        let inode = &mut state.inodes[self.inode];
        let dirty = std::mem::take(&mut inode.dirty);
        outcome?;
        let Inode { visible, durable, .. } = inode;
        durable.resize(visible.len(), 0);
        for range in dirty {
            durable[range.clone()].copy_from_slice(&visible[range]);
        }
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state.lock().inodes[self.inode].visible.len() as u64)
    }
}
