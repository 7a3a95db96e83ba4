//! The locks of the queue: the standard library's, or shuttle's where its scheduler explores the interleavings
//! (`RUSTFLAGS="--cfg shuttle"`).

#[cfg(shuttle)]
pub(super) use shuttle::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(shuttle))]
pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
