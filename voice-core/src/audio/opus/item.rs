//! What the containers of Opus hold.

/// A part of a stream, as a demuxer finds it.
pub(super) enum Item<'a> {
    /// The header of RFC 7845, 5.1.
    Header(&'a [u8]),
    Packet(&'a [u8]),
    Unsupported,
}
