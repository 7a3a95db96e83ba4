//! Settles the id of an exchange: which one it has, and where it is put.

use super::RequestId;
use http::{HeaderMap, HeaderName, HeaderValue, header::Entry, request::Parts};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::SystemTime,
};
use tower_http::request_id::RequestId as TowerRequestId;

/// Holds what a layer's user decided about ids.
#[derive(Clone)]
pub(crate) struct Policy {
    /// The header of the id, on requests, responses and calls.
    pub(crate) header: HeaderName,
    /// Is set if a well-formed id that came is kept.
    pub(crate) trust: bool,
    pub(crate) make: Option<Arc<MakeId>>,
    /// Is set if each call of a client has an id of its own.
    pub(crate) number_calls: bool,
}

pub(crate) type MakeId = dyn Fn(&Parts) -> Option<HeaderValue> + Send + Sync;

/// Holds an exchange's id.
pub(crate) struct Settled {
    pub(crate) id: HeaderValue,
    /// The reason why it is not the one that came.
    pub(crate) replaced: Option<&'static str>,
}

impl Settled {
    /// Returns the id as text. It has only characters of ASCII, whoever made it.
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(self.id.as_bytes()).unwrap_or("-")
    }
}

const SEVERAL: &str = "more than one came";

impl Default for Policy {
    fn default() -> Self {
        Self { header: HeaderName::from_static("x-request-id"), trust: true, make: None, number_calls: true }
    }
}

impl Policy {
    /// Settles the id of a request that came to a server, and [puts](Self::put) it there. `hides` says whether the log
    /// would hide an id.
    pub(crate) fn receive(&self, parts: &mut Parts, now: SystemTime, hides: impl Fn(&[u8]) -> bool) -> Settled {
        // Most requests come with none.
        if self.make.is_none()
            && parts.extensions.get::<TowerRequestId>().is_none()
            && let Ok(Entry::Vacant(entry)) = parts.headers.try_entry(&self.header)
        {
            let id = HeaderValue::from(RequestId::at(now));
            let _ = entry.try_insert(id.clone());
            parts.extensions.insert(TowerRequestId::new(id.clone()));
            return Settled { id, replaced: None };
        }
        let settled = self.choose(parts, now, hides);
        self.put(&settled.id, parts);
        settled
    }

    /// Returns the id that came with a request if that is trusted and fit, or else a new one.
    pub(crate) fn choose(&self, parts: &Parts, now: SystemTime, hides: impl Fn(&[u8]) -> bool) -> Settled {
        let mut values = parts.headers.get_all(&self.header).iter();
        // The id that a layer like tower-http's `SetRequestIdLayer` has settled on comes first.
        let settled = parts.extensions.get::<TowerRequestId>().map(TowerRequestId::header_value);
        let came = settled.or_else(|| values.next());
        let first = if settled.is_some() { values.next() } else { None };
        let several = values.next().is_some();
        let replaced = match came {
            None => None,
            Some(_) if !self.trust => Some("the one that came is not trusted"),
            Some(_) if several && settled.is_none() => Some(SEVERAL),
            Some(id) => match unfit(id, &hides) {
                Some(reason) => Some(reason),
                // The one among the extensions takes the place of those in the header.
                None => {
                    let replaced = match first {
                        Some(_) if several => Some(SEVERAL),
                        Some(other) if other != id => unfit(other, &hides).or(Some(SEVERAL)),
                        _ => None,
                    };
                    return Settled { id: id.clone(), replaced };
                }
            },
        };
        match self.make(parts) {
            Some(id) if is_well_formed(id.as_bytes()) => Settled { id, replaced },
            made => {
                let replaced = if made.is_some() { Some("the one made for it was malformed") } else { replaced };
                Settled { id: RequestId::at(now).into(), replaced }
            }
        }
    }

    /// Asks the user's function for an id. If it panics, there is none.
    fn make(&self, parts: &Parts) -> Option<HeaderValue> {
        let make = self.make.as_ref()?;
        catch_unwind(AssertUnwindSafe(|| make(parts))).ok().flatten()
    }

    /// Puts the id where services and `tower-http`'s layers look for it: in the header and among the extensions.
    pub(crate) fn put(&self, id: &HeaderValue, parts: &mut Parts) {
        let mut values = parts.headers.get_all(&self.header).iter();
        if (values.next() != Some(id) || values.next().is_some())
            // A full header map takes no more. The value that stands there must give way all the same.
            && parts.headers.try_insert(self.header.clone(), id.clone()).is_err()
            && parts.headers.remove(&self.header).is_some()
        {
            let _ = parts.headers.try_insert(self.header.clone(), id.clone());
        }
        if parts.extensions.get::<TowerRequestId>().map(TowerRequestId::header_value) != Some(id) {
            parts.extensions.insert(TowerRequestId::new(id.clone()));
        }
    }

    /// Puts the id on a response, exactly once. An id that the service set goes first, unless it is that of a call that
    /// it made.
    pub(crate) fn answer(&self, id: HeaderValue, headers: &mut HeaderMap) {
        match headers.try_entry(&self.header) {
            Ok(Entry::Vacant(entry)) => _ = entry.try_insert(id),
            Ok(Entry::Occupied(mut entry)) => {
                if is_call(entry.get().as_bytes(), id.as_bytes()) {
                    // A proxy answers with the response to its own call.
                    entry.insert(id);
                } else if entry.iter().nth(1).is_some() {
                    let first = entry.get().clone();
                    entry.insert(first);
                }
            }
            // A header map that is full takes no more: the response goes out as it is.
            Err(_) => {}
        }
    }

