//! The corpus: messages of real APIs, each with what must not show and what must (`tests/corpus/README.md`).

mod case;
mod names;
mod peers;
mod values;

use case::{Case, Place};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::PathBuf,
    sync::Mutex,
};
use tower_request_log::Redactor;

/// Shows a case's message as `redactor` would, or only the first bytes of it; `None` where that is no text.
fn show(redactor: &Redactor, case: &Case, len: usize) -> Option<String> {
    let message = &case.message[..len];
    let text = || String::from_utf8(message.to_vec()).unwrap();
    match &case.place {
        Place::Target => Some(redactor.show_target(&text())),
        Place::Header(name) => Some(redactor.show_header(name, &text())),
        Place::Body(content_type) => redactor.show_body(content_type, message),
    }
}

/// Says what is wrong with how the whole of a case shows.
fn fault(case: &Case) -> Option<String> {
    let shown = show(&Redactor::new(), case, case.message.len()).unwrap_or_default();
    if case.secrets.is_empty() {
        let whole = show(&Redactor::none(), case, case.message.len()).unwrap_or_default();
        return (shown != whole).then(|| format!("is harmless, and shows as\n{shown}"));
    }
    if let Some(leak) = case.leak(&shown, case.message.len()) {
        return Some(format!("shows `{leak}`:\n{shown}"));
    }
    let hidden = case.harmless.iter().find(|part| !shown.contains(part.as_str()))?;
    Some(format!("hides `{hidden}`:\n{shown}"))
}

/// Says where its sender must not stop.
fn cut(case: &Case) -> Option<String> {
    let Place::Body(_) = case.place else { return None };
    if case.secrets.is_empty() {
        return None;
    }
    let redactor = Redactor::new();
    (0..case.message.len()).find_map(|len| {
        let shown = show(&redactor, case, len)?;
        let leak = case.leak(&shown, len)?;
        Some(format!("cut at {len} shows `{leak}`:\n{shown}"))
    })
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// Returns all cases by family.
fn families() -> BTreeMap<String, Vec<Case>> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt") && !path.ends_with("open.txt"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let cases = case::parse(&text).unwrap_or_else(|reason| panic!("{}: {reason}", path.display()));
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), cases)
        })
        .collect()
}

/// Returns the cases of `open.txt` that begin with `prefix`.
fn open(prefix: &str) -> BTreeSet<String> {
    let list = fs::read_to_string(folder().join("open.txt")).unwrap_or_default();
    list.lines().filter(|line| line.starts_with(prefix)).map(str::to_owned).collect()
}

/// Writes the part of `open.txt` anew that begins with `prefix`.
fn list(prefix: &str, faults: impl Iterator<Item = String>) {
    static FILE: Mutex<()> = Mutex::new(());
    let _guard = FILE.lock().unwrap();
    let mut all = open("");
    all.retain(|name| !name.starts_with(prefix));
    all.extend(faults);
    fs::write(folder().join("open.txt"), all.iter().fold(String::new(), |list, name| list + name + "\n")).unwrap();
}

/// Holds all cases against `fault`. With `CORPUS=list`, `open.txt` is written anew; with `CORPUS=show`, each open case says
/// what is wrong.
fn hold(prefix: &str, fault: fn(&Case) -> Option<String>) {
    let mut report = String::new();
    let mut faults = BTreeMap::new();
    for (family, cases) in families() {
        let found = cases.iter().filter_map(|case| Some((format!("{prefix}{family}: {}", case.title), fault(case)?)));
        let found: BTreeMap<_, _> = found.collect();
        writeln!(report, "{prefix}{family}: {} of {} open", found.len(), cases.len()).unwrap();
        faults.extend(found);
    }
    let mode = std::env::var("CORPUS").unwrap_or_default();
    println!("{report}");
    if mode == "show" {
        faults.iter().for_each(|(name, fault)| println!("## {name} {fault}\n"));
    }
    if mode == "list" {
        return list(prefix, faults.into_keys());
    }
    let open = open(prefix);
    let new: Vec<_> = faults
        .iter()
        .filter(|(name, _)| !open.contains(*name))
        .map(|(name, fault)| format!("{name} {fault}"))
        .collect();
    assert!(new.is_empty(), "{} cases fail:\n{}", new.len(), new.join("\n\n"));
    let done: Vec<_> = open.iter().filter(|name| !faults.contains_key(*name)).map(String::as_str).collect();
    assert!(
        done.is_empty(),
        "{} cases hold now, take them off tests/corpus/open.txt:\n{}",
        done.len(),
        done.join("\n")
    );
}

#[test]
fn nothing_leaks_and_nothing_is_lost() {
    hold("whole ", fault);
}

#[test]
fn nothing_leaks_wherever_the_sender_stops() {
    hold("cut ", cut);
}

/// The corpus is as large as it has to be.
#[test]
fn the_corpus_is_wide() {
    let families = families();
    let cases: Vec<_> = families.values().flatten().collect();
    let harmless = cases.iter().filter(|case| case.secrets.is_empty()).count();
    assert!(families.len() >= 25 && cases.len() >= 400, "{} families, {} cases", families.len(), cases.len());
    assert!(harmless * 4 >= cases.len(), "{harmless} of {} cases are harmless", cases.len());
    for (family, cases) in &families {
        let titles: BTreeSet<_> = cases.iter().map(|case| &case.title).collect();
        assert_eq!(titles.len(), cases.len(), "two cases of {family} share a title");
    }
}
