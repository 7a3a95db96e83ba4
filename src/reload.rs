//! Changes settings while the program runs.
//!
//! ```
//! use axum::{Router, routing::{get, post}};
//! use tower_request_log::RequestLogLayer;
//!
//! let (layer, handle) = RequestLogLayer::reloadable();
//! handle.modify(|layer| layer.body_limit(0)).unwrap();
//!
//! // Bodies are only counted, until somebody posts to /log/bodies.
//! let app: Router = Router::new()
//!     .route("/", get(|| async { "hello" }))
//!     .route("/log/bodies", post(|| async move { handle.modify(|layer| layer.body_limit(64 * 1024)).is_ok().to_string() }))
//!     .layer(layer);
//! ```
//!
//! Requests look the settings up without a lock. A layer that is not reloadable does not pay for it.

use crate::{
    layer::RequestLogLayer,
    settings::{Reloadable, Settings},
};
use std::{
    fmt,
    sync::{Arc, Weak},
};

impl RequestLogLayer {
    /// Returns a layer as [`new`](Self::new) does, and a handle that changes its settings while the program runs.
    ///
    /// The layer's own setters, too, change all of its clones and services. [`reload`](crate::reload) shows an example.
    #[must_use]
    pub fn reloadable() -> (Self, Handle) {
        let shared = Arc::new(Reloadable::new(Arc::clone(&Self::new().settings().now())));
        let handle = Handle { shared: Arc::downgrade(&shared) };
        (Self::of(Settings::Reloadable(shared)), handle)
    }
}

/// Changes the settings of a layer that [`RequestLogLayer::reloadable`] made.
///
/// It keeps neither the layer nor its sink alive.
#[derive(Clone)]
pub struct Handle {
    shared: Weak<Reloadable>,
}

impl Handle {
    /// Changes the settings, from the next request on, for every clone of the layer and every service made from one.
    /// Exchanges that have begun keep the settings that they began with.
    ///
    /// `change` gets a layer with the current settings and returns one with the new settings. It may return any other
    /// layer. Changes made at the same time wait for each other, so `change` must not call `modify` of the same handle:
    /// it would wait forever. If `change` panics, nothing changes.
    ///
    /// # Errors
    ///
    /// Returns [`Error`] if the layer, its clones and all of their services were dropped.
    pub fn modify(&self, change: impl FnOnce(RequestLogLayer) -> RequestLogLayer) -> Result<(), Error> {
        let shared = self.shared.upgrade().ok_or(Error(()))?;
        shared.change(|config| {
            let changed = change(RequestLogLayer::of(Settings::Fixed(config)));
            let now = changed.settings().now();
            Arc::clone(&now)
        });
        Ok(())
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

/// The error of a [`Handle`] whose layer is gone.
#[derive(Debug)]
pub struct Error(());

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the layer and its services were dropped")
    }
}

impl std::error::Error for Error {}
