#!/usr/bin/env python3
"""libvoice beside piper-tts, sherpa-onnx and streaming-vits, on one VITS voice in Piper's format.

Each round starts a fresh process per engine, in turns, so that noise from elsewhere meets them all and memory is
each engine's own. Prints one JSON line per engine, way in (raw phoneme ids, or text) and number of threads:
seconds of loading, until the first audio, in all, and of CPU for the last two; real-time factor; peak memory. Each is [least, median].
"""

import argparse
import concurrent.futures
import importlib.util
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# And the packages that they need.
ENGINES = {"libvoice": None, "piper": "piper", "sherpa": "sherpa_onnx", "streaming": "streaming_vits"}
LIBVOICE = HERE.parent.parent / "target" / "release" / "voice-bench-speech"
PAD, BEGIN, END = "_", "^", "$"
MEASURES = ("load_s", "first_audio_s", "total_s", "first_audio_cpu_s", "cpu_s", "real_time_factor", "peak_mib")


class BenchError(Exception):
    """One line that says what is wrong and what to do."""


class Piper:
    """piper-tts with as many threads as asked for; by itself it takes all cores."""

    def __init__(self, options):
        import piper
        import piper.voice

        runtime = piper.voice.onnxruntime
        plain = runtime.SessionOptions

        def limited():
            session = plain()
            session.intra_op_num_threads = options.threads
            return session

        runtime.SessionOptions = limited
        self.voice = piper.PiperVoice.load(options.model)
        # Normalized by its own peak, a sentence could not be compared with anyone else's.
        self.how = piper.SynthesisConfig(
            normalize_audio=False, noise_scale=options.noise, noise_w_scale=options.noise_w)
        self.rate = self.voice.config.sample_rate

    def from_ids(self, ids):
        yield len(self.voice.phoneme_ids_to_audio(ids, self.how))

    def from_text(self, text):
        for chunk in self.voice.synthesize(text, self.how):
            yield len(chunk.audio_float_array)


class Sherpa:
    """sherpa-onnx; since 2.0 it makes no phonemes of its own and has no way in for text."""

    from_text = None

    def __init__(self, options):
        import sherpa_onnx

        self.library = sherpa_onnx
        vits = sherpa_onnx.OfflineTtsVitsModelConfig(
            model=options.model, tokens=options.tokens, noise_scale=options.noise, noise_scale_w=options.noise_w)
        model = sherpa_onnx.OfflineTtsModelConfig(vits=vits, num_threads=options.threads)
        self.voice = sherpa_onnx.OfflineTts(sherpa_onnx.OfflineTtsConfig(model=model, silence_scale=1.0))
        self.rate = self.voice.sample_rate
        self.symbols = {number: symbol for symbol, number in phoneme_ids(options.config).items()}

    def from_ids(self, ids):
        # It takes code points, and adds the pads, the begin and the end itself.
        symbols = (self.symbols[number] for number in ids)
        how = self.library.GenerationConfig()
        how.phoneme_codepoints = [[ord(symbol) for symbol in symbols if symbol not in (PAD, BEGIN, END)]]
        how.silence_scale = 1.0
        pieces = []

        def heard(samples, _progress):
            pieces.append((time.perf_counter(), len(samples)))
            return 1

        audio = self.voice.generate("", how, heard)
        self.first_audio = pieces[0][0] if pieces else None
        yield len(audio.samples)


class Streaming:
    """streaming-vits with its default schedule of chunks."""

    from_text = None

    def __init__(self, options):
        import numpy
        import streaming_vits

        self.numpy = numpy
        self.voice = streaming_vits.StreamingTTS(
            options.model, config_path=options.config, threads=options.threads, verbose=False, cache=options.cache)
        self.scales = self.voice.scales(noise=options.noise, noise_w=options.noise_w)
        self.rate = self.voice.sample_rate

    def from_ids(self, ids):
        # Its way in is text; these are the ids that it would make of it.
        self.voice.phoneme_ids = lambda _text: (self.numpy.array([ids], dtype=self.numpy.int64), 0)
        for chunk in self.voice.stream("", scales=self.scales):
            yield len(chunk.audio)


def phoneme_ids(config):
    """Symbol to id, of those symbols that are one code point and one id."""
    found = json.loads(pathlib.Path(config).read_text(encoding="utf-8"))["phoneme_id_map"]
    return {symbol: ids[0] for symbol, ids in found.items() if len(symbol) == len(ids) == 1}


def speak(engine, way, said):
    """One utterance: seconds until the first audio and in all, CPU of both, and the samples."""
    engine.first_audio = None
    start, start_cpu = time.perf_counter(), time.process_time()
    first, first_cpu, samples = None, None, 0
    for count in way(said):
        first = first or engine.first_audio or time.perf_counter()
        first_cpu = first_cpu or time.process_time()
        samples += count
    total, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    if samples == 0:
        raise BenchError("the engine gave no audio; its message is above")
    return {"samples": samples, "first_audio_s": first - start, "total_s": total,
            "first_audio_cpu_s": first_cpu - start_cpu, "cpu_s": cpu}


