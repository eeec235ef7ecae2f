# Sourced by all that compiles for wasm, so that one set of flags, and one compilation, serves every step:
# the package, its tests and clippy. Why each is there: ARCHITECTURE.md, "Building".
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS='-C target-feature=+simd128 -Zlocation-detail=none -Zfmt-debug=none -Zunstable-options -Cpanic=immediate-abort'
WASM_PROFILE=${WASM_PROFILE:-wasm}
WASM_FLAGS=(--locked --profile "$WASM_PROFILE" --target wasm32-unknown-unknown -Z build-std=std,panic_abort,test -Z build-std-features=optimize_for_size -Z panic-abort-tests)

# cargo names a wasm cdylib without its hash: two feature sets in one folder would overwrite each other unseen.
wasm_tier() {
  WASM_PACKAGE=nearhand
  case $1 in
    lite) WASM_TARGET=target/lite WASM_FLAGS+=(--target-dir target/lite --no-default-features --features shop) ;;
    full) WASM_TARGET=target WASM_FLAGS+=(--target-dir target) ;;
    # The full tier with tract-onnx beside it, for graphs that ours does not take. It draws no random number, so that it asks
    # JavaScript for nothing that the full tier does not: one glue serves both (tools/package.mjs).
    tract)
      WASM_TARGET=target/tract WASM_FLAGS+=(--target-dir target/tract --features tract)
      RUSTFLAGS+=' --cfg getrandom_backend="unsupported"'
      ;;
    # The engine without a shop around it, of the same compiled crates as the full tier.
    onnx) WASM_TARGET=target WASM_FLAGS+=(--target-dir target) WASM_PACKAGE=nearhand-onnx-wasm ;;
    # The search box alone. Of the crate it has `suggest` and nothing of the shop; what both need is compiled as for lite.
    suggest) WASM_TARGET=target/lite WASM_FLAGS+=(--target-dir target/lite) WASM_PACKAGE=nearhand-suggest-wasm ;;
    # Completions: the engine and a tokenizer, without a shop; the engine is compiled as for the full tier.
    # Its stack is a quarter of what is usual: nothing nests deeper than a few levels, and 17 KB are the most that was seen.
    complete)
      WASM_TARGET=target WASM_FLAGS+=(--target-dir target) WASM_PACKAGE=nearhand-complete-wasm
      LINK_FLAGS+=(-C link-arg=-zstack-size=262144)
      ;;
    # Transactions judged: trees and tabular graphs of the engine, windows, no shop. What it shares with lite is compiled as for lite.
    assess) WASM_TARGET=target/lite WASM_FLAGS+=(--target-dir target/lite) WASM_PACKAGE=nearhand-assess-wasm ;;
    # The monitor alone: no engine, no shop.
    monitor) WASM_TARGET=target/lite WASM_FLAGS+=(--target-dir target/lite) WASM_PACKAGE=nearhand-monitor-wasm ;;
    *) echo "no tier $1; there are lite, full, tract, onnx, suggest, complete, assess and monitor" >&2; return 2 ;;
  esac
  # Addresses are left as they are written, a fiftieth smaller. tract is built as it was measured.
  [ "$1" = tract ] || RUSTFLAGS+=' -Cllvm-args=-disable-lsr'
}

# For the final link of a module: its constructors are an export, which tools/glue.mjs calls once.
LINK_FLAGS=(-- -C link-arg=--export=__wasm_call_ctors)
