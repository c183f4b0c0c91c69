//! Bodies of answers: whole ones, and sound that is still being computed.

use std::fmt::{self, Display};
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tokio::sync::mpsc;

/// What an answer holds.
pub(crate) enum Body {
    Whole(Full<Bytes>),
    /// What is still being computed.
    Audio(AudioBody),
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
            Self::Audio(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Audio(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Audio(body) => body.size_hint(),
        }
    }
}

/// What is sent on.
pub(super) enum AudioPart {
    Audio(Bytes),
    /// All of it was sent. Where this is missing, no client may take what it has for the whole.
    End,
}

/// The sound could not be made or sent to its end.
#[derive(Debug)]
pub(crate) struct Truncated;

impl Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the speech was cut off")
    }
}

impl std::error::Error for Truncated {}

/// The body of an answer that is still being computed.
pub(crate) struct AudioBody(mpsc::Receiver<AudioPart>);

impl AudioBody {
    pub(super) fn new(parts: mpsc::Receiver<AudioPart>) -> Self {
        Self(parts)
    }
}

impl HttpBody for AudioBody {
    type Data = Bytes;
    type Error = Truncated;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Truncated>>> {
        self.0.poll_recv(context).map(|part| match part {
            Some(AudioPart::Audio(samples)) => Some(Ok(Frame::data(samples))),
            Some(AudioPart::End) => None,
            None => Some(Err(Truncated)),
        })
    }
}
