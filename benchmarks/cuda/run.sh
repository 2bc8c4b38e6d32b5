#!/usr/bin/env bash
# Publishes the kernels, writes a model for every operator and type, builds the program, and runs it where there is a GPU.
# What is made goes to artifacts/cuda. A machine with a GPU but without .NET needs that folder and this one. ORT_INCLUDE is the folder of
# ONNX Runtime's headers and ORT_LIBRARY its library with the CUDA provider; without these, NuGet's package for the CPU lets the program compile.
set -euo pipefail
cd "$(dirname "$0")"
root=../..
out=$root/artifacts/cuda
mkdir -p "$out"
operators=(PolyReLU SplineActivation ClippedActivation ClippedActivation.axes PolyNorm PolyNorm.five StatisticalTopK)

node() {
  case $1 in
    PolyReLU) echo 'y = ai.onnxc.PolyReLU <weights = [0.1, -0.7, 0.9], bias = 0.25> (x)' ;;
    SplineActivation) echo "y = ai.onnxc.SplineActivation <low = -3.0, high = 3.0, left_slope = 0.01, coefficients = [$(seq 1 64 | awk '{printf "%s%.3f", (NR > 1 ? ", " : ""), sin($1)}')]> (x)" ;;
    ClippedActivation) echo 'l = Constant <value_float = -0.5> ()  h = Constant <value_float = 1.0> ()  low = CastLike (l, x)  high = CastLike (h, x)  y = ai.onnxc.ClippedActivation (x, low, high)' ;;
    ClippedActivation.axes) echo 's = Constant <value_ints = [0]> ()  e = Constant <value_ints = [1]> ()  n = Constant <value_ints = [0]> ()  c = Constant <value_ints = [1]> ()
      low = Slice (x, s, e, n)  high = Slice (x, s, e, c)  y = ai.onnxc.ClippedActivation <saturate = 1> (x, low, high)' ;;
    PolyNorm) echo 'y = ai.onnxc.PolyNorm <weights = [0.2, 0.3, 0.5], bias = 0.1> (x)' ;;
    PolyNorm.five) echo 'y = ai.onnxc.PolyNorm <weights = [0.1, -0.2, 0.2, 0.3, 0.5]> (x)' ;;
    StatisticalTopK) echo 'y = ai.onnxc.StatisticalTopK <soft = 1> (x)' ;;
  esac
}

if command -v dotnet > /dev/null; then
  dotnet publish $root/src/Runtime/Kernels -c Release -r linux-x64 -p:PublishAot=true -o "$out"
  dotnet build -c Release $root/src/Compiler/Cli
  for operator in "${operators[@]}"; do
    for type in float float16 bfloat16; do
      text=$out/$operator.$type.onnxtxt
      echo "<ir_version: 10, opset_import: [\"\": 21, \"ai.onnxc\": 1]> g ($type[rows, width] x) => ($type[rows, width] y) { $(node "$operator") }" > "$text"
      cat "$root/schemas/ops/${operator%%.*}.onnxtxt" >> "$text"
      $root/artifacts/bin/Onnxc.Cli/release/onnxc text "$text" -o "${text%txt}"
    done
  done
  package=$(dotnet msbuild $root/tests/unit -getProperty:PkgMicrosoft_ML_OnnxRuntime)
  : "${ORT_INCLUDE:=$package/build/native/include}"
fi

compiler=$(command -v clang++ || command -v g++) || { echo "the program needs clang or gcc"; exit 1; }
"$compiler" -std=c++17 -O2 -Wall -Wextra -I"${ORT_INCLUDE:?names the folder of the headers of ONNX Runtime}" kernels.cpp -ldl -o "$out/kernels"
if [ -z "${ORT_LIBRARY:-}" ]; then
  echo "built; to run it, name ONNX Runtime's library with the CUDA provider: ORT_LIBRARY=…/libonnxruntime.so"
  exit 0
fi
"$out/kernels" "$out" "$(realpath "$out")/libonnxc_kernels.so" "$ORT_LIBRARY" "${operators[@]}"
