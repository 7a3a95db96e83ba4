//! Detects kinds of secrets, and tells each from what only looks like one.

use super::vendor_key;
use crate::redact::text::slice::Slice;
use regex::Regex;
use std::{error::Error, fmt, str::FromStr, sync::LazyLock};

/// Finds secrets by their shape.
///
/// By default, only [`Detector::CloudKey`] is on. [`Redactor::without`](crate::Redactor::without) turns it off. The
/// others are for programs that handle such secrets: turn them on with [`Redactor::detect`](crate::Redactor::detect).
/// All that are on together cost one scan of a text in which they find nothing.
///
/// ```
/// use tower_request_log::{Detector, Redactor};
///
/// let redactor = Redactor::new().detect(Detector::CardNumber).detect(Detector::Email);
/// assert_eq!(
///     redactor.show_body("", "4111 1111 1111 1111 of ada@example.org").as_deref(),
///     Some("REDACTED of REDACTED"),
/// );
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Detector {
    /// Payment card numbers: 13 to 19 digits with single spaces or dashes between them, and a correct check digit
    /// (Luhn, ISO/IEC 7812-1, annex B).
    CardNumber,
    /// Keys of clouds and services that begin with their vendor's prefix, about 190 prefixes: AWS (`AKIA…`, `ASIA…`), Google
    /// (`AIza…`, `ya29.…`, `GOCSPX-…`), Alibaba (`LTAI…`), Cloudflare, GitHub (`ghp_…`, `github_pat_…`), GitLab (`glpat-…`),
    /// Atlassian, Slack (`xoxb-…`), Stripe (`sk_live_…`, `rk_test_…`, `whsec_…`), Square, Plaid, OpenAI (`sk-…`, `sk-proj-…`),
    /// Anthropic (`sk-ant-…`), Hugging Face (`hf_…`) and others of their kind, npm (`npm_…`), PyPI (`pypi-…`), Docker
    /// (`dckr_pat_…`), Vault (`hvs.…`), Doppler (`dp.pt.…`), Terraform, 1Password, SendGrid (`SG.…`), Brevo, DigitalOcean
    /// (`dop_v1_…`), Heroku, Fly.io, Supabase, Shopify (`shpat_…`), Databricks (`dapi…`), HubSpot, Notion, Figma, Postman, Linear,
    /// Grafana, Sentry, New Relic, Pulumi, Tailscale, age and others. Of webhooks and bots whose URL is the key (Slack, Discord,
    /// Microsoft Teams, Zapier, Telegram) what follows the host's path is hidden.
    CloudKey,
    /// E-mail addresses in any script whose domain has a dot in it.
    Email,
    /// International bank account numbers, with or without spaces, with correct check digits (ISO 13616, mod 97).
    Iban,
}

/// Parses the name of a detector, as a configuration has it: `card-number`, `cloud-key`, `email` or `iban`.
///
/// Names match without regard to case, `-` and `_`.
///
/// ```
/// use tower_request_log::Detector;
///
/// assert_eq!("card-number".parse(), Ok(Detector::CardNumber));
/// assert_eq!("CloudKey".parse(), Ok(Detector::CloudKey));
/// assert_eq!("phone".parse::<Detector>().unwrap_err().to_string(), "there is no such detector");
/// ```
impl FromStr for Detector {
    type Err = ParseDetectorError;

    fn from_str(name: &str) -> Result<Self, ParseDetectorError> {
        let letters = name.chars().filter(|letter| !matches!(letter, '-' | '_'));
        match &*letters.collect::<String>().to_ascii_lowercase() {
            "cardnumber" => Ok(Self::CardNumber),
            "cloudkey" => Ok(Self::CloudKey),
            "email" => Ok(Self::Email),
            "iban" => Ok(Self::Iban),
            _ => Err(ParseDetectorError(())),
        }
    }
}

/// The error returned when a name is that of no [`Detector`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseDetectorError(());

impl fmt::Display for ParseDetectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such detector")
    }
}

impl Error for ParseDetectorError {}

const EMAIL: &str = r#"[^\s@<>"'(),:;=&?/\[\]\\]+@[\p{Alphabetic}\d-]+(?:\.[\p{Alphabetic}\d-]+)+"#;

/// Returns what a text has where `detector` could find something; `None` for the keys, which have a scan of their own.
pub(crate) fn gate(detector: Detector) -> Option<&'static str> {
    match detector {
        Detector::CardNumber => Some(r"[0-9](?:[ -]?[0-9]){12}"),
        Detector::CloudKey => None,
        Detector::Email => Some(r"@[\p{Alphabetic}\d-]+\."),
        Detector::Iban => Some(r"[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11}"),
    }
}

/// Hands the range of everything that `detector` finds in `text` to `hit`.
pub(crate) fn find_matches(detector: Detector, text: &str, hit: impl FnMut(usize, usize)) {
    static EMAILS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(EMAIL).ok());
    match detector {
        Detector::CardNumber => card_numbers(text.as_bytes(), hit),
        Detector::CloudKey => vendor_key::find_keys(text.as_bytes(), false, hit),
        Detector::Email => matches(&EMAILS, text, hit),
        Detector::Iban => ibans(text.as_bytes(), hit),
    }
}

