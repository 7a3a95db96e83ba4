//! The parts of a metric that come from the log: its name and its time.

use crate::read::{Exchange, Kind};
use serde_json::Number;
use std::{collections::HashSet, time::Duration};

/// The maximum number of routes told apart.
const MAX_ROUTES: usize = 1_000;

/// Returns what stands before the names of an exchange of this kind.
pub(super) fn side(exchange: &Exchange) -> &'static str {
    if exchange.kind == Kind::Client { "calls." } else { "" }
}

/// Returns `2xx`, or `none` where there was no response.
pub(super) fn class(status: Option<u16>) -> &'static str {
    match status.map(|status| status / 100) {
        Some(1) => "1xx",
        Some(2) => "2xx",
        Some(3) => "3xx",
        Some(4) => "4xx",
        Some(5) => "5xx",
        Some(_) => "other",
        None => "none",
    }
}

/// Returns a time in milliseconds, without decimals that are none.
pub(super) fn ms(time: Duration) -> Number {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let fraction = Number::from_f64(micros as f64 / 1e3).filter(|_| micros % 1_000 != 0);
    fraction.unwrap_or_else(|| (micros / 1_000).into())
}

/// Turns routes into parts of names, of which there are so many at most.
#[derive(Debug, Default)]
pub(super) struct Routes(HashSet<String>);

impl Routes {
    pub(super) fn name(&mut self, route: Option<&str>) -> String {
        let Some(route) = route else { return "unknown".to_owned() };
        let name = part(route);
        if !self.0.contains(&name) {
            if self.0.len() == MAX_ROUTES {
                return "others".to_owned();
            }
            self.0.insert(name.clone());
        }
        name
    }
}

/// Keeps ASCII letters and digits; a run of others in between is one `_`. The bare `/` is `root`.
fn part(route: &str) -> String {
    let words = route.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("_");
    if name.is_empty() { "root".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_become_parts_of_names() {
        let named = ["/games/{game}/bet", "/", "/v1.2/a-b/*", "/π", "a:1|c\nb 2"];
        assert_eq!(named.map(part), ["games_game_bet", "root", "v1_2_a_b", "root", "a_1_c_b_2"]);
        let mut routes = Routes::default();
        (0..MAX_ROUTES).for_each(|n| assert_eq!(routes.name(Some(&format!("/{n}"))), n.to_string()));
        assert_eq!([Some("/7"), Some("/new"), None].map(|route| routes.name(route)), ["7", "others", "unknown"]);
    }
}
