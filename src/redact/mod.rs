//! What is hidden.

mod body;
mod cookie;
mod detect;
mod events;
mod form;
mod header;
mod hits;
mod json;
mod look;
mod mask;
mod multipart;
mod names;
mod pairs;
mod path;
mod pattern;
mod percent;
mod rules;
mod shape;
mod show;
mod text;
mod uri;
mod url;

use crate::page::Page;
pub(crate) use body::{Content, Kind, Report, Style, is_text};
use http::{HeaderName, HeaderValue};
pub use mask::Mask;
use path::Template;
pub use pattern::Detector;
use rules::Rules;

/// The rules of what is hidden: the secure default set, and what is added to it.
///
/// Names match without regard to case, `-` and `_`: `X-Client-Id`, `x_client_id` and `xClientId` are one. Every rule
/// fails closed: what cannot be understood is hidden.
///
/// ```
/// use tower_request_log::{Detector, Redactor};
///
/// let redactor = Redactor::new()
///     .header("x-betable-client-id")
///     .query("sig")
///     .field("player_ledger")
///     .path("/games/{game}/bet")
///     .pattern(regex::Regex::new(r"acct-(?<secret>\d+)").unwrap())
///     .detect(Detector::CardNumber);
/// ```
#[derive(Clone, Debug)]
pub struct Redactor {
    rules: Rules,
}

impl Redactor {
    /// The secure default set.
    ///
    /// Hidden are:
    ///
    /// - the headers `Authorization` and `Proxy-Authorization` (the scheme stays, and the user of Basic), `Cookie` and
    ///   `Set-Cookie` (names and attributes stay), every header whose name ends as below (`X-Api-Key`, `X-Auth-Token`),
    ///   and values that are marked [`HeaderValue::is_sensitive`];
    /// - query parameters and fields (JSON, form, multipart) named `passwd`, `authorization`, `signature` or `sig`, or
    ///   whose name ends in `token`, `secret`, `password`, `secretkey`, `accesskey`, `privatekey` or `apikey`; `code` in
    ///   queries;
    /// - user info in URLs, wherever they stand;
    /// - JWTs, `Bearer …` and PEM private keys, anywhere in text.
    #[must_use]
    pub fn new() -> Self {
        Self { rules: Rules::new() }
    }

    /// Hides nothing at all but what is added: no header, no token, no sensitive header value.
    #[must_use]
    pub fn none() -> Self {
        Self { rules: Rules::none() }
    }

    /// Hides everything but what is allowed, for those who must prove that nothing else is shown.
    ///
    /// The values of all headers, query parameters, cookies and fields are hidden; their names stay. In this redactor
    /// [`header`](Self::header), [`query`](Self::query), [`cookie`](Self::cookie) and [`field`](Self::field) *allow* the
    /// names that they are given. The secrets of the default set ([`Redactor::new`]), patterns, detectors and path
    /// templates stay hidden even within what is allowed.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let redactor = Redactor::allow_only().header("content-type").query("page").field("currency");
    /// ```
    #[must_use]
    pub fn allow_only() -> Self {
        Self { rules: Rules::allow_nothing() }
    }

