//! Holds the rules as users write them, and shows how the log would show things.

use super::{
    body,
    head::{
        header::{self, Shows},
        target,
    },
    nested,
    rules::{Detector, Place, RuleError, Rules, path::Template},
    scan,
    text::{
        content::{Content, Kind, Report, Style},
        mask::Mask,
    },
    work::Allowance,
};
use crate::{
    escape,
    fields::{AUTHORITY, Fields, Iter, Value},
    line_writer::LineWriter,
};
use http::{HeaderName, HeaderValue};

/// Decides what the log hides: a secure default set, and the rules that are added to it.
///
/// Names match without regard to case, `-` and `_`: `X-Client-Id`, `x_client_id` and `xClientId` are the same name.
/// Every rule fails closed: what cannot be understood is hidden.
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
    pub(super) rules: Rules,
}

impl Redactor {
    /// Returns the secure default set.
    ///
    /// Four principles decide what it hides:
    ///
    /// 1. **A name is judged by its words**, alike in headers, queries, fields, cookies, markup, text and environment variables. It is split
    ///    where people split it (`newPassword2`, `SECRET_KEY_BASE`, `card[number]`, `X-Api-Key`). A secret word hides the value:
    ///    `password`, `passwords`, `passwd`, `passwds`, `pwd`, `pwds`, `pswd`, `psw`, `pw`, `pass`, `passcode`, `passcodes`, `passphrase`,
    ///    `passphrases`, `passwort`, `kennwort`, `senha`, `contrasena`, `contrase` (of contraseña), `passe`, `mdp`, `wachtwoord`, `passord`, `salasana`,
    ///    `heslo`, `haslo`, `jelszo`, `lozinka`, `adgangskode`, `losenord`, `parola`, `sifre`, `psk`, `masterauth`, `authtok`, `bearer`, `pin`,
    ///    `otp`, `totp`, `token`, `tokens`, `jwt`, `jwts`, `csrf`, `xsrf`, `crumb`, `secret`, `secrets`, `concealed`, `credential`,
    ///    `credentials`, `creds`, `authorization`, `cookie`, `cookies`, `signature`, `sig`, `hmac`, `verifier`, `assertion`,
    ///    `mnemonic`, `apikey`, `apikeys`, `skey`, `sessionid`, `sessid`, `jsessionid`, `phpsessid`, `cvv`, `cvc`, `ssn`,
    ///    `userident` and `cardnumber`; the pairs `in salt`, `nonce salt`, `nonce key`,
    ///    `session id`,
    ///    `session ids`, `session key`, `connection string`, `connection strings`, `secure string`, `saml response`, `saml request`,
    ///    `security answer`, `security number`, `card number`, `verification value`, `cvd value`, `community string`, `connect sid`,
    ///    `access sign`, `api sign`, `key unlock`, `recovery phrase`, `seed phrase`,
    ///    `backup phrase`, `backup words`, `seed words`, `recovery words`, `wallet seed`, `session ticket`, `auth ticket`,
    ///    `authentication ticket`, `login ticket`, `app ticket`, `jsapi ticket`, `honeycomb team` and `memorable word`; `key`, `keys` and `salt`
    ///    behind a word like `api`, `access`, `private` or `encryption`, and `code` and `codes` behind one like `auth`, `backup` or
    ///    `verification`. Words beside it take it back: `token_type`, `password_policy`, `secret_name`, `next_page_token`, `max_tokens`.
    ///    `code`, `ticket` and `auth` alone are hidden in a URL's query, and `code` beside a `grant_type`. Any other `key`
    ///    (`primaryKey`, `keys`, `routing_key`), `encrypt`, `encoded` and `ticket` hide a value, or a list, that looks like a key.
    /// 2. **The value votes.** `true`, `false`, `null`, `""`, `{}` and `[]` show. Numbers show where they count or measure
    ///    (`"tokens": 512`, `"token_price": 1.25`). Sentences about a field show (`{"errors": {"password": ["is too short"]}}`),
    ///    and so do labels (`"password": "Your password"`), states (`"required"`), versions (`"^3.0.0"`) and references (`${TOKEN}`).
    ///    An object or a list of objects is printed, but everything in it is hidden that does not only tell about a secret
    ///    (`"credentials": [{"type": "password", "host": "db1", "value": "REDACTED"}]`). In a text that reads as a program, calls, variables and types show
    ///    (`token = lexer.next()`), and the strings in them are hidden (`secret = decode("…")`).
    /// 3. **Neighbours name each other.** In `{"name": "Authorization", "value": …}` the value is hidden, whichever of
    ///    the two comes first. The private parts of a JWK and the data of a Kubernetes `Secret` are hidden as well.
    /// 4. **What can't be understood is hidden**: a name that can't be read, text in more than eight layers of
    ///    encoding, and text with so many signs of secrets that its search would take more than about 40 times what clean
    ///    JSON of its length does. A body that is not what its `Content-Type` says is shown as what it is.
    ///
    /// This is what it does in each place:
    ///
    /// - **headers**: the scheme shows in `Authorization`, `Proxy-Authorization` and every other header whose name ends in
    ///   `authorization`, and so does the user of Basic (`Basic REDACTED (client_id: betable)`). `Cookie` and `Set-Cookie`
    ///   show names and attributes. `Sec-WebSocket-Protocol` hides the item after a secret's name. Any value that is marked
    ///   [`HeaderValue::is_sensitive`](http::HeaderValue::is_sensitive) is hidden;
    /// - **query parameters and fields** of JSON, forms and multipart bodies, at any depth, also in JSON, forms and URLs
    ///   within values. `user[password]` and `user.password` count as `password`;
    /// - **URLs**, in any text: their parameters, and their user info (`https://user:REDACTED@host`);
    /// - **text**: what follows a secret name and `=` or `:`, unless it is the rest of a sentence. A line that begins with
    ///   such a name (`password: …`, `export API_KEY=…`, `Cookie: …`) is hidden to its end, together with the lines
    ///   indented below it. So are elements and attributes of markup (`<wsse:Password>…</wsse:Password>`,
    ///   `<input name="csrf_token" value="…">`);
    /// - **shapes**, anywhere: JWTs (`eyJ….….…`), `Bearer …`, PEM private keys, and keys of clouds and services that
    ///   begin with their vendor's prefix ([`Detector::CloudKey`]).
    #[must_use]
    pub fn new() -> Self {
        Self { rules: Rules::new() }
    }

