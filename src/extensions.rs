//! Makes room among the extensions of a request.

use http::Extensions;
use std::sync::LazyLock;

/// Makes room among the extensions of a request that has none, for those of this layer and of a router behind it.
///
/// A table grows from four places to eight by another allocation, and all that is in it moves. [`Extensions`] can't be
/// told to reserve, but a clone of an empty table has the places of the one that it is of.
pub(crate) fn make_room(extensions: &mut Extensions) {
    static EMPTY: LazyLock<Extensions> = LazyLock::new(|| {
        let mut extensions = Extensions::new();
        // Four entries need the eight places.
        extensions.insert(0_u8);
        extensions.insert(0_u16);
        extensions.insert(0_u32);
        extensions.insert(0_u64);
        extensions.clear();
        extensions
    });
    if extensions.is_empty() {
        *extensions = EMPTY.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_or_added() {
        let mut extensions = Extensions::new();
        make_room(&mut extensions);
        assert!(extensions.is_empty() && extensions.get::<u8>().is_none());
        extensions.insert("a");
        make_room(&mut extensions);
        assert_eq!((extensions.len(), extensions.get()), (1, Some(&"a")));
    }

    #[test]
    fn one_allocation_is_spared() {
        let fill = |mut extensions: Extensions| {
            extensions.insert(1_u8);
            extensions.insert(2_u16);
            extensions.insert(3_u32);
            extensions.insert(4_u64);
        };
        let count = |room: bool| {
            let mut extensions = Extensions::new();
            allocation_counter::measure(move || {
                if room {
                    make_room(&mut extensions);
                }
                fill(extensions);
            })
            .count_total
        };
        count(true);
        assert_eq!(count(true) + 1, count(false));
    }
}
