//! The metrics of the store of interviews.

use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use super::labels::Labels;
use crate::store::Operation;

/// The metrics of the store. Clones count together.
#[derive(Clone)]
pub(crate) struct StoreMetrics {
    operations: Family<Labels<1>, Histogram, fn() -> Histogram>,
}

impl StoreMetrics {
    pub(crate) fn new() -> Self {
        // 0.5 ms to 8 s.
        Self {
            operations: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.000_5, 2.0, 15))
            }),
        }
    }

    pub(super) fn register(&self, to: &mut Registry) {
        to.register_with_unit(
            "store_operation",
            "Operations of the store of interviews",
            Unit::Seconds,
            self.operations.clone(),
        );
    }

    pub(crate) fn took(&self, operation: Operation, time: Duration) {
        self.operations.get_or_create(&Labels([("operation", operation.name())])).observe(time.as_secs_f64());
    }
}
