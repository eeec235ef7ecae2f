# Sourced by build.sh: what a release must pass, besides the tests.
ready_versions() {
  local crate package
  crate=$(awk '/^\[workspace.package\]/ { on = 1 } on && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' Cargo.toml)
  package=$(node -p 'require("./www/lib/package.json").version')
  [ "$crate" = "$package" ] || { echo "Cargo.toml says $crate, www/lib/package.json says $package"; return 1; }
  grep -q "^## .*$crate" CHANGELOG.md || { echo "CHANGELOG.md has no section for $crate"; return 1; }
}
ready_tree() {
  [ -z "$(git status --porcelain)" ] || { echo "the tree is not clean:"; git status --porcelain; return 1; }
}
ready_digests() {
  local sum
  for sum in models/*/*.sha256; do (cd "$(dirname "$sum")" && sha256sum --check --quiet "$(basename "$sum")") || return 1; done
}

step ready-versions ready_versions
step ready-tree ready_tree
step ready-digests ready_digests
step ready-eval ./build.sh eval
grep -h '^eval' target/log/ready-eval.log || true
. tools/test.sh
