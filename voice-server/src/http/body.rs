//! Bodies of answers: complete ones, and ones whose parts are still being made: audio, and long lists.

use std::fmt::{self, Display};
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tokio::sync::mpsc;

/// The body of an answer.
pub(crate) enum Body {
    Whole(Full<Bytes>),
    /// Parts that are still being made.
    Stream(StreamBody),
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Full::default())
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Truncated;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Truncated>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Stream(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Stream(body) => body.size_hint(),
        }
    }
}

/// A part of a body.
pub(super) enum Part {
    Data(Bytes),
    /// The end of the body. Without it the body ends with an error, so that no client takes a part for the whole.
    End,
}

/// The body could not be made or sent to its end.
#[derive(Debug)]
pub(crate) struct Truncated;

impl Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body was cut off")
    }
}

impl std::error::Error for Truncated {}

/// A body whose parts are still being made.
pub(crate) struct StreamBody(mpsc::Receiver<Part>);

impl StreamBody {
    pub(super) fn new(parts: mpsc::Receiver<Part>) -> Self {
        Self(parts)
    }
}

impl HttpBody for StreamBody {
    type Data = Bytes;
    type Error = Truncated;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Truncated>>> {
        self.0.poll_recv(context).map(|part| match part {
            Some(Part::Data(data)) => Some(Ok(Frame::data(data))),
            Some(Part::End) => None,
            None => Some(Err(Truncated)),
        })
    }
}
