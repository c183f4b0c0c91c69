# run:    set up everything and serve on port 2700 with the shipped model
# test:   set up everything and run all checks: lint, documentation, header, all tests
# bench:  compare with the Python server in one run (see docs/benchmarks.md)
# fuzz:   search for inputs that break a parser, FUZZ_SECONDS per target (see fuzz/README.md)
# soak:   run sessions for SOAK_SECONDS and fail if the server's memory grows
# header: regenerate include/voice.h
# deny:   check licences, bans, sources and advisories of all crates, fuzz targets included (builds cargo-deny first, once)
# sbom:   write the bills of materials into target/sbom
# models: train models/ar-commands again (about 75 minutes on two cores; needs the recordings)
# install: install libvoice for C programs below PREFIX (and DESTDIR); OPTIONS are passed to cargo build
# uninstall: remove the files that install has written
# install-server: the same for voice-server, with its models, manual pages and completions for shells
# uninstall-server: remove the files that install-server has written
# size:   print the size of libvoice with each set of engines
# package: build the crates as a registry would receive them

.PHONY: run test lint doc package native fuzz soak header install uninstall install-server uninstall-server size bench deny sbom models clean

export RUST_BACKTRACE ?= 0

# The folder of cargo's build output.
TARGET := $(or $(CARGO_TARGET_DIR),target)

# A voice that needs no download.
run: export VOICE_TTS_VOICES ?= ar=espeak,en=espeak
run: native
	cargo run --release --package voice-server

test: native lint doc package
	@scripts/tools.sh tests
	@scripts/published_models.py
	@scripts/clients.py
	@scripts/typescript.py
	cargo test --workspace
	cargo test --workspace --exclude voice-bench --no-default-features
	cargo test --package voice-core --lib --features vosk-linked -- stt::engines::vosk
	cargo build --package voice-server --package voice-bench
	$(TARGET)/debug/voice-soak --seconds 60 --program $(TARGET)/debug/voice-server
	FUZZ_JOBS=3 scripts/fuzz.sh all 40

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	scripts/fuzz.sh lint

doc: export RUSTDOCFLAGS = -D warnings
doc:
	cargo doc --workspace --no-deps --quiet

# Pack the crates for a registry, and compile the packages.
package:
	scripts/package.sh

native:
	@scripts/tools.sh
	@python3 scripts/native.py

FUZZ_SECONDS ?= 600
fuzz: native
	scripts/fuzz.sh all $(FUZZ_SECONDS)

SOAK_SECONDS ?= 1800
soak: native
	cargo build --release --package voice-server --package voice-bench
	$(TARGET)/release/voice-soak --seconds $(SOAK_SECONDS)

header: native
	VOICE_WRITE_HEADER=1 cargo test --package voice-ffi --test all header::

install: native
	scripts/install.sh $(OPTIONS)

uninstall:
	@scripts/install.sh --uninstall

install-server: native
	scripts/install-server.sh $(OPTIONS)

uninstall-server:
	@scripts/install-server.sh --uninstall

size: native
	scripts/size.sh

bench: native
	cargo build --release --package voice-server --package voice-bench
	python3 benches/peer/setup.py
	$(TARGET)/release/voice-bench

deny:
	@scripts/supply-chain.sh

sbom:
	python3 scripts/sbom.py --package voice-server --output target/sbom/voice-server.cdx.json
	python3 scripts/sbom.py --package voice-ffi --output target/sbom/libvoice.cdx.json

models:
	models/ar-commands/recipe/run.sh

clean:
	cargo clean
	rm -rf native
