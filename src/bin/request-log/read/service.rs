//! Reads the program that a prefix names.

/// Returns the program: `betable-games` in `Feb 13 06:26:26 prod02 betable-games[123]: `.
pub(crate) fn of_prefix(prefix: &str) -> Option<String> {
    let text = prefix.trim();
    let words = || text.split_ascii_whitespace();
    // RFC 5424: `<134>1 TIME HOST PROGRAM PID MSGID - `.
    let name = if text.starts_with('<') && words().next().is_some_and(|word| word.ends_with(">1")) {
        words().nth(3)?
    } else if let Some((before, _)) = text.rsplit_once('|') {
        // Compose: `web-1  | `.
        before.split_ascii_whitespace().next_back()?
    } else if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        // `kubectl logs --prefix`: `[pod/games-7d4f/games] `.
        inside.rsplit('/').next()?
    } else {
        let last = words().next_back()?.strip_suffix(':')?;
        last.split('[').next()?
    };
    (!name.is_empty() && name != "-").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_named_where_transports_put_them() {
        for (prefix, name) in [
            ("Feb 13 06:26:26 prod02 betable-games: ", Some("betable-games")),
            ("Feb  3 06:26:26 prod02 betable-games[123]: ", Some("betable-games")),
            ("<134>1 2026-11-22T14:45:51.003Z prod02 betable-games 123 - - ", Some("betable-games")),
            ("2026-11-22T14:45:51.003Z prod02 betable-games: ", Some("betable-games")),
            ("2026-11-22T14:45:51.123456789Z stdout F ", None),
            ("web-1        | ", Some("web-1")),
            ("[pod/games-7d4f9/games] ", Some("games")),
            ("games: ", Some("games")),
            ("", None),
        ] {
            assert_eq!(of_prefix(prefix).as_deref(), name, "{prefix:?}");
        }
    }
}
