//! Tells which files are parts of one log that was rotated.

use std::path::{Path, PathBuf};

/// Puts files together that are one log, each in the order of its parts: `games.log.2.gz`, `games.log.1`, `games.log`.
pub(super) fn chains(files: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let mut chains: Vec<(PathBuf, Vec<(Age, PathBuf)>)> = Vec::new();
    for file in files {
        let (base, age) = base(file).filter(|(base, _)| files.contains(base)).unwrap_or((file.clone(), Age::Newest));
        match chains.iter_mut().find(|(of, parts)| *of == base && !parts.iter().any(|(_, part)| part == file)) {
            Some((_, parts)) => parts.push((age, file.clone())),
            None => chains.push((base, vec![(age, file.clone())])),
        }
    }
    let in_order = |(_, mut parts): (PathBuf, Vec<(Age, PathBuf)>)| {
        parts.sort();
        parts.into_iter().map(|(_, part)| part).collect()
    };
    chains.into_iter().map(in_order).collect()
}

/// Orders the parts of a log by age, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    /// By a date in its name: `games.log-20261128`.
    Dated(String),
    /// By its number, counted down: `games.log.2`.
    Numbered(std::cmp::Reverse<u32>),
    Newest,
}

/// Returns the file that is written to, and how old its part is.
fn base(file: &Path) -> Option<(PathBuf, Age)> {
    let name = file.to_str()?;
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some((base, number)) = plain.rsplit_once('.').filter(|(_, number)| digits(number) && number.len() < 8) {
        return Some((base.into(), Age::Numbered(std::cmp::Reverse(number.parse().ok()?))));
    }
    let (base, date) = plain.rsplit_once(['-', '.']).filter(|(_, date)| digits(date) && date.len() >= 8)?;
    Some((base.into(), Age::Dated(date.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_log_are_read_from_the_oldest() {
        let chained = |names: &[&str]| -> Vec<Vec<String>> {
            let files: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
            let names = |chain: Vec<PathBuf>| chain.iter().map(|file| file.display().to_string()).collect();
            chains(&files).into_iter().map(names).collect()
        };
        assert_eq!(
            chained(&["a.log", "a.log.1", "a.log.10.gz", "a.log.2.gz"]),
            [["a.log.10.gz", "a.log.2.gz", "a.log.1", "a.log"]]
        );
        assert_eq!(
            chained(&["a.log", "a.log-20261128", "a.log-20261127.gz"]),
            [["a.log-20261127.gz", "a.log-20261128", "a.log"]]
        );
        // A file that is no part of another stands alone, and so does a file that is given twice.
        assert_eq!(chained(&["node.1", "node.2"]), [["node.1"], ["node.2"]]);
        assert_eq!(chained(&["a", "a"]), [["a"], ["a"]]);
    }
}
