//! Reads logs from files, rotated and compressed ones too, and from standard input.

mod follow;
mod rotation;
mod seen;
mod source;

use crate::read::{Decoder, Entry};
use memchr::memmem::Finder;
use seen::Seen;
use source::Source;
use std::{io, path::PathBuf};

/// Handles what a command reads.
pub(crate) trait Visit {
    /// Takes an entry, as soon as it is there.
    fn entry(&mut self, entry: Entry) -> io::Result<()>;

    /// Is called whenever all that was there is read, and about ten times a second while a log is followed.
    fn idle(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The logs that a command reads.
pub(crate) struct Logs {
    /// The files; none for standard input.
    pub(crate) files: Vec<PathBuf>,
    /// Is set to go on as the files grow and are rotated.
    pub(crate) follow: bool,
    /// Is set to begin at the end of the files that are there.
    pub(crate) from_end: bool,
    /// The only id that is asked for, or the beginning of it.
    pub(crate) id: Option<String>,
    /// Is set to show progress on a terminal.
    pub(crate) progress: bool,
}

/// Summarizes what was read, besides the entries.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Summary {
    /// The number of blocks that came twice.
    pub(crate) repeated: u64,
    /// Is set once a file could not be read.
    pub(crate) failed: bool,
}

impl Logs {
    /// Reads them to their end, or forever. Files that cannot be read are reported on standard error, and the others go
    /// on.
    pub(crate) fn read(&self, visit: &mut impl Visit) -> io::Result<Summary> {
        let id = self.id.as_deref().map(|id| Finder::new(id.as_bytes()));
        if self.follow {
            return follow::run(self, id.as_ref(), visit);
        }
        let mut summary = Summary::default();
        let progress = source::Progress::new(self.progress, &self.files);
        let mut sources = Vec::new();
        for files in rotation::chains(&self.files) {
            sources.push(Source::new(files, id.as_ref(), &progress));
        }
        if self.files.is_empty() {
            sources.push(Source::stdin(id.as_ref()));
        }
        let mut seen = Seen::default();
        loop {
            // The entry that comes first in time is next.
            for source in &mut sources {
                while source.wants_more() {
                    if sources_are_one(&self.files) {
                        visit.idle()?;
                    }
                    source.read();
                }
            }
            let Some(next) = sources.iter_mut().filter(|source| source.time().is_some()).min_by_key(|s| s.time())
            else {
                break;
            };
            if let Some(entry) = next.pop().filter(|entry| !seen.before(entry)) {
                visit.entry(entry)?;
            }
        }
        progress.finish();
        summary.repeated = seen.repeated;
        summary.failed = sources.iter().any(|source| source.failed);
        visit.idle()?;
        Ok(summary)
    }
}

/// Tells whether there is but one log, whose entries need no others to come in order.
fn sources_are_one(files: &[PathBuf]) -> bool {
    files.len() < 2
}

/// Hands bytes to a decoder, all lines or those of an id.
fn push(decoder: &mut Decoder, bytes: &[u8], id: Option<&Finder<'_>>, out: &mut impl FnMut(Entry)) {
    match id {
        Some(id) => decoder.push_only(bytes, id, out),
        None => decoder.push(bytes, out),
    }
}

/// Tells on standard error that a file cannot be read.
fn tell(name: &std::path::Path, error: &io::Error) {
    eprintln!("request-log: {}: {error}", name.display());
}
