//! A secret is planted in every place, in every shape, under every kind of rule, and never shows: not in the log, not in
//! part, not encoded, wherever a body is cut and however it comes in frames.

mod bodies;
mod cases;
mod controls;
mod cuts;
mod exchange;
mod heads;
mod nested;
mod secret;
mod whole;
