//! Collects the text of an error and of its causes, bounded.

use crate::{escape, redact::Redactor};
use std::{
    any::Any,
    error::Error,
    fmt::{self, Write},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// The bytes that are shown of an error's text, escapes included.
const SHOWN: usize = 8 * 1024;
/// The bytes that are kept of it, so that hidden text is seen to its end.
const KEPT: usize = 2 * SHOWN;
/// The text that follows one that is cut.
const CUT: &str = " … (error text cut)";

/// The maximum number of causes that are logged for one error. A longer chain is taken for one that never ends.
const CAUSES: usize = 32;

/// Returns the error in a value of one type, which it knows to be one.
pub(crate) type AsError = for<'a> fn(&'a dyn Any) -> Option<&'a (dyn Error + 'static)>;

/// Returns the error in `value` if it is an `E`.
pub(crate) fn as_error<E: Error + 'static>(value: &dyn Any) -> Option<&(dyn Error + 'static)> {
    value.downcast_ref::<E>().map(|error| error as _)
}

/// Finds the error in `value`: in a box, or if the type is one that is known here or is among `told`.
///
/// A bound of `Error` would be simpler, but the boxes that most of Tower's layers return do not implement it.
fn find<'a>(value: &'a dyn Any, told: &[AsError]) -> Option<&'a (dyn Error + 'static)> {
    fn boxed<E: AsRef<dyn Error + Send + Sync> + 'static>(value: &dyn Any) -> Option<&(dyn Error + 'static)> {
        value.downcast_ref::<E>().map(|error| error.as_ref() as _)
    }
    let known: &[AsError] = &[
        boxed::<Box<dyn Error + Send + Sync>>,
        boxed::<Arc<dyn Error + Send + Sync>>,
        |value| value.downcast_ref::<Box<dyn Error + Send>>().map(|error| &**error as _),
        |value| value.downcast_ref::<Box<dyn Error>>().map(|error| &**error as _),
        as_error::<io::Error>,
        #[cfg(feature = "axum")]
        as_error::<axum::Error>,
        #[cfg(feature = "hyper")]
        as_error::<hyper::Error>,
        #[cfg(feature = "hyper")]
        as_error::<hyper_util::client::legacy::Error>,
        #[cfg(feature = "tonic")]
        as_error::<tonic::Status>,
        #[cfg(feature = "tonic")]
        as_error::<tonic::transport::Error>,
    ];
    told.iter().chain(known).find_map(|known| known(value))
}

/// Holds the raw text of an error and its causes; empty if they say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorText {
    text: String,
    /// The positions in `text` where the causes begin. They follow each other without a sign between them.
    causes: Vec<usize>,
    /// Is set if there was more.
    cut: bool,
}

impl ErrorText {
    /// Asks `error` for its text, and its causes for theirs if its type is known to have some, here or among `told`.
    ///
    /// An error of an unknown type is asked in the alternate form, in which the errors of anyhow and eyre give their
    /// causes themselves.
    pub(crate) fn of<E: fmt::Display + 'static>(error: &E, told: &[AsError]) -> Self {
        let mut text = Self::default();
        let Some(mut error) = find(error, told) else {
            text.add(&format_args!("{error:#}"));
            return text;
        };
        text.add(error);
        for _ in 0..CAUSES {
            // A `source` may panic like a `Display`.
            match catch_unwind(AssertUnwindSafe(|| error.source())) {
                Ok(Some(cause)) if !text.cut => error = cause,
                _ => break,
            }
            text.cause(error);
        }
        text
    }

    /// Appends what `error` says. A `Display` that fails or panics says nothing: it must not fail the request.
    fn add(&mut self, error: &(impl fmt::Display + ?Sized)) {
        let before = self.text.len();
        let written = catch_unwind(AssertUnwindSafe(|| write!(self, "{error}").is_ok()));
        if !written.is_ok_and(|written| written || self.cut) {
            self.text.truncate(before);
            self.cut = false;
        }
    }

    /// Appends what `cause` says, unless the text before it already ends with that, as that of many errors does.
    fn cause(&mut self, cause: &dyn Error) {
        let before = self.text.len();
        self.add(cause);
        let (said, cause) = self.text.split_at(before);
        if said.ends_with(cause) {
            self.text.truncate(before);
        } else if before > 0 {
            self.causes.push(before);
        }
    }

    /// Returns the text on one line, redacted and escaped.
    pub(crate) fn shown(&self, redactor: &Redactor) -> String {
        let mut shown = Vec::new();
        let mut begin = 0;
        // Each is a message of its own: what follows a secret's name at its beginning is hidden.
        for end in self.causes.iter().copied().chain([self.text.len()]) {
            if begin > 0 {
                shown.extend_from_slice(b": ");
            }
            redactor.message(self.text.get(begin..end).unwrap_or_default().as_bytes(), &mut shown);
            begin = end;
        }
        let mut shown = escape::string(shown);
        // The hidden text may be shorter than what stands for it. If the text was cut, its end may be the beginning of
        // a secret that nothing has recognized: it stays out.
        let end = if self.cut { shown.len().saturating_sub(KEPT - SHOWN).min(SHOWN) } else { SHOWN };
        if self.cut || shown.len() > end {
            shown.truncate(floor(&shown, end));
            shown.push_str(if shown.is_empty() { CUT.trim_start() } else { CUT });
        }
        shown
    }
}

