//! Compiles the rules, and says what they do with a name.

mod detector;
mod error;
pub(crate) mod json_path;
pub(crate) mod known;
mod lexicon;
mod names;
pub(crate) mod path;
mod pattern;
pub(crate) mod siblings;
pub(crate) mod told;
pub(crate) mod value;
pub(crate) mod vendor_key;
mod words;

use super::text::mask::Mask;
use crate::redact::work;
pub use detector::{Detector, ParseDetectorError};
pub use error::RuleError;
use json_path::Paths;
use known::{Key, Known, Verdict};
pub(crate) use lexicon::Surety;
pub(crate) use names::Rule;
use names::{Folded, Names};
use path::Templates;
use pattern::Patterns;
use std::sync::Arc;

/// Holds all rules of the user and of the default set.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// Is set where only what is allowed is shown.
    allow_only: bool,
    /// Is set where the default set applies: the lexicon, shapes, user info, sensitive header values.
    defaults: bool,
    header: Names,
    query: Names,
    cookie: Names,
    field: Names,
    /// The names of which is known what they hide.
    known: Known,
    pub(crate) templates: Templates,
    pub(crate) patterns: Patterns,
    pub(crate) json_paths: Paths,
    /// The mask for secrets that no named rule found.
    mask: Mask,
    /// The mask for the secrets of the rules that are added next.
    next: Mask,
    /// Is set if one of the masks asks a function of the user's.
    asks: bool,
    /// The rules of another redactor, which hide too: those for names, and whether its default set applies.
    also: Option<Arc<Self>>,
}

/// A value that is hidden by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hidden<'r> {
    pub(crate) mask: &'r Mask,
    /// Says how surely the name is a secret's, if the lexicon hides it and not a rule of the user.
    pub(crate) surety: Option<Surety>,
}

impl<'r> Hidden<'r> {
    /// Hides a value whatever it is.
    pub(crate) fn by(mask: &'r Mask) -> Self {
        Self { mask, surety: None }
    }

    /// Returns whether this hides a value that the other shows for what it is.
    fn is_surer(self, other: Self) -> bool {
        match (self.surety, other.surety) {
            (this, Some(that)) => this.is_none_or(|this| this > that),
            (_, None) => false,
        }
    }

    /// Returns whether a value in text shows for what it is: it says whether there is a secret, or where it is, and is
    /// none.
    pub(crate) fn votes(self, value: &[u8]) -> bool {
        work::spend(16 + value.len());
        self.surety.is_some() && value::is_harmless(value)
    }
}

impl Rules {
    /// Returns the default set.
    pub(crate) fn new() -> Self {
        Self { defaults: true, patterns: Patterns::defaults(), ..Self::none() }
    }

    /// Returns no rules.
    pub(crate) fn none() -> Self {
        Self {
            allow_only: false,
            defaults: false,
            header: Names::default(),
            query: Names::default(),
            cookie: Names::default(),
            field: Names::default(),
            known: Known::default(),
            templates: Templates::default(),
            patterns: Patterns::default(),
            json_paths: Paths::default(),
            mask: Mask::redacted(),
            next: Mask::redacted(),
            asks: false,
            also: None,
        }
    }

    /// Returns rules that hide what these or others hide. Masks are those of the rule that hides, these first.
    pub(crate) fn join(&self, others: &Self) -> Self {
        let mut joined = self.clone();
        joined.known = Known::default();
        joined.templates.join(&others.templates);
        joined.patterns.join(&others.patterns);
        joined.json_paths.join(&others.json_paths);
        joined.asks |= others.asks;
        joined.also = Some(Arc::new(Self { also: self.also.clone(), ..others.clone() }));
        joined
    }

    /// Returns the default set, and nothing shown that is not allowed.
    pub(crate) fn allow_nothing() -> Self {
        Self { allow_only: true, ..Self::new() }
    }

    /// Hides the values of a name in a place, or shows them.
    pub(crate) fn add(&mut self, place: Place, name: &str, show: bool) {
        let rule = if show { Rule::Show } else { Rule::Hide(self.next.clone()) };
        let names = match place {
            Place::Header => &mut self.header,
            Place::Query => &mut self.query,
            Place::Cookie => &mut self.cookie,
            Place::Field => &mut self.field,
        };
        names.insert(name, rule);
        self.known = Known::default();
    }

    /// Sets the mask for the secrets of the rules that are added next.
    pub(crate) fn set_mask(&mut self, mask: Mask) {
        self.asks |= mask.is_function();
        self.next = mask;
        if let Some(word) = self.mask.word() {
            self.next.reword(&word);
        }
    }