    /// Returns a redactor that hides nothing: no header, no token, no value that is marked sensitive.
    ///
    /// It hides only what is added to it.
    #[must_use]
    pub fn none() -> Self {
        Self { rules: Rules::none() }
    }

    /// Returns a redactor that hides everything except what is allowed.
    ///
    /// It is for those who must prove that nothing else is shown. It hides the values of all headers, trailers, query
    /// parameters, cookies and fields. It shows their names, and methods, paths and statuses.
    ///
    /// An array under an allowed field shows. The fields of an object there must be allowed themselves. What has no
    /// name can't be allowed: the texts of errors are hidden, and only the length is logged of text that is no JSON,
    /// form, multipart body or stream of events. The `id` of a server-sent event counts as a field. Its type shows.
    ///
    /// [`allow_header`](Self::allow_header), [`allow_query`](Self::allow_query), [`allow_cookie`](Self::allow_cookie)
    /// and [`allow_field`](Self::allow_field) say what shows. Within what they allow, shapes, secrets in URLs and the
    /// secrets of other names stay hidden. So does what patterns, detectors, path templates and JSON paths hide.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let redactor = Redactor::allow_only().allow_header("content-type").allow_query("page").allow_field("currency");
    /// ```
    #[must_use]
    pub fn allow_only() -> Self {
        Self { rules: Rules::allow_nothing() }
    }

