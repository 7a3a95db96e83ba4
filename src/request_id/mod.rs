//! Decides on the id of an exchange.
//!
//! [`Policy`] is the one place that says which id an exchange has and where it is put; [`RequestId`] is the id that is
//! made where none came.

mod id;
mod policy;

pub use id::{ParseRequestIdError, RequestId};
pub(crate) use policy::{Policy, Settled, call, is_well_formed};
