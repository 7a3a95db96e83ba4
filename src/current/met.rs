//! Handles layers that meet: several of one kind that see the same exchange, one inside the other.

use super::Exchange;
use crate::{config::Config, redact::Redactor};
use http::{HeaderName, request::Parts};
use std::{
    fmt,
    sync::{Arc, Weak},
};

/// Decides what a layer does with an exchange that began at a layer around it.
pub(crate) enum Meeting {
    /// The layer does nothing: it is a clone of one further out.
    Clone,
    /// A layer further out writes the record, by the rules of both.
    Joined,
    /// The layer writes a record of its own, to its own sink, by the rules of both.
    Own,
}

/// Holds a layer that met others in an exchange.
#[derive(Clone)]
pub(crate) struct Met {
    config: Arc<Config>,
    /// The settings of the layer that writes the record for it, if that is another one.
    writer: Option<Arc<Config>>,
    /// Is set if it would skip the exchange.
    skips: bool,
}

impl Exchange {
    /// Notes that a layer of other settings is inside the one where the exchange began.
    pub(crate) fn meet(&self, config: &Arc<Config>, parts: &Parts) -> Meeting {
        // A router in between may have matched a route.
        self.note_route(&parts.extensions);
        // A copy: filters and sinks are the user's code, which may ask for this exchange.
        let mut met = self.state().met().clone();
        if met.is_empty()
            && let Some(first) = self.state().config.upgrade()
        {
            met.push(Met { config: first, writer: None, skips: false });
        }
        let is_clone = |met: &Met| Arc::ptr_eq(&met.config, config);
        if met.iter().any(is_clone) {
            return Meeting::Clone;
        }
        if !config.shows_bodies(parts) {
            self.hide_bodies();
        }
        let is_same = |met: &&Met| {
            met.writer.is_none()
                && (Arc::ptr_eq(&met.config.sink, &config.sink) || met.config.sink.is_same(&*config.sink))
        };
        let writer = met.iter().find(is_same).map(|met| Arc::clone(&met.config));
        let (joins, skips) = (writer.is_some(), config.skips(parts));
        let mut now = self.state().met();
        if now.iter().any(is_clone) {
            // The request was sent twice at once.
            return Meeting::Clone;
        }
        if now.is_empty() {
            now.append(&mut met);
        }
        now.push(Met { config: Arc::clone(config), writer, skips });
        drop(now);
        self.state().set_met();
        match (joins, skips) {
            (true, _) => Meeting::Joined,
            // Its own record is the only one that it could leave out.
            (false, true) => Meeting::Clone,
            (false, false) => Meeting::Own,
        }
    }

    /// Returns the other layers that saw this exchange besides the one with these settings.
    pub(crate) fn others(&self, config: &Arc<Config>) -> Others {
        let met = if self.state().has_met() { self.state().met().clone() } else { Vec::new() };
        Others { config: Arc::clone(config), met }
    }

    /// Calls `each` with the headers that layers further in hand on to calls.
    pub(super) fn propagated_further_in(&self, mut each: impl FnMut(&HeaderName)) {
        if self.state().has_met() {
            let met = self.state().met().clone();
            met.iter().skip(1).flat_map(|met| &met.config.carried.propagated).for_each(&mut each);
        }
    }

    /// Returns whether the exchange began at a layer with these settings.
    pub(crate) fn began_at(&self, config: &Arc<Config>) -> bool {
        Weak::as_ptr(&self.state().config) == Arc::as_ptr(config)
    }

    /// Forgets the layers that met in the exchange, which is over.
    pub(crate) fn part(&self) {
        if self.state().has_met() {
            let met = std::mem::take(&mut *self.state().met());
            // Dropped outside of the lock.
            drop(met);
        }
    }
}

/// Holds the layers that saw an exchange besides one of them, and what they ask of its record.
pub(crate) struct Others {
    config: Arc<Config>,
    met: Vec<Met>,
}

impl Others {
    /// Returns the redactor that hides what any of the layers hides; `None` if there is no other.
    pub(crate) fn redactor(&self) -> Option<Arc<Redactor>> {
        let others = self.met.iter().map(|met| &met.config.redactor);
        let others: Vec<_> = others.filter(|other| !Arc::ptr_eq(other, &self.config.redactor)).cloned().collect();
        if others.is_empty() { None } else { Some(self.config.joined.get(&self.config.redactor, others)) }
    }

    /// Returns how many bytes of a body may be shown: the smallest limit holds.
    pub(crate) fn body_limit(&self) -> usize {
        let limits = self.met.iter().map(|met| met.config.body_limit);
        limits.min().unwrap_or(usize::MAX).min(self.config.body_limit)
    }

    /// Returns how many bytes the block may have: the smallest limit of the layers that have it written holds.
    pub(crate) fn record_limit(&self) -> usize {
        let limits = self.joined().map(|met| met.config.record_limit);
        limits.min().unwrap_or(usize::MAX).min(self.config.record_limit)
    }

    /// Returns whether any of the layers that have it written would skip it.
    pub(crate) fn skip(&self) -> bool {
        self.joined().any(|met| met.skips)
    }

    /// Returns the settings of the other layers that have the exchange written. They are asked whether they keep the
    /// record.
    pub(crate) fn joined_configs(&self) -> impl Iterator<Item = &Config> {
        self.joined().map(|met| &*met.config)
    }

    fn joined(&self) -> impl Iterator<Item = &Met> {
        let joins = |met: &&Met| met.writer.as_ref().is_some_and(|writer| Arc::ptr_eq(writer, &self.config));
        self.met.iter().filter(joins)
    }
}

impl fmt::Debug for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Met").field("skips", &self.skips).finish_non_exhaustive()
    }
}
