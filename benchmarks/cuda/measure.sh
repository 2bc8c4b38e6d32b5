#!/usr/bin/env bash
# Runs what run.sh has built, each model in a process of its own, so that one that ends it takes no other along.
#   measure.sh ARTIFACTS ONNXRUNTIME [OPERATOR ...]
set -uo pipefail
out=$(realpath "$1")
runtime=$2
shift 2
library=$out/libonnxc_kernels.so
for operator in "$@"; do "$out/kernels-benchmark" "$out" "$library" "$runtime" "$operator" || echo "$operator: ended with $?"; done
printf '%-44s %6s %10s %10s %8s  %s\n' model batch difference ms times placement
for folder in "$out"/models/*/; do
  echo "$(basename "$folder")"
  for batch in 1 32; do
    timeout 120 "$out/models-benchmark" "$library" "$runtime" $batch 128 "$folder"*.onnx | tail -n +3 || echo "ended with $?"
  done
done
