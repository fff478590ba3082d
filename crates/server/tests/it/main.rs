//! The service from outside: requests through the whole router, over a temporary installation.

mod access;
mod house;
