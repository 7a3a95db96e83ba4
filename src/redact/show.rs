//! Trying rules out.

use super::{Content, Kind, Redactor, Style};
use crate::{escape, line_writer::LineWriter};
use http::{HeaderName, HeaderValue};

/// How the log would show things: for trying rules out, in tests and at a prompt.
impl Redactor {
    /// A request target as the log would show it.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let redactor = Redactor::new().path("/players/{player}");
    /// assert_eq!(redactor.show_target("/players/ada?token=t1&lang=en"), "/players/REDACTED?token=REDACTED&lang=en");
    /// ```
    pub fn show_target(&self, target: &str) -> String {
        let mut shown = Vec::new();
        self.target(target.as_bytes(), &mut shown);
        escape::string(shown)
    }

    /// A header's value as the log would show it.
    ///
    /// What can be no header's name or value is shown as an empty string, since no message bears it.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// assert_eq!(Redactor::new().show_header("Authorization", "Bearer 5ecr3t"), "Bearer REDACTED");
    /// ```
    pub fn show_header(&self, name: &str, value: &str) -> String {
        let mut shown = Vec::new();
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            self.header_value(name.as_str().as_bytes(), (&value).into(), &mut shown);
        }
        escape::string(shown)
    }

    /// A body as the log would show it, its lines separated by LF; `None` where none of it is text. An empty
    /// `content_type` means that there is none.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let shown = Redactor::new().show_body("application/json", r#"{"user":"ada","password":"hunter2"}"#);
    /// assert_eq!(shown.as_deref(), Some("{\n    \"user\": \"ada\",\n    \"password\": \"REDACTED\"\n}"));
    /// ```
    pub fn show_body(&self, content_type: &str, body: impl AsRef<[u8]>) -> Option<String> {
        let bytes = body.as_ref();
        let content_type = Some(content_type.as_bytes()).filter(|content_type| !content_type.is_empty());
        let mut shown = Vec::new();
        let content = Content { content_type, bytes, shown: bytes.len(), whole: true };
        let report = self.body(&content, Style::Pretty, &mut LineWriter::new(&mut shown, b"", usize::MAX));
        shown.pop();
        (report.kind != Kind::Binary).then(|| escape::string(shown))
    }
}
