//! Sends to Graphite what was counted in each interval, as points of carbon's plaintext protocol.

use super::{
    Receiver, Told,
    carbon::{Carbon, Points},
    name::{Routes, class, ms, side},
};
use crate::{groups::Times, read::Exchange};
use serde_json::{Number, json};
use std::{
    collections::BTreeMap,
    io,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Counts exchanges by interval, and sends each interval when it is over.
pub(super) struct Graphite {
    prefix: String,
    /// The length of an interval, in seconds.
    every: u64,
    /// The start of the interval at hand, in seconds: a multiple of `every`, so that each has a point of its own in
    /// carbon.
    interval: u64,
    /// The counts by side and class. They stay, so that a class that was seen has a point in each interval.
    classes: BTreeMap<String, u64>,
    /// The times by side and route, of this interval alone.
    times: BTreeMap<String, (u64, Times)>,
    routes: Routes,
    carbon: Carbon,
}

impl Graphite {
    pub(super) fn new(address: &str, prefix: &str, every: Duration, keep: usize) -> Self {
        Self {
            prefix: prefix.to_owned(),
            every: every.as_secs(),
            interval: 0,
            classes: BTreeMap::new(),
            times: BTreeMap::new(),
            routes: Routes::default(),
            carbon: Carbon::new(address, keep),
        }
    }

    /// Closes the interval at hand if it is over.
    fn roll(&mut self, told: &mut Told<'_>) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let interval = now / self.every * self.every;
        // A clock that is set back makes no interval twice.
        if interval > self.interval {
            self.close(told)?;
            self.interval = interval;
        }
        Ok(())
    }

    /// Hands the points of the interval at hand to carbon.
    fn close(&mut self, told: &mut Told<'_>) -> io::Result<()> {
        let mut points = Points::default();
        let (prefix, at) = (&self.prefix, self.interval);
        let mut point = |name: std::fmt::Arguments<'_>, value: Number| {
            told.metric(|| json!({ "at": at, "name": format!("{prefix}.{name}"), "value": value }))?;
            points.add(format_args!("{prefix}.{name} {value} {at}"));
            io::Result::Ok(())
        };
        for (name, count) in &mut self.classes {
            point(format_args!("{name}"), std::mem::take(count).into())?;
        }
        for (name, (count, times)) in std::mem::take(&mut self.times) {
            point(format_args!("{name}.count"), count.into())?;
            for (which, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)] {
                let Some(time) = times.at(share) else { continue };
                point(format_args!("{name}.{which}_ms"), ms(time))?;
            }
        }
        self.carbon.push(points);
        Ok(())
    }
}

impl Receiver for Graphite {
    fn count(&mut self, exchange: &Exchange, told: &mut Told<'_>) -> io::Result<()> {
        self.roll(told)?;
        let side = side(exchange);
        *self.classes.entry(format!("{side}status.{}", class(exchange.status))).or_default() += 1;
        if let Some(time) = exchange.time {
            let route = self.routes.name(exchange.route.as_deref());
            let (count, times) = self.times.entry(format!("{side}route.{route}")).or_default();
            *count += 1;
            times.add(time);
        }
        Ok(())
    }

    fn send(&mut self, told: &mut Told<'_>) -> io::Result<()> {
        self.roll(told)?;
        self.carbon.send();
        Ok(())
    }

    fn end(&mut self, until: Instant, told: &mut Told<'_>) -> io::Result<bool> {
        self.close(told)?;
        Ok(self.carbon.end(until))
    }
}
