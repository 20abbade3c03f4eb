//! Entries against whoever would change them: what is signed is read back, and nothing else is taken for it.

mod certificates;
mod contents;
mod drawing;
mod erasing;
mod forms;
mod keys;
mod limits;
mod tampering;
