//! The compiled rules: what they say of a name.

use super::Mask;

/// Everything that the user and the default set asked for.
#[derive(Clone, Debug)]
pub(crate) struct Rules;

/// What the rules say of a named value.
#[derive(Clone, Copy)]
pub(crate) enum Verdict<'a> {
    /// The value may be shown, once what is in it has been looked at.
    Show,
    /// The value is hidden whole, whatever it is.
    Hide(&'a Mask),
}

impl Rules {
    /// What is to be done with the value of a JSON, form or multipart field. `name` is decoded (no JSON or percent
    /// escapes left), not folded. `password[]`, `password[0]`, `user[password]` and `user.password` are that name too.
    pub(crate) fn field(&self, _name: &[u8]) -> Verdict<'_> {
        Verdict::Show
    }

    /// Whether only what is allowed is shown ([`super::Redactor::allow_only`]): values without a name, such as the
    /// elements of a top-level array, are hidden then.
    pub(crate) fn allow_only(&self) -> bool {
        false
    }

    /// What stands in for a secret that no named rule found.
    pub(crate) fn mask(&self) -> &Mask {
        const { &Mask }
    }
}
