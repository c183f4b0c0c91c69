//! Whole-system tests, one binary.

mod access;
mod admin;
mod bad_input;
mod blueprints;
mod command_line;
mod conformance;
mod deployment;
mod doctor;
mod floods;
mod hanging;
mod isolation;
mod life;
mod loading;
mod models;
mod other_clients;
mod protocol;
mod shared;
mod smuggling;
mod speaking;
mod speech;
mod store;
mod streams;
mod supply_chain;
mod tls;
mod traces;
mod unread;
