//! Whole-system tests, one binary.

mod access;
mod admin;
mod bad_input;
mod blueprints;
mod command_line;
mod deployment;
mod doctor;
mod isolation;
mod life;
mod loading;
mod models;
mod protocol;
mod shared;
mod speech;
mod store;
mod streams;
mod tls;
mod traces;
mod supply_chain;