fn matches(regex: &Option<Regex>, text: &str, mut hit: impl FnMut(usize, usize)) {
    match regex {
        Some(regex) => regex.find_iter(text).for_each(|found| hit(found.start(), found.end())),
        // The tests show that this never happens. If it did, anything could be a secret.
        None => hit(0, text.len()),
    }
}

/// Finds groups of digits with one space or dash between them. Any run of groups with 13 to 19 digits may be a card's.
fn card_numbers(text: &[u8], mut hit: impl FnMut(usize, usize)) {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let starts = (0..text.len()).filter(|&at| is_digit(at) && (at == 0 || !is_digit(at - 1)));
    for start in starts {
        let mut digits = [0u8; 19];
        let (mut len, mut at) = (0, start);
        let mut card = None;
        while let (Some(b), Some(slot)) = (text.get(at).filter(|b| b.is_ascii_digit()), digits.get_mut(len)) {
            *slot = b - b'0';
            len += 1;
            at += 1;
            if is_digit(at) {
                continue;
            }
            if len >= 13 && is_luhn(digits.part(..len)) {
                card = Some(at);
            }
            at += usize::from(matches!(text.get(at), Some(b' ' | b'-')));
        }
        if let Some(end) = card {
            hit(start, end);
        }
    }
}

fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| match u32::from(digit) << (at & 1) {
            doubled if doubled > 9 => doubled - 9,
            digit => digit,
        })
        .sum();
    // Nothing but zeros is a placeholder.
    sum.is_multiple_of(10) && sum != 0
}

/// Finds two letters, two digits and 11 to 30 letters and digits, with single spaces between any of them.
fn ibans(text: &[u8], mut hit: impl FnMut(usize, usize)) {
    let is_word = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
    for start in (0..text.len()).filter(|&at| at == 0 || !is_word(at - 1)) {
        let head = match text.get(start..start + 4) {
            Some([a, b, c, d])
                if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit() =>
            {
                [*a, *b, *c, *d]
            }
            _ => continue,
        };
        let (mut rest, mut len, mut at) = (0u32, 4, start + 4);
        let mut iban = None;
        while len < 34 {
            at += usize::from(text.get(at) == Some(&b' ') && is_word(at + 1));
            let Some(&b) = text.get(at).filter(|b| b.is_ascii_alphanumeric()) else { break };
            rest = mod97(rest, b);
            len += 1;
            at += 1;
            if len >= 15 && !is_word(at) && head.iter().fold(rest, |rest, &b| mod97(rest, b)) == 1 {
                iban = Some(at);
            }
        }
        if let Some(end) = iban {
            hit(start, end);
        }
    }
}

/// Adds one more character to a remainder. A letter counts as two digits (ISO 7064, mod 97-10).
fn mod97(rest: u32, b: u8) -> u32 {
    match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b.to_ascii_uppercase()) - u32::from(b'A') + 10) % 97,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    fn found(detector: Detector, text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        find_matches(detector, text, |start, end| found.push(&text[start..end]));
        if !found.is_empty() {
            assert!(Regex::new(gate(detector).unwrap()).unwrap().is_match(text), "the gate rules out {text}");
        }
        found
    }

    #[test]
    fn card_numbers_are_right_by_luhn() {
        let cards = |text| found(Detector::CardNumber, text);
        assert_eq!(cards("pan 4111111111111111."), ["4111111111111111"]);
        assert_eq!(cards("4111 1111 1111 1111, 3782-822463-10005"), ["4111 1111 1111 1111", "3782-822463-10005"]);
        assert_eq!(cards("no 12 4111 1111 1111 1111 99"), ["4111 1111 1111 1111"]);
        assert!(cards("4111111111111112").is_empty());
        assert!(cards("411111111111").is_empty());
        assert!(cards("41111111111111111111111").is_empty());
        assert!(cards("0000000000000000").is_empty());
        assert!(cards("4111  1111  1111  1111").is_empty());
    }

    #[test]
    fn mail_addresses() {
        let mails = |text| found(Detector::Email, text);
        assert_eq!(
            mails("to <jane.doe+x@mail.example.org>, bob@example.com."),
            ["jane.doe+x@mail.example.org", "bob@example.com"]
        );
        assert_eq!(mails("jörg@exämple.de"), ["jörg@exämple.de"]);
        assert!(mails("a @ b, @name, user@host").is_empty());
    }

    #[test]
    fn ibans_are_right_by_mod_97() {
        let ibans = |text| found(Detector::Iban, text);
        assert_eq!(ibans("IBAN GB82WEST12345698765432!"), ["GB82WEST12345698765432"]);
        assert_eq!(ibans("DE89 3704 0044 0532 0130 00 OK"), ["DE89 3704 0044 0532 0130 00"]);
        assert_eq!(ibans("gb82 west 1234 5698 7654 32"), ["gb82 west 1234 5698 7654 32"]);
        assert!(ibans("GB83WEST12345698765432").is_empty());
        assert!(ibans("XGB82WEST12345698765432").is_empty());
    }
}
