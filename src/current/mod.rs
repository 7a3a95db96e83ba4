//! The exchange that is running, and how it is taken elsewhere.
//!
//! [`Exchange`] is the type to use; here are those that its methods return. [`system`](crate::system) shows them at work.
//!
//! A thread-local knows the exchange: it is set while a service's `call`, its future or one of the two bodies is polled.

#[cfg(feature = "axum")]
mod extract;
mod handle;
mod met;
mod outgoing;
mod scope;

#[cfg(feature = "axum")]
pub use extract::NoExchange;
pub use handle::Exchange;
pub(crate) use handle::{Noted, State};
pub(crate) use met::Meeting;
pub(crate) use scope::Running;
pub use scope::{Guard, Scope};
