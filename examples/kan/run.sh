#!/usr/bin/env bash
# Compiles the layer to one operator and compares it with the original, through the operator's function and through its kernel.
set -euo pipefail
cd "$(dirname "$0")/../.."
onnxc=artifacts/bin/Onnxc.Cli/release/onnxc
[ -x $onnxc ] || dotnet build -c Release src/Compiler/Cli
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
$onnxc text examples/kan/layer.onnxtxt -o "$out/layer.onnx"
$onnxc compile "$out/layer.onnx" -o "$out/kan.onnx" -f examples/kan/fuse.onnxc
$onnxc compare "$out/layer.onnx" "$out/kan.onnx" --max-error 1e-5
$onnxc compare "$out/layer.onnx" "$out/kan.onnx" --max-error 1e-5 --kernels