    /// Returns whether the same text shows the same each time: no mask asks a function of the user's.
    pub(crate) fn are_pure(&self) -> bool {
        !self.asks
    }

    /// Returns the mask of the rules that are added next.
    pub(crate) fn next_mask(&self) -> Mask {
        self.next.clone()
    }

    /// Sets the word of every mask, also of masks that are set later.
    pub(crate) fn reword(&mut self, word: &Arc<str>) {
        for place in [&mut self.header, &mut self.query, &mut self.cookie, &mut self.field] {
            place.reword(word);
        }
        self.templates.reword(word);
        self.patterns.reword(word);
        self.json_paths.reword(word);
        self.mask.reword(word);
        self.next.reword(word);
        self.known = Known::default();
    }

    /// Returns what hides the value of a JSON, form or multipart field. `name` is decoded (no JSON or percent escapes left),
    /// not folded. `password[]`, `password[0]`, `user[password]` and `user.password` are that name too.
    pub(crate) fn field(&self, name: &[u8]) -> Option<Hidden<'_>> {
        let hidden = self.strictest(|rules| rules.judge(&rules.field, name));
        if let Some(Hidden { mask, surety: None }) = hidden
            && !self.allow_only
            && self.plain_mask().is_some_and(|plain| mask.plain() == Some(plain))
            && let Some(key) = Key::of(name).filter(|_| is_plain(name) && !vendor_key::is_in(name))
        {
            self.known.add(key, Verdict::Field);
        }
        hidden
    }

    /// Returns whether a value of this name, which hides nothing by itself, is hidden if it looks like a key.
    pub(crate) fn may_be_key(&self, name: &[u8]) -> bool {
        let verdict = Key::of(name).and_then(|key| self.known.get(key));
        verdict.is_none_or(|verdict| verdict == Verdict::Beside) && lexicon::may_be(name) && self.is_left(name)
    }

    /// Returns whether the default set says what a name hides, and no rule of the user does.
    pub(crate) fn is_left(&self, name: &[u8]) -> bool {
        self.defaults() && !self.any(|rules| rules.is_ruled(name))
    }

    /// Returns the mask for a value that looks like a key behind a name that may be that of one.
    pub(crate) fn key(&self, name: &[u8], value: &[u8]) -> Option<&Mask> {
        let looks = value::is_random(value) || value::is_login(value) && lexicon::is_of_login(name);
        (looks && self.may_be_key(name)).then_some(&self.mask)
    }

    /// Returns whether a rule of the user shows the values of a field, and none hides them.
    pub(crate) fn allows_field(&self, name: &[u8]) -> bool {
        let allows =
            |rules: &Self| !rules.field.is_empty() && matches!(rules.field.find(&Folded::new(name)), Some(Rule::Show));
        !self.any(|rules| !allows(rules))
    }

    /// Returns what hides the value of a query parameter; `name` as for [`Rules::field`].
    pub(crate) fn query(&self, name: &[u8]) -> Option<Hidden<'_>> {
        // There they are OAuth's (RFC 6749, section 4.1.2) and CAS's, or as valuable as a token.
        let is_code = |rules: &Self| {
            let is_known = [&b"code"[..], b"ticket", b"auth"].iter().any(|known| name.eq_ignore_ascii_case(known));
            rules.defaults && is_known && rules.query.find(&Folded::new(name)).is_none()
        };
        self.strictest(|rules| {
            let code = || is_code(rules).then_some(Hidden { mask: &rules.mask, surety: Some(Surety::Weak) });
            rules.judge(&rules.query, name).or_else(code)
        })
    }

    /// Returns what hides the value of a header.
    pub(crate) fn header(&self, name: &[u8]) -> Option<Hidden<'_>> {
        self.strictest(|rules| rules.judge(&rules.header, name))
    }

    /// Returns what hides the value of a cookie, where `all` hides those of all: a rule for it comes before that.
    pub(crate) fn cookie<'r>(&'r self, name: &[u8], all: Option<&'r Mask>) -> Option<&'r Mask> {
        let hidden = self.strictest(|rules| match rules.cookie.find(&Folded::new(name)) {
            Some(Rule::Show) => None,
            Some(Rule::Hide(mask)) => Some(Hidden::by(mask)),
            None if rules.allow_only => Some(Hidden::by(&rules.mask)),
            None => all.map(Hidden::by).or_else(|| rules.judge(&rules.cookie, name)),
        });
        hidden.map(|hidden| hidden.mask)
    }

    /// Returns what hides the value of a header, also where only what is allowed is shown and this one is not named.
    pub(crate) fn secret_header(&self, name: &[u8]) -> Option<Hidden<'_>> {
        self.strictest(|rules| rules.secret_in(&[&rules.header], name))
    }

    /// Returns whether more of a header may be shown than its name, its secrets aside.
    pub(crate) fn allows_header(&self, name: &[u8]) -> bool {
        !self.any(|rules| rules.allow_only && !matches!(rules.header.find(&Folded::new(name)), Some(Rule::Show)))
    }

    /// Returns what hides the value of a name in text that may have parameters or fields in it.
    pub(crate) fn secret(&self, name: &[u8]) -> Option<Hidden<'_>> {
        self.strictest(|rules| rules.secret_in(&[&rules.query, &rules.field], name))
    }

    /// Returns what hides the value of a name in text that may have fields or headers in it.
    pub(crate) fn secret_line(&self, name: &[u8]) -> Option<Hidden<'_>> {
        self.strictest(|rules| rules.secret_in(&[&rules.field, &rules.header], name))
    }

    /// Returns what hides the value of a name in text that may have anything in it.
    pub(crate) fn secret_anywhere(&self, name: &[u8]) -> Option<Hidden<'_>> {
        self.strictest(|rules| rules.secret_in(&[&rules.query, &rules.field, &rules.header], name))
    }

    /// Returns whether a parameter of this name, or a text that is no parameter, may be shown unread.
    pub(crate) fn allows_plain(&self, name: Option<&[u8]>) -> bool {
        !self.patterns.has_own() && !self.allow_only() && name.is_none_or(|name| self.secret(name).is_none())
    }

    /// Returns the names of which is known what they hide.
    #[inline(always)]
    pub(crate) fn known(&self) -> &Known {
        &self.known
    }

    /// Returns whether a name hides nothing, in any place or beside it. Such a name is remembered.
    pub(crate) fn is_harmless(&self, name: &[u8]) -> bool {
        let key = Key::of(name);
        if let Some(verdict) = key.and_then(|key| self.known.get(key)) {
            return matches!(verdict, Verdict::Plain | Verdict::Harmless);
        }
        let hides = |rules: &Self| rules.allow_only || rules.is_ruled(name) || rules.by_lexicon(name).is_some();
        if self.any(hides) || vendor_key::is_in(name) {
            return false;
        }
        let verdict = match siblings::sign(name) {
            Some(_) => Verdict::Beside,
            None if lexicon::may_be(name) => Verdict::Beside,
            None if is_plain(name) => Verdict::Plain,
            None => Verdict::Harmless,
        };
        if let Some(key) = key {
            self.known.add(key, verdict);
        }
        verdict != Verdict::Beside
    }

    /// Returns whether a rule of the user among these rules alone is about a name, in any place.
    fn is_ruled(&self, name: &[u8]) -> bool {
        let places = [&self.header, &self.query, &self.cookie, &self.field];
        places.iter().any(|place| !place.is_empty()) && {
            let folded = Folded::new(name);
            places.iter().any(|place| place.find(&folded).is_some() || !folded.is_clear())
        }
    }

    /// Returns whether the user gave any name, in any place.
    pub(crate) fn has_own_names(&self) -> bool {
        let places =
            |rules: &Self| [&rules.header, &rules.query, &rules.cookie, &rules.field].map(|place| !place.is_empty());
        self.any(|rules| places(rules).contains(&true))
    }

    /// Returns whether any name hides its value in a query or a field.
    pub(crate) fn has_names(&self) -> bool {
        self.any(|rules| rules.defaults || rules.query.hides() || rules.field.hides())
    }

    /// Returns whether there is nothing to search for in any text.
    pub(crate) fn is_empty(&self) -> bool {
        !self.allow_only() && !self.has_names() && self.templates.is_empty() && self.patterns.is_empty()
    }

    /// Returns whether only what is allowed is shown ([`crate::Redactor::allow_only`]). Values without a name, such as
    /// the elements of a top-level array, are hidden then.
    pub(crate) fn allow_only(&self) -> bool {
        self.any(|rules| rules.allow_only)
    }

    /// Returns whether the default set applies: shapes, user info, sensitive header values.
    pub(crate) fn defaults(&self) -> bool {
        self.any(|rules| rules.defaults)
    }

    /// Returns whether there are no rules, so that nothing needs to be hidden because it can't be understood.
    pub(crate) fn hides_nothing(&self) -> bool {
        self.is_empty() && self.json_paths.is_empty()
    }

    /// Returns the mask for secrets that no named rule found.
    pub(crate) fn mask(&self) -> &Mask {
        &self.mask
    }

    /// Returns the text of that mask, where it hides whatever the lexicon does and is the same for all secrets.
    pub(crate) fn plain_mask(&self) -> Option<&str> {
        self.mask.plain().filter(|_| self.also.is_none())
    }

    /// Returns that mask for a secret of which nothing is known.
    pub(crate) fn masked(&self) -> Vec<u8> {
        self.mask.applied(b"")
    }

    /// Returns what these rules or those that are joined with them say, whichever hides more surely.
    #[inline]
    fn strictest<'r>(&'r self, ask: impl Fn(&'r Self) -> Option<Hidden<'r>>) -> Option<Hidden<'r>> {
        let (mut strictest, mut also) = (ask(self), &self.also);
        while let Some(rules) = also {
            strictest = match (strictest, ask(rules)) {
                (Some(these), Some(those)) if those.is_surer(these) => Some(those),
                (these, those) => these.or(those),
            };
            also = &rules.also;
        }
        strictest
    }

    /// Returns whether `is` holds for these rules or any that are joined with them.
    #[inline]
    fn any(&self, is: impl Fn(&Self) -> bool) -> bool {
        let (mut any, mut also) = (is(self), &self.also);
        while let Some(rules) = also {
            any = any || is(rules);
            also = &rules.also;
        }
        any
    }

    /// Returns what hides the value of a name in one place.
    fn judge<'a>(&'a self, place: &'a Names, name: &[u8]) -> Option<Hidden<'a>> {
        if !self.allow_only
            && let Some(verdict) = self.remembered(name)
        {
            return verdict;
        }
        if self.allow_only || !place.is_empty() {
            let folded = Folded::new(name);
            match place.find(&folded) {
                Some(Rule::Hide(mask)) => return Some(Hidden::by(mask)),
                Some(Rule::Show) if folded.is_clear() => return None,
                Some(Rule::Show) | None if self.allow_only => return Some(Hidden::by(&self.mask)),
                Some(Rule::Show) | None if !folded.is_clear() && place.hides() => return Some(Hidden::by(&self.mask)),
                _ => {}
            }
        }
        self.by_lexicon_at_first(name)
    }

    /// Returns what is remembered to hide the value of a name, wherever it stands; `None` where nothing is remembered.
    #[inline]
    fn remembered(&self, name: &[u8]) -> Option<Option<Hidden<'_>>> {
        Some(match self.known.get(Key::of(name)?)? {
            Verdict::Field => return None,
            Verdict::Secret(surety) => Some(Hidden { mask: &self.mask, surety: Some(surety) }),
            Verdict::Plain | Verdict::Harmless | Verdict::Beside => None,
        })
    }

    /// Returns what hides the value of a name by its words, and remembers it if it holds wherever the name stands.
    #[cold]
    fn by_lexicon_at_first(&self, name: &[u8]) -> Option<Hidden<'_>> {
        let hidden = self.by_lexicon(name);
        let Some(key) = Key::of(name) else { return hidden };
        match hidden.map(|hidden| hidden.surety) {
            // The lexicon alone is as quick as what is remembered.
            None if self.has_own_names() => _ = self.is_harmless(name),
            None => {}
            Some(Some(surety)) if is_plain(name) && !self.is_ruled(name) && !vendor_key::is_in(name) => {
                self.known.add(key, Verdict::Secret(surety));
            }
            Some(_) => {}
        }
        hidden
    }

    /// Returns what hides the value of a name in any of several places, whatever is allowed elsewhere.
    fn secret_in<'a>(&'a self, places: &[&'a Names], name: &[u8]) -> Option<Hidden<'a>> {
        if let Some(verdict) = self.remembered(name) {
            return verdict;
        }
        let mut shown = false;
        if places.iter().any(|place| !place.is_empty()) {
            let folded = Folded::new(name);
            for place in places {
                match place.find(&folded) {
                    Some(Rule::Hide(mask)) => return Some(Hidden::by(mask)),
                    Some(Rule::Show) => shown = true,
                    None => {}
                }
            }
        }
        if shown { None } else { self.by_lexicon_at_first(name) }
    }

    /// Returns what hides the value of a name by its words.
    fn by_lexicon(&self, name: &[u8]) -> Option<Hidden<'_>> {
        if !self.defaults || name.is_empty() {
            return None;
        }
        let surety = match name.is_ascii() {
            true => lexicon::judge(name)?,
            false if lexicon::is_of_other_script(name) => Surety::Strong,
            false => match names::readable(name) {
                (name, true) => lexicon::judge_any(&name)?,
                // A name that can't be read may be any name.
                (_, false) => return Some(Hidden::by(&self.mask)),
            },
        };
        Some(Hidden { mask: &self.mask, surety: Some(surety) })
    }
}