    /// Settles the id of a call that the exchange `caller` makes: `next` is the one that it has for it.
    ///
    /// If the call has its caller's own id, as a proxy forwards it, that id is replaced by the call's. An id that is a
    /// call's already, made by [`Exchange::outgoing`](crate::Exchange::outgoing), stays.
    pub(crate) fn number(&self, parts: &Parts, caller: &str, next: impl FnOnce() -> HeaderValue) -> Settled {
        let mut given = parts.headers.get_all(&self.header).iter();
        let replaced = match (given.next(), given.next()) {
            (Some(id), None) if is_call(id.as_bytes(), caller.as_bytes()) => {
                return Settled { id: id.clone(), replaced: None };
            }
            (Some(id), None) if id == caller => None,
            (None, _) => None,
            _ => Some("the call is part of another exchange"),
        };
        Settled { id: if self.number_calls { next() } else { value(caller) }, replaced }
    }

    /// Removes from a call to a stranger what reveals the exchange `caller`: its own id or a call's.
    pub(crate) fn withhold(&self, caller: &str, parts: &mut Parts) {
        let reveals = |id: &HeaderValue| id == caller || is_call(id.as_bytes(), caller.as_bytes());
        if parts.headers.get_all(&self.header).iter().any(reveals) {
            parts.headers.remove(&self.header);
        }
        parts.extensions.remove::<TowerRequestId>();
    }
}

/// The longest id from elsewhere that is kept, in bytes.
const LONGEST: usize = 128;

/// Returns whether an id from elsewhere may stand at the head of a line: 1 to 128 of `A-Z a-z 0-9 . _ - : + / = @`, and
/// not `-` alone, which is reserved for lines about the log itself.
pub(crate) fn is_well_formed(id: &[u8]) -> bool {
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"._-:+/=@".contains(b);
    (1..=LONGEST).contains(&id.len()) && id != b"-" && id.iter().all(allowed)
}

/// Returns why `id`, which came, cannot be kept.
fn unfit(id: &HeaderValue, hides: impl Fn(&[u8]) -> bool) -> Option<&'static str> {
    if !is_well_formed(id.as_bytes()) {
        Some("the one that came was malformed")
    } else if id.is_sensitive() || !is_ours(id.as_bytes()) && hides(id.as_bytes()) {
        Some("the one that came held a secret")
    } else {
        None
    }
}

/// Returns whether `id` is a [`RequestId`], alone or with the numbers of calls behind it.
///
/// Such an id is no secret, though chance may give it the shape of one: `…eyJFsXJL9.1` looks like a JWT that was cut.
fn is_ours(id: &[u8]) -> bool {
    let Ok(id) = str::from_utf8(id) else { return false };
    let (request, calls) = id.split_once('.').unwrap_or((id, ""));
    request.parse::<RequestId>().is_ok() && calls.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// Returns whether `id` is that of a call of the exchange `of`: its id, a dot and a number.
fn is_call(id: &[u8], of: &[u8]) -> bool {
    let number = id.strip_prefix(of).and_then(|rest| rest.strip_prefix(b"."));
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

/// Returns the id of the call with this number: its caller's id, a dot and the number. If that would be too long, it is
/// its caller's.
pub(crate) fn call(caller: &str, number: u32) -> HeaderValue {
    let id = format!("{caller}.{number}");
    if is_well_formed(id.as_bytes()) { HeaderValue::try_from(id).unwrap_or(NONE) } else { value(caller) }
}

/// Returns an exchange's id as a header's value.
fn value(id: &str) -> HeaderValue {
    HeaderValue::from_str(id).unwrap_or(NONE)
}

/// Stands in for what cannot be a header's value. No id is such.
const NONE: HeaderValue = HeaderValue::from_static("-");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_this_crate_are_known() {
        for ours in ["0355cNHTqxOuzeyJFsXJL9", "0355cNHTqxOuzeyJFsXJL9.1", "0355cNHTqxOuzeyJFsXJL9.2.10"] {
            assert!(is_ours(ours.as_bytes()), "{ours}");
        }
        for other in ["", "a", "0355cNHTqxOuzeyJFsXJL9x", "0355cNHTqxOuzeyJFsXJL9.x", "eyJhbGciOiJub25lIn0.1x.22"] {
            assert!(!is_ours(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn inbound_ids() {
        for good in ["a", "--", "0", "A-Z.a_z:0+9/=@", "00-4bf92f3577b34da6a3ce929d0e0e4736-00", &"x".repeat(128)] {
            assert!(is_well_formed(good.as_bytes()), "{good}");
        }
        for bad in ["", "-", "a b", "a\n", "é", "a\x1b", "a,b", "a;b", "\"a\"", "a>b", &"x".repeat(129)] {
            assert!(!is_well_formed(bad.as_bytes()), "{bad}");
        }
        assert!(!is_well_formed(b"\xff"));
    }

    #[test]
    fn calls_have_their_callers_id_and_a_number() {
        assert_eq!(call("id.2", 10), "id.2.10");
        assert!(is_call(b"id.2.10", b"id.2") && !is_call(b"id.2.10", b"id") && !is_call(b"id.", b"id"));
        assert_eq!(call(&"x".repeat(126), 1), format!("{}.1", "x".repeat(126)));
        assert_eq!(call(&"x".repeat(127), 1), "x".repeat(127));
    }
}
