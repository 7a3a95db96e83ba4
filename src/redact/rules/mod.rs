//! The compiled rules: what they say of a name.

mod detector;
pub(crate) mod json_path;
mod names;
pub(crate) mod path;
mod pattern;
mod vendor_key;

use super::text::mask::Mask;
pub use detector::Detector;
use json_path::Paths;
use names::{Folded, Names};
use path::Templates;
use pattern::Patterns;
use std::sync::Arc;

/// Everything that the user and the default set asked for.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// Whether only what is allowed is shown; names that the user gives are then allowed instead of hidden.
    allow_only: bool,
    /// Whether the default set holds: shapes, user info, sensitive header values.
    defaults: bool,
    header: Place,
    query: Place,
    cookie: Place,
    field: Place,
    pub(crate) templates: Templates,
    pub(crate) patterns: Patterns,
    pub(crate) json_paths: Paths,
    /// What stands in for a secret that no named rule found.
    mask: Mask,
    /// What stands in for the secrets of the rules that come next.
    next: Mask,
}

/// The names of one place.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    hidden: Names,
    allowed: Names,
}

/// What the rules say of a named value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict<'a> {
    /// The value may be shown, once what is in it has been looked at.
    Show,
    /// The value is hidden whole, whatever it is.
    Hide(&'a Mask),
}

impl<'a> Verdict<'a> {
    /// The mask of a value that is hidden.
    pub(crate) fn mask(self) -> Option<&'a Mask> {
        match self {
            Self::Show => None,
            Self::Hide(mask) => Some(mask),
        }
    }
}

/// The names of the default set that do not show by how they end.
const FIELDS: [&str; 9] = [
    "passwd",
    "pwd",
    "password_confirmation",
    "authorization",
    "client_assertion",
    "signature",
    "sig",
    "x-amz-signature",
    "x-goog-signature",
];
const HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

impl Rules {
    /// The default set.
    pub(crate) fn new() -> Self {
        let mut query = Names::secrets(&FIELDS);
        query.insert("code", Mask::redacted());
        Self {
            defaults: true,
            header: Place::hiding(Names::secrets(&HEADERS)),
            query: Place::hiding(query),
            field: Place::hiding(Names::secrets(&FIELDS)),
            patterns: Patterns::defaults(),
            ..Self::none()
        }
    }

    /// No rules.
    pub(crate) fn none() -> Self {
        Self {
            allow_only: false,
            defaults: false,
            header: Place::hiding(Names::new()),
            query: Place::hiding(Names::new()),
            cookie: Place::hiding(Names::new()),
            field: Place::hiding(Names::new()),
            templates: Templates::default(),
            patterns: Patterns::default(),
            json_paths: Paths::default(),
            mask: Mask::redacted(),
            next: Mask::redacted(),
        }
    }

    /// The default set, and nothing shown that is not allowed.
    pub(crate) fn allow_nothing() -> Self {
        Self { allow_only: true, ..Self::new() }
    }

    pub(crate) fn add_header(&mut self, name: &str) {
        self.header.add(name, self.allow_only, &self.next);
    }

    pub(crate) fn add_query(&mut self, name: &str) {
        self.query.add(name, self.allow_only, &self.next);
    }

    pub(crate) fn add_cookie(&mut self, name: &str) {
        self.cookie.add(name, self.allow_only, &self.next);
    }

    pub(crate) fn add_field(&mut self, name: &str) {
        self.field.add(name, self.allow_only, &self.next);
    }

    /// Sets what stands in for the secrets of the rules that come next.
    pub(crate) fn set_mask(&mut self, mask: Mask) {
        self.next = mask;
        if let Some(word) = self.mask.word() {
            self.next.reword(&word);
        }
    }

    /// The mask of the rules that come next.
    pub(crate) fn next_mask(&self) -> Mask {
        self.next.clone()
    }

    /// Sets the word of every mask, those to come included.
    pub(crate) fn reword(&mut self, word: &Arc<str>) {
        for place in [&mut self.header, &mut self.query, &mut self.cookie, &mut self.field] {
            place.hidden.reword(word);
        }
        self.templates.reword(word);
        self.patterns.reword(word);
        self.json_paths.reword(word);
        self.mask.reword(word);
        self.next.reword(word);
    }

