/**
 * Changes the sample rate of a stream: a windowed sinc whose stop band begins at half of the lower rate, so that no sound
 * folds back (Smith, "Digital Audio Resampling", with a Kaiser window). Output n belongs to the time of input n * from / to.
 */

/** Zero crossings of the sinc on each side. The pass band ends at 0.88 of half of the lower rate. */
const CROSSINGS = 48;

/** The shape of the Kaiser window; 9 is a stop band of -90 dB. */
const BETA = 9;

/** The most filters that are computed. Between two of them the filter is interpolated. */
const MAX_PHASES = 1024;

export class Resampler {
  /** Rates are in Hz, whole numbers. */
  constructor(from, to) {
    this.from = from;
    this.to = to;
    const scale = Math.min(1, to / from);
    this.half = Math.ceil(CROSSINGS / scale);
    this.phases = Math.min(to / divisor(from, to), MAX_PHASES);
    this.filters = from === to ? [] : filters(scale * (1 - 2.9 / CROSSINGS), this.half, this.phases);
    this.reset();
  }

  /** Begins a new stream, which follows silence. */
  reset() {
    this.kept = new Float32Array(this.half - 1);
    this.rest = 0;
  }

  /** The output that `input` completes. It is late by `half` samples of the input. */
  process(input) {
    if (this.from === this.to) return input;
    const { half, from, to, phases } = this;
    const buffer = new Float32Array(this.kept.length + input.length);
    buffer.set(this.kept);
    buffer.set(input, this.kept.length);
    let at = half - 1;
    const count = Math.max(0, Math.ceil(((buffer.length - half - at) * to - this.rest) / from));
    const output = new Float32Array(count);
    for (let n = 0; n < count; n++) {
      const phase = (this.rest * phases) / to;
      const below = Math.floor(phase);
      const first = dot(this.filters[below], buffer, at - half + 1);
      output[n] = phase === below
        ? first
        : first + (phase - below) * (dot(this.filters[below + 1], buffer, at - half + 1) - first);
      this.rest += from;
      at += Math.floor(this.rest / to);
      this.rest %= to;
    }
    this.kept = buffer.slice(at - half + 1);
    return output;
  }

  /** The end of the stream. The next one follows silence. */
  flush() {
    const output = this.from === this.to ? new Float32Array(0) : this.process(new Float32Array(this.half));
    this.reset();
    return output;
  }
}

/** The filters of all phases, from 0 to 1 sample late. Each passes a constant unchanged. */
function filters(cutoff, half, phases) {
  return Array.from({ length: phases + 1 }, (_, phase) => {
    const filter = new Float32Array(2 * half);
    let sum = 0;
    for (let tap = 0; tap < 2 * half; tap++) {
      const time = tap - half + 1 - phase / phases;
      const angle = Math.PI * cutoff * time;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      const window = bessel(BETA * Math.sqrt(Math.max(0, 1 - (time / half) ** 2)));
      sum += filter[tap] = sinc * window;
    }
    return filter.map((weight) => weight / sum);
  });
}

/** The modified Bessel function of the first kind and order 0, by its series. */
function bessel(x) {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}

function dot(filter, buffer, from) {
  let sum = 0;
  for (let tap = 0; tap < filter.length; tap++) sum += filter[tap] * buffer[from + tap];
  return sum;
}

function divisor(a, b) {
  return b === 0 ? a : divisor(b, a % b);
}