def measure(options):
    """In a process of its own: load, speak once to warm up, then `runs` times by each way in."""
    start = time.perf_counter()
    engine = {"piper": Piper, "sherpa": Sherpa, "streaming": Streaming}[options.child](options)
    load = time.perf_counter() - start
    sentence = json.loads(options.sentence.read_text(encoding="utf-8"))
    speak(engine, engine.from_ids, sentence["ids"])
    for way, said in (("ids", sentence["ids"]), ("text", sentence["text"])):
        call = getattr(engine, f"from_{way}")
        for _ in range(options.runs if call else 0):
            spoken = speak(engine, call, said)
            print(json.dumps({
                "way": way, "load_s": load, **spoken,
                "real_time_factor": spoken["total_s"] * engine.rate / spoken["samples"],
                # Linux counts in KiB. Python and the runtime are part of what one must have.
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
    if options.sessions:
        print(json.dumps(many(engine, sentence["ids"], options.sessions)))


def many(engine, ids, count):
    """`count` threads at once on one loaded voice, each saying the sentence three times."""
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        start = time.perf_counter()
        samples = sum(threads.map(lambda _: sum(sum(engine.from_ids(ids)) for _ in range(3)), range(count)))
        seconds = time.perf_counter() - start
    return {"way": "sessions", "sessions": count, "audio_s_per_s": samples / engine.rate / seconds}


def for_sherpa(model, config, folder):
    """A copy of the voice with the metadata that sherpa-onnx reads, and its list of symbols."""
    import onnx

    settings = json.loads(pathlib.Path(config).read_text(encoding="utf-8"))
    graph = onnx.load(model)
    onnx.helper.set_model_props(graph, {
        "model_type": "vits", "comment": "piper", "language": settings["language"]["code"],
        "voice": settings["espeak"]["voice"], "has_espeak": "1",
        "sample_rate": str(settings["audio"]["sample_rate"]), "n_speakers": str(settings["num_speakers"])})
    onnx.save(graph, folder / "voice.onnx")
    lines = (f"{symbol} {number}\n" for symbol, number in phoneme_ids(config).items())
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")
    return folder / "voice.onnx", folder / "tokens.txt"


def child(engine, options, model, tokens, cache):
    """Run one engine in a fresh process and return its utterances."""
    command = [
        LIBVOICE, str(model), "--sentence", str(options.sentence), "--runs", str(options.runs),
        "--sessions", str(options.sessions)] if engine == "libvoice" else [
        sys.executable, __file__, str(model), "--child", engine, "--tokens", str(tokens), "--cache", str(cache),
        "--config", str(options.config), "--sentence", str(options.sentence), "--threads", str(options.threads),
        "--runs", str(options.runs), "--sessions", str(options.sessions), "--noise", str(options.noise),
        "--noise-w", str(options.noise_w)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=600)
    if done.returncode != 0:
        raise BenchError(f"{engine} failed with status {done.returncode}; see its message above")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def report(engine, options, found):
    """One JSON line per way in."""
    for way in ("ids", "text", "whole"):
        rows = [row for row in found if row["way"] == way]
        if not rows:
            continue
        line = {"engine": engine, "way": way, "threads": options.threads, "samples": rows[0]["samples"]}
        for name in MEASURES:
            values = [row[name] for row in rows]
            line[name] = [round(min(values), 4), round(statistics.median(values), 4)]
        print(json.dumps(line), flush=True)


def compare(options):
    """All rounds of all engines, in turns."""
    if "libvoice" in options.engines and (options.noise or options.noise_w or options.threads > 1):
        raise BenchError("libvoice is compared without noise and on one thread a session")
    for package in filter(None, ("onnx", *(ENGINES[engine] for engine in options.engines))):
        if importlib.util.find_spec(package) is None:
            raise BenchError(f"{package} is missing; run pip install -r {HERE / 'tts-requirements.txt'}")
    found = {engine: [] for engine in options.engines}
    with tempfile.TemporaryDirectory() as folder:
        model, tokens = options.model, ""
        if "sherpa" in found:
            model, tokens = for_sherpa(options.model, options.config, pathlib.Path(folder))
        for turn in range(options.rounds):
            for engine in options.engines[::1 if turn % 2 == 0 else -1]:
                own = model if engine == "sherpa" else options.model
                found[engine] += child(engine, options, own, tokens, folder)
    for engine, rows in found.items():
        report(engine, options, rows)
        for row in rows:
            if row["way"] == "sessions":
                print(json.dumps({"engine": engine, **row}), flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help="the .onnx file of a voice; MODEL.json lies beside it")
    parser.add_argument("--engines", type=lambda names: names.split(","), default=list(ENGINES),
                        help=",".join(ENGINES))
    parser.add_argument("--threads", type=int, choices=(1, 2), default=1)
    parser.add_argument("--rounds", type=int, default=3, help="fresh processes per engine")
    parser.add_argument("--runs", type=int, default=3, help="utterances per process and way in")
    parser.add_argument("--sentence", type=pathlib.Path, default=HERE / "sentence.json", help="text and ids")
    parser.add_argument("--sessions", type=int, default=4, help="for the line on many at once; 0 for none")
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--noise-w", type=float, default=0.0, help="0: every utterance has the same length")
    parser.add_argument("--config", help="default MODEL.json")
    parser.add_argument("--child", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--tokens", help=argparse.SUPPRESS)
    parser.add_argument("--cache", help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.engines) - set(ENGINES)
    if unknown:
        parser.error(f"no such engine: {', '.join(sorted(unknown))}; there are {', '.join(ENGINES)}")
    options.config = options.config or f"{options.model}.json"
    return options


if __name__ == "__main__":
    try:
        given = arguments()
        measure(given) if given.child else compare(given)
    except BenchError as error:
        sys.exit(f"benches: {error}")
    except OSError as error:
        sys.exit(f"benches: {error.strerror}: {error.filename}; check the path")
    except subprocess.TimeoutExpired as error:
        sys.exit(f"benches: {error.cmd[0]} took longer than {error.timeout} s; give fewer runs")
