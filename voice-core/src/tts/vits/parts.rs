//! A VITS model cut into programs, and the few copies of them that all sessions share.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::memo::{Memo, Stamp};
use super::split::{self, Split};
use crate::error::{Error, ErrorKind, Result, report};
use crate::tts::onnx::{Graph, Model, Program, Runtime};
use crate::tts::voice::Canceller;

/// What computes one utterance, one step at a time.
pub(super) struct Parts {
    /// Text to the prior, to the latent, or to samples: as far as the model can be cut.
    pub(super) text: Program,
    pub(super) flow: Option<Program>,
    pub(super) decoder: Option<Program>,
}

/// Names of the parts.
const TEXT: &str = "text";
const FLOW: &str = "flow";
const DECODER: &str = "decoder";

/// The file of a voice, and what is known of how to cut it.
pub(super) struct Blueprint {
    runtime: Runtime,
    model: PathBuf,
    /// Of the file that was cut. What lies there later may be another voice.
    stamp: Stamp,
    memo: Option<Memo>,
    split: Option<Split>,
}

impl Blueprint {
    /// Cuts the ONNX file at `model` as far as it can be cut, or finds that it was cut before.
    pub(super) fn draw(runtime: &Runtime, model: &Path) -> Result<(Self, Parts)> {
        let (file, stamp) = open(model)?;
        let mut blueprint =
            Self { runtime: runtime.clone(), model: model.to_owned(), stamp, memo: None, split: None };
        if let Some((memo, split)) = Memo::find(model, stamp) {
            blueprint.split = Some(split);
            if let Ok(parts) = blueprint.remember(&memo) {
                blueprint.memo = Some(memo);
                return Ok((blueprint, parts));
            }
            // Damaged, or of another runtime: it is made anew.
        }
        let bytes = read(file, model)?;
        let graph = Graph::read(&bytes)?;
        blueprint.split = split::find(&graph);
        let draft = blueprint.split.as_ref().and_then(|_| Memo::draft(model, stamp));
        let parts = blueprint.cut_first(&graph, &bytes, draft)?;
        Ok((blueprint, parts))
    }

    /// The first copy of the parts, which `draft` keeps for the next load where it can be written.
    fn cut_first(&mut self, graph: &Graph, bytes: &[u8], draft: Option<Memo>) -> Result<Parts> {
        if let (Some(draft), Some(split)) = (draft, &self.split) {
            match self.cut(graph, bytes, Some(&draft)) {
                Ok(parts) => {
                    self.memo = draft.complete(split);
                    return Ok(parts);
                }
                // The disk may be full.
                Err(error) => tracing::debug!(code = error.code(), "a voice is loaded without a memo"),
            }
        }
        self.cut(graph, bytes, None)
    }

    /// The model as it is.
    #[cfg(test)]
    pub(super) fn whole(runtime: &Runtime, model: &Path) -> Result<Self> {
        let (_, stamp) = open(model)?;
        Ok(Self { runtime: runtime.clone(), model: model.to_owned(), stamp, memo: None, split: None })
    }

    pub(super) fn split(&self) -> Option<&Split> {
        self.split.as_ref()
    }

    /// Makes a copy of the parts, of the same voice as the first one.
    pub(super) fn build(&self) -> Result<Parts> {
        if let Some(memo) = &self.memo
            && let Ok(parts) = self.remember(memo)
        {
            return Ok(parts);
        }
        let (file, stamp) = open(&self.model)?;
        if stamp != self.stamp {
            let message =
                format!("the voice {} has changed since it was loaded; reload it", self.model.display());
            return Err(Error::new(ErrorKind::ModelInvalid, message));
        }
        let bytes = read(file, &self.model)?;
        self.cut(&Graph::read(&bytes)?, &bytes, None)
    }

    /// The parts as an earlier load has left them.
    fn remember(&self, memo: &Memo) -> Result<Parts> {
        let load = |part| Program::load(&self.runtime, Model::Optimized(&memo.path(part)));
        let flow =
            self.split.as_ref().and_then(|split| split.flow.as_ref()).map(|_| load(FLOW)).transpose()?;
        Ok(Parts { text: load(TEXT)?, flow, decoder: Some(load(DECODER)?) })
    }

