//! Draws the charts, as SVG that takes its colours from the page.

use super::{
    ticks::Ticks,
    timeline::{BINS, Timeline, bin_begin},
};
use plotters::{
    chart::{ChartBuilder, LabelAreaPosition},
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    prelude::{BindKeyPoints, Color, IntoLogRange, RGBColor, Rectangle, SVGBackend},
    style::{IntoFont, ShapeStyle, TextStyle},
};
use std::fmt::Display;

/// Stand for classes of the style sheet: `class` puts these in their places.
const RULE: RGBColor = RGBColor(0x0a, 0x0a, 0x01);
const FINE: RGBColor = RGBColor(0x0a, 0x0a, 0x02);
const REFUSED: RGBColor = RGBColor(0x0a, 0x0a, 0x03);
const FAILED: RGBColor = RGBColor(0x0a, 0x0a, 0x04);
const CLASSES: [(RGBColor, &str); 4] = [(RULE, "rule"), (FINE, "fine"), (REFUSED, "refused"), (FAILED, "failed")];

/// Width, height and the most ticks of time of the two forms of each chart: on a desk, on a telephone.
pub(crate) const FORMS: [(&str, (u32, u32), i64); 2] = [("wide", (1_140, 260), 10), ("narrow", (350, 220), 4)];

/// Says why a chart could not be drawn.
pub(crate) type Error = Box<dyn std::error::Error>;

/// Draws requests over time, the failed ones on the ground, the refused above them.
pub(crate) fn requests(timeline: &Timeline, size: (u32, u32), most_ticks: i64) -> Result<String, Error> {
    let Some((begin, end)) = timeline.range() else { return Ok(String::new()) };
    let ticks = Ticks::new(begin, end, most_ticks);
    let most = timeline.columns().map(|(_, column)| column.fine + column.refused + column.failed).max().unwrap_or(0);
    draw(size, |area| {
        let mut chart = builder(area)
            .build_cartesian_2d((begin..end).with_key_points(ticks.at.clone()), 0..(most + most / 20).max(1))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(ShapeStyle::from(RULE.mix(0.0)))
            .bold_line_style(RULE)
            .axis_style(RULE)
            .label_style(text())
            .x_labels(ticks.at.len())
            .y_labels(5)
            .x_label_formatter(&|at| ticks.label(*at))
            .draw()?;
        for (at, column) in timeline.columns() {
            let right = at + timeline.width() - timeline.width() / 12;
            let mut ground = 0;
            for (count, color) in [(column.failed, FAILED), (column.refused, REFUSED), (column.fine, FINE)] {
                if count > 0 {
                    let bar = Rectangle::new([(at, ground), (right, ground + count)], color.filled());
                    chart.draw_series([bar])?;
                }
                ground += count;
            }
        }
        Ok(())
    })
}

/// Draws the times to the first byte over time: the more exchanges in a cell, the stronger its colour.
pub(crate) fn heat(timeline: &Timeline, size: (u32, u32), most_ticks: i64) -> Result<String, Error> {
    let Some((begin, end)) = timeline.range() else { return Ok(String::new()) };
    let ticks = Ticks::new(begin, end, most_ticks);
    let counts = || timeline.columns().flat_map(|(_, column)| column.times);
    let used = |bin: usize| timeline.columns().any(|(_, column)| column.times[bin] > 0);
    let (Some(most), Some(low), Some(high)) =
        (counts().max().filter(|most| *most > 0), (0..BINS).find(|bin| used(*bin)), (0..BINS).rfind(|bin| used(*bin)))
    else {
        return Ok(String::new());
    };
    draw(size, |area| {
        let times = (bin_begin(low)..bin_begin(high + 1)).log_scale();
        let mut chart = builder(area).build_cartesian_2d((begin..end).with_key_points(ticks.at.clone()), times)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .axis_style(RULE)
            .label_style(text())
            .x_labels(ticks.at.len())
            .y_labels(6)
            .x_label_formatter(&|at| ticks.label(*at))
            .y_label_formatter(&|time| milliseconds(*time))
            .draw()?;
        for (at, column) in timeline.columns() {
            for (bin, count) in column.times.into_iter().enumerate().filter(|(_, count)| *count > 0) {
                let share = f64::from(count + 1).ln() / f64::from(most + 1).ln();
                let cell = [(at, bin_begin(bin)), (at + timeline.width(), bin_begin(bin + 1))];
                chart.draw_series([Rectangle::new(cell, FINE.mix(0.12 + 0.88 * share).filled())])?;
            }
        }
        Ok(())
    })
}

fn builder<'a, 'b>(area: &'a DrawingArea<SVGBackend<'b>, Shift>) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut builder = ChartBuilder::on(area);
    builder
        .margin(6)
        .margin_right(34)
        .set_label_area_size(LabelAreaPosition::Left, 56)
        .set_label_area_size(LabelAreaPosition::Bottom, 26);
    builder
}

fn text() -> TextStyle<'static> {
    ("sans-serif", 12).into_font().into()
}

fn draw(
    size: (u32, u32),
    paint: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Error>,
) -> Result<String, Error> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        paint(&area)?;
        area.present()?;
    }
    Ok(class(svg))
}

/// Puts the style sheet's classes in the places of the colours that stand for them.
fn class(mut svg: String) -> String {
    for (RGBColor(r, g, b), class) in CLASSES {
        let color = format!("#{r:02X}{g:02X}{b:02X}");
        svg = svg.replace(&format!("fill=\"{color}\""), &format!("class=\"{class}\""));
        svg = svg.replace(&format!("stroke=\"{color}\""), &format!("class=\"{class}\""));
    }
    // The text's colour is the style sheet's.
    svg.replace(" fill=\"#000000\"", "")
}

/// Shows milliseconds on an axis.
fn milliseconds(time: f64) -> String {
    let show = |number: f64, unit: &dyn Display| format!("{} {unit}", (number * 10.0).round() / 10.0);
    if time < 1_000.0 { show(time, &"ms") } else { show(time / 1_000.0, &"s") }
}
