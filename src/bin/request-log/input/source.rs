//! Reads one log to its end.

use super::{push, tell};
use crate::read::{Decoder, Entry, only::has_ids_on_each_line};
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use memchr::memmem::Finder;
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

/// The bytes that are read at a time.
pub(super) const CHUNK: usize = 256 << 10;
/// The length from which the progress of a log is shown, in bytes.
const LONG: u64 = 64 << 20;

/// One log: a file or standard input, or the parts of a log that was rotated.
pub(super) struct Source<'a> {
    /// The files that are not opened yet.
    files: VecDeque<PathBuf>,
    name: PathBuf,
    input: Option<Box<dyn Read + 'a>>,
    buffer: Vec<u8>,
    id: Option<&'a Finder<'a>>,
    /// Is set if `id` may be searched for in the input at hand.
    search: bool,
    at_start: bool,
    decoder: Decoder,
    ready: VecDeque<Entry>,
    done: bool,
    /// The time at which the last exchange ended.
    time: Timestamp,
    progress: Option<&'a Progress>,
    pub(super) failed: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(files: Vec<PathBuf>, id: Option<&'a Finder<'a>>, progress: &'a Progress) -> Self {
        Self {
            files: files.into(),
            name: PathBuf::new(),
            input: None,
            buffer: vec![0; CHUNK],
            id,
            search: false,
            at_start: true,
            decoder: Decoder::default(),
            ready: VecDeque::new(),
            done: false,
            time: Timestamp::MIN,
            progress: Some(progress),
            failed: false,
        }
    }

    pub(super) fn stdin(id: Option<&'a Finder<'a>>) -> Self {
        let mut source =
            Self { progress: None, name: "standard input".into(), ..Self::new(Vec::new(), id, Progress::none()) };
        source.open(Ok(Box::new(io::stdin().lock())));
        source
    }

    /// Tells whether nothing is at hand, and more may come.
    pub(super) fn wants_more(&self) -> bool {
        self.ready.is_empty() && !self.done
    }

    /// Returns when the entry at hand was.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let ended = match self.ready.front()? {
            Entry::Exchange(exchange) => exchange.ended(),
            _ => None,
        };
        Some(ended.map_or(self.time, |ended| ended.max(self.time)))
    }

    pub(super) fn pop(&mut self) -> Option<Entry> {
        self.time = self.time()?;
        self.ready.pop_front()
    }

    /// Reads what is there, at least a byte unless the log is at its end.
    pub(super) fn read(&mut self) {
        let Some(input) = &mut self.input else { return self.next_file() };
        let read = loop {
            match input.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        match read {
            Ok(0) => self.input = None,
            Ok(len) => self.take(len),
            Err(error) => {
                tell(&self.name, &error);
                self.failed = true;
                self.input = None;
            }
        }
    }

    fn take(&mut self, len: usize) {
        let bytes = &self.buffer[..len];
        if std::mem::take(&mut self.at_start) {
            self.search = has_ids_on_each_line(bytes);
        }
        let ready = &mut self.ready;
        push(&mut self.decoder, bytes, self.id.filter(|_| self.search), &mut |entry| ready.push_back(entry));
    }

    fn next_file(&mut self) {
        let Some(file) = self.files.pop_front() else {
            self.done = true;
            let ready = &mut self.ready;
            return self.decoder.finish(&mut |entry| ready.push_back(entry));
        };
        let opened = match self.progress {
            Some(progress) => {
                File::open(&file).and_then(regular).map(|file| Box::new(progress.wrap(file)) as Box<dyn Read>)
            }
            None => return,
        };
        self.name = file;
        self.open(opened);
    }

    /// Begins with an input, unpacking what gzip packed.
    fn open(&mut self, input: io::Result<Box<dyn Read + 'a>>) {
        self.at_start = true;
        match input.and_then(unpacked) {
            Ok(input) => self.input = Some(input),
            Err(error) => {
                tell(&self.name, &error);
                self.failed = true;
            }
        }
    }
}

/// Refuses a directory, which can be opened but not read.
fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_dir() { Err(io::Error::other("Is a directory")) } else { Ok(file) }
}

/// Unpacks what begins as gzip does (RFC 1952, section 2.3.1).
fn unpacked<'a>(mut input: Box<dyn Read + 'a>) -> io::Result<Box<dyn Read + 'a>> {
    let mut beginning = vec![0; CHUNK];
    let mut len = 0;
    while len < 2 {
        match input.read(&mut beginning[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    beginning.truncate(len);
    let is_gzip = beginning.starts_with(&[0x1f, 0x8b]);
    let whole = io::Cursor::new(beginning).chain(input);
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// Tells on a terminal how far the reading is.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Tells nothing unless the files are long.
    pub(super) fn new(wanted: bool, files: &[PathBuf]) -> Self {
        let len = |file: &PathBuf| Path::metadata(file).map_or(0, |metadata| metadata.len());
        let total: u64 = files.iter().map(len).sum();
        let style = "{bar:40} {percent}% of {total_bytes}, {eta} left";
        let style =
            ProgressStyle::with_template(style).ok().filter(|_| wanted && total > LONG && io::stderr().is_terminal());
        Self(style.map(|style| ProgressBar::new(total).with_style(style)))
    }

    fn none() -> &'static Self {
        &Self(None)
    }

    fn wrap(&self, file: File) -> impl Read + use<> {
        self.0.clone().unwrap_or_else(ProgressBar::hidden).wrap_read(file)
    }

    pub(super) fn finish(&self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}
