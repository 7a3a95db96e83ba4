//! Defines the arguments that the commands share: filters, files, and how to print.

use crate::{
    filter::{self, Filter, is_filter},
    input::Logs,
};
use clap::{Args, ValueEnum};
use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    path::PathBuf,
};
use tower_request_log::format::lines::parse::is_id;

/// Selects exchanges, and the files to read them from.
#[derive(Args, Debug)]
pub(crate) struct Input {
    /// Filters, such as `status>=500`, and files; `-` is standard input. A word that names a file is one.
    #[arg(value_name = "FILTER|FILE")]
    words: Vec<OsString>,
}

/// Sets how to print.
#[derive(Args, Debug)]
pub(crate) struct Output {
    /// Print JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
    /// Set when to use colours; NO_COLOR is honoured.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

impl Input {
    /// Tells filters from files.
    pub(crate) fn read(&self) -> Result<Selected, String> {
        self.split(false)
    }

    /// Tells filters from files, and both from the first word that is an id.
    pub(crate) fn read_with_id(&self) -> Result<Selected, String> {
        self.split(true)
    }

    fn split(&self, with_id: bool) -> Result<Selected, String> {
        let mut selected = Selected::default();
        let mut filters = Vec::new();
        for word in &self.words {
            let text = word.to_str().unwrap_or_default();
            let path = PathBuf::from(word);
            if path.exists() {
                selected.files.push(path);
            } else if is_filter(text) {
                filters.push(text);
            } else if text == "-" {
                selected.files.push("/dev/stdin".into());
            } else if with_id && selected.id.is_none() && is_id(text.as_bytes()) {
                selected.id = Some(text.to_owned());
            } else {
                selected.files.push(path);
            }
        }
        if self.words.iter().all(|word| word == "-") {
            selected.files.clear();
        }
        let asked = self.words.iter().any(|word| word == "-");
        if selected.files.is_empty() && !asked && io::stdin().is_terminal() {
            return Err(
                "no file is given, and standard input is a terminal; `request-log --help` has examples".to_owned()
            );
        }
        selected.filter = Filter::parse(&filters.join(" ")).map_err(|error| error.to_string())?;
        Ok(selected)
    }
}

/// Holds the words of a command line, sorted by their meaning.
#[derive(Debug, Default)]
pub(crate) struct Selected {
    pub(crate) filter: Filter,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) id: Option<String>,
}

impl Selected {
    /// Returns the logs to read.
    pub(crate) fn logs(&self, follow: bool) -> Logs {
        let id = self.id.clone().or_else(|| self.filter.id());
        Logs { files: self.files.clone(), follow, from_end: false, id, progress: !follow }
    }
}

/// Reads a length of time: `10s`, `5m`.
pub(crate) fn duration(text: &str) -> Result<std::time::Duration, String> {
    filter::value::duration(text).ok_or_else(|| "a number and a unit, such as 10s".to_owned())
}