    /// What is to be done with the value of a JSON, form or multipart field. `name` is decoded (no JSON or percent
    /// escapes left), not folded. `password[]`, `password[0]`, `user[password]` and `user.password` are that name too.
    #[inline]
    pub(crate) fn field(&self, name: &[u8]) -> Verdict<'_> {
        if !self.allow_only && self.field.hidden.surely_lacks(name) {
            return Verdict::Show;
        }
        self.judge(&self.field, name)
    }

    /// The names of fields that are hidden, for a quick look before [`Rules::field`] where not only what is allowed is
    /// shown.
    pub(crate) fn field_names(&self) -> &Names {
        &self.field.hidden
    }

    /// What is to be done with the value of a query parameter; `name` as for [`Rules::field`].
    pub(crate) fn query(&self, name: &[u8]) -> Verdict<'_> {
        if !self.allow_only && self.query.hidden.surely_lacks(name) {
            return Verdict::Show;
        }
        self.judge(&self.query, name)
    }

    /// What is to be done with the value of a header.
    pub(crate) fn header(&self, name: &[u8]) -> Verdict<'_> {
        if !self.allow_only && self.header.hidden.surely_lacks(name) {
            return Verdict::Show;
        }
        self.judge(&self.header, name)
    }

    /// Whether a header's value is hidden even where it is allowed.
    pub(crate) fn secret_header(&self, name: &[u8]) -> Option<&Mask> {
        self.header.secret(name)
    }

    /// Whether more of a header may be shown than its name, its secrets aside.
    pub(crate) fn allows_header(&self, name: &[u8]) -> bool {
        !self.allow_only || self.header.allowed.allows(&Folded::new(name))
    }

    /// What is to be done with the value of a cookie, where the header itself doesn't decide.
    pub(crate) fn cookie(&self, name: &[u8]) -> Verdict<'_> {
        self.judge(&self.cookie, name)
    }

    /// The mask of a name that bears a secret in a query or a field, for text that may be either.
    pub(crate) fn secret(&self, name: &[u8]) -> Option<&Mask> {
        if self.query.hidden.surely_lacks(name) && self.field.hidden.surely_lacks(name) {
            return None;
        }
        let folded = Folded::new(name);
        self.query.hidden.find(&folded).or_else(|| self.field.hidden.find(&folded))
    }

    /// Whether a parameter of this name, or no parameter at all, may be shown without a look at it.
    pub(crate) fn allows_plain(&self, name: Option<&[u8]>) -> bool {
        !self.patterns.has_own() && !self.allow_only && name.is_none_or(|name| self.secret(name).is_none())
    }

    /// The mask of a name that bears a secret in a field, for text that may have fields in it.
    pub(crate) fn secret_field(&self, name: &[u8]) -> Option<&Mask> {
        self.field.secret(name)
    }

    /// Whether a name of ASCII letters, digits, `-` and `_`, of which these are the first and the last two, and none of them
    /// `-`, surely hides nothing behind it on its line.
    #[inline]
    pub(crate) fn surely_begins_no_line(&self, first: u8, before: u8, last: u8) -> bool {
        let lacks = |place: &Place| place.hidden.surely_lacks_plain(first, before, last);
        lacks(&self.field) && lacks(&self.header)
    }

    /// Whether any name bears a secret in a query or a field.
    pub(crate) fn has_names(&self) -> bool {
        !self.query.hidden.is_empty() || !self.field.hidden.is_empty()
    }

    /// Whether there is nothing to look for in any text.
    pub(crate) fn is_empty(&self) -> bool {
        !self.defaults && !self.allow_only && !self.has_names() && self.templates.is_empty() && self.patterns.is_empty()
    }

    /// Whether only what is allowed is shown ([`crate::Redactor::allow_only`]): values without a name, such as the
    /// elements of a top-level array, are hidden then.
    pub(crate) fn allow_only(&self) -> bool {
        self.allow_only
    }

    /// Whether the default set holds: shapes, user info, sensitive header values.
    pub(crate) fn defaults(&self) -> bool {
        self.defaults
    }

    /// Whether there are no rules, so that nothing needs to be hidden for not being understood.
    pub(crate) fn hides_nothing(&self) -> bool {
        self.is_empty() && self.json_paths.is_empty()
    }

    /// What stands in for a secret that no named rule found.
    pub(crate) fn mask(&self) -> &Mask {
        &self.mask
    }

    /// That mask for a secret of which nothing is known.
    pub(crate) fn masked(&self) -> Vec<u8> {
        self.mask.applied(b"")
    }

    #[inline(never)]
    fn judge<'a>(&'a self, place: &'a Place, name: &[u8]) -> Verdict<'a> {
        if !self.allow_only
            && let Some(plain) = Folded::plain(name, &mut [0; Folded::SHORT])
        {
            return place.hidden.get(plain).map_or(Verdict::Show, Verdict::Hide);
        }
        let folded = Folded::new(name);
        if let Some(mask) = place.hidden.find(&folded) {
            return Verdict::Hide(mask);
        }
        let unclear = !folded.is_clear() && !place.hidden.is_empty();
        if unclear || (self.allow_only && !place.allowed.allows(&folded)) {
            return Verdict::Hide(&self.mask);
        }
        Verdict::Show
    }
}

