//! Reads the dots of an id: `a.2.1` is the first call that was made for `a.2`, the second call of the request `a`.

/// Returns the id of the exchange that made a call. `None` for a request's own id.
pub(crate) fn parent(id: &str) -> Option<&str> {
    let (parent, number) = id.rsplit_once('.')?;
    let is_number = !number.is_empty() && !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
    (is_number && !parent.is_empty()).then_some(parent)
}

/// Returns the id of the request for which a call was made.
pub(crate) fn root(id: &str) -> &str {
    let mut root = id;
    while let Some(parent) = parent(root) {
        root = parent;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_numbers_are_calls() {
        assert_eq!(parent("a.2.10"), Some("a.2"));
        assert_eq!(root("a.2.10"), "a");
        for own in ["a", "a.", ".1", "a.0", "a.01", "v1.x", "a.b"] {
            assert_eq!((parent(own), root(own)), (None, own));
        }
    }
}
