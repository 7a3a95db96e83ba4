//! Holds the settings of a layer, which its services look up at each request.

use crate::config::Config;
use arc_swap::ArcSwap;
use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

/// Holds the settings of a layer, of its clones and of their services: fixed, or shared with a handle that changes
/// them.
#[derive(Clone)]
pub(crate) enum Settings {
    Fixed(Arc<Config>),
    Reloadable(Arc<Reloadable>),
}

impl Settings {
    /// Returns the current settings, without a lock.
    #[inline]
    pub(crate) fn now(&self) -> Now<'_> {
        match self {
            Self::Fixed(config) => Now::Fixed(config),
            Self::Reloadable(shared) => Now::Reloadable(shared.current.load()),
        }
    }

    /// Changes the settings: for this layer alone if they are fixed, or else for all that share them.
    pub(crate) fn change(&mut self, set: impl FnOnce(&mut Config)) {
        match self {
            Self::Fixed(config) => set(Arc::make_mut(config)),
            Self::Reloadable(shared) => shared.change(|mut config| {
                set(Arc::make_mut(&mut config));
                config
            }),
        }
    }
}

/// The settings that hold at one moment.
pub(crate) enum Now<'a> {
    Fixed(&'a Arc<Config>),
    Reloadable(arc_swap::Guard<Arc<Config>>),
}

impl Deref for Now<'_> {
    type Target = Arc<Config>;

    #[inline]
    fn deref(&self) -> &Arc<Config> {
        match self {
            Self::Fixed(config) => config,
            Self::Reloadable(config) => config,
        }
    }
}

/// Holds settings that change while services have them.
pub(crate) struct Reloadable {
    current: ArcSwap<Config>,
    /// The lock that is held while a change is made, so that none is lost.
    changing: Mutex<()>,
}

impl Reloadable {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self { current: ArcSwap::new(config), changing: Mutex::new(()) }
    }

    /// Replaces the current settings with what `change` returns.
    pub(crate) fn change(&self, change: impl FnOnce(Arc<Config>) -> Arc<Config>) {
        // A change that panicked has changed nothing.
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.current.load_full();
        let config = change(Arc::clone(&before));
        if !Arc::ptr_eq(&before.sink, &config.sink) || !Arc::ptr_eq(&before.format, &config.format) {
            config.sink.attach(&config.format);
        }
        self.current.store(config);
    }
}
