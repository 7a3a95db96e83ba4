//! Renders the page: HTML with the style sheet and the script in it.

use super::{Figures, charts, timeline::Class};
use crate::{
    groups::{Group, Row},
    read::{Exchange, Mark},
};
use std::{
    fmt::{self, Write},
    time::Duration,
};
use tower_request_log::{format::lines::tree::root, record::Milliseconds};

/// Bytes of a block that the page shows.
const BLOCK: usize = 12 << 10;
/// Routes that the table tells.
const ROUTES: usize = 100;

/// Renders the page.
pub(super) fn render(figures: &Figures<'_>) -> Result<String, charts::Error> {
    let mut page = String::with_capacity(256 << 10);
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Requests</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'\">\n<style>\n{}</style>\n<h1>Requests</h1>\n",
        include_str!("page.css"),
    )?;
    let (rows, total) = figures.routes.rows(1);
    head(figures, &total, &mut page)?;
    page.push_str("<h2 id=\"requests\">Requests over time</h2>\n<p class=\"key\">");
    for (class, text) in
        [("fine", "below 400"), ("refused", "400 to 499, or given up"), ("failed", "errors: from 500 on, or a failure")]
    {
        write!(page, "<span><i class=\"{class}\"></i>{text}</span>")?;
    }
    page.push_str("</p>\n");
    for (form, size, labels) in charts::FORMS {
        writeln!(page, "<div class=\"{form}\">{}</div>", charts::requests(&figures.timeline, size, labels)?)?;
    }
    page.push_str(
        "<h2 id=\"times\">Time to first byte</h2>\n<p>The stronger the colour of a cell, the more exchanges.</p>\n",
    );
    for (form, size, labels) in charts::FORMS {
        writeln!(page, "<div class=\"{form}\">{}</div>", charts::heat(&figures.timeline, size, labels)?)?;
    }
    routes(&rows, &mut page)?;
    page.push_str(
        "<h2 id=\"exchanges\">Exchanges</h2>\n<input id=\"search\" type=\"search\" placeholder=\"Search these exchanges: \
         words, ids, header values\" aria-label=\"Search\">\n<p id=\"found\" aria-live=\"polite\"></p>\n",
    );
    let trees = figures.shown.trees();
    for (title, exchanges) in [("Slowest", figures.shown.slowest()), ("Failed, the last first", figures.shown.failed())]
    {
        writeln!(page, "<h2>{title}</h2>")?;
        if exchanges.is_empty() {
            page.push_str("<p>None.</p>\n");
        }
        for exchange in exchanges {
            details(exchange, &mut page)?;
            if let Some(tree) = trees.get(root(&exchange.id)) {
                write!(page, "<pre class=\"tree\">{}</pre>", Escaped(tree))?;
            }
            page.push_str("</details>\n");
        }
    }
    write!(page, "<script>\n{}</script>\n</html>\n", include_str!("page.js"))?;
    Ok(page)
}

fn head(figures: &Figures<'_>, total: &Group, page: &mut String) -> fmt::Result {
    let moment = |at: i64| jiff::Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| at.to_string());
    if let Some((begin, end)) = figures.timeline.range() {
        writeln!(page, "<p>{} to {}, in UTC</p>", moment(begin), moment(end))?;
    }
    for (count, what) in [
        (figures.undated, "exchanges without a date are in no chart"),
        (figures.notices, "lines of the log tell about the log itself, such as lost records"),
        (figures.unread, "lines are no part of an exchange"),
    ] {
        if count > 0 {
            writeln!(page, "<p>{count} {what}</p>")?;
        }
    }
    page.push_str("<dl>");
    let share = 100.0 * total.errors as f64 / (total.count.max(1)) as f64;
    for (name, value) in
        [("Exchanges", total.count.to_string()), ("Errors", format!("{} ({share:.1}\u{a0}%)", total.errors))]
    {
        write!(page, "<div><dt>{name}</dt><dd>{value}</dd></div>")?;
    }
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("Slowest", 1.0)] {
        write!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", time(total.times.at(share)))?;
    }
    page.push_str("</dl>\n");
    Ok(())
}

fn routes(rows: &[Row<'_>], page: &mut String) -> fmt::Result {
    page.push_str(
        "<h2 id=\"routes\">Routes</h2>\n<div class=\"wide-table\"><table>\n<tr><th>Route<th>Count<th>Errors<th>p50<th>p90\
         <th>p99<th>max</tr>\n",
    );
    for (names, group) in rows.iter().take(ROUTES) {
        let class = if group.errors > 0 { " class=\"failed\"" } else { "" };
        write!(page, "<tr><td>{}<td>{}<td{class}>{}", Escaped(&names.join(" ")), group.count, group.errors)?;
        [0.5, 0.9, 0.99, 1.0].iter().try_for_each(|share| write!(page, "<td>{}", time(group.times.at(*share))))?;
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
    if rows.len() > ROUTES {
        writeln!(page, "<p>{} more routes</p>", rows.len() - ROUTES)?;
    }
    Ok(())
}

/// Begins the element of an exchange, with its block.
fn details(exchange: &Exchange, page: &mut String) -> fmt::Result {
    let class = match Class::of(exchange) {
        Class::Fine => "fine",
        Class::Refused => "refused",
        Class::Failed => "failed",
    };
    let status = exchange.status.map_or_else(|| "–".to_owned(), |status| status.to_string());
    write!(
        page,
        "<details class=\"exchange\"><summary><b class=\"{class}\">{status}</b><span>{}</span><span class=\"target\">{} {}</span>\
         <span class=\"soft\">{}</span><span class=\"soft\">{}</span></summary><pre>",
        time(exchange.time),
        Escaped(&exchange.method),
        Escaped(&exchange.target),
        Escaped(&exchange.began.map(|began| began.to_string()).unwrap_or_default()),
        Escaped(exchange.service().unwrap_or_default()),
    )?;
    let mut left = BLOCK;
    for (mark, text) in exchange.text().all() {
        let Some(rest) = left.checked_sub(text.len()) else {
            page.push_str("<span class=\"note\">… (the log has the rest)</span>\n");
            break;
        };
        left = rest;
        let (class, sign) = match mark {
            Mark::Request => ("request", "&gt;"),
            Mark::Response => ("response", "&lt;"),
            Mark::Note => ("note", " "),
        };
        writeln!(page, "<span class=\"{class}\">{} {sign} {}</span>", Escaped(&exchange.id), Escaped(text))?;
    }
    page.push_str("</pre>");
    Ok(())
}

/// Returns a time as the log shows it.
fn time(time: Option<Duration>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| Milliseconds(time).to_string())
}

/// Shows text that does not come from the page itself: nothing in it is an element or ends an attribute.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (before, from) = rest.split_at(at);
            f.write_str(before)?;
            f.write_str(match from.as_bytes()[0] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &from[1..];
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(Escaped("</pre><script>'\"&é").to_string(), "&lt;/pre&gt;&lt;script&gt;&#39;&quot;&amp;é");
    }
}
