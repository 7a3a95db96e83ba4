//! Implements `request-log man` and `request-log completions`: generates text from the command line's definition.

use crate::Done;
use clap::{Command, ValueHint};
use clap_complete::Shell;
use std::{
    io::{self, Write},
    path::PathBuf,
};

/// Prints completions for a shell: `request-log completions bash > /etc/bash_completion.d/request-log`
#[derive(clap::Args, Debug)]
pub(crate) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, mut command: Command) -> Result<Done, crate::Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "request-log", &mut script);
        io::stdout().write_all(&script)?;
        Ok(Done::Well)
    }
}

/// Prints the manual page, or writes it and one for each command: `request-log man /usr/local/share/man/man1`
#[derive(clap::Args, Debug)]
pub(crate) struct Man {
    /// The directory for the pages.
    #[arg(value_hint = ValueHint::DirPath)]
    directory: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(&self, command: Command) -> Result<Done, crate::Error> {
        match &self.directory {
            Some(directory) => clap_mangen::generate_to(command, directory)?,
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(command).render(&mut page)?;
                io::stdout().write_all(&page)?;
            }
        }
        Ok(Done::Well)
    }
}
