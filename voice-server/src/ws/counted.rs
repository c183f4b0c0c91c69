//! A connection that counts bytes per message. A client could send frames without content for ever: the library reads
//! until a message is complete, and limits on messages and audio do not see such frames.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::Message;

/// More than the head of a control frame.
const MAX_FRAME_HEAD: usize = 14;

pub(super) struct CountedIo<S> {
    io: S,
    /// Bytes since the last message with content.
    received: usize,
    /// The most bytes of one message with the heads of its frames.
    max: usize,
}

impl<S> CountedIo<S> {
    pub(super) fn new(io: S, max: usize) -> Self {
        Self { io, received: 0, max }
    }

    /// Resets the count when a message is complete.
    pub(super) fn took(&mut self, message: &Message) {
        self.received = match message {
            Message::Ping(payload) | Message::Pong(payload) => {
                self.received.saturating_sub(payload.len() + MAX_FRAME_HEAD)
            }
            _ => 0,
        };
    }

    /// The connection, without the limit.
    pub(super) fn get_mut(&mut self) -> &mut S {
        &mut self.io
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CountedIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.received > self.max {
            return Poll::Ready(Err(Error::from(ErrorKind::QuotaExceeded)));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
        self.received += buffer.filled().len() - before;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CountedIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
