//! Keeps records in memory, for tests.

use super::{Sink, leak_search};
use crate::record::Record;
use std::{
    any::Any,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Keeps what is written in memory, for tests. Clones share it.
///
/// A record is here as soon as the response's body and the request's body have been read to their end or dropped.
///
/// ```
/// use tower_request_log::sink::Memory;
///
/// let memory = Memory::new();
/// memory.assert_lacks("hunter2");
/// assert_eq!(memory.text(), "");
/// assert!(memory.records().is_empty());
/// ```
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    text: Vec<u8>,
    records: Vec<Record>,
}

impl Memory {
    /// Creates an empty sink.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns all that was written, including lines about the log itself. Bytes that are not UTF-8 show as U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().text).into_owned()
    }

    /// Returns the records that were written, in order.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.lock().records.clone()
    }

    /// Forgets what was written.
    pub fn clear(&self) {
        *self.lock() = Kept::default();
    }

    /// Asserts that `secret` is neither in the text that was written, nor in what a record shows with `{:?}`.
    ///
    /// The secret is looked for as it is, and as a reader of the log could decode it: with the escapes of JSON undone,
    /// also of a string within a string; the escapes of the log itself (`\x1b`, `\u{202e}`); percent-encoding, with `+`
    /// as a space and without; and the escapes of HTML and JavaScript. It is also looked for over several lines,
    /// without the id and the mark of each. **Base64 is not undone**, so credentials of Basic are not found.
    ///
    /// ```should_panic
    /// use tower_request_log::sink::{Memory, Sink};
    ///
    /// let memory = Memory::new();
    /// memory.notice(br#"id > {"password": "pa\"ss"}"#);
    /// memory.assert_lacks("pa\"ss"); // `"pa\"ss" is in the log, behind JSON escapes: id > {"password": "pa\"ss"}`
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the secret is there. The message has the line, and the encodings that hid the secret.
    #[track_caller]
    pub fn assert_lacks(&self, secret: &str) {
        // The lock is released first, so that the panic leaves the sink usable.
        if let Some(found) = self.find(secret) {
            panic!("{secret:?} is in the log{found}");
        }
    }

    fn find(&self, secret: &str) -> Option<String> {
        let kept = self.lock();
        let shown = || kept.records.iter().map(|record| format!("{record:?}"));
        leak_search::find(&kept.text, secret)
            .or_else(|| shown().find_map(|shown| leak_search::find(shown.as_bytes(), secret)))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Memory {
    fn write(&self, record: &Record, block: &[u8]) {
        let mut kept = self.lock();
        kept.text.extend_from_slice(block);
        kept.records.push(record.clone());
    }

    fn notice(&self, block: &[u8]) {
        self.lock().text.extend_from_slice(block);
    }

    fn is_same(&self, other: &dyn Sink) -> bool {
        (other as &dyn Any).downcast_ref::<Self>().is_some_and(|other| Arc::ptr_eq(&self.0, &other.0))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.lock();
        f.debug_struct("Memory").field("records", &kept.records.len()).field("bytes", &kept.text.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn complaint(memory: &Memory, secret: &str) -> Option<String> {
        let panic = catch_unwind(AssertUnwindSafe(|| memory.assert_lacks(secret))).err()?;
        Some(panic.downcast_ref::<String>().unwrap().clone())
    }

    #[test]
    fn text_is_what_was_written() {
        let memory = Memory::new();
        memory.clone().notice(b"-   one\n");
        memory.notice(b"-   t\xffwo\n");
        assert_eq!(memory.text(), "-   one\n-   t\u{fffd}wo\n");
        assert_eq!(format!("{memory:?}"), "Memory { records: 0, bytes: 17 }");
        memory.clear();
        assert_eq!(memory.text(), "");
    }

    #[test]
    fn a_leak_is_shown_with_its_line() {
        let memory = Memory::new();
        memory.notice(b"-   one\n-   password=hunter2\n-   two");
        assert_eq!(complaint(&memory, "hunter3"), None);
        assert_eq!(complaint(&memory, "hunter2").unwrap(), r#""hunter2" is in the log: -   password=hunter2"#);
        assert_eq!(complaint(&memory, "two").unwrap(), r#""two" is in the log: -   two"#);
    }
}
