//! Reads from the lines of a block how its exchange ended.

use super::block::Block;
use crate::record::Outcome;

impl Block {
    /// Returns how the exchange ended, as the notes tell it. `None` where the end of the block is missing.
    ///
    /// It is what [`Record::outcome`](crate::Record::outcome) said, with one exception: an RPC that failed in a
    /// response without trailers, whose headers are not shown, is [`Outcome::Complete`].
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.end.is_some().then(|| of(self))
    }
}

/// Reads from the notes what [`Record::outcome`](crate::Record::outcome) said.
fn of(block: &Block) -> Outcome {
    let noted = |begin: &str| block.notes.iter().any(|note| note.starts_with(begin));
    if noted("still open after ") {
        Outcome::Open
    } else if noted("service panicked") || noted("response body panicked after ") {
        Outcome::Panicked
    } else if noted("service failed") {
        Outcome::ServiceFailed
    } else if block.response.is_none() {
        Outcome::Cancelled
    } else if noted("response body failed after ") {
        Outcome::BodyFailed
    } else if noted("client went away after ") || noted("we gave up after ") {
        Outcome::ClientGone
    } else if noted("switched protocols") {
        Outcome::Switched
    } else if rpc_failed(block) {
        Outcome::RpcFailed
    } else {
        Outcome::Complete
    }
}

fn rpc_failed(block: &Block) -> bool {
    let Some(response) = &block.response else { return false };
    let is_grpc = match response.header("content-type") {
        Some(value) => value.starts_with("application/grpc") && !value.starts_with("application/grpc-web"),
        // If headers are not shown, only gRPC has such a trailer.
        None => response.headers.is_empty(),
    };
    let trailer = block.notes.iter().find_map(|note| note.strip_prefix("response trailer grpc-status: "));
    let status = trailer.or_else(|| response.header("grpc-status"));
    let failed = matches!(status.and_then(|status| status.parse().ok()), Some(2u32 | 4 | 12..=15));
    is_grpc && (failed || block.notes.iter().any(|note| note == "grpc-status missing"))
}
