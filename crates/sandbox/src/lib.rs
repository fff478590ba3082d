//! The outside world on one port.
