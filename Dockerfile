# syntax=docker/dockerfile:1
#
#   docker build -t voice-server .
#   docker run --rm --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -p 2700:2700 voice-server
#
# BAKED_MODELS names models to include in the image, for instances without a disk:
#   docker build -t voice-server --build-arg BAKED_MODELS="vosk-model-ar-mgb2-0.4" .

ARG RUST=1.95
ARG DEBIAN=bookworm

FROM rust:${RUST}-slim-${DEBIAN} AS build
WORKDIR /src
# The steps of `make native`, in layers that stay cached when the source changes.
COPY scripts/tools.sh scripts/native.py scripts/symbolic.py scripts/wheels.py scripts/
RUN scripts/tools.sh && python3 scripts/native.py
COPY . .
RUN cargo build --release --locked --package voice-server \
 && install -D -t /install/bin target/release/voice-server \
 && install -D -m 644 -t /install/lib native/lib/libvosk.so native/lib/libonnxruntime.so \
 && install -d /install/share/voice/models \
 && cp -R models/manifest.toml models/ar-commands /install/share/voice/models/ \
 && install -D -m 644 -t /install/share/doc/voice LICENSE

FROM debian:${DEBIAN}-slim AS run
# espeak-ng is loaded at run time, never linked. libvosk needs libstdc++. Versions are those of the Debian release.
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends espeak-ng libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 1000 voice-server \
 && useradd --uid 1000 --gid voice-server --no-create-home --home-dir /data --shell /usr/sbin/nologin voice-server \
 && install -d -o voice-server -g voice-server /data
COPY --from=build /install /usr/local

# A separate stage. Without BAKED_MODELS its folder stays empty.
FROM run AS models
ARG BAKED_MODELS=""
# hadolint ignore=SC2086
RUN mkdir /models && for model in ${BAKED_MODELS}; do voice-server models pull "$model" --dir /models || exit 1; done

FROM run
COPY --from=models /models /models
USER 1000:1000
ENV VOICE_MODELS_DIR=/data/models \
    TTS_HOME=/data/tts_cache \
    VOICE_STORE_PATH=/data/interviews/interviews.sqlite \
    PORT=2700
EXPOSE 2700
# The program checks itself, because the image contains no curl or other tool for it.
HEALTHCHECK --interval=30s --timeout=6s --start-period=10m --retries=3 \
    CMD ["voice-server", "doctor", "--health", "--timeout", "5"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["voice-server"]
CMD ["serve"]
