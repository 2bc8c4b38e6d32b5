#!/usr/bin/env bash
# Publishes the kernels as a native library, builds the C++ example against ONNX Runtime's NuGet package, and runs it. Needs clang or gcc.
set -euo pipefail
cd "$(dirname "$0")"
root=../..
out=$root/artifacts/example-kernels
mkdir -p "$out"

compiler=$(command -v clang++ || command -v g++) || { echo "the example needs clang or gcc: apt-get install clang lld zlib1g-dev"; exit 1; }
start=$SECONDS
dotnet publish $root/src/Runtime/Kernels -c Release -r linux-x64 -p:PublishAot=true -o "$out"
echo "published in $((SECONDS - start)) s: $(stat -c '%n, %s bytes;' "$out"/libonnxc_kernels*.so | tr '\n' ' ')"
for library in "$out"/libonnxc_kernels*.so; do
  [ "$(stat -c %s "$library")" -lt 3000000 ] || { echo "$library is larger than 3 MB"; exit 1; }
done

cat model.onnxtxt $root/schemas/ops/PolyNorm.onnxtxt $root/schemas/ops/StatisticalTopK.onnxtxt > "$out/model.onnxtxt"
dotnet run -c Release --project $root/src/Compiler/Cli -- text "$out/model.onnxtxt" -o "$out/model.onnx"

package=$(dotnet msbuild $root/tests/unit -getProperty:PkgMicrosoft_ML_OnnxRuntime)
ln -sf "$package/runtimes/linux-x64/native/libonnxruntime.so" "$out/libonnxruntime.so.1"
ln -sf "$package/runtimes/linux-x64/native/libonnxruntime.so" "$out/libonnxruntime.so"
"$compiler" -std=c++17 -O2 -Wall -Wextra -I"$package/build/native/include" main.cpp -L"$out" -lonnxruntime "-Wl,-rpath,$(realpath "$out")" -o "$out/kernels"
"$out/kernels" "$out/model.onnx" "$(realpath "$out")/libonnxc_kernels.so"
