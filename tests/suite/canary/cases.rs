//! What is planted where, and the rules that must find it.

use super::{bodies, exchange::Message, heads, secret::Finder};
use regex::Regex;
use std::sync::LazyLock;
use tower_request_log::{Detector, Mask, Redactor};

/// A place, the shape that the secret has there, and the rules that hide it.
pub(crate) struct Case {
    pub(crate) rules: Rules,
    pub(crate) name: String,
    pub(crate) message: Message,
    /// Whether a secret of which only the beginning was sent is known as one too.
    pub(crate) cut_by_sender: bool,
    /// Whether it would not be shown without rules either.
    pub(crate) hidden_anyway: bool,
    /// Other secrets than the canary.
    pub(crate) finder: Option<Finder>,
}

impl Case {
    pub(crate) fn new(rules: Rules, name: String, message: Message) -> Self {
        Self { rules, name, message, cut_by_sender: true, hidden_anyway: false, finder: None }
    }

    pub(crate) fn hidden_anyway(self) -> Self {
        Self { hidden_anyway: true, ..self }
    }

    pub(crate) fn sent_whole(self) -> Self {
        Self { cut_by_sender: false, ..self }
    }

    pub(crate) fn secret(self, secret: &str) -> Self {
        Self { finder: Some(Finder::of(&[secret])), ..self }
    }

    pub(crate) fn finder(&self) -> &Finder {
        self.finder.as_ref().unwrap_or(Finder::canary())
    }
}

/// All of them.
pub(crate) fn all() -> &'static [Case] {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let mut cases = heads::cases();
        cases.extend(bodies::cases());
        cases
    });
    &CASES
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Rules {
    Default,
    /// The default set and names of our own.
    Named,
    /// Names of our own only.
    NamedOnly,
    Template,
    JsonPath,
    Pattern,
    AllowOnly,
    Detect,
    Last,
    Fingerprint,
    Function,
}

impl Rules {
    pub(crate) fn redactor(self) -> &'static Redactor {
        static ALL: LazyLock<Vec<Redactor>> = LazyLock::new(|| {
            let names = |redactor: Redactor| {
                redactor.header("x-canary").header("upgrade").query("canary").cookie("canary").field("canary")
            };
            vec![
                Redactor::new(),
                names(Redactor::new()),
                names(Redactor::none()),
                Redactor::new().path("/games/{game}/bet").path("/files/{*rest}").path("/u/user-{id}.json"),
                Redactor::none().json_path("$.user.cards[*].pan").json_path("$..hidden").json_path("$[1]"),
                Redactor::new().pattern(Regex::new("acct-(?<secret>[A-Za-z0-9]+)").unwrap()),
                Redactor::allow_only()
                    .allow_header("referer")
                    .allow_header("x-v1s1ble")
                    .allow_query("page")
                    .allow_field("currency"),
                Redactor::new()
                    .detect(Detector::CardNumber)
                    .detect(Detector::CloudKey)
                    .detect(Detector::Email)
                    .detect(Detector::Iban),
                names(Redactor::new().mask(Mask::last(4))),
                #[cfg(feature = "fingerprint")]
                names(Redactor::new().mask(Mask::fingerprint("key"))),
                #[cfg(not(feature = "fingerprint"))]
                names(Redactor::new().mask(Mask::text("***"))),
                names(Redactor::new().mask(Mask::with(|secret| format!("<{}>", secret.len())))),
            ]
        });
        &ALL[self as usize]
    }
}
