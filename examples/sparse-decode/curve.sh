#!/usr/bin/env bash
# Quality and speed against what is left out: curve.sh MODELS, a folder with trained-text-lm and trained-text-lm-relu, each with model.onnx, calib.npz and eval.npz.
set -euo pipefail
models=$1
onnxc=${ONNXC:-onnxc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "| model | predicate | left out | next byte right | same choice | time |"
echo "| --- | --- | ---: | ---: | ---: | ---: |"
for name in trained-text-lm trained-text-lm-relu; do
  model=$models/$name/model.onnx
  for predicate in cett threshold top-k; do
    for target in 0.2 0.4 0.6 0.8 0.9; do
      "$onnxc" compile "$model" -o "$work/sparse.onnx" -p "sparsify{predicate=$predicate, target=$target, perplexity=10}" --data "$models/$name/calib.npz" --no-gates -q 2> "$work/notes" || { cat "$work/notes" >&2; exit 1; }
      "$onnxc" compare "$model" "$work/sparse.onnx" --data "$models/$name/eval.npz" --min-agreement 0 > "$work/compared"
      right=$(sed -n 's/^accuracy .*-> //p' "$work/compared")
      same=$(awk '/logits/ { print $NF }' "$work/compared")
      time=$("$onnxc" bench "$model" "$work/sparse.onnx" --kernels --json | sed -n 's/^  "ratio": \([0-9]*\.[0-9][0-9]\).*/\1/p')
      echo "| $name | $predicate | $target | $right | $same | $time |"
    done
  done
done
