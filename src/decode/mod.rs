//! Content encodings and charsets, undone for the log's view.
