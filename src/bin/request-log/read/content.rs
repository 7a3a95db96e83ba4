//! Holds what an exchange's lines say: headers, bodies, notes. If the log has an object, they are made when they are
//! first asked for.

use super::{
    exchange::{Content, Exchange},
    object,
    text::Text,
};
use tower_request_log::format::lines::parse::Mark;

impl Exchange {
    /// Returns the exchange's lines.
    pub(crate) fn text(&self) -> &Text {
        match &self.content {
            Content::Lines(text) => text,
            Content::Object(object, text) => text.get_or_init(|| object::text(self, object)),
        }
    }

    /// Returns the headers of a message, with their names and values.
    pub(crate) fn headers(&self, mark: Mark) -> impl Iterator<Item = (&str, &str)> {
        self.text().headers(mark)
    }

    /// Returns the first value of a header, its name compared without regard to case.
    pub(crate) fn header(&self, mark: Mark, name: &str) -> Option<&str> {
        self.headers(mark).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns the lines of a message's body.
    pub(crate) fn body(&self, mark: Mark) -> impl Iterator<Item = &str> {
        self.text().lines(mark).skip(1).skip_while(|line| !line.is_empty()).skip(1)
    }

    /// Returns how many bytes the response's body had, as `JsonLines`, a note or its length header tells it, else how many
    /// are shown.
    pub(crate) fn size(&self) -> Option<u64> {
        self.status?;
        let noted = |note: &str| {
            // `48213 bytes of image/png, not logged`, `65536 of 1048576 bytes logged`
            let counts = note.strip_prefix("response body: ")?.split(" bytes").next()?;
            counts.rsplit(' ').next()?.parse().ok()
        };
        let announced =
            || self.header(Mark::Response, "content-length")?.parse().ok().filter(|_| self.method != "HEAD");
        let shown = || self.body(Mark::Response).map(|line| line.len() as u64 + 1).sum::<u64>().saturating_sub(1);
        self.bytes.or_else(|| self.notes().find_map(noted)).or_else(announced).or_else(|| Some(shown()))
    }

    /// Returns the notes but the last two, the facts and the time.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &str> {
        self.text().notes().0
    }
}