impl From<&str> for ErrorText {
    fn from(text: &str) -> Self {
        let mut said = Self::default();
        said.add(text);
        said
    }
}

/// Takes as much text as fits.
impl Write for ErrorText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.cut {
            return Err(fmt::Error);
        }
        let end = floor(text, KEPT - self.text.len());
        self.text.push_str(&text[..end]);
        self.cut = end < text.len();
        if self.cut { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Returns the last boundary of a character that is not past `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        ErrorText::from(text).shown(&Redactor::new())
    }

    #[test]
    fn what_is_short_is_shown_whole() {
        assert_eq!(shown(""), "");
        assert_eq!(shown("no route\nto host: /?token=x"), "no route\\nto host: /?token=REDACTED");
        assert_eq!(shown(&"x".repeat(8192)), "x".repeat(8192));
    }

    #[test]
    fn a_message_that_begins_with_a_secrets_name_is_a_line_like_any_other() {
        for (text, hidden) in [
            ("password: hunter2", "password: REDACTED"),
            ("Cookie: sid=5c0b", "Cookie: REDACTED"),
            ("no\nAuthorization: Basic YTpi", "no\\nAuthorization: REDACTED"),
            ("no such table: bets", "no such table: bets"),
        ] {
            assert_eq!(shown(text), hidden);
        }
    }

    #[test]
    fn what_is_long_is_cut_and_said_to_be() {
        assert_eq!(shown(&"x".repeat(8193)), format!("{} … (error text cut)", "x".repeat(8192)));
        assert_eq!(shown(&"é".repeat(1 << 20)), format!("{} … (error text cut)", "é".repeat(4096)));
        let text = ErrorText::from(&*"é ".repeat(1 << 20));
        assert!(text.cut && text.text.len() == 16_383, "{}", text.text.len());
        // Text that is written after it was refused stays out.
        struct Stubborn;
        impl fmt::Display for Stubborn {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let _ = f.write_str(&"é".repeat(8191));
                let _ = f.write_str("ééé");
                f.write_str("!")
            }
        }
        assert_eq!(ErrorText::of(&Stubborn, &[]).text, "é".repeat(8192));
    }

    #[test]
    fn nothing_is_said_where_display_fails() {
        struct Fails(bool);
        impl fmt::Display for Fails {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                if self.0 { std::panic::resume_unwind(Box::new("as asked")) } else { Err(fmt::Error) }
            }
        }
        assert_eq!(ErrorText::of(&Fails(true), &[]), ErrorText::default());
        assert_eq!(ErrorText::of(&Fails(false), &[]), ErrorText::default());
    }

    #[test]
    fn a_secret_is_hidden_wherever_the_cuts_are() {
        let redactor = Redactor::new().pattern(regex::Regex::new("s3cret-[0-9]{20}!").unwrap());
        let secret = format!("s3cret-{}!", "7".repeat(20));
        // Short text for long, so that the end of what was kept moves to where it is shown.
        let hidden = format!("{secret} ").repeat(400);
        for begin in ["", &hidden] {
            for before in [8150, 8190, 16_350, 16_380] {
                let text =
                    format!("{begin}{}{secret}{}", "x".repeat(before - begin.len().min(before)), "y".repeat(9000));
                let shown = ErrorText::from(&*text).shown(&redactor);
                assert!(!shown.contains("s3") && shown.ends_with(" … (error text cut)"), "{before}: {shown}");
            }
        }
        assert_eq!(ErrorText::from(&*"x".repeat(20_000)).shown(&Redactor::allow_only()), "… (error text cut)");
    }
}
