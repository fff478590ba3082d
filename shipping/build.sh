#!/bin/sh
# Builds the two programs into a folder: build.sh OUT. The Dockerfile runs this, and so can you.
# Needs Rust (rust-toolchain.toml says which), a C++ compiler and cmake.
set -eu
out=${1:?"usage: shipping/build.sh OUT"}
cd "$(dirname "$0")/.."
cargo build --release --locked --package cli --package server --bins
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$out/bin" "$out/completions"
install -m 755 "$target/release/zvonar" "$target/release/zvonar-server" "$out/bin/"
install -m 755 shipping/entrypoint.sh "$out/bin/zvonar-entrypoint"
for shell in bash zsh fish; do
    "$out/bin/zvonar" completions "$shell" > "$out/completions/zvonar.$shell"
done
