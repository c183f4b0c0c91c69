//! A VITS model cut into programs, and the few copies of them that all sessions share.

use std::sync::{Condvar, Mutex, PoisonError};

use super::split::{self, Split};
use crate::error::{Error, ErrorKind, Result};
use crate::tts::onnx::{Graph, Program, Runtime};

/// What computes one utterance, one step at a time.
pub(super) struct Parts {
    /// Text to the prior, to the latent, or to samples: as far as the model can be cut.
    pub(super) text: Program,
    pub(super) flow: Option<Program>,
    pub(super) decoder: Option<Program>,
}

/// The models of which parts are made.
pub(super) struct Blueprint {
    runtime: Runtime,
    text: Vec<u8>,
    flow: Option<Vec<u8>>,
    decoder: Option<Vec<u8>>,
}

impl Blueprint {
    /// Cuts the ONNX file that `model` is, as far as it can be cut.
    pub(super) fn draw(runtime: Runtime, model: &[u8]) -> Result<(Self, Option<Split>)> {
        let graph = Graph::read(model)?;
        let Some(split) = split::find(&graph) else {
            return Ok((Self::whole(runtime, model), None));
        };
        let [output] = graph.outputs() else { return Err(no_vits()) };
        let mut given = vec![&*split.latent];
        given.extend(split.speaker.iter().map(String::as_str));
        let decoder = graph.extract(&given, &[output.name]);
        let (text, flow) = match &split.flow {
            None => (graph.extract(&[], &given), None),
            Some(flow) => {
                let mut between = vec![&*flow.prior];
                between.extend(flow.others.iter().map(String::as_str));
                let model = graph.extract(&between, &[&split.latent]);
                between.extend(
                    split
                        .speaker
                        .iter()
                        .map(String::as_str)
                        .filter(|name| !flow.others.iter().any(|other| other == name)),
                );
                (graph.extract(&[], &between), Some(model))
            }
        };
        Ok((Self { runtime, text, flow, decoder: Some(decoder) }, Some(split)))
    }

    /// The model as it is.
    pub(super) fn whole(runtime: Runtime, model: &[u8]) -> Self {
        Self { runtime, text: model.to_vec(), flow: None, decoder: None }
    }

    fn build(&self) -> Result<Parts> {
        let load = |model: &Vec<u8>| Program::load(&self.runtime, model);
        Ok(Parts {
            text: load(&self.text)?,
            flow: self.flow.as_ref().map(load).transpose()?,
            decoder: self.decoder.as_ref().map(load).transpose()?,
        })
    }
}

pub(super) fn no_vits() -> Error {
    Error::new(ErrorKind::ModelInvalid, "the model is not a VITS voice; choose another file")
}

/// Copies of the parts, at most one for each core: more could not compute at once anyway, and each holds
/// the weights. A session borrows one for a chunk at a time, so its own memory is only what it is rendering.
pub(super) struct Shop {
    blueprint: Blueprint,
    stock: Mutex<Stock>,
    returned: Condvar,
}

struct Stock {
    idle: Vec<Parts>,
    /// Copies that may still be made.
    to_make: usize,
}

impl Shop {
    /// Makes the first copy.
    pub(super) fn open(blueprint: Blueprint) -> Result<Self> {
        let first = blueprint.build()?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let stock = Stock { idle: vec![first], to_make: cores - 1 };
        Ok(Self { blueprint, stock: Mutex::new(stock), returned: Condvar::new() })
    }

    /// Lends parts to `work`. Waits for its turn where all are at work.
    pub(super) fn lend<T>(&self, work: impl FnOnce(&mut Parts) -> Result<T>) -> Result<T> {
        let mut parts = self.take()?;
        let outcome = work(&mut parts);
        self.lock().idle.push(parts);
        self.returned.notify_one();
        outcome
    }

    fn take(&self) -> Result<Parts> {
        let mut stock = self.lock();
        loop {
            if let Some(parts) = stock.idle.pop() {
                return Ok(parts);
            }
            if stock.to_make > 0 {
                stock.to_make -= 1;
                drop(stock);
                return self.blueprint.build().inspect_err(|_| {
                    self.lock().to_make += 1;
                    self.returned.notify_one();
                });
            }
            stock = self.returned.wait(stock).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
