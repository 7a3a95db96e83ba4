//! Reads what axum knows of a request, if it is there: nothing here requires it.

use crate::kind::Kind;
use http::{Extensions, Method, Uri, Version, request::Parts};
use std::{io::Write, net::SocketAddr};

/// Holds what the extensions of a request told: nothing without the feature `axum`.
#[derive(Clone, Default)]
pub(crate) struct Origin {
    #[cfg(feature = "axum")]
    route: Option<axum::extract::MatchedPath>,
    #[cfg(feature = "axum")]
    peer: Option<SocketAddr>,
}

/// Appends the target as it came to a server: path and query, or the absolute or authority form. On the client's side
/// it is absolute, as far as it is known.
pub(crate) fn write_target(kind: Kind, parts: &Parts, out: &mut Vec<u8>) {
    if kind == Kind::Client {
        // A vector takes everything.
        let _ = write!(out, "{}", parts.uri);
        return;
    }
    let uri = uri(parts);
    // HTTP/2 and 3 carry scheme and authority next to the path: the target there is what came as `:path`.
    let origin = uri.authority().is_none() || (parts.version >= Version::HTTP_2 && parts.method != Method::CONNECT);
    match uri.path_and_query() {
        Some(target) if origin => out.extend_from_slice(target.as_str().as_bytes()),
        // A vector takes everything.
        _ => _ = write!(out, "{uri}"),
    }
}

/// Returns the `:authority` that came to a server with a request under HTTP/2 or 3.
pub(crate) fn authority(kind: Kind, parts: &Parts) -> Option<&str> {
    let carried = kind == Kind::Server && parts.version >= Version::HTTP_2;
    carried.then(|| parts.uri.authority()).flatten().map(http::uri::Authority::as_str)
}

/// Returns the target as it came: a nested router takes its prefix off before the services in it see the request.
fn uri(parts: &Parts) -> &Uri {
    #[cfg(feature = "axum")]
    if let Some(axum::extract::OriginalUri(original)) = parts.extensions.get()
        // A request that a proxy sends on with its extensions has its own target.
        && original.authority() == parts.uri.authority()
        && original.query() == parts.uri.query()
        && is_of(original, &parts.uri)
    {
        return original;
    }
    &parts.uri
}

/// Returns whether the path of `inner` may be what is left of `outer`'s by a router, which takes prefixes off, or a
/// layer that trims it: `/bet` or `/games/bet` of `/games/bet/`, `/` of `/games`.
#[cfg(feature = "axum")]
fn is_of(outer: &Uri, inner: &Uri) -> bool {
    outer.path().trim_end_matches('/').ends_with(inner.path().trim_end_matches('/'))
}

/// Holds the route that was matched further in than the layer stands.
#[derive(Default)]
pub(crate) struct Route {
    #[cfg(feature = "axum")]
    matched: std::sync::OnceLock<axum::extract::MatchedPath>,
}

#[cfg(feature = "axum")]
impl Route {
    /// Notes the route that a request further in has matched; returns whether it did.
    pub(crate) fn note(&self, request: &Extensions) -> bool {
        request.get().is_some_and(|matched: &axum::extract::MatchedPath| self.matched.set(matched.clone()).is_ok())
    }

    pub(crate) fn clear(&mut self) {
        drop(self.matched.take());
    }
}

#[cfg(not(feature = "axum"))]
impl Route {
    pub(crate) fn note(&self, _: &Extensions) -> bool {
        false
    }

    pub(crate) fn clear(&mut self) {}
}

#[cfg(feature = "axum")]
impl Origin {
    pub(crate) fn of(extensions: &Extensions) -> Self {
        use axum::extract::{ConnectInfo, MatchedPath};
        Self {
            route: extensions.get::<MatchedPath>().cloned(),
            peer: extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
        }
    }

    /// Takes over the route that was matched further in, if there was none before.
    pub(crate) fn complete(&mut self, further_in: &Route) {
        if self.route.is_none() {
            self.route = further_in.matched.get().cloned();
        }
    }

    pub(crate) fn route(&self) -> Option<&str> {
        self.route.as_ref().map(axum::extract::MatchedPath::as_str)
    }

    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }
}

#[cfg(not(feature = "axum"))]
impl Origin {
    pub(crate) fn of(_: &Extensions) -> Self {
        Self::default()
    }

    pub(crate) fn complete(&mut self, _: &Route) {}

    pub(crate) fn route(&self) -> Option<&str> {
        None
    }

    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        None
    }
}