    /// Hides the values of this header whole, in requests, responses and trailers; in [`Redactor::allow_only`] it allows
    /// them.
    ///
    /// By default, those of [`Redactor::new`] are hidden.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add_header(name.as_ref());
        self
    }

    /// Hides the values of this query parameter in every URL, wherever it stands; in [`Redactor::allow_only`] it allows
    /// them.
    ///
    /// By default, those of [`Redactor::new`] are hidden.
    #[must_use]
    pub fn query(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add_query(name.as_ref());
        self
    }

    /// Hides the values of this cookie; in [`Redactor::allow_only`] it allows them.
    ///
    /// By default, those of all cookies are hidden, so this is for [`Redactor::none`] and for cookies with a
    /// [`mask`](Self::mask) of their own.
    #[must_use]
    pub fn cookie(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add_cookie(name.as_ref());
        self
    }

    /// Hides the values of this field of JSON, form and multipart bodies, at any depth and of any kind; in
    /// [`Redactor::allow_only`] it allows them.
    ///
    /// `pin`, `pin[]`, `user[pin]` and `user.pin` are all the field `pin`.
    ///
    /// By default, those of [`Redactor::new`] are hidden.
    #[must_use]
    pub fn field(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add_field(name.as_ref());
        self
    }

    /// Hides segments of the paths that `template` describes, in every URL, wherever it stands.
    ///
    /// `{name}` stands for a segment that is hidden, `*` for any one segment that is kept, `{*rest}`, which must be the
    /// last, for all that remains, which is hidden; anything else stands for itself. Segments are compared
    /// percent-decoded and without regard to case; empty ones and a slash at the end make no difference.
    ///
    /// By default, no path is hidden.
    ///
    /// # Panics
    ///
    /// When `template` cannot be one: it does not begin with `/`, a brace has no counterpart, a segment has two, `*` is
    /// only part of a segment, something follows `{*rest}`, it has a query, or it is written the old way (`:name`).
    #[must_use]
    #[track_caller]
    pub fn path(mut self, template: impl AsRef<str>) -> Self {
        let template = template.as_ref();
        match Template::parse(template, self.rules.next_mask()) {
            Ok(template) => self.rules.templates.push(template),
            Err(reason) => panic!("`{template}` is no path template: {reason}"),
        }
        self
    }

    /// Hides what `regex` matches in headers, targets and the text of bodies: its group named `secret`, or the whole
    /// match where it has none.
    ///
    /// In JSON it is matched against each string and number, decoded; in URLs and forms against what stands there and
    /// against each value, decoded.
    ///
    /// By default, there are no patterns.
    #[must_use]
    pub fn pattern(mut self, regex: regex::Regex) -> Self {
        let mask = self.rules.next_mask();
        self.rules.patterns.add(regex, mask);
        self
    }

    /// Hides what `detector` finds, in the places that [`pattern`](Self::pattern) looks at.
    ///
    /// By default, no detector is on.
    #[must_use]
    pub fn detect(mut self, detector: Detector) -> Self {
        let mask = self.rules.next_mask();
        self.rules.patterns.detect(detector, mask);
        self
    }

    /// Sets what stands in for the secrets of the rules that are added *after* this.
    ///
    /// A name that is hidden already, one of the default set too, takes the mask when it is added again. By default, it
    /// is [`Mask::redacted`].
    #[must_use]
    pub fn mask(mut self, mask: Mask) -> Self {
        self.rules.set_mask(mask);
        self
    }

    /// Sets the word that stands in for secrets, whichever rule finds them and whenever it was added; only
    /// [`Mask::text`] has its own.
    ///
    /// By default, it is `REDACTED`.
    #[must_use]
    pub fn replacement(mut self, text: impl AsRef<str>) -> Self {
        self.rules.reword(&text.as_ref().into());
        self
    }

    /// Whether something in this line of text would be hidden.
    pub(crate) fn hides(&self, text: &[u8]) -> bool {
        text::hide(&self.rules, text).is_some()
    }

    /// Appends the redacted, escaped value of a header or trailer.
    pub(crate) fn header_value(&self, name: &HeaderName, value: &HeaderValue, out: &mut Vec<u8>) {
        header::value(&self.rules, name, value, out);
    }

    /// Appends the redacted, escaped request target: origin-form, absolute-form, authority-form or `*`.
    pub(crate) fn target(&self, target: &[u8], out: &mut Vec<u8>) {
        uri::target(&self.rules, target, out);
    }

    /// Appends redacted, escaped text of one line: an error's message.
    pub(crate) fn line(&self, text: &[u8], out: &mut Vec<u8>) {
        match text::hide(&self.rules, text) {
            Some(hidden) => crate::escape::text(&hidden, out),
            None => crate::escape::text(text, out),
        }
    }

    /// Renders a body as redacted, escaped lines.
    pub(crate) fn body(&self, content: &Content<'_>, style: Style, page: &mut Page<'_>) -> Report {
        body::render(&self.rules, content, style, page)
    }
}

/// [`Redactor::new`].
impl Default for Redactor {
    fn default() -> Self {
        Self::new()
    }
}
