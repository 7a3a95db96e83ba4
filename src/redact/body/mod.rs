//! Finds the kind of a body, and renders it.

mod lines;
mod media_type;
pub(in crate::redact) mod multipart;
mod sniff;
pub(in crate::redact) mod sse;

use super::{
    json,
    rules::Rules,
    scan::{self, scope::Scope},
    text::content::{Content, Kind, Report, Style, whole_characters},
    work::{self, Allowance},
};
use crate::line_writer::LineWriter;
use crate::redact::text::slice::Slice;
use lines::{line, lines};
pub(crate) use media_type::is_text;
use media_type::{FORM, JSON, apart, is_text_type, media_type};
use sniff::{is_binary, is_clean};
pub(crate) use sse::data;
use std::borrow::Cow;

/// Renders a body as redacted, escaped lines.
pub(crate) fn render(scope: Scope<'_>, content: &Content<'_>, style: Style, writer: &mut LineWriter<'_>) -> Report {
    let Scope { rules, .. } = scope;
    let content = &Content { shown: content.shown.min(content.bytes.len()), ..*content };
    let kind = kind(content);
    let mut report = Report { kind, documents: 0, left_out: None };
    match kind {
        Kind::Json => {
            let begin = writer.buf().len();
            let mut printed = json::print(scope, content, style, writer);
            if printed.left_out.is_some()
                && let Some(apart) = content.content_type.and_then(|content_type| apart(&media_type(content_type)))
            {
                printed = json::resume(scope, content, apart, style, writer, printed);
            }
            report.documents = printed.documents;
            report.left_out = printed.left_out;
            if let Some(at) = printed.breaks
                && !printed.hidden
                && is_harmless(scope, content)
            {
                let rest = content.bytes.part(at..content.shown);
                lines(whole_characters(rest, !content.is_cut()), writer);
                report.documents = 0;
                report.left_out = Some(format!("not JSON from byte {at} on, shown as text"));
            }
            // Much JSON is sent as a form by mistake. If it is broken or cut, it may be a form after all.
            if !printed.whole && says_form(content) && scan::has_secret(rules, content.bytes) {
                writer.buf().truncate(begin);
                report.documents = 0;
                report.left_out = Some(format!("JSON or a form, {} bytes left out", content.shown));
            }
        }
        Kind::Events => report.left_out = sse::print(scope, content, writer),
        Kind::Multipart => report.left_out = multipart::print(scope, content, writer),
        Kind::Form => {
            let shown = redacted(rules, content, |text, whole| scan::hide_form(scope, text, whole));
            if !shown.is_empty() {
                line(&shown, writer);
            }
        }
        // A value without a name can't be allowed by name.
        Kind::Text if rules.allow_only() && content.shown > 0 => report.kind = Kind::Binary,
        Kind::Text => lines(&redacted(rules, content, |text, whole| scan::hide_lines(scope, text, whole)), writer),
        Kind::Binary => {}
    }
    if work::is_spent() {
        report.left_out = Some(match kind {
            Kind::Form | Kind::Text => format!("too many signs of secrets, {} bytes left out", content.shown),
            _ => "too many signs of secrets, some of it hidden unread".to_owned(),
        });
    }
    report
}

/// Returns the shown part of a text, with all of it searched by `hide`. What `hide` hides stays hidden in the part,
/// also if it goes on past the end of the part. The second argument of `hide` says whether its text is whole.
fn redacted<'a>(rules: &Rules, content: &Content<'a>, hide: impl Fn(&[u8], bool) -> Option<Vec<u8>>) -> Cow<'a, [u8]> {
    let shown = whole_characters(content.bytes.get(..content.shown).unwrap_or(content.bytes), !content.is_cut());
    let Some(all) = hide(content.bytes, content.whole) else {
        return shown.into();
    };
    if content.shown >= content.bytes.len() {
        return all.into();
    }
    // If the part alone comes out like the beginning of the whole, nothing that was hidden lies across the cut.
    let (part, is_spent) = {
        let _again = Allowance::of(shown.len());
        (hide(shown, false).map_or(Cow::Borrowed(shown), Cow::Owned), work::is_spent())
    };
    if work::is_spent() || is_spent {
        work::spend_all();
        return rules.masked().into();
    }
    let same = part.iter().zip(&all).take_while(|(a, b)| a == b).count();
    if same == part.len() {
        return part;
    }
    let mut safe = whole_characters(part.part(..same), false).to_vec();
    rules.mask().apply(b"", &mut safe);
    safe.into()
}

/// Returns whether broken JSON has no sign of a secret, so that what follows can be shown as text.
fn is_harmless(scope: Scope<'_>, content: &Content<'_>) -> bool {
    let Scope { rules, .. } = scope;
    let goes_by_place = rules.allow_only() || !rules.json_paths.is_empty();
    // Names with controls in them can't be read.
    !goes_by_place && is_clean(whole_characters(content.bytes, content.whole)) && !scan::has_sign(scope, content.bytes)
}

/// Returns whether this is JSON by its type, as that is nearly always written, and by its beginning.
fn is_plainly_json(content: &Content<'_>) -> bool {
    let more = content.content_type.and_then(|content_type| content_type.strip_prefix(JSON));
    let begins = match content.bytes {
        // It may be an object of another language.
        [b'{', rest @ ..] => matches!(rest.trim_ascii_start().first(), Some(b'"' | b'}')),
        bytes => bytes.first() == Some(&b'['),
    };
    begins && matches!(more, Some([] | [b';', ..]))
}

fn says_form(content: &Content<'_>) -> bool {
    content.content_type.is_some_and(|content_type| media_type(content_type)[..] == *FORM)
}

/// Returns the kind of a body: the one its type names, unless the content contradicts it.
fn kind(content: &Content<'_>) -> Kind {
    if is_plainly_json(content) {
        return Kind::Json;
    }
    let media = content.content_type.map(media_type).unwrap_or_default();
    let bytes = content.bytes;
    if !is_text_type(&media) {
        return Kind::Binary;
    }
    if json::looks_like_json(bytes) {
        return Kind::Json;
    }
    let says_nothing = matches!(&media[..], b"" | b"text/plain" | b"application/octet-stream");
    if media.starts_with(b"multipart/") || multipart::sniff(bytes).is_some() {
        return Kind::Multipart;
    }
    if media[..] == *b"text/event-stream"
        || says_nothing && (bytes.starts_with(b"data:") || bytes.starts_with(b"event:"))
    {
        return Kind::Events;
    }
    let says_json = media.ends_with(b"+json")
        || matches!(&media[..], b"application/json" | b"text/json" | b"application/x-json" | b"text/x-json")
        || apart(&media).is_some();
    if says_json && json::may_be_json(bytes) {
        return Kind::Json;
    }
    if matches!(&media[..], b"" | b"application/octet-stream") && !is_clean(whole_characters(bytes, content.whole)) {
        return Kind::Binary;
    }
    if is_binary(whole_characters(bytes, content.whole), media.starts_with(b"text/")) {
        return Kind::Binary;
    }
    // `Server=a;Password=b` is a connection string.
    let may_be_form = || scan::looks_like_form(bytes) && (bytes.contains(&b'&') || !bytes.contains(&b';'));
    if media[..] == *FORM || (says_nothing || says_json) && may_be_form() { Kind::Form } else { Kind::Text }
}