    /// Cuts the parts out of `graph`, which `bytes` are, and notes them in `memo`.
    fn cut(&self, graph: &Graph, bytes: &[u8], memo: Option<&Memo>) -> Result<Parts> {
        let load = |part, model: &[u8]| {
            let path = memo.map(|memo| memo.path(part));
            Program::load(&self.runtime, Model::New(model, path.as_deref()))
        };
        let [output] = graph.outputs() else { return Err(no_vits()) };
        let Some(split) = &self.split else {
            return Ok(Parts { text: load(TEXT, bytes)?, flow: None, decoder: None });
        };
        let mut given = vec![&*split.latent];
        given.extend(split.speaker.iter().map(String::as_str));
        let decoder = load(DECODER, &graph.extract(&given, &[output.name]))?;
        let Some(flow) = &split.flow else {
            return Ok(Parts {
                text: load(TEXT, &graph.extract(&[], &given))?,
                flow: None,
                decoder: Some(decoder),
            });
        };
        let mut between = vec![&*flow.prior];
        between.extend(flow.others.iter().map(String::as_str));
        let flow_part = load(FLOW, &graph.extract(&between, &[&split.latent]))?;
        // The speaker may be among what the flow needs already.
        let further = split.speaker.iter().filter(|name| !flow.others.contains(name));
        between.extend(further.map(String::as_str));
        let text = load(TEXT, &graph.extract(&[], &between))?;
        Ok(Parts { text, flow: Some(flow_part), decoder: Some(decoder) })
    }
}

fn open(model: &Path) -> Result<(File, Stamp)> {
    let open = || {
        let file = File::open(model)?;
        let stamp = Stamp::of(&file.metadata()?);
        Ok((file, stamp))
    };
    open().map_err(|error| unreadable(model, error))
}

fn read(mut file: File, model: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| unreadable(model, error))?;
    Ok(bytes)
}

fn unreadable(model: &Path, error: io::Error) -> Error {
    let (kind, hint) = match error.kind() {
        io::ErrorKind::NotFound => (ErrorKind::ModelNotFound, "is not there; check the path"),
        _ => (ErrorKind::ModelUnreadable, "cannot be read; check its permissions"),
    };
    Error::new(kind, format!("the voice {} {hint}", model.display())).with_source(error)
}

pub(super) fn no_vits() -> Error {
    Error::new(ErrorKind::ModelInvalid, "the model is not a VITS voice; choose another file")
}

/// How long a chunk may wait for its turn. Chunks take some milliseconds, and clauses at once some seconds.
const DEADLINE: Duration = Duration::from_secs(20);

/// How soon a cancel is noticed by whoever waits.
const TICK: Duration = Duration::from_millis(20);

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
    /// Who waits, the most urgent first; the number tells apart what is due at once.
    waiting: BTreeSet<(Instant, u64)>,
    numbers: u64,
}

