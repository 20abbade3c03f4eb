//! Two real endpoints on loopback.
