//! Writes to file descriptors, and to whatever is [`io::Write`].

use std::io::{self, Write};

/// Takes bytes for as long as it takes to write them.
pub(super) trait Device: Send {
    /// Writes all of `bytes`, counting in `written` what is out.
    ///
    /// Returns when everything is written, or with the error that keeps the rest from being written. Waits while the
    /// output is merely busy.
    fn write(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()>;
}

/// Writes to the program's standard output.
///
/// The standard library's lock is held for the length of a write, so that no `println!` of the program falls between
/// two of our lines. The write itself goes to the descriptor: the standard library would hide a descriptor that is
/// closed, and tells too little of a write that stops halfway. What a `print!` left unfinished in the standard
/// library's buffer stays there until its line is complete.
pub(super) struct Stdout;

/// Writes to the program's standard error, under the same rules.
pub(super) struct Stderr;

#[cfg(unix)]
impl Device for Stdout {
    fn write(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        let _held = io::stdout().lock();
        descriptor::write_all(rustix::stdio::stdout(), bytes, written)
    }
}

#[cfg(unix)]
impl Device for Stderr {
    fn write(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        let _held = io::stderr().lock();
        descriptor::write_all(rustix::stdio::stderr(), bytes, written)
    }
}

#[cfg(not(unix))]
impl Device for Stdout {
    fn write(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        write_all(&mut io::stdout().lock(), bytes, written)
    }
}

#[cfg(not(unix))]
impl Device for Stderr {
    fn write(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        write_all(&mut io::stderr().lock(), bytes, written)
    }
}

/// Writes to any [`io::Write`].
pub(super) struct Other<W>(pub(super) W);

impl<W: Write + Send> Device for Other<W> {
    fn write(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        write_all(&mut self.0, bytes, written)
    }
}

/// Writes all of `bytes` and flushes, waiting a little longer each time that `out` would block.
fn write_all(out: &mut impl Write, bytes: &[u8], written: &mut usize) -> io::Result<()> {
    let mut patience = Patience::default();
    while let Some(rest) = bytes.get(*written..).filter(|rest| !rest.is_empty()) {
        match out.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                *written += n.min(rest.len());
                patience = Patience::default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => patience.wait(),
            Err(error) => return Err(error),
        }
    }
    loop {
        match out.flush() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => patience.wait(),
            result => return result,
        }
    }
}

/// Waits for an output that doesn't say when it is ready: 1 ms, then longer, up to 64 ms.
#[derive(Default)]
struct Patience(u32);

impl Patience {
    fn wait(&mut self) {
        std::thread::sleep(std::time::Duration::from_millis(1 << self.0));
        self.0 = (self.0 + 1).min(6);
    }
}

#[cfg(unix)]
mod descriptor {
    use super::Patience;
    use rustix::{
        event::{PollFd, PollFlags, poll},
        fd::BorrowedFd,
        io::Errno,
    };
    use std::io;

    /// Writes all of `bytes`, waiting for a descriptor that is non-blocking; its flags are left as they are.
    pub(super) fn write_all(fd: BorrowedFd<'_>, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        let mut patience = Patience::default();
        let mut refused = false;
        while let Some(rest) = bytes.get(*written..).filter(|rest| !rest.is_empty()) {
            match rustix::io::write(fd, rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    *written += n;
                    (patience, refused) = (Patience::default(), false);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    // If `poll` calls ready what then refuses, asking again at once would spin.
                    if refused {
                        patience.wait();
                    }
                    refused = true;
                    match poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], None) {
                        Ok(_) | Err(Errno::INTR) => {}
                        Err(_) => patience.wait(),
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Writes `message` to standard error for the operator, and returns whether it was written: only if it is taken whole
/// and at once.
pub(super) fn tell(message: &str) -> bool {
    // A pipe that is ready takes at least as much in one piece (POSIX, `PIPE_BUF`).
    let mut line = message.as_bytes().get(..511).unwrap_or(message.as_bytes()).to_vec();
    line.push(b'\n');
    #[cfg(unix)]
    {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let stderr = rustix::stdio::stderr();
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut fds = [PollFd::from_borrowed_fd(stderr, PollFlags::OUT)];
        matches!(poll(&mut fds, Some(&now)), Ok(1)) && rustix::io::write(stderr, &line).is_ok()
    }
    #[cfg(not(unix))]
    {
        io::stderr().write_all(&line).is_ok()
    }
}
