# run:    set everything up and serve on port 2700 with the model that ships with the project
# test:   set everything up and pass every check: lint, documentation, header, all tests
# bench:  compare with the Python server in one run (see docs/benchmarks.md)
# header: write include/voice.h anew
# deny:   check licences, bans, sources and advisories of all crates (builds cargo-deny first, once)
# sbom:   write the bill of materials into target/sbom
# models: train models/ar-commands anew (an hour on two cores; needs the recordings)

.PHONY: run test lint doc native header bench deny sbom models clean

export RUST_BACKTRACE ?= 0

run: native
	cargo run --release --package voice-server

test: native lint doc
	cargo test --workspace
	cargo test --workspace --exclude voice-bench --no-default-features

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

doc: export RUSTDOCFLAGS = -D warnings
doc:
	cargo doc --workspace --no-deps --quiet

native:
	@scripts/tools.sh
	@python3 scripts/native.py

header: native
	VOICE_WRITE_HEADER=1 cargo test --package voice-ffi --test all header::

bench: native
	cargo build --release --package voice-server --package voice-bench
	python3 benches/peer/setup.py
	target/release/voice-bench

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
