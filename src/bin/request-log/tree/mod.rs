//! Implements `request-log tree`: prints the calls that a request made.

mod draw;
mod forest;
mod node;

use crate::{
    Done,
    args::{Input, Output},
    input::Visit,
    output::Out,
    read::{Entry, Outcome},
};
pub(crate) use draw::draw;
pub(crate) use forest::grow;
pub(crate) use node::Record;

use forest::Forest;
use std::io::{self, Write};

/// Shows the calls of each request as a tree: of the request with an id, or of those in which an exchange passes the filter
///
/// Each call is a line: the end of its id, its service, method, target, status, when it began after the request did, the
/// time to first byte, and a bar from its beginning to its end, whose paler part is after the first byte. A call's two
/// records, the client's and the server's, are one line. What is odd is told: calls whose parent is not in the log, calls
/// that were answered more than once, and clocks that differ, which are never corrected.
#[derive(clap::Args, Debug)]
pub(crate) struct Tree {
    /// An id; filters, such as `status>=500`; and files.
    #[command(flatten)]
    input: Input,
    /// Use no pager on a terminal.
    #[arg(long)]
    no_pager: bool,
    #[command(flatten)]
    output: Output,
}

impl Tree {
    pub(crate) fn run(&self) -> Result<Done, crate::Error> {
        let selected = self.input.read_with_id()?;
        let id = selected.id.clone();
        // An id in the filter chooses a request, whose other exchanges have other ids.
        let mut logs = selected.logs(false);
        logs.id.clone_from(&id);
        let out = Out::new(self.output.color, !self.no_pager);
        let mut grower =
            Grower { tree: self, forest: Forest::new(id.clone()), filter: &selected.filter, out, shown: 0 };
        let summary = logs.read(&mut grower)?;
        grower.print(true)?;
        grower.out.flush()?;
        Ok(match (Done::read(summary), id) {
            (Done::Well, Some(id)) if grower.shown == 0 => {
                eprintln!("request-log: no exchange of the id `{id}`");
                Done::FoundWrong
            }
            (done, _) => done,
        })
    }
}

/// Adds exchanges to trees as they come.
struct Grower<'a> {
    tree: &'a Tree,
    forest: Forest,
    filter: &'a crate::filter::Filter,
    out: Out,
    shown: u64,
}

impl Visit for Grower<'_> {
    fn entry(&mut self, entry: Entry) -> io::Result<()> {
        let Entry::Exchange(exchange) = entry else { return Ok(()) };
        if exchange.outcome == Outcome::Open {
            return Ok(());
        }
        self.forest.add(Record::new(&exchange), self.filter.keeps(&exchange));
        if self.forest.is_full() { self.print(false) } else { Ok(()) }
    }
}

impl Grower<'_> {
    /// Prints the trees that got nothing new for long, or all.
    fn print(&mut self, all: bool) -> io::Result<()> {
        for root in self.forest.take(all) {
            if self.tree.output.json {
                crate::json::write_line(&mut self.out, &node::json(&root, None))?;
            } else {
                if self.shown > 0 {
                    self.out.write_all(b"\n")?;
                }
                let drawn = draw::draw(&root, self.out.width, self.out.color);
                self.out.write_all(drawn.as_bytes())?;
            }
            self.shown += 1;
        }
        Ok(())
    }
}
