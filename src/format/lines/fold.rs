//! Cuts long lines so that no transport has to.

/// The smallest limit that is kept: a prefix of the longest id, a mark and some text.
pub(super) const LEAST: usize = 256;

/// The shortest line that may go on in the next one. The piece of a character may be missing at its end.
pub(super) const SHORTEST_CUT: usize = LEAST - 1 - 3;

/// Cuts each line of `out` from `begin` on that is longer than `limit` bytes, its line feed included, into several.
///
/// Every one begins with an id and a mark, `prefix` bytes with the spaces behind them; each but the first has a `+` after
/// the mark. The lines are cut between characters.
#[inline]
pub(super) fn fold(out: &mut Vec<u8>, begin: usize, prefix: usize, limit: usize) {
    if out.len() - begin > limit {
        fold_lines(out, begin, prefix, limit);
    }
}

#[cold]
fn fold_lines(out: &mut Vec<u8>, begin: usize, prefix: usize, limit: usize) {
    let Some(start) = first_long(out.get(begin..).unwrap_or_default(), limit) else { return };
    let lines = out.split_off(begin + start);
    let mut lines = lines.as_slice();
    while !lines.is_empty() {
        let (line, after) = lines.split_at(memchr::memchr(b'\n', lines).map_or(lines.len(), |end| end + 1));
        lines = after;
        if line.len() <= limit {
            out.extend_from_slice(line);
            continue;
        }
        let mut rest = line.strip_suffix(b"\n").unwrap_or(line);
        let mark = rest.get(..prefix.saturating_sub(1)).unwrap_or_default();
        let mut room = limit.saturating_sub(1);
        loop {
            let (piece, left) = rest.split_at(floor(rest, room));
            out.extend_from_slice(piece);
            out.push(b'\n');
            if left.is_empty() {
                break;
            }
            rest = left;
            out.extend_from_slice(mark);
            out.extend_from_slice(b"+ ");
            room = limit.saturating_sub(mark.len() + 3);
        }
    }
}

/// Returns where the first line begins that is longer than `limit` bytes.
///
/// It looks for the last line feed of each `limit` bytes, and not for each: most blocks have no long line.
fn first_long(block: &[u8], limit: usize) -> Option<usize> {
    let mut start = 0;
    while block.len() - start > limit {
        match memchr::memrchr(b'\n', block.get(start..start + limit)?) {
            Some(end) => start += end + 1,
            None => return Some(start),
        }
    }
    None
}

/// Returns the last boundary of a character that is not past `at`, but never zero.
pub(super) fn floor(text: &[u8], at: usize) -> usize {
    if text.len() <= at {
        return text.len();
    }
    let is_boundary = |at: &usize| text.get(*at).is_none_or(|b| b & 0xc0 != 0x80);
    (1..=at).rev().take(4).find(is_boundary).unwrap_or(at.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str, limit: usize) -> String {
        let mut out = text.as_bytes().to_vec();
        fold(&mut out, 0, "id > ".len(), limit);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn long_lines_go_on() {
        assert_eq!(
            folded("id > 0123456789\nid >\nid < 01234\n", 11),
            "\
id > 01234
id >+ 5678
id >+ 9
id >
id < 01234
"
        );
        assert_eq!(folded("id   ééééé\n", 10), "id   éé\nid  + é\nid  + é\nid  + é\n");
        for short in ["", "id >\n", "id > 0123\n", "id > 0123\nid > 0123\nid > 0123\n"] {
            assert_eq!(folded(short, 10), short);
        }
    }

    proptest! {
        #[test]
        fn no_line_is_longer_and_nothing_is_lost(lines in prop::collection::vec("[a-c é日🎲]{0,60}", 0..6), limit in 15..40usize) {
            let text: String = lines.iter().map(|line| format!("id > {line}\n")).collect();
            let out = folded(&text, limit);
            prop_assert!(out.lines().all(|line| line.len() < limit && line.starts_with("id >")));
            prop_assert_eq!(out.replace("\nid >+ ", ""), text);
        }
    }
}
