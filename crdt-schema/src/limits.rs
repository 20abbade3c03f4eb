//! Every size limit that decides validity, with its unit and its reason. They are the same on all nodes for ever; a limit that a
//! node may choose for itself is in its configuration, and only ever stops at a prefix of a feed.

/// Items of one entry. One signature then covers an import of 256 records, and a receiver's work on one entry stays bounded.
pub const ENTRY_ITEMS_MAX: usize = 256;
/// Bytes of a payload: what a node must hold in memory before it can check the commitment.
pub const PAYLOAD_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a payload as it may be held or sent: an erased content leaves a hash, which can be 16 bytes longer than what it stands for.
pub const PAYLOAD_BYTES_HELD_MAX: usize = PAYLOAD_BYTES_MAX + 16 * ENTRY_ITEMS_MAX;
/// Bytes of one item, frame and content together: one item cannot take more than a quarter of a payload. The longest
/// text (`TEXT_BYTES_MAX`) does not quite fit with its frame; a longer text is spliced in several edits.
pub const ITEM_BYTES_MAX: usize = 64 * 1024;
/// Ids in an edit's base. A record with more heads is settled in rounds.
pub const BASE_MAX: usize = 16;
/// Operations of one edit: a form has less than a hundred fields, an import of one row as many.
pub const OPERATIONS_MAX: usize = 200;
/// Bytes of a field's name, in UTF-8.
pub const FIELD_BYTES_MAX: usize = 64;
/// Bytes of a text value or of a term, in UTF-8. Longer texts are long texts, and are spliced.
pub const VALUE_BYTES_MAX: usize = 16 * 1024;
/// Bytes of UTF-8 that one edit inserts into long texts, all together.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Depth of nested lists and maps in CBOR. Ours have four levels.
pub const CBOR_DEPTH_MAX: usize = 8;
/// Bytes of an organisation's name, a federation's name, a kind or a territory.
pub const NAME_BYTES_MAX: usize = 200;
/// Feeds that a rotation of a root keeps: all instances that an organisation ever had. Eleven such rotations, one after the other, still
/// fit in the entry that starts the feed of the last root.
pub const ROTATION_FEEDS_MAX: usize = 256;
/// Branches of one feed that nodes hold and name: an honest feed has one, and a fifth decides nothing. It is no limit of validity: an entry of
/// a fifth branch is sound, and the one that a cut names is taken.
pub const BRANCHES_MAX: usize = 4;
/// Bytes of a charter: two hundred partners with their keys and mandates are 60 KiB.
pub const CHARTER_BYTES_MAX: usize = 256 * 1024;