impl Shop {
    /// Opens with the first copy.
    pub(super) fn open(blueprint: Blueprint, first: Parts) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let stock = Stock { idle: vec![first], to_make: cores - 1, waiting: BTreeSet::new(), numbers: 0 };
        Self { blueprint, stock: Mutex::new(stock), returned: Condvar::new() }
    }

    /// How the model is cut; nothing if it is not.
    pub(super) fn split(&self) -> Option<&Split> {
        self.blueprint.split()
    }

    /// Lends parts to `work`. Where all are at work it waits, until a cancel; those whose sound runs out soonest,
    /// at `due`, come first.
    pub(super) fn lend<T>(
        &self,
        cancel: &Canceller,
        due: Instant,
        work: impl FnOnce(&mut Parts) -> Result<T>,
    ) -> Result<T> {
        let mut loan = Loan { shop: self, parts: Some(self.take(cancel, due)?) };
        loan.parts.as_mut().map_or_else(|| Err(no_vits()), work)
    }

    fn take(&self, cancel: &Canceller, due: Instant) -> Result<Parts> {
        let mut stock = self.lock();
        if stock.idle.is_empty() && stock.to_make > 0 {
            stock.to_make -= 1;
            drop(stock);
            match self.blueprint.build() {
                Ok(parts) => return Ok(parts),
                Err(error) => {
                    tracing::warn!(code = error.code(), "a voice does with fewer copies: {}", report(&error));
                }
            }
            stock = self.lock();
            // The file has changed, or memory is short: it would fail again.
            stock.to_make = 0;
        }
        stock.numbers += 1;
        let me = (due, stock.numbers);
        stock.waiting.insert(me);
        let until = due.max(Instant::now()) + DEADLINE;
        let taken = loop {
            if stock.waiting.first() == Some(&me)
                && let Some(parts) = stock.idle.pop()
            {
                break Ok(parts);
            }
            if cancel.is_cancelled() {
                break Err(Error::new(ErrorKind::Cancelled, "the clause was cancelled"));
            }
            if Instant::now() >= until {
                let message =
                    format!("the voice was at work for others for {DEADLINE:?}; ask it for less at once");
                break Err(Error::new(ErrorKind::Overloaded, message));
            }
            let waited = self.returned.wait_timeout(stock, TICK);
            stock = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        stock.waiting.remove(&me);
        if !stock.idle.is_empty() {
            self.returned.notify_all();
        }
        taken
    }

    fn lock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Parts that come back even if the work with them panics.
struct Loan<'a> {
    shop: &'a Shop,
    parts: Option<Parts>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.shop.lock().idle.extend(self.parts.take());
        // Only one of them is the first.
        self.shop.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Copy;
    use super::*;

    fn shop(copy: &Copy) -> Shop {
        let (blueprint, first) = Blueprint::draw(&Runtime::load(None).unwrap(), &copy.path()).unwrap();
        Shop::open(blueprint, first)
    }

    #[test]
    fn copies_are_of_the_voice_that_was_loaded_or_there_are_fewer() {
        let copy = Copy::new("tiny-piper");
        let shop = shop(&copy);
        shop.lock().to_make = 1;
        shop.blueprint.build().unwrap();
        std::fs::remove_dir_all(copy.path().with_file_name(".libvoice")).unwrap();
        std::fs::copy(Copy::new("tiny-generic").path(), copy.path()).unwrap();
        assert_eq!(shop.blueprint.build().err().unwrap().kind(), ErrorKind::ModelInvalid);
        let cancel = Canceller::default();
        let (lent, is_lent) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                shop.lend(&Canceller::default(), Instant::now(), |_| {
                    lent.send(()).unwrap();
                    // Until somebody else has tried to make a copy.
                    while shop.lock().to_make > 0 {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    Ok(())
                })
                .unwrap();
            });
            is_lent.recv().unwrap();
            shop.lend(&cancel, Instant::now(), |_| Ok(())).unwrap();
        });
        assert_eq!(shop.lock().idle.len(), 1);
    }

    #[test]
    fn whoever_waits_for_parts_can_be_cancelled() {
        let shop = shop(&Copy::new("tiny-piper"));
        shop.lock().to_make = 0;
        let cancel = Canceller::default();
        let other = cancel.clone();
        let outcome = shop.lend(&Canceller::default(), Instant::now(), |_| {
            std::thread::spawn(move || other.cancel());
            shop.lend(&cancel, Instant::now(), |_| Ok(()))
        });
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Cancelled);
    }

    #[test]
    fn whose_sound_runs_out_first_is_served_first() {
        let shop = shop(&Copy::new("tiny-piper"));
        shop.lock().to_make = 0;
        let (now, served) = (Instant::now(), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            let serve = |ahead: u64| {
                shop.lend(&Canceller::default(), now + Duration::from_secs(ahead), |_| {
                    served.lock().unwrap().push(ahead);
                    Ok(())
                })
                .unwrap();
            };
            shop.lend(&Canceller::default(), now, |_| {
                for (waiting, ahead) in [9, 0, 5].into_iter().enumerate() {
                    scope.spawn(move || serve(ahead));
                    while shop.lock().waiting.len() <= waiting {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                Ok(())
            })
            .unwrap();
        });
        assert_eq!(served.into_inner().unwrap(), [0, 5, 9]);
        assert!(shop.lock().waiting.is_empty());
    }

    #[test]
    fn a_memo_that_cannot_be_written_does_not_keep_a_voice_from_loading() {
        let copy = Copy::new("tiny-piper");
        let (mut blueprint, _) = Blueprint::draw(&Runtime::load(None).unwrap(), &copy.path()).unwrap();
        blueprint.memo = None;
        let bytes = std::fs::read(copy.path()).unwrap();
        let graph = Graph::read(&bytes).unwrap();
        let draft = || {
            let draft = Memo::draft(&copy.path(), blueprint.stamp).unwrap();
            std::fs::remove_dir_all(draft.path(TEXT).parent().unwrap()).unwrap();
            draft
        };
        let (draft, other) = (draft(), draft());
        assert_ne!(draft.path(TEXT), other.path(TEXT), "two may be drawn at once");
        assert!(blueprint.cut(&graph, &bytes, Some(&draft)).is_err());
        blueprint.cut_first(&graph, &bytes, Some(draft)).unwrap();
        assert!(blueprint.memo.is_none());
    }
}
