// A backend of StatsD that appends each flush to a file, one JSON object a line: what arrived, to be looked at.
const fs = require("fs");

exports.init = (start, config, events) => {
  events.on("flush", (at, metrics) => {
    const { counters, timers } = metrics;
    const counts = Object.entries(counters).filter(([name, count]) => count > 0 && !name.startsWith("statsd."));
    const times = Object.entries(timers).filter(([, values]) => values.length > 0);
    if (counts.length > 0 || times.length > 0) {
      const line = { at, counters: Object.fromEntries(counts), timers: Object.fromEntries(times) };
      fs.appendFileSync(config.file, JSON.stringify(line) + "\n");
    }
  });
  return true;
};
