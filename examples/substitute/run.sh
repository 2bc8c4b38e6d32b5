#!/usr/bin/env bash
# Replaces activations by fitted splines, and prints fits, sites, accuracy before and after on other samples, and time: MODELS is a folder with <name>/model.onnx,
# calib.npz and eval.npz.
set -euo pipefail
models=${1:?names the folder of models}
cd "$(dirname "$0")/../.."
onnxc=artifacts/bin/Onnxc.Cli/release/onnxc
[ -x $onnxc ] || dotnet build -c Release src/Compiler/Cli
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
for name in ${2:-trained-cifar10-vit65 trained-text-lm}; do
  model=$models/$name/model.onnx
  $onnxc compile "$model" -o "$out/fitted.onnx" -f examples/substitute/fit.onnxc --data "$models/$name/calib.npz" --min-speedup 0 2>&1 | grep -E 'ONNXC0472|ONNXC0323|substitute-activation:'
  $onnxc compare "$model" "$out/fitted.onnx" --kernels --data "$models/$name/eval.npz" --min-agreement 0 --json 2> /dev/null | grep -E '"(agreement|reference_accuracy|candidate_accuracy)"'
  $onnxc bench "$model" "$out/fitted.onnx" --kernels --json 2> /dev/null | grep '"ratio"'
done
