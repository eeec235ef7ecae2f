# Sourced by all that compiles for wasm, so that one set of flags, and one compilation of tract, serves every step:
# the package, its tests and clippy. Why each is there: ARCHITECTURE.md, "Building".
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS='-C target-feature=+simd128 -Zlocation-detail=none -Zfmt-debug=none -Zunstable-options -Cpanic=immediate-abort'
WASM_PROFILE=${WASM_PROFILE:-wasm}
WASM_FLAGS=(--locked --profile "$WASM_PROFILE" --target wasm32-unknown-unknown -Z build-std=std,panic_abort,test -Z build-std-features=optimize_for_size -Z panic-abort-tests)

# cargo names a wasm cdylib without its hash: two feature sets in one folder would overwrite each other unseen.
wasm_tier() {
  case $1 in
    lite) WASM_TARGET=target/lite WASM_FLAGS+=(--target-dir target/lite --no-default-features) ;;
    full) WASM_TARGET=target WASM_FLAGS+=(--target-dir target) ;;
    # The full tier with all of tract's operators, in the full tier's place.
    all) WASM_TARGET=target WASM_FLAGS+=(--target-dir target --features all-ops) ;;
    *) echo "no tier $1; there are lite, full and all" >&2; return 2 ;;
  esac
}

# For the final link of a module: its constructors are an export, which tools/glue.mjs calls once.
LINK_FLAGS=(-- -C link-arg=--export=__wasm_call_ctors)
