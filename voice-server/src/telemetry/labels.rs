//! The labels of metrics.

use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};

/// Names and values of a series. Both are constants of the server, so there are few.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Labels<const N: usize>(pub(super) [(&'static str, &'static str); N]);

impl<const N: usize> EncodeLabelSet for Labels<N> {
    fn encode(&self, encoder: &mut LabelSetEncoder) -> std::fmt::Result {
        self.0.encode(encoder)
    }
}
