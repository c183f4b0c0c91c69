//! Bodies of answers: complete ones, and audio that is still being computed.

use std::fmt::{self, Display};
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tokio::sync::mpsc;

/// The body of an answer.
pub(crate) enum Body {
    Whole(Full<Bytes>),
    /// Audio that is still being computed.
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

/// A part of the audio.
pub(super) enum AudioPart {
    Audio(Bytes),
    /// The end of the audio. Without it the body ends with an error, so that no client takes a part for the whole.
    End,
}

/// The audio could not be computed or sent to its end.
#[derive(Debug)]
pub(crate) struct Truncated;

impl Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the speech was cut off")
    }
}

impl std::error::Error for Truncated {}

/// A body of audio that is still being computed.
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
