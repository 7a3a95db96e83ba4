//! Gives access to the exchange that is running, and takes it to other tasks and threads.
//!
//! [`Exchange`] is the type to use. This module has the types that its methods return. [`system`](crate::system) shows
//! how to use them.
//!
//! A thread-local holds the exchange. It is set while a service's `call`, its future or one of the two bodies is
//! polled.

#[cfg(feature = "axum")]
mod extract;
mod handle;
mod met;
mod outgoing;
mod scope;
mod unrecorded;

#[cfg(feature = "axum")]
pub use extract::NoExchange;
pub use handle::Exchange;
pub(crate) use handle::{Noted, State};
pub(crate) use met::Meeting;
pub(crate) use scope::Running;
pub use scope::{Guard, Scope};
pub(crate) use unrecorded::Unrecorded;
