//! Knows the names that say something about values beside them: `{"name": "password", "value": …}`.

use super::lexicon;
use crate::redact::text::slice::Slice;

/// Says what the name of a member tells about its own value, given its neighbours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sign {
    /// The value belongs to the name that a neighbour gives.
    Value,
    /// An authorization code, where a neighbour gives a `grant_type` (RFC 6749, section 4.1.3).
    Code,
    /// A private part of a key, where a neighbour gives a `kty` (RFC 7518, section 6).
    Jwk,
    /// The secrets of a Kubernetes `Secret`, where a neighbour gives that `kind`.
    Data,
    /// A password that a program made, where a neighbour says of which characters.
    Generated,
    /// Perhaps the number of a card.
    Number,
    /// Credentials, or a word for what kind of them.
    Auth,
    /// What a program is given: `["--token", "…"]`.
    Arguments,
    /// Pairs of a name and a value, each an array.
    Pairs,
    /// Names and values in turn.
    Turns,
    /// Rows, whose columns a neighbour names.
    Rows,
    /// Sentences about the fields that it names: the errors of a validation, labels.
    Sentences,
    /// Labels and sentences about the fields that it names: a catalogue of a language.
    Labels,
    /// What is said to a person, in which a secret may be, or the content of what a neighbour names.
    Said,
}

/// Room for the longest name that has a sign.
const MAX: usize = 20;

/// Returns the sign of a name.
pub(crate) fn sign(name: &[u8]) -> Option<Sign> {
    if is_language(name) {
        return Some(Sign::Labels);
    }
    Some(match fold(name, &mut [0; MAX])? {
        b"value" | b"val" | b"values" | b"rejectedvalue" | b"invalidvalue" | b"attemptedvalue" | b"parametervalue"
        | b"input" | b"stringvalue" | b"defaultvalue" | b"newvalue" | b"oldvalue" | b"currentvalue" | b"rawvalue"
        | b"secretvalue" | b"plaintext" | b"received" | b"provided" | b"actual" | b"old" | b"new" | b"before"
        | b"after" | b"from" | b"to" => Sign::Value,
        b"body" | b"text" | b"message" | b"content" | b"contents" | b"sms" | b"subject" | b"html" | b"msg"
        | b"snippet" => Sign::Said,
        b"code" => Sign::Code,
        b"d" | b"p" | b"q" | b"dp" | b"dq" | b"qi" | b"k" => Sign::Jwk,
        b"data" | b"stringdata" => Sign::Data,
        b"result" => Sign::Generated,
        b"number" | b"pan" => Sign::Number,
        b"auth" | b"session" | b"ticket" => Sign::Auth,
        b"args" | b"argv" | b"arguments" | b"cmd" | b"command" | b"entrypoint" => Sign::Arguments,
        b"headers" | b"header" | b"params" | b"parameters" | b"query" | b"querystring" | b"form" => Sign::Pairs,
        b"rawheaders" => Sign::Turns,
        b"rows" | b"records" => Sign::Rows,
        b"errors" | b"error" | b"violations" | b"messages" | b"fielderrors" | b"validationerrors" | b"strings"
        | b"placeholders" | b"helptexts" | b"hints" => Sign::Sentences,
        b"labels" | b"translations" | b"i18n" | b"locales" => Sign::Labels,
        // `response_errors`
        name if name.ends_with(b"errors") || name.ends_with(b"violations") => Sign::Sentences,
        _ => return None,
    })
}

/// Returns whether this is the code of a language, which may have a region (ISO 639-1, BCP 47): `de`, `pt-BR`, `zh_CN`. Those are left
/// out that are words of English or names of other things.
fn is_language(name: &[u8]) -> bool {
    #[rustfmt::skip]
    const CODES: [&[u8; 2]; 37] = [
        b"ar", b"bg", b"ca", b"cs", b"da", b"de", b"el", b"en", b"es", b"et", b"eu", b"fa", b"fi", b"fr", b"he", b"hi", b"hr", b"hu",
        b"ja", b"ko", b"lt", b"lv", b"nb", b"nl", b"nn", b"pl", b"pt", b"ro", b"ru", b"sk", b"sl", b"sv", b"th", b"tr", b"uk", b"vi",
        b"zh",
    ];
    match name {
        [a, b] => CODES.contains(&&[*a, *b]),
        [a, b, b'-' | b'_', region @ ..] => {
            let is_region = region.len() == 2 && region.iter().all(u8::is_ascii_uppercase);
            CODES.contains(&&[*a, *b]) && (is_region || matches!(region, b"Hans" | b"Hant"))
        }
        _ => false,
    }
}

