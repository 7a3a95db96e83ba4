//! Handles standard output: its colours, its width, its pager.

use crate::args::When;
use anstyle::Style;
use std::{
    borrow::Cow,
    fmt,
    io::{self, BufWriter, IsTerminal, Write},
    process::{Child, Command, Stdio},
};
use tower_request_log::format::is_hostile;

/// Prints a command's output.
pub(crate) struct Out {
    /// The output; `None` until something is printed.
    writer: Option<BufWriter<Box<dyn Write>>>,
    /// Is set to start a pager then.
    paged: bool,
    pager: Option<Child>,
    pub(crate) color: bool,
    /// The number of columns that a terminal has.
    pub(crate) width: Option<usize>,
}

impl Out {
    /// Prints to standard output, on a terminal through a pager if `paged`.
    pub(crate) fn new(color: When, paged: bool) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let color = match color {
            When::Always => true,
            When::Never => false,
            When::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
        };
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|_| is_terminal);
        Self { writer: None, paged: paged && is_terminal, pager: None, color, width }
    }

    fn writer(&mut self) -> &mut BufWriter<Box<dyn Write>> {
        self.writer.get_or_insert_with(|| {
            self.pager = if self.paged { pager() } else { None };
            let writer: Box<dyn Write> = match self.pager.as_mut().and_then(|pager| pager.stdin.take()) {
                Some(stdin) => Box::new(stdin),
                None => Box::new(io::stdout()),
            };
            BufWriter::with_capacity(64 << 10, writer)
        })
    }

    /// Returns `text` in a style, where there are colours.
    pub(crate) fn paint<T: fmt::Display>(&self, style: Style, text: T) -> Painted<T> {
        paint(self.color, style, text)
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        // The pager ends once its input does.
        if let Some(writer) = self.writer.take() {
            if self.pager.is_none() {
                let _ = writer.into_parts();
            } else {
                drop(writer);
            }
        }
        if let Some(pager) = &mut self.pager {
            let _ = pager.wait();
        }
    }
}

/// Returns `text` in a style, or plain.
pub(crate) fn paint<T: fmt::Display>(color: bool, style: Style, text: T) -> Painted<T> {
    Painted { style: if color { style } else { Style::new() }, text }
}

/// Returns `text` with what a terminal obeys or does not show as escapes. The layer prints none of it raw; a log may come
/// from elsewhere.
pub(crate) fn tame(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~');
    if text.bytes().all(is_plain) || !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut tame = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hostile(c) { tame.extend(c.escape_default()) } else { tame.push(c) }
    }
    Cow::Owned(tame)
}

/// Tells whether standard output is a file, so that nothing else shows what goes on.
pub(crate) fn is_file() -> bool {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let stdout = io::stdout();
        let file = stdout.as_fd().try_clone_to_owned().map(std::fs::File::from);
        file.and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.is_file())
    }
    #[cfg(not(unix))]
    false
}

/// Starts the pager that the environment names, else `less`, which ends at once where all fits.
fn pager() -> Option<Child> {
    let named = ["REQUEST_LOG_PAGER", "PAGER"].iter().find_map(|name| std::env::var(name).ok());
    let program = named.unwrap_or_else(|| "less".to_owned());
    if program.is_empty() || program == "cat" {
        return None;
    }
    let mut command = Command::new("sh");
    command.arg("-c").arg(program).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    command.spawn().ok()
}

/// Shows text in a style.
pub(crate) struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.style.render())?;
        self.text.fmt(f)?;
        write!(f, "{}", self.style.render_reset())
    }
}

/// The styles of what is printed.
pub(crate) mod style {
    use anstyle::{AnsiColor, Style};

    pub(crate) const PLAIN: Style = Style::new();
    pub(crate) const DIM: Style = Style::new().dimmed();
    pub(crate) const BOLD: Style = Style::new().bold();
    pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();
    pub(crate) const TEXT: Style = AnsiColor::Green.on_default();
    pub(crate) const NUMBER: Style = AnsiColor::Yellow.on_default();
    pub(crate) const WORD: Style = AnsiColor::Magenta.on_default();
    pub(crate) const REQUEST: Style = AnsiColor::Blue.on_default();
    pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
    pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
    pub(crate) const BAD: Style = AnsiColor::Red.on_default();

    /// Returns the style of a status.
    pub(crate) fn of_status(status: Option<u16>) -> Style {
        match status {
            Some(..=299) => GOOD,
            Some(300..=399) => NAME,
            Some(400..=499) => WARNING,
            _ => BAD.bold(),
        }
    }
}
