//! Holds the settings of a layer, shared by its clones, its services and their exchanges.

use crate::{
    capture::Budget,
    error_text::AsError,
    format::Format,
    header_cache::HeaderCache,
    kind::Kind,
    pool::Pool,
    record::Record,
    redact::Redactor,
    request_id,
    sink::{Gates, Sink},
    watch::Watch,
};
use http::{HeaderName, request::Parts};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

/// Holds the settings of one layer.
#[derive(Clone)]
pub(crate) struct Config {
    /// The side of its exchanges on which the layer stands.
    pub(crate) kind: Kind,
    pub(crate) redactor: Arc<Redactor>,
    pub(crate) format: Arc<dyn Format>,
    pub(crate) sink: Arc<dyn Sink>,
    /// The queues of `sink` that requests wait for.
    pub(crate) gates: Gates,
    /// The bytes of each body that may be shown.
    pub(crate) body_limit: usize,
    /// The bytes of one rendered block.
    pub(crate) record_limit: usize,
    /// The filter for a client's calls that get the id and what is handed on.
    pub(crate) propagate_to: Option<Arc<Skip>>,
    pub(crate) carried: Arc<Carried>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) skip: Option<Arc<Skip>>,
    /// The filter for exchanges whose bodies are shown.
    pub(crate) bodies: Option<Arc<Skip>>,
    pub(crate) keep: Option<Arc<Keep>>,
    pub(crate) watch: Option<Arc<Watch>>,
    /// Is set if services run in a span.
    #[cfg(feature = "tracing")]
    pub(crate) span: bool,
    /// The functions that find errors in values of types that the user named.
    pub(crate) errors: Vec<AsError>,
    /// The recorders of exchanges that ended, with the buffers that they had.
    ///
    /// Their type is not named: they hold what holds the pool, and rustc's incremental compilation has failed on such a
    /// circle (1.95).
    pub(crate) recorders: Pool<Arc<dyn Any + Send + Sync>>,
    /// The redactor joined with those of layers that meet this one.
    pub(crate) joined: Joined,
    /// The caches of headers: an exchange that ends borrows one of them.
    pub(crate) header_caches: Pool<HeaderCache>,
}

/// Holds a redactor joined with others, kept because the same layers meet in each exchange. A clone has none.
#[derive(Default)]
pub(crate) struct Joined(Mutex<Option<JoinedWith>>);

/// Holds the others, and the redactor joined with them.
type JoinedWith = (Vec<Arc<Redactor>>, Arc<Redactor>);

impl Joined {
    /// Returns a redactor that hides what `redactor` or any of `others` hides.
    pub(crate) fn get(&self, redactor: &Redactor, others: Vec<Arc<Redactor>>) -> Arc<Redactor> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, joined)) = &*kept
            && of.len() == others.len()
            && of.iter().zip(&others).all(|(of, other)| Arc::ptr_eq(of, other))
        {
            return Arc::clone(joined);
        }
        let joined = others.iter().fold(redactor.clone(), |joined, other| joined.join(other));
        joined.prepare();
        let joined = Arc::new(joined);
        *kept = Some((others, Arc::clone(&joined)));
        joined
    }
}

impl Clone for Joined {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Says what makes many exchanges one tree: their ids, and the headers that are handed on.
#[derive(Clone, Default)]
pub(crate) struct Carried {
    pub(crate) ids: request_id::Policy,
    /// Headers that are handed on to outgoing calls, besides the trace context.
    pub(crate) propagated: Vec<HeaderName>,
}

impl Config {
    /// Makes `sink` the one that blocks are written to from now on.
    pub(crate) fn set_sink(&mut self, sink: Arc<dyn Sink>) {
        self.gates = Gates::default();
        sink.gates(&mut self.gates);
        self.sink = sink;
    }

    /// Returns whether the exchange of this request is not to be logged. A filter that panics skips nothing.
    pub(crate) fn skips(&self, request: &Parts) -> bool {
        self.skip.as_ref().is_some_and(|skip| catch_unwind(AssertUnwindSafe(|| skip(request))).unwrap_or(false))
    }

    /// Returns whether the id and what is handed on go along with this call. If the filter panics, nothing is handed
    /// on: the call may be for a stranger.
    pub(crate) fn propagates_to(&self, request: &Parts) -> bool {
        let propagates = |filter: &Arc<Skip>| catch_unwind(AssertUnwindSafe(|| filter(request))).unwrap_or(false);
        self.propagate_to.as_ref().is_none_or(propagates)
    }

    /// Returns whether the bodies of this request's exchange are shown. A filter that panics hides them.
    pub(crate) fn shows_bodies(&self, request: &Parts) -> bool {
        let shows = |filter: &Arc<Skip>| catch_unwind(AssertUnwindSafe(|| filter(request))).unwrap_or(false);
        self.bodies.as_ref().is_none_or(shows)
    }

    /// Returns whether this record is to be written. A filter that panics keeps everything.
    pub(crate) fn keeps(&self, record: &Record) -> bool {
        self.keep.as_ref().is_none_or(|keep| catch_unwind(AssertUnwindSafe(|| keep(record))).unwrap_or(true))
    }
}

pub(crate) type Skip = dyn Fn(&Parts) -> bool + Send + Sync;
pub(crate) type Keep = dyn Fn(&Record) -> bool + Send + Sync;
