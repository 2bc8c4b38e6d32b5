#!/usr/bin/env bash
# Merges tokens of two vision transformers in the ways of README.md, prints the table there and draws its plots: MODELS is a folder with
# <name>/model.onnx, calib.npz and eval.npz.
set -euo pipefail
models=${1:?names the folder of models}
cd "$(dirname "$0")/../.."
onnxc=artifacts/bin/Onnxc.Cli/release/onnxc
[ -x $onnxc ] || dotnet build -c Release src/Compiler/Cli
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
field() { awk -v key="\"$1\":" '$1 == key {gsub(/[",]/, "", $2); print $2}'; }
# Prints: model, way, pairs, accuracy before and after, and how many times as fast with kernels, for 8 images at once.
# Gates, where there are some, are in $gates; what a search finds goes to the standard error.
measure() {
  local name=$1 way=$2 pairs=$3 pipeline=$4
  local model=$models/$name/model.onnx
  $onnxc compile "$model" -o "$out/m.onnx" -p "$pipeline" --data "$models/$name/calib.npz" ${gates:---no-gates} --no-check -q > "$out/log" 2>&1 || { cat "$out/log" >&2; return 1; }
  grep -h "schedule=" "$out/log" >&2 || true
  $onnxc compare "$model" "$out/m.onnx" --data "$models/$name/eval.npz" --min-agreement 0 --json > "$out/c.json" || true
  $onnxc bench "$model" "$out/m.onnx" --shape batch=8 --shape batch_size=8 --kernels --runs 60 --json > "$out/b.json"
  echo "$name $way $pairs $(field reference_accuracy < "$out/c.json") $(field candidate_accuracy < "$out/c.json") $(field ratio < "$out/b.json" | awk '{printf "%.3f", 1 / $1}')"
}
curve() {
  local name=$1 first=$2
  shift 2
  for r in "$@"; do
    for way in tome fit drop; do
      method=$way
      [ $way = fit ] && method=pyra
      measure "$name" $way "$r" "${first}merge-tokens{method=$method, r=$r, trials=8, samples=32}"
    done
  done
}
curve trained-cifar10-vit65 "" 6 8 10 | tee "$out/vit65.txt"
curve cifar10-vit "convert-opset{to=17}, @default, " 1 2 3 | tee "$out/vit17.txt"
gates="--max-drop 0.01" measure trained-cifar10-vit65 auto - "merge-tokens{schedule=auto}"
gates="--max-drop 0.02 --min-speedup 1.3" measure trained-cifar10-vit65 auto-both - "merge-tokens{schedule=auto}"
gates="--max-drop 0.05 --min-speedup 1.2" measure trained-cifar10-vit65 auto-fast - "merge-tokens{schedule=auto}"
measure trained-cifar10-vit65 int8 0 "@int8"
measure trained-cifar10-vit65 tome+int8 10 "merge-tokens{r=10}, @int8"
awk -f examples/token-merging/plot.awk "$out/vit65.txt" > examples/token-merging/vit65.svg
awk -f examples/token-merging/plot.awk "$out/vit17.txt" > examples/token-merging/vit17.svg
