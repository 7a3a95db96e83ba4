//! Content encodings and charsets, undone for the log's view.
use std::borrow::Cow;
pub(crate) struct Decoded<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    pub(crate) whole: bool,
    pub(crate) note: Option<String>,
}
pub(crate) fn content<'a>(_e: &[u8], bytes: &'a [u8], _limit: usize) -> Decoded<'a> {
    Decoded { bytes: Cow::Borrowed(bytes), whole: true, note: None }
}
pub(crate) fn charset_at<'a>(_ct: Option<&[u8]>, bytes: &'a [u8], shown: usize) -> (Cow<'a, [u8]>, usize) {
    (Cow::Borrowed(bytes), shown)
}
