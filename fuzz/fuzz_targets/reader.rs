//! The reader of `Lines`: what it makes of anything, printed again, is read as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_request_log::format::lines::{Block, Entry, Reader};

fn blocks(log: &[u8]) -> Vec<Block> {
    Reader::new(log)
        .filter_map(|entry| match entry.expect("a slice can be read") {
            Entry::Exchange(block) => Some(block),
            _ => None,
        })
        .collect()
}

fuzz_target!(|data: &[u8]| {
    // `Lines` prints no raw CR, and a transport may put one before a line feed.
    let data: Vec<u8> = data.iter().copied().filter(|&b| b != b'\r').collect();
    for mut block in blocks(&data) {
        block.prefix.clear();
        let printed = block.to_string();
        assert_eq!(blocks(printed.as_bytes()), [block], "{printed}");
    }
});
