//! How nodes talk: the session without IO, its codec, the iroh endpoint.

pub mod codec;
pub mod endpoint;
pub mod limits;
pub mod message;
pub mod session;
