//! The program as a black box: what it says, what it refuses, what it makes, and what no fault can spoil.

mod doubts;
mod engine;
mod faults;
mod given;
mod help;
mod input;
mod program;
mod render;
