//! One meaning of several hypotheses.

use super::{Hypothesis, Meaning, Reading, Understanding};

/// The weights of hypotheses by their rank. Two lower ones that agree outweigh the best one.
const WEIGHTS: [f32; 10] = [1.0, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.2, 0.2];

/// How much the confidence keeps if the best hypothesis was not understood.
const LOWER: f32 = 0.6;

/// The most alternatives.
const MAX_ALTERNATIVES: usize = 5;

/// A meaning, the sum of the weights of its hypotheses, and its best confidence.
struct Candidate {
    meaning: Meaning,
    votes: f32,
    confidence: f32,
    is_first: bool,
}

/// Decides between the readings of the hypotheses. Each hypothesis votes for its meaning.
pub(super) fn decide(hypotheses: &[Hypothesis], readings: Vec<Reading>) -> Understanding {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut others = Vec::new();
    let mut total = 0.0;
    for (rank, (reading, hypothesis)) in readings.into_iter().zip(hypotheses).enumerate() {
        if reading.meaning == Meaning::NotUnderstood {
            continue;
        }
        let heard = hypothesis
            .confidence
            .filter(|heard| heard.is_finite())
            .map_or(1.0, |heard| heard.clamp(0.0, 1.0));
        let votes = WEIGHTS.get(rank).copied().unwrap_or(0.2) * reading.score.max(0.05);
        total += votes;
        let confidence = heard * reading.score;
        let is_first = rank == 0;
        match candidates.iter_mut().find(|candidate| candidate.meaning == reading.meaning) {
            Some(candidate) => {
                candidate.votes += votes;
                candidate.confidence = candidate.confidence.max(confidence);
            }
            None => candidates.push(Candidate { meaning: reading.meaning, votes, confidence, is_first }),
        }
        others.extend(reading.alternatives);
    }
    candidates.sort_by(|a, b| b.votes.total_cmp(&a.votes));
    let mut candidates = candidates.into_iter();
    let Some(best) = candidates.next() else {
        return Understanding { meaning: Meaning::NotUnderstood, confidence: 0.0, alternatives: Vec::new() };
    };
    // Other meanings take away a part of the doubt that their votes raise.
    let agreement = best.votes / total.max(f32::EPSILON);
    let confidence = best.confidence * (0.4 + 0.6 * agreement) * if best.is_first { 1.0 } else { LOWER };
    let mut alternatives: Vec<Meaning> = Vec::new();
    for meaning in candidates.map(|candidate| candidate.meaning).chain(others) {
        if meaning != best.meaning
            && !alternatives.contains(&meaning)
            && alternatives.len() < MAX_ALTERNATIVES
        {
            alternatives.push(meaning);
        }
    }
    Understanding { meaning: best.meaning, confidence: confidence.clamp(0.0, 1.0), alternatives }
}
