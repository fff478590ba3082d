//! The service from outside: requests through the whole router, over a temporary installation.

mod access;
mod hostile;
mod house;
mod isolation;
mod outside;
mod security_page;
mod seed;
