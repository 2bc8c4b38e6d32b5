#!/usr/bin/env bash
# Makes both graphs of a text model and goes on with its texts: MODEL is a folder with model.onnx (input_ids -> logits) and calib.npz.
# TARGET is the share of neurons that the decode graph does without.
set -euo pipefail
model=${1:?names the folder of the model}
target=${2:-0.2}
cd "$(dirname "$0")/../.."
onnxc=artifacts/bin/Onnxc.Cli/release/onnxc
benchmarks=artifacts/bin/Onnxc.Benchmarks/release/Onnxc.Benchmarks
[ -x $benchmarks ] && [ -x $onnxc ] || dotnet build -c Release benchmarks
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
for stage in prefill decode; do
  $onnxc compile "$model/model.onnx" -o "$out/$stage.onnx" -p "@default, sparsify{predicate=core-neurons, stage=$stage, target=$target}" -q
done
$benchmarks decode --model "$model/model.onnx" --prefill "$out/prefill.onnx" --decode "$out/decode.onnx" --data "$model/calib.npz"
