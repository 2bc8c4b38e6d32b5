#!/usr/bin/env bash
# Quantizes models in every way of README.md and prints the table there: MODELS is a folder with <name>/model.onnx, calib.npz and eval.npz.
set -euo pipefail
models=${1:?names the folder of models}
cd "$(dirname "$0")/../.."
onnxc=artifacts/bin/Onnxc.Cli/release/onnxc
[ -x $onnxc ] || dotnet build -c Release src/Compiler/Cli
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
for name in ${2:-mnist-cntk mnist-pytorch mnist-keras fashion-mnist-keras cifar10-vit trained-cifar10-vgg trained-cifar10-vit65 trained-text-lm trained-text-lm-relu trained-text-lm-moe}; do
  model=$models/$name/model.onnx
  for way in "int8|@int8" "dynamic|@default, convert-opset{to=13}, quantize{activations=dynamic}" "int4|@default, quantize{weights=int4, method=gptq}"; do
    options=()
    [ "${way%%|*}" = int4 ] && options=(--min-speedup 0 --max-drop 0.005)
    $onnxc compile "$model" -o "$out/q.onnx" -p "${way#*|}" --data "$models/$name/calib.npz" -q "${options[@]}" 2> /dev/null
    accuracy=$($onnxc compare "$model" "$out/q.onnx" --data "$models/$name/eval.npz" --min-agreement 0 --json | awk '/"reference_accuracy"|"candidate_accuracy"/ {gsub(/[",]/, ""); printf "%s ", $2}')
    ratio=$($onnxc bench "$model" "$out/q.onnx" --json | awk '/"ratio":/ {gsub(/,/, ""); print $2}')
    echo "$name ${way%%|*} $accuracy$ratio $(stat -c %s "$model" "$out/q.onnx" | tr '\n' ' ')"
  done
done