/// Returns whether a member of this name gives the name of a value beside it.
pub(crate) fn gives_name(name: &[u8]) -> bool {
    matches!(
        fold(name, &mut [0; MAX]),
        Some(
            b"name"
                | b"key"
                | b"field"
                | b"fieldname"
                | b"param"
                | b"parameter"
                | b"parametername"
                | b"parameterkey"
                | b"header"
                | b"headername"
                | b"property"
                | b"propertyname"
                | b"propertypath"
                | b"attribute"
                | b"attributename"
                | b"variable"
                | b"variablename"
                | b"macro"
                | b"option"
                | b"setting"
                | b"path"
                | b"loc"
                | b"pointer"
                | b"instancepath"
                | b"type"
                | b"id"
                | b"label"
        )
    )
}

/// Returns whether a member of this name, under the name of a secret, tells of the secret and is none.
pub(crate) fn tells(name: &[u8]) -> bool {
    #[rustfmt::skip]
    const WORDS: &[&[u8]] = &[
        b"accessor", b"analyzer", b"aud", b"cluster", b"comment", b"database", b"db", b"dbname", b"defaultmode", b"email", b"emailaddress",
        b"engine", b"host",
        b"hostname", b"href", b"in", b"last4", b"namespace", b"owner", b"port", b"realm", b"region", b"role", b"roles",
        b"samesite", b"subject", b"target", b"tenant", b"username", b"valuefrom", b"vault", b"visibility",
    ];
    fold(name, &mut [0; MAX]).is_some_and(|folded| WORDS.contains(&folded)) || describes(name)
}

/// Returns whether a container of this name, under the name of a secret, holds what tells of the secret.
pub(crate) fn describes(name: &[u8]) -> bool {
    // JSON Schema, OpenAPI and forms describe a field.
    #[rustfmt::skip]
    const WORDS: &[&[u8]] = &[
        b"$ref", b"additionalproperties", b"allof", b"anyof", b"bearerformat", b"deprecated", b"documentation", b"externaldocs",
        b"flows", b"helptext", b"http", b"input", b"items", b"member", b"members", b"msg", b"not", b"nullable", b"output",
         b"oneof", b"pattern", b"properties", b"readonly",
        b"regex", b"shape", b"tags", b"writeonly", b"xml",
    ];
    fold(name, &mut [0; MAX]).is_some_and(|folded| WORDS.contains(&folded))
        || name.starts_with(b"x-")
        || lexicon::tells(name)
}

/// Returns whether a member of this name gives the name of a secret, or is the secret, so that an `id` beside it is none.
pub(crate) fn names_secret(name: &[u8]) -> bool {
    let ends =
        |end: &[u8]| name.len().checked_sub(end.len()).is_some_and(|at| name.after(at).eq_ignore_ascii_case(end));
    [&b"name"[..], b"label", b"description", b"secret", b"password", b"token", b"value", b"key"].into_iter().any(ends)
}

/// Returns whether a member of a schema with this name holds a value after all.
pub(crate) fn is_example(name: &[u8]) -> bool {
    [&b"default"[..], b"example", b"examples", b"const", b"enum"].contains(&name)
}

/// Folds a name as [`Folded`](super::names::Folded) does, where it is short and plain.
fn fold<'f>(name: &[u8], folded: &'f mut [u8; MAX]) -> Option<&'f [u8]> {
    let mut len = 0;
    for &b in name {
        if !matches!(b, b'-' | b'_') {
            *folded.get_mut(len)? = b.to_ascii_lowercase();
            len += 1;
        }
    }
    folded.get(..len)
}
