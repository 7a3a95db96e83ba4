//! What `request-log` makes of any bytes: the same whatever pieces they come in, and nothing that cannot be looked at.

#![no_main]

// The program has more uses for it.
#[allow(dead_code, unused_imports)]
#[path = "../../src/bin/request-log/read/mod.rs"]
mod read;

use libfuzzer_sys::fuzz_target;
use read::{Decoder, Entry, Mark};

/// What is read where the bytes come in pieces of `len`.
fn entries(data: &[u8], len: usize) -> Vec<String> {
    let (mut decoder, mut entries) = (Decoder::default(), Vec::new());
    let mut take = |entry: Entry| {
        if let Entry::Exchange(exchange) = &entry {
            for mark in [Mark::Request, Mark::Response] {
                exchange.headers(mark).for_each(|(name, _)| assert!(!name.is_empty()));
                exchange.body(mark).for_each(|line| assert!(!line.contains('\n')));
            }
            let _ = (exchange.path(), exchange.size(), exchange.ended(), exchange.notes().count());
        }
        entries.push(format!("{entry:?}"));
    };
    data.chunks(len).for_each(|piece| decoder.push(piece, &mut take));
    decoder.finish(&mut take);
    entries
}

fuzz_target!(|data: &[u8]| {
    let Some((&len, data)) = data.split_first() else { return };
    assert_eq!(entries(data, usize::from(len) + 1), entries(data, data.len().max(1)));
});
