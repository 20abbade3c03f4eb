//! Sessions between simulated nodes, with seeds, and between real endpoints on loopback.

mod asking;
mod claims;
mod crowd;
mod files;
mod memory;
mod naming;
mod order;
mod pauses;
mod peers;
mod simulator;
mod trouble;
