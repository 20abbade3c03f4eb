//! The rules of governance: as stories on a small federation, and as properties of drawn ones.

mod answers;
mod authority;
mod charters;
mod cuts;
mod drawing;
mod erasure;
mod federation;
mod forks;
mod labels;
mod partners;
mod received;
mod roots;
mod rotations;
mod shown;
mod statements;
