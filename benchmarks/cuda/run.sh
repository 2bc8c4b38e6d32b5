#!/usr/bin/env bash
# Publishes the kernels, writes a model for every operator and type, compiles whole models, builds the programs, and runs them where there is a GPU.
#   run.sh [MODELS]
# MODELS is a folder with a folder for each model. What is made goes to artifacts/cuda. A machine with a GPU but without .NET needs that folder and this one. ORT_INCLUDE is the folder of
# ONNX Runtime's headers and ORT_LIBRARY its library with the CUDA provider; without these, NuGet's package for the CPU lets the program compile.
set -euo pipefail
sources=${1:+$(realpath "$1")}
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
  # Each beside what it becomes; small enough together to be carried to another machine.
  compile() {
    local name=$1 model=$2
    shift 2
    [ -f "$model" ] || return 0
    mkdir -p "$out/models/$name"
    cp "$model" "$out/models/$name/0-original.onnx"
    for variant in "$@"; do
      $root/artifacts/bin/Onnxc.Cli/release/onnxc compile "$model" -o "$out/models/$name/${variant%%:*}.onnx" -p "${variant#*:}" --no-gates -q || true
    done
  }
  if [ -n "$sources" ]; then
    rm -rf "$out/models"
    exact=(1-default:@default 2-aggressive:@aggressive)
    for name in trained-cifar10-vgg trained-cifar10-vit65 trained-text-lm protocol-transformer super-resolution plate-cct; do
      compile $name "$sources/$name/model.onnx" "${exact[@]}" 3-float16:'@aggressive, convert-precision' \
        4-int8:'@default, convert-opset{to=17}, quantize{activations=dynamic-int8}'
    done
    compile trained-cifar10-vgg-clipped "$sources/trained-cifar10-vgg/model.onnx" 5-clipped:'clip-activations{method=range, bound=20}' 6-float16:'clip-activations{method=range, bound=20}, convert-precision'
    compile vit65-merged "$sources/trained-cifar10-vit65/model.onnx" 5-merged:'@default, merge-tokens{r=8}' 6-float16:'@aggressive, convert-precision'
    compile text-lm-moe "$sources/trained-text-lm-moe/model.onnx" 4-experts:@experts
    compile text-lm-moe-dense "$sources/trained-text-lm-moe/model_dense.onnx" 4-experts:@experts
    compile moe-locomotion "$sources/moe-locomotion/model.onnx" 4-experts:@experts
    compile bert "$sources/structure/bert_toy.onnx" "${exact[@]}" 3-float16:'@aggressive, convert-precision'
  fi
  package=$(dotnet msbuild $root/tests/unit -getProperty:PkgMicrosoft_ML_OnnxRuntime)
  : "${ORT_INCLUDE:=$package/build/native/include}"
fi

compiler=$(command -v clang++ || command -v g++) || { echo "the programs need clang or gcc"; exit 1; }
for program in kernels models; do
  "$compiler" -std=c++17 -O2 -Wall -Wextra -I"${ORT_INCLUDE:?names the folder of the headers of ONNX Runtime}" $program.cpp -ldl -o "$out/$program-benchmark"
done
if [ -z "${ORT_LIBRARY:-}" ]; then
  echo "built; to run them, name ONNX Runtime's library with the CUDA provider: ORT_LIBRARY=…/libonnxruntime.so"
  exit 0
fi
bash measure.sh "$out" "$ORT_LIBRARY" "${operators[@]}"