impl Place {
    fn hiding(hidden: Names) -> Self {
        Self { hidden, allowed: Names::new() }
    }

    /// The mask of a name that bears a secret here, for names that hardly ever do.
    fn secret(&self, name: &[u8]) -> Option<&Mask> {
        if self.hidden.surely_lacks(name) { None } else { self.hidden.find(&Folded::new(name)) }
    }

    fn add(&mut self, name: &str, allow: bool, mask: &Mask) {
        match allow {
            true => self.allowed.insert(name, Mask::redacted()),
            false => self.hidden.insert(name, mask.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(verdict: Verdict<'_>) -> bool {
        verdict.mask().is_some()
    }

    #[test]
    fn the_default_set_is_that_of_the_documentation() {
        let rules = Rules::new();
        for name in [
            "access_token",
            "refresh_token",
            "id_token",
            "token",
            "password",
            "passwd",
            "pwd",
            "password_confirmation",
            "passphrase",
            "key-passphrase",
            "client_assertion",
            "secret",
            "client_secret",
            "api_key",
            "apikey",
            "private_key",
            "authorization",
            "signature",
            "sig",
            "sessionToken",
            "aws_secret_access_key",
        ] {
            assert!(hidden(rules.field(name.as_bytes())), "{name}");
            assert!(hidden(rules.query(name.as_bytes())), "{name}");
        }
        assert!(hidden(rules.query(b"code")) && !hidden(rules.field(b"code")));
        assert!(hidden(rules.header(b"x-passphrase")) && !hidden(rules.header(b"x-pwd")));
        assert!(!hidden(rules.field(b"client_assertion_type")) && !hidden(rules.query(b"confirmation")));
        assert!(!hidden(rules.field(b"phrase")) && !hidden(rules.field(b"passphrases")));
        assert!(!hidden(rules.field(b"monkey")) && !hidden(rules.query(b"page")));
        for name in [
            "authorization",
            "proxy-authorization",
            "cookie",
            "set-cookie",
            "x-api-key",
            "x-auth-token",
            "x-access-token",
            "x-csrf-token",
            "x-xsrf-token",
            "x-amz-security-token",
        ] {
            assert!(hidden(rules.header(name.as_bytes())), "{name}");
        }
        assert!(!hidden(rules.header(b"content-type")));
    }

    #[test]
    fn no_rules_hide_nothing() {
        let mut rules = Rules::none();
        assert!(!hidden(rules.field(b"password")) && !hidden(rules.header(b"authorization")));
        assert!(!hidden(rules.field(b"\xff")));
        rules.add_query("sig");
        assert!(hidden(rules.query(b"SIG")) && !hidden(rules.field(b"sig")) && hidden(rules.query(b"\xff")));
    }

    #[test]
    fn allow_only_takes_the_names_as_allowed() {
        let mut rules = Rules::allow_nothing();
        rules.add_field("currency");
        rules.add_field("password");
        assert!(!hidden(rules.field(b"currency")) && !hidden(rules.field(b"bet[currency]")));
        assert!(hidden(rules.field(b"wager")) && hidden(rules.field(b"password")) && hidden(rules.query(b"currency")));
    }
}
