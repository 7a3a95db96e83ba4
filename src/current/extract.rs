//! Extracts the exchange as an argument of axum's handlers.

use super::Exchange;
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use std::{convert::Infallible, error::Error, fmt};

/// Extracts the exchange of the request (feature `axum`). It is there if a [`RequestLogLayer`](crate::RequestLogLayer)
/// is around the handler, also for requests that the layer skips.
impl<S: Sync> FromRequestParts<S> for Exchange {
    type Rejection = NoExchange;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoExchange> {
        extract(parts).ok_or(NoExchange(()))
    }
}

fn extract(parts: &Parts) -> Option<Exchange> {
    // One that a layer in between took out of the extensions is still the one that runs.
    let exchange = parts.extensions.get().cloned().or_else(Exchange::current)?;
    // The layer may stand where no route was matched yet.
    exchange.note_route(&parts.extensions);
    Some(exchange)
}

/// Extracts the exchange of the request, if there is one (feature `axum`), for handlers that are also used without the
/// layer.
impl<S: Sync> OptionalFromRequestParts<S> for Exchange {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(extract(parts))
    }
}

/// The rejection of the extractor [`Exchange`]: no [`RequestLogLayer`](crate::RequestLogLayer) is around the handler.
///
/// It answers with `500 Internal Server Error` and says what is missing.
#[derive(Clone, Debug)]
pub struct NoExchange(());

impl fmt::Display for NoExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no `Exchange`: no `RequestLogLayer` is around this handler")
    }
}

impl Error for NoExchange {}

impl IntoResponse for NoExchange {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