/// Returns whether a name has nothing in it that may be a sign of a secret, or needs an escape. JWTs are all letters.
fn is_plain(name: &[u8]) -> bool {
    name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'$'))
        && !name.windows(3).any(|part| part == b"eyJ")
}

/// The place in which a name stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Header,
    Query,
    Cookie,
    Field,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rules_hide_nothing() {
        let mut rules = Rules::none();
        assert!(rules.field(b"password").is_none() && rules.header(b"authorization").is_none());
        assert!(rules.field(b"\xff").is_none());
        rules.add(Place::Query, "sig", false);
        assert!(rules.query(b"SIG").is_some() && rules.field(b"sig").is_none() && rules.query(b"\xff").is_some());
    }

    #[test]
    fn only_what_is_allowed_shows() {
        let mut rules = Rules::allow_nothing();
        rules.add(Place::Field, "currency", true);
        rules.add(Place::Field, "password", true);
        rules.add(Place::Field, "pin", false);
        assert!(rules.field(b"currency").is_none() && rules.field(b"bet[currency]").is_none());
        assert!(rules.field(b"password").is_none() && rules.field(b"wager").is_some() && rules.field(b"pin").is_some());
        assert!(rules.query(b"currency").is_some());
    }

    #[test]
    fn the_lexicon_gives_way_to_rules() {
        let mut rules = Rules::new();
        rules.add(Place::Field, "csrf_token", true);
        assert!(rules.field(b"csrfToken").is_none() && rules.field(b"token").is_some());
        assert!(
            rules.query(b"csrf_token").is_some() && rules.query(b"code").is_some() && rules.field(b"code").is_none()
        );
        rules.add(Place::Field, "csrf-token", false);
        assert!(rules.field(b"csrfToken").is_some_and(|hidden| hidden.surety.is_none()));
    }

    #[test]
    fn a_name_is_harmless_only_where_nothing_hides_behind_it() {
        let mut rules = Rules::new();
        for _ in 0..2 {
            assert!(rules.is_harmless(b"currency") && !rules.is_harmless(b"password") && !rules.is_harmless(b"value"));
        }
        rules.add(Place::Header, "currency", false);
        assert!(!rules.is_harmless(b"currency"));
    }

    #[test]
    fn a_secret_of_the_lexicon_is_remembered_only_where_no_rule_is_about_it() {
        let mut rules = Rules::new();
        rules.add(Place::Header, "x-token", true);
        for _ in 0..2 {
            assert_eq!(rules.field(b"token").unwrap().surety, Some(Surety::Strong));
            assert_eq!(rules.query(b"pin").unwrap().surety, Some(Surety::Weak));
            assert!(rules.field(b"x_token").is_some() && rules.header(b"x-token").is_none());
        }
        let known = |name: &[u8]| rules.known.get(Key::of(name).unwrap());
        assert_eq!(known(b"token"), Some(Verdict::Secret(Surety::Strong)));
        assert_eq!(known(b"pin"), Some(Verdict::Secret(Surety::Weak)));
        assert_eq!((known(b"x_token"), known(b"x-token")), (None, None));
    }

    #[test]
    fn only_a_name_without_signs_is_plain() {
        let rules = Rules::new();
        for (name, plain) in [
            (&b"first-name"[..], true),
            (b"$ref.id_2", true),
            (b"first name", false),
            (b"a\"b", false),
            (b"a\nb", false),
            (b"//u:p@h", false),
            (b"eyJhIjoxfQ", false),
            (b"na\xc3\xafve", false),
        ] {
            assert!(rules.is_harmless(name));
            let verdict = if plain { Verdict::Plain } else { Verdict::Harmless };
            assert_eq!(rules.known.get(Key::of(name).unwrap()), Some(verdict), "{}", name.escape_ascii());
        }
        assert!(!rules.is_harmless(b"ghp_Q7Z2Q7Z2Q7Z2") && !rules.is_harmless(b"AKIAQ7Z2Q7Z2"));
    }
}
