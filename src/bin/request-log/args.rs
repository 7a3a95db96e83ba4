//! The command line.

use crate::{
    filter::{self, Filter, is_filter},
    input::Logs,
    read::line::is_id,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    path::PathBuf,
};

/// Reads the log that tower-request-log writes. Its unit is the exchange, never the line.
///
/// Without a command it shows exchanges. Files may be compressed by gzip, rotated, and written by syslog, journald, Docker
/// or Kubernetes; several are merged by time; without one, standard input is read.
#[derive(Parser, Debug)]
#[command(name = "request-log", version, args_conflicts_with_subcommands = true, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) show: crate::show::Show,
}

/// What to do with the exchanges.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Tree(crate::tree::Tree),
    Stats(crate::stats::Stats),
    Metrics(crate::metrics::Metrics),
    Alert(crate::alert::Alert),
    Check(crate::check::Check),
    Export(crate::export::Export),
    Report(crate::report::Report),
    Completions(crate::manual::Completions),
    Man(crate::manual::Man),
}

/// Which exchanges, and where from.
#[derive(Args, Debug)]
pub(crate) struct Input {
    /// Filters, such as `status>=500`, and files; `-` is standard input. A word that names a file is one.
    #[arg(value_name = "FILTER|FILE")]
    words: Vec<OsString>,
}

/// How to print.
#[derive(Args, Debug)]
pub(crate) struct Output {
    /// Print JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
    /// When to use colours; NO_COLOR is honoured.
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

/// What the words of a command line are.
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

const EXAMPLES: &str = "\
Examples:
  request-log games.log                            all exchanges, in colour, through a pager
  request-log -1 'status>=500' games.log           one line for each that failed
  request-log -f 'time>1s or status:5xx' games.log as they come
  request-log 'path:/games/*/bet' 'since:-15m' games.log purse.log.gz
  kubectl logs games | request-log 'body~voucher'
  request-log stats --by route,status games.log
  request-log export --to har 'since:-15m' games.log > games.har
  request-log report -o report.html games.log

Filters: a field, a sign and a value, joined by spaces (and), `or`, `not`, parentheses.
  status:500 status:4xx status>=500 status:none    time>100ms end>1s size>10kB
  method:POST path:/games/*/bet route:… target:… id:… service:… peer:… version:…
  header.content-type:json body~voucher note:user  (`:` a part, `~` a regular expression)
  outcome:aborted outcome:failed outcome:client-gone kind:client
  since:-15m since:2026-11-28T16:00:00Z until:…    (times are UTC)

Exit status: 0 when all was read, 1 when `check` found something wrong or nothing was found by an id, 2 when
the command line or a filter is wrong or a file can't be read.";
