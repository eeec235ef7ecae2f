# Sourced by build.sh: what CI runs, the quick checks first. Stops at the first failure.
# What runs the command line takes it from there.
export NEARHAND="$PWD/target/ci/nearhand"
step setup tools/setup.sh
step fmt cargo fmt --all --check
step types tools/types.sh
tests unit node tools/unit.mjs

# In the profiles of the later builds, so that build scripts and macros are compiled once.
step clippy cargo clippy --locked --workspace --all-targets --profile ci -- -D warnings
step clippy-lite cargo clippy --locked -p nearhand -p nearhand-onnx --all-targets --no-default-features --profile ci -- -D warnings
# The boundary is the same in both tiers and tract is linted natively: lite alone, so that tract is not read once more for wasm.
# The command line has tract, and with it all that is linted above; the full tier has none.
step clippy-full cargo clippy --locked -p nearhand -p nearhand-onnx --all-targets --profile ci -- -D warnings
step clippy-wasm tools/wasm-clippy.sh
step doc env RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --profile ci
begin wasm-full bash -c 'for tier in full onnx complete tract; do tools/wasm.sh $tier || exit; done'
tests native cargo test --locked --workspace --profile ci
tests native-lite cargo test --locked -p nearhand -p nearhand-onnx --no-default-features --profile ci
# With the features of the whole workspace, as the tests were built: nothing is compiled again.
step cli cargo build --locked --profile ci --workspace --bins
tests world node tools/world/run.mjs logs

step wasm-lite bash -c 'tools/wasm.sh lite && tools/wasm.sh suggest && tools/wasm.sh assess && tools/wasm.sh monitor'
finish wasm-full
step package node tools/package.mjs
# It links alone on one core.
begin wheel env WHEEL_PROFILE=ci NEARHAND_PACKAGE="$PWD/www/lib" tools/wheel.sh
tests world-models node tools/world/run.mjs models
step size node tools/size.mjs
grep '^size ' target/log/size.log
finish_tests wheel
# Pages that are waited for, beside what compiles and beside other pages.
begin world-pages node tools/world/run.mjs pages --part
tests wasm-node-lite tools/wasm-test.sh lite --node
tests wasm-node tools/wasm-test.sh full --node
tests wasm-chrome tools/wasm-test.sh full --headless --chrome --chromedriver "$(command -v chromedriver)"
finish_tests world-pages

begin e2e node tools/e2e.mjs
tests npm-package node tools/package-test.mjs
step publint publint www/lib --strict
step attw tools/attw.sh
finish_tests e2e

printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
[ "$FAILED" -eq 0 ]
