//! The command line: the commands, and the help that goes with them.

use clap::{Parser, Subcommand};

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

/// Names what to do with the exchanges.
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
