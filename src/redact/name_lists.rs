//! Rules for several names at once, as they come from a configuration.

use super::{redactor::Redactor, rules::Place};

impl Redactor {
    /// Hides the values of these headers, as [`header`](Self::header) does for each.
    ///
    /// ```
    /// use tower_request_log::Redactor;
    ///
    /// let redactor = Redactor::new().headers(["x-client-id", "x-device"]).fields(vec!["iban".to_owned()]);
    /// assert_eq!(redactor.show_header("X-Device", "a7"), "REDACTED");
    /// assert_eq!(redactor.show_body("application/json", r#"{"iban":7}"#).unwrap(), "{\n    \"iban\": \"REDACTED\"\n}");
    /// ```
    ///
    /// By default, those of [`Redactor::new`] are hidden.
    #[must_use]
    pub fn headers<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.add_all(Place::Header, names, false)
    }

    /// Hides the values of these query parameters, as [`query`](Self::query) does for each.
    ///
    /// By default, those of [`Redactor::new`] are hidden.
    #[must_use]
    pub fn queries<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.add_all(Place::Query, names, false)
    }

    /// Hides the values of these cookies, as [`cookie`](Self::cookie) does for each.
    ///
    /// By default, those of all cookies are hidden.
    #[must_use]
    pub fn cookies<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.add_all(Place::Cookie, names, false)
    }

    /// Hides the values of these fields, as [`field`](Self::field) does for each.
    ///
    /// By default, those of [`Redactor::new`] are hidden.
    #[must_use]
    pub fn fields<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.add_all(Place::Field, names, false)
    }

    /// Shows the values of these headers, as [`allow_header`](Self::allow_header) does for each.
    ///
    /// By default, no header is allowed.
    #[must_use]
    pub fn allow_headers<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.add_all(Place::Header, names, true)
    }

    /// Shows the values of these query parameters, as [`allow_query`](Self::allow_query) does for each.
    ///
    /// By default, no parameter is allowed.
    #[must_use]
    pub fn allow_queries<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.add_all(Place::Query, names, true)
    }

    /// Shows the values of these cookies, as [`allow_cookie`](Self::allow_cookie) does for each.
    ///
    /// By default, no cookie is allowed.
    #[must_use]
    pub fn allow_cookies<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.add_all(Place::Cookie, names, true)
    }

    /// Shows the values of these fields, as [`allow_field`](Self::allow_field) does for each.
    ///
    /// By default, no field is allowed.
    #[must_use]
    pub fn allow_fields<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.add_all(Place::Field, names, true)
    }

    fn add_all<N: AsRef<str>>(mut self, place: Place, names: impl IntoIterator<Item = N>, allow: bool) -> Self {
        names.into_iter().for_each(|name| self.rules.add(place, name.as_ref(), allow));
        self
    }
}
