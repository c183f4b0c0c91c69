use std::path::PathBuf;

use super::*;

/// Streamed sound may differ from whole sound by rounding only.
const INAUDIBLE: f32 = 1e-4;

fn model(name: &str) -> PathBuf {
    if let Some(folder) = std::env::var_os("VOICE_TEST_MODELS") {
        return PathBuf::from(folder).join(name);
    }
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/voices").join(name)
}

struct Spelling;

impl Phonemizer for Spelling {
    fn phonemes(&self, text: &str, _voice: &str) -> Result<String> {
        Ok(text.to_owned())
    }
}

fn load(name: &str) -> Arc<Vits> {
    let runtime = Runtime::load(None).unwrap();
    Arc::new(Vits::load(&model(name), &runtime, Some(Arc::new(Spelling))).unwrap())
}

/// The same voice as the file is, without cuts.
fn load_whole(name: &str) -> Arc<Vits> {
    let mut voice = Arc::into_inner(load(name)).unwrap();
    let blueprint = Blueprint::whole(&Runtime::load(None).unwrap(), &model(name));
    let parts = blueprint.build().unwrap();
    voice.shop = Shop::open(blueprint, parts);
    Arc::new(voice)
}

fn quiet() -> Style {
    Style { noise: Some(0.0), ..Style::default() }
}

fn chunks(voice: &Arc<Vits>, ids: &[i64], style: &Style) -> Vec<Vec<f32>> {
    let mut rendering = Arc::clone(voice).render_ids(ids.to_vec(), style, &Canceller::default()).unwrap();
    std::iter::from_fn(|| rendering.next_chunk().unwrap()).collect()
}

fn ids(count: usize) -> Vec<i64> {
    (0..count).map(|at| [1, 0, 15, 0, 22, 0, 31, 0, 40, 0, 3, 0][at % 12]).collect()
}

#[test]
fn explore() {
    for name in std::env::var("VOICE_TEST_NAMES").unwrap().split(',') {
        let started = std::time::Instant::now();
        let voice = load(name);
        println!("{name}: load {:?} split {:?}", started.elapsed(), voice.shop.split());
        let whole = load_whole(name);
        for count in [5, 40, 229] {
            let ids = ids(count);
            let started = std::time::Instant::now();
            let expected = chunks(&whole, &ids, &quiet()).concat();
            let t_whole = started.elapsed();
            let mut rendering =
                Arc::clone(&voice).render_ids(ids.clone(), &quiet(), &Canceller::default()).unwrap();
            let started = std::time::Instant::now();
            let first = rendering.next_chunk().unwrap().unwrap();
            let ttfa = started.elapsed();
            let rest: Vec<_> = std::iter::from_fn(|| rendering.next_chunk().unwrap()).collect();
            let total = started.elapsed();
            let sizes: Vec<_> = rest.iter().map(|c| c.len() / 256).collect();
            let streamed = [first, rest.concat()].concat();
            assert_eq!(streamed.len(), expected.len());
            let worst = streamed.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let loud = expected.iter().fold(0.0f32, |a, b| a.max(b.abs()));
            println!(
                "  {count} ids: {} samples, loud {loud}, worst {worst}, whole {t_whole:?} first {ttfa:?} total {total:?} {sizes:?}",
                expected.len()
            );
        }
    }
}

#[test]
fn loads() {
    let name = std::env::var("VOICE_TEST_NAMES").unwrap();
    let t = std::time::Instant::now();
    let runtime = Runtime::load(None).unwrap();
    println!("runtime {:?}", t.elapsed());
    for _ in 0..5 {
        let t = std::time::Instant::now();
        let voice = Vits::load(&model(&name), &runtime, Some(Arc::new(Spelling))).unwrap();
        let l = t.elapsed();
        let voice = Arc::new(voice);
        let mut best = f64::MAX; let mut first=f64::MAX;
        for _ in 0..4 {
            let mut rendering = Arc::clone(&voice).render_ids(ids(229), &quiet(), &Canceller::default()).unwrap();
            let t = std::time::Instant::now();
            rendering.next_chunk().unwrap().unwrap();
            first = first.min(t.elapsed().as_secs_f64());
            let _rest: Vec<_> = std::iter::from_fn(|| rendering.next_chunk().unwrap()).collect();
            best = best.min(t.elapsed().as_secs_f64());
        }
        println!("load {l:?} first {first:.3} total {best:.3}");
    }
}
