//! Prints what is rare: names and values that are hidden, cut or need a closer look.

use super::Printer;
use crate::redact::{
    codec::{
        json_lexer::{self as lexer, Stop},
        json_string,
    },
    rules::Hidden,
    scan,
    text::{mask::Mask, slice::Slice},
};

impl<'a, const PRETTY: bool> Printer<'a, '_, PRETTY> {
    /// Prints a name that ends past the shown part of the input.
    #[cold]
    pub(super) fn cut_name(&mut self, start: usize, name: lexer::Text) -> Result<bool, Stop> {
        if self.within().is_none() {
            return self.cut_string(start, name, false);
        }
        self.redacted(&self.rules.mask().applied(b""));
        Err(Stop::Cut)
    }

    /// Returns what hides the value of a name that needs a closer look.
    pub(super) fn odd_name(&mut self, raw: &[u8], name: lexer::Text) -> Option<Hidden<'a>> {
        let text = json_string::decode(raw);
        match scan::hide_words(self.scope, &text) {
            Some(text) => self.redacted(&text),
            None if self.is_secret_name(&text) => self.redacted(&self.rules.mask().applied(&text)),
            None => _ = self.verbatim(raw, name.odd),
        }
        let start = self.at;
        self.at = name.end + 1;
        self.verdict(&text, start)
    }

    /// Prints a string that ends past the shown part of the input: its shown part, or the mask where the whole string
    /// has something to hide.
    #[cold]
    pub(super) fn cut_string(&mut self, start: usize, string: lexer::Text, said: bool) -> Result<bool, Stop> {
        let raw = self.input.part(start..string.end);
        match self.hide_text(raw, string.closed, said) {
            Some(_) => self.redacted(&self.rules.mask().applied(b"")),
            None => {
                let raw = json_string::cut(raw, self.shown.len() - start.min(self.shown.len()));
                self.out.byte(b'"');
                self.out.with(|out| crate::escape::json(raw, out));
            }
        }
        Err(Stop::Cut)
    }

    /// Prints a number or a literal that may have to be hidden.
    pub(super) fn odd_scalar(&mut self, end: usize) {
        match scan::hide_text(self.scope, self.input.part(self.at..end)) {
            Some(text) => self.redacted(&text),
            None => self.out.span(self.input, self.at, end),
        }
    }

    /// Prints a number or a literal that is broken, or that reaches the end of the shown part.
    #[cold]
    pub(super) fn cut_scalar(&mut self, end: Option<usize>, stop: Option<Stop>) -> Result<(), Stop> {
        let end = match stop {
            Some(Stop::Broken(at)) => at,
            _ => end.unwrap_or(self.input.len()),
        };
        let visible = end.min(self.shown.len());
        match scan::hide_text(self.scope, self.input.part(self.at..end)) {
            Some(_) => self.redacted(&self.rules.mask().applied(b"")),
            None => self.out.span(self.input, self.at, visible),
        }
        self.at = visible;
        match stop {
            Some(stop) => Err(stop),
            None if end > visible => Err(Stop::Cut),
            None => Ok(()),
        }
    }

    /// Prints the mask for the value at hand, of whatever kind it is.
    #[cold]
    pub(super) fn hide(&mut self, mask: &Mask) -> Result<(), Stop> {
        match lexer::value(self.input, self.at) {
            Err(Stop::Broken(at)) if at == self.at => Err(Stop::Broken(at)),
            Err(stop) => {
                self.redacted(&mask.applied(b""));
                Err(stop)
            }
            Ok(end) => {
                if let Some(text) = mask.plain() {
                    self.hidden = true;
                    self.out.byte(b'"');
                    self.out.push(text.as_bytes());
                    self.out.byte(b'"');
                    self.at = end;
                    return Ok(());
                }
                let raw = self.input.part(self.at..end);
                let secret = match raw {
                    [b'"', inside @ .., b'"'] => json_string::decode(inside),
                    // A number may go on past the end: these are not its last digits.
                    [.., last] if end == self.input.len() && last.is_ascii_digit() => (&b""[..]).into(),
                    _ => raw.into(),
                };
                self.redacted(&mask.applied(&secret));
                self.at = end;
                Ok(())
            }
        }
    }
}