    /// Hides the values of this header, in requests, responses and trailers.
    ///
    /// The whole value is hidden, except in headers of which parts show by default too. In `Authorization`,
    /// `Proxy-Authorization` and every other header whose name ends in `authorization`, the scheme and the user of Basic
    /// still show. In `Cookie` and `Set-Cookie`, names and attributes still show. For these headers this method only changes the
    /// mask: what is hidden gets the [`mask`](Self::mask) that was set before.
    ///
    /// ```
    /// use tower_request_log::{Mask, Redactor};
    ///
    /// let redactor = Redactor::new().mask(Mask::text("***")).header("authorization").header("cookie").header("x-client");
    /// assert_eq!(redactor.show_header("Authorization", "Basic YWRhOnB3"), "Basic *** (client_id: ada)");
    /// assert_eq!(redactor.show_header("Cookie", "theme=dark; sid=5c0b"), "theme=***; sid=***");
    /// assert_eq!(redactor.show_header("X-Client", "Basic YWRhOnB3"), "***");
    /// ```
    ///
    /// By default, those of [`Redactor::new`] are hidden.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add(Place::Header, name.as_ref(), false);
        self
    }

    /// Hides the values of this query parameter in every URL, wherever it stands.
    ///
    /// By default, those of [`Redactor::new`] are hidden.
    #[must_use]
    pub fn query(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add(Place::Query, name.as_ref(), false);
        self
    }

    /// Hides the values of this cookie.
    ///
    /// By default, the values of all cookies are hidden. This is for [`Redactor::none`], and for cookies with a
    /// [`mask`](Self::mask) of their own.
    #[must_use]
    pub fn cookie(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add(Place::Cookie, name.as_ref(), false);
        self
    }

    /// Hides the values of this field of JSON, form and multipart bodies, at any depth and of any kind.
    ///
    /// `pin`, `pin[]`, `user[pin]` and `user.pin` are all the field `pin`.
    ///
    /// By default, those of [`Redactor::new`] are hidden.
    #[must_use]
    pub fn field(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add(Place::Field, name.as_ref(), false);
        self
    }

    /// Shows the values of this header, which would be hidden by its name.
    ///
    /// In [`Redactor::allow_only`] that is any header, in the others one that [`Redactor::new`] hides. Of two rules for
    /// a name, the later one holds. An allowed value is still searched: shapes, patterns, secrets in URLs and the
    /// secrets of other names within it stay hidden. **Of `Authorization` only the scheme shows.** Of `Cookie` and
    /// `Set-Cookie`, a cookie with a secret's name does not show.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let redactor = Redactor::new().allow_header("x-csrf-token");
    /// assert_eq!(redactor.show_header("X-Csrf-Token", "c5"), "c5");
    /// assert_eq!(redactor.show_header("X-Csrf-Token", "Bearer c5"), "Bearer REDACTED");
    /// ```
    ///
    /// By default, no header is allowed.
    #[must_use]
    pub fn allow_header(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add(Place::Header, name.as_ref(), true);
        self
    }

    /// Shows the values of this query parameter, as [`allow_header`](Self::allow_header) does those of a header.
    ///
    /// By default, no parameter is allowed.
    #[must_use]
    pub fn allow_query(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add(Place::Query, name.as_ref(), true);
        self
    }

    /// Shows the values of this cookie, as [`allow_header`](Self::allow_header) does those of a header.
    ///
    /// The `Cookie` and `Set-Cookie` headers need not be allowed for it.
    ///
    /// By default, no cookie is allowed.
    #[must_use]
    pub fn allow_cookie(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add(Place::Cookie, name.as_ref(), true);
        self
    }

    /// Shows the values of this field, as [`allow_header`](Self::allow_header) does those of a header.
    ///
    /// Numbers show as numbers. Of an object, the fields show whose own names allow it.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let redactor = Redactor::new().allow_field("csrfToken");
    /// assert_eq!(
    ///     redactor.show_body("application/json", r#"{"csrfToken":5,"token":5}"#).as_deref(),
    ///     Some("{\n    \"csrfToken\": 5,\n    \"token\": \"REDACTED\"\n}"),
    /// );
    /// ```
    ///
    /// By default, no field is allowed.
    #[must_use]
    pub fn allow_field(mut self, name: impl AsRef<str>) -> Self {
        self.rules.add(Place::Field, name.as_ref(), true);
        self
    }

    /// Hides segments of the paths that match `template`, in every URL, wherever it stands.
    ///
    /// In a template, `{name}` is a segment that is hidden. `*` is any one segment, which is kept. `{*rest}` must be
    /// the last segment and hides all that remains. Anything else stands for itself. Segments are compared
    /// percent-decoded and without regard to the case of ASCII letters. Empty segments and a slash at the end make no
    /// difference.
    ///
    /// A path can often be read in several ways. It is hidden if one of them matches:
    ///
    /// - `%2F` is part of a segment, as routers read it, or stands between two;
    /// - dots are resolved or not;
    /// - the path follows an authority (`//host/games/7/bet`);
    /// - in prose, the path ends at a comma or other punctuation;
    /// - a relative reference in `Location`, `Content-Location`, `Referer`, `Link` or `Refresh` is any end of a matching
    ///   path;
    /// - a path that is cut with its body is any beginning of one.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let redactor = Redactor::new().path("/games/{game}/bet").path("/*/files/{*file}");
    /// assert_eq!(redactor.show_target("/games/g1/bet"), "/games/REDACTED/bet");
    /// assert_eq!(redactor.show_header("Referer", "https://h/v1/files/a/b"), "https://h/v1/files/REDACTED");
    /// assert_eq!(redactor.show_target("/games/g%2F1/bet"), "/games/REDACTED/bet");
    ///
    /// let redactor = Redactor::new().path("/games/{game}/bet");
    /// assert_eq!(redactor.show_header("Location", "../g1/bet"), "../REDACTED/bet");
    /// ```
    ///
    /// By default, no path is hidden.
    ///
    /// # Panics
    ///
    /// If `template` is no template: it does not begin with `/`, a brace has no counterpart, a segment has two, `*` is
    /// only part of a segment, something follows `{*rest}`, it has a query, or it is written the old way (`:name`).
    #[must_use]
    #[track_caller]
    pub fn path(self, template: impl AsRef<str>) -> Self {
        self.try_path(template).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Does what [`path`](Self::path) does, for templates that come from a configuration.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let error = Redactor::new().try_path("/games/:game").unwrap_err();
    /// assert!(error.is_path());
    /// assert_eq!(
    ///     error.to_string(),
    ///     "`/games/:game` is no path template: a hidden segment is written `{name}`, not `:name`"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// If [`path`](Self::path) would panic.
    pub fn try_path(mut self, template: impl AsRef<str>) -> Result<Self, RuleError> {
        let template = template.as_ref();
        let parsed = Template::parse(template, self.rules.next_mask());
        self.rules.templates.push(parsed.map_err(|reason| RuleError::path(template, reason))?);
        Ok(self)
    }

    /// Hides what this JSONPath selects in JSON bodies, whatever kind of value it is.
    ///
    /// A path is `$` and one or more of `.name`, `['name']`, `[0]`, `.*`, `[*]` (any member or element) and `..name`,
    /// `..[0]`, `..*` (at any depth), as in RFC 9535. Names match without regard to case, `-` and `_`. Each document of
    /// NDJSON, the data of each server-sent event and JSON in a string is a document of its own. In
    /// [`Redactor::allow_only`] the rule hides too, even in an allowed field.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let redactor = Redactor::new().json_path("$.user.cards[*].pan").json_path("$..address['post-code']");
    /// ```
    ///
    /// By default, there are no such rules.
    ///
    /// # Panics
    ///
    /// If `path` is no JSONPath, or has nothing behind the `$`, or has what one pass can't follow: filters, slices, lists of
    /// selectors or an index from the end.
    #[must_use]
    #[track_caller]
    pub fn json_path(self, path: impl AsRef<str>) -> Self {
        self.try_json_path(path).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Does what [`json_path`](Self::json_path) does, for paths that come from a configuration.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let error = Redactor::new().try_json_path("$a").unwrap_err();
    /// assert!(error.is_json_path());
    /// assert_eq!(error.to_string(), "`$a` is no path: `.` or `[` expected before \"a\"");
    /// ```
    ///
    /// # Errors
    ///
    /// If [`json_path`](Self::json_path) would panic.
    pub fn try_json_path(mut self, path: impl AsRef<str>) -> Result<Self, RuleError> {
        let mask = self.rules.next_mask();
        self.rules.json_paths.add(path.as_ref(), &mask).map_err(RuleError::json_path)?;
        Ok(self)
    }

    /// Hides what `regex` matches in headers, targets and the text of bodies.
    ///
    /// It hides the group named `secret`, or the whole match if there is no such group.
    ///
    /// In JSON the pattern is matched against each string and number, decoded. In URLs and forms it is matched against
    /// the text as it stands and against each value, decoded.
    ///
    /// A match may begin in the part of a body that is shown and end up to 1 KiB behind that part. It is hidden as
    /// well. If a body is cut in the middle of a match, the pattern does not match, and the visible part is **not**
    /// hidden.
    ///
    /// All patterns together cost one scan of a text in which none matches, as long as they can be compiled into one.
    /// Some dozens of patterns with Unicode classes such as `\w` are too large for that. Then each costs a scan of its
    /// own.
    ///
    /// ```
    /// use regex::Regex;
    /// use tower_request_log::Redactor;
    ///
    /// let redactor = Redactor::new().pattern(Regex::new(r"acct-(?<secret>\d+)")?);
    /// assert_eq!(redactor.show_body("", "from acct-1 to acct-22").as_deref(), Some("from acct-REDACTED to acct-REDACTED"));
    /// # Ok::<(), regex::Error>(())
    /// ```
    ///
    /// By default, there are no patterns.
    #[must_use]
    pub fn pattern(mut self, regex: regex::Regex) -> Self {
        let mask = self.rules.next_mask();
        self.rules.patterns.add(regex, mask);
        self
    }

    /// Hides what `detector` finds, in the places that [`pattern`](Self::pattern) searches.
    ///
    /// By default, [`Detector::CloudKey`] is on, but not in [`Redactor::none`].
    #[must_use]
    pub fn detect(mut self, detector: Detector) -> Self {
        let mask = self.rules.next_mask();
        self.rules.patterns.detect(detector, mask);
        self
    }

    /// Turns `detector` off.
    ///
    /// ```
    /// use tower_request_log::{Detector, Redactor};
    ///
    /// let key = concat!("AK", "IAIOSFODNN7EXAMPLE");
    /// assert_eq!(Redactor::new().show_header("X-Note", key), "REDACTED");
    /// assert_eq!(Redactor::new().without(Detector::CloudKey).show_header("X-Note", key), key);
    /// ```
    ///
    /// By default, [`Detector::CloudKey`] is on, but not in [`Redactor::none`].
    #[must_use]
    pub fn without(mut self, detector: Detector) -> Self {
        self.rules.patterns.without(detector);
        self
    }

    /// Sets the mask for the secrets of the rules that are added *after* this.
    ///
    /// To change the mask of a name that is hidden already, also one of the default set, add the name again.
    ///
    /// By default, it is [`Mask::redacted`].
    #[must_use]
    pub fn mask(mut self, mask: Mask) -> Self {
        self.rules.set_mask(mask);
        self
    }

    /// Sets the word that replaces secrets, for all rules, whenever they were added.
    ///
    /// Only [`Mask::text`] keeps a text of its own.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// assert_eq!(Redactor::new().replacement("***").show_target("/?token=t1"), "/?token=***");
    /// ```
    ///
    /// By default, it is `REDACTED`.
    #[must_use]
    pub fn replacement(mut self, text: impl AsRef<str>) -> Self {
        self.rules.reword(&text.as_ref().into());
        self
    }

    /// Returns a redactor that hides what this one or another hides.
    pub(crate) fn join(&self, other: &Self) -> Self {
        Self { rules: self.rules.join(&other.rules) }
    }

    /// Builds what all rules together need, so that no request waits for it.
    pub(crate) fn prepare(&self) {
        self.rules.patterns.gate();
    }

    /// Begins to count the work for a message of `len` bytes.
    fn allowance(&self, len: usize) -> Allowance {
        // Clean JSON costs about half where it is hidden, and so may the rest.
        Allowance::of(if self.rules.allow_only() { len / 2 } else { len })
    }

    /// Returns whether something in this line of text would be hidden.
    pub(crate) fn hides(&self, text: &[u8]) -> bool {
        let _allowance = self.allowance(text.len());
        scan::hide_text(nested::scope(&self.rules), text).is_some()
    }

    /// Appends the redacted, escaped value of a header or trailer.
    pub(crate) fn header_value(&self, name: &[u8], value: Value<'_>, out: &mut Vec<u8>) {
        let _allowance = self.allowance(value.as_bytes().len());
        header::value(nested::scope(&self.rules), Iter::default(), name, value, out);
    }

    /// Appends the value of one of many fields, as [`Redactor::header_value`] does. It may depend on the fields before it.
    pub(crate) fn field_value(&self, fields: &Fields, at: usize, out: &mut Vec<u8>) -> Shows {
        let Some((name, value)) = fields.get(at) else { return Shows::Else };
        let _allowance = self.allowance(value.as_bytes().len());
        let scope = nested::scope(&self.rules);
        if name != AUTHORITY {
            return header::value(scope, fields.before(at), name, value, out);
        }
        // It says what `Host` does, and may have a user in it, as a URL may.
        if self.rules.header(b"host").is_some() {
            return header::value(scope, Iter::default(), b"host", value, out);
        }
        let begin = out.len();
        target::target(scope, value.as_bytes(), out);
        if out.get(begin..) == Some(value.as_bytes()) { Shows::Plain } else { Shows::Else }
    }

    /// Returns whether the value of a header whose name hides nothing shows as it is. It is not sensitive.
    pub(crate) fn shows_value(&self, name: &[u8], value: &[u8]) -> bool {
        let _allowance = self.allowance(value.len());
        header::shows(nested::scope(&self.rules), name, value)
    }

    /// Appends the redacted, escaped request target: origin-form, absolute-form, authority-form or `*`.
    pub(crate) fn target(&self, target: &[u8], out: &mut Vec<u8>) {
        let _allowance = self.allowance(target.len());
        target::target(nested::scope(&self.rules), target, out);
    }

    /// Returns whether the same text shows the same each time: no mask asks a function of the user's.
    pub(crate) fn is_pure(&self) -> bool {
        self.rules.are_pure()
    }

    /// Appends an error's message, redacted and escaped, so that it stands on one line. No rule can allow it, for it
    /// has no name.
    pub(crate) fn message(&self, text: &[u8], out: &mut Vec<u8>) {
        let _allowance = self.allowance(text.len());
        let hidden = match self.rules.allow_only() {
            true => Some(self.rules.masked()),
            false => scan::hide_lines(nested::scope(&self.rules), text, true),
        };
        match hidden {
            Some(hidden) => escape::text(&hidden, out),
            None => escape::text(text, out),
        }
    }

    /// Renders a body as redacted, escaped lines.
    pub(crate) fn body(&self, content: &Content<'_>, style: Style, writer: &mut LineWriter<'_>) -> Report {
        let _allowance = self.allowance(content.bytes.len());
        body::render(nested::scope(&self.rules), content, style, writer)
    }
}

/// Shows things as the log would show them, to try rules out in tests and at a prompt.
impl Redactor {
    /// Returns a request target as the log would show it.
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

    /// Returns a header's value as the log would show it.
    ///
    /// If `name` or `value` cannot be a header's, the result is empty, since no message has such a header.
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

    /// Returns a body as the log would show it, its lines separated by LF; `None` if it is not text.
    ///
    /// An empty `content_type` means that there is none.
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

/// Returns [`Redactor::new`].
impl Default for Redactor {
    fn default() -> Self {
        Self::new()
    }
}
