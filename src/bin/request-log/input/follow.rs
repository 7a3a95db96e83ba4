//! Goes on reading as logs grow, are rotated, truncated or come into being.

use super::{Logs, Summary, Visit, push, seen::Seen, source::CHUNK, tell};
use crate::read::{Decoder, Entry, only::has_ids_on_each_line};
use memchr::memmem::Finder;
use std::{
    fs::{File, Metadata},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    time::Duration,
};

/// The time to wait before looking again.
const PAUSE: Duration = Duration::from_millis(100);
/// The number of chunks of standard input that may wait.
const WAITING: usize = 4;

/// Reads until standard input ends, or forever if there are files.
pub(super) fn run(logs: &Logs, id: Option<&Finder<'_>>, visit: &mut impl Visit) -> io::Result<Summary> {
    let mut seen = Seen::default();
    if logs.files.is_empty() {
        stdin(id, &mut seen, visit)?;
        return Ok(Summary { repeated: seen.repeated, failed: false });
    }
    let mut buffer = vec![0; CHUNK];
    let mut files: Vec<Followed> = logs.files.iter().map(|file| Followed::new(file, logs.from_end)).collect();
    loop {
        let mut idle = true;
        for file in &mut files {
            while let Some(len) = file.read(&mut buffer) {
                idle = false;
                file.at_start(&buffer[..len]);
                let id = id.filter(|_| file.search);
                let mut result = Ok(());
                push(&mut file.decoder, &buffer[..len], id, &mut |entry| {
                    hand_out(entry, &mut seen, visit, &mut result)
                });
                result?;
            }
        }
        visit.idle()?;
        if idle {
            std::thread::sleep(PAUSE);
        }
    }
}

/// Hands an entry out unless it came before, or something went wrong.
fn hand_out(entry: Entry, seen: &mut Seen, visit: &mut impl Visit, result: &mut io::Result<()>) {
    if result.is_ok() && !seen.before(&entry) {
        *result = visit.entry(entry);
    }
}

/// Reads standard input on a thread of its own, so that time goes on while nothing comes.
fn stdin(id: Option<&Finder<'_>>, seen: &mut Seen, visit: &mut impl Visit) -> io::Result<()> {
    let chunks = chunks();
    let (mut decoder, mut search) = (Decoder::default(), None);
    let mut result = Ok(());
    loop {
        match chunks.recv_timeout(PAUSE) {
            Ok(chunk) => {
                let search = *search.get_or_insert_with(|| has_ids_on_each_line(&chunk));
                push(&mut decoder, &chunk, id.filter(|_| search), &mut |entry| {
                    hand_out(entry, seen, visit, &mut result)
                });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        std::mem::replace(&mut result, Ok(()))?;
        visit.idle()?;
    }
    decoder.finish(&mut |entry| hand_out(entry, seen, visit, &mut result));
    result?;
    visit.idle()
}

fn chunks() -> Receiver<Vec<u8>> {
    let (to, from) = sync_channel(WAITING);
    std::thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        let mut buffer = vec![0; CHUNK];
        loop {
            match stdin.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(len) if len > 0 && to.send(buffer[..len].to_vec()).is_ok() => {}
                _ => return,
            }
        }
    });
    from
}

/// A file that is followed by its name.
struct Followed {
    path: PathBuf,
    /// The file at hand; none while there is none of that name.
    file: Option<File>,
    position: u64,
    from_end: bool,
    at_start: bool,
    /// Is set if an id may be searched for.
    search: bool,
    decoder: Decoder,
    /// Is set once another file has the name: what is written to this one meanwhile is still read.
    leaving: bool,
    /// The last error that was reported.
    told: Option<io::ErrorKind>,
}

impl Followed {
    fn new(path: &Path, from_end: bool) -> Self {
        let mut followed = Self {
            path: path.to_owned(),
            file: None,
            position: 0,
            from_end,
            at_start: true,
            search: false,
            decoder: Decoder::default(),
            leaving: false,
            told: None,
        };
        followed.open();
        // A file that comes later is read from its beginning.
        followed.from_end = false;
        followed
    }

    fn open(&mut self) {
        match File::open(&self.path) {
            Ok(mut file) => {
                let end = if self.from_end { SeekFrom::End(0) } else { SeekFrom::Start(0) };
                // A pipe cannot be sought in.
                self.position = file.seek(end).unwrap_or_default();
                self.at_start = true;
                self.file = Some(file);
                self.told = None;
            }
            Err(error) => self.tell(&error),
        }
    }

    /// Tells once what is wrong.
    fn tell(&mut self, error: &io::Error) {
        if self.told.replace(error.kind()) != Some(error.kind()) {
            tell(&self.path, error);
        }
    }

    /// Reads what is there. Returns `None` if there is nothing.
    fn read(&mut self, buffer: &mut [u8]) -> Option<usize> {
        loop {
            let Some(file) = &mut self.file else {
                self.open();
                self.file.as_ref()?;
                continue;
            };
            match file.read(buffer) {
                Ok(0) if self.is_another() => {}
                Ok(0) => return None,
                Ok(len) => {
                    self.position += len as u64;
                    return Some(len);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.tell(&error);
                    self.file = None;
                    return None;
                }
            }
        }
    }

    /// Looks, at the end of the file, whether it was truncated or another has its name, and begins with that.
    fn is_another(&mut self) -> bool {
        let Some(file) = &mut self.file else { return false };
        let Ok(now) = file.metadata() else { return false };
        if now.is_file() && now.len() < self.position {
            self.position = 0;
            self.decoder.forget_line();
            return file.rewind().is_ok();
        }
        let Ok(named) = std::fs::metadata(&self.path) else { return false };
        if is_same(&now, &named) {
            return false;
        }
        if !std::mem::replace(&mut self.leaving, true) {
            return false;
        }
        self.leaving = false;
        self.decoder.forget_line();
        self.file = None;
        self.open();
        self.file.is_some()
    }

    /// Looks at the first bytes for what kind of log it is.
    fn at_start(&mut self, bytes: &[u8]) {
        if std::mem::take(&mut self.at_start) {
            self.search = has_ids_on_each_line(bytes);
        }
    }
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    a.created().ok() == b.created().ok()
}
