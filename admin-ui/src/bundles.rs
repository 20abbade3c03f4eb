//! What the pages ask of the program to exchange by files. What is given and what is taken is for the program to say.

use std::fs::File;

use crdt_schema::time::Timestamp;

use crate::office::Refused;

/// The part of the program that writes and reads bundles.
pub trait Bundles: Send + Sync {
    /// Writes everything that partners may have to a file.
    fn write(&self, file: &mut File) -> Result<(), Refused>;

    /// Takes in what a bundle holds. An error means that nothing was taken.
    fn take(&self, file: File) -> Result<TakenBundle, Refused>;
}

/// What became of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenBundle {
    /// When it was written, as it says.
    pub made: Option<Timestamp>,
    /// The partner that wrote it, as it says.
    pub made_by: Option<String>,
    /// Entries that were not held before.
    pub new: u64,
    /// Entries that were.
    pub known: u64,
    /// Contents that it brings and that were erased.
    pub erased: u64,
    /// Entries that are not taken, by partner.
    pub left_out: Vec<BundleLeftOut>,
    /// Code and place, in bytes, of what is damaged or refused: nothing of what follows was read.
    pub broken: Option<(String, u64)>,
}

/// Entries of one feed that are not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleLeftOut {
    /// The partner that signs the feed, or the start of the feed's id.
    pub partner: String,
    /// How many.
    pub entries: u64,
    /// The code of why.
    pub reason: String,
}
