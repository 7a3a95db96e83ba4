//! What stands in for a secret.

/// What stands in for a secret.
#[derive(Clone, Debug)]
pub struct Mask;

impl Mask {
    /// Appends what stands in for `secret`, plain text, neither quoted nor escaped.
    pub(crate) fn apply(&self, _secret: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"REDACTED");
    }
}
