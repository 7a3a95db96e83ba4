//! The locks of the queue: the standard library's, or shuttle's where its scheduler explores the interleavings
//! (`RUSTFLAGS="--cfg shuttle" cargo test --lib sink::queue`).

#[cfg(all(test, shuttle))]
pub(super) use shuttle::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(all(test, shuttle)))]
pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
