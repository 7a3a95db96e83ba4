//! Tests of what stands on several floors.

mod body;
mod cookie;
mod form;
mod header;
mod hostile;
mod join;
mod json;
mod json_votes;
mod multipart;
mod oracle;
mod plain_string;
mod redactor;
mod scan;
mod siblings;
mod sse;
mod stream;
mod target;
mod text;
