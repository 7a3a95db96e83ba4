//! Implements `request-log`, the program that reads what `tower-request-log` writes.
//!
//! Each command has a file. It is a function over [`read::Exchange`]s, which [`input`] hands out and [`filter`]
//! chooses.

mod alert;
mod args;
mod check;
mod cli;
mod export;
mod filter;
mod groups;
mod input;
mod json;
mod manual;
mod metrics;
mod output;
mod read;
mod report;
mod show;
mod stats;
mod tree;

use clap::{CommandFactory, Parser};
use cli::{Cli, Command};
use std::{io, process::ExitCode};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        None => cli.show.run(),
        Some(Command::Tree(tree)) => tree.run(),
        Some(Command::Stats(stats)) => stats.run(),
        Some(Command::Check(check)) => check.run(),
        Some(Command::Export(export)) => export.run(),
        Some(Command::Report(report)) => report.run(),
        Some(Command::Completions(completions)) => completions.run(Cli::command()),
        Some(Command::Man(man)) => man.run(Cli::command()),
        Some(Command::Metrics(metrics)) => metrics.run(),
        Some(Command::Alert(alert)) => alert.run(),
    };
    match done {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::FoundWrong) => ExitCode::from(1),
        Ok(Done::NotAllRead) => ExitCode::from(2),
        // Whoever read our output has seen enough.
        Err(Error::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Error::Io(error)) => fail(&error.to_string()),
        Err(Error::Usage(text)) => fail(&text),
    }
}

fn fail(text: &str) -> ExitCode {
    eprintln!("request-log: {text}");
    ExitCode::from(2)
}

/// Says how a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Well,
    /// Nothing was found, or what was found is wrong.
    FoundWrong,
    /// A file could not be read.
    NotAllRead,
}

impl Done {
    /// Returns how a command ended that has read logs.
    pub(crate) fn read(summary: input::Summary) -> Self {
        if summary.failed { Self::NotAllRead } else { Self::Well }
    }
}

/// Says why a command could not go on.
#[derive(Debug)]
pub(crate) enum Error {
    Io(io::Error),
    /// The command line is wrong; a filter, most often.
    Usage(String),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<String> for Error {
    fn from(text: String) -> Self {
        Self::Usage(text)
    }
}
