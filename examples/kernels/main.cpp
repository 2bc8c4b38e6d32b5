// Runs a model through the functions that it carries, then through the kernels, and compares.
//   kernels MODEL LIBRARY
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "onnxruntime_cxx_api.h"

namespace {

constexpr int64_t tokens = 1024, width = 4096;

struct Result {
  std::vector<float> values;
  double milliseconds;
};

Result Run(Ort::Env& environment, const char* model, const char* library, std::vector<float>& x) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  if (library != nullptr) options.RegisterCustomOpsLibrary(library);
  Ort::Session session(environment, model, options);

  const int64_t shape[] = {tokens, width};
  auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  auto input = Ort::Value::CreateTensor<float>(memory, x.data(), x.size(), shape, 2);
  const char* inputs[] = {"x"};
  const char* outputs[] = {"y"};

  std::vector<double> times;
  Result result;
  for (int run = 0; run < 15; run++) {
    auto start = std::chrono::steady_clock::now();
    auto y = session.Run(Ort::RunOptions{nullptr}, inputs, &input, 1, outputs, 1);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    const float* data = y[0].GetTensorData<float>();
    if (run == 0) result.values.assign(data, data + x.size());
  }
  std::sort(times.begin(), times.end());
  result.milliseconds = times[times.size() / 2];
  return result;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return std::fprintf(stderr, "usage: kernels MODEL LIBRARY\n"), 2;
  std::vector<float> x(tokens * width);
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (float& value : x) value = normal(random);
  try {
    Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "kernels");
    Result function = Run(environment, arguments[1], nullptr, x);
    Result kernel = Run(environment, arguments[1], arguments[2], x);
    float difference = 0;
    for (size_t i = 0; i < x.size(); i++) difference = std::max(difference, std::fabs(function.values[i] - kernel.values[i]));
    std::printf("functions %.2f ms, kernels %.2f ms, %.1f times; largest difference %.2g\n", function.milliseconds, kernel.milliseconds,
                function.milliseconds / kernel.milliseconds, difference);
    return difference < 1e-4f ? 0 : 1;
  } catch (const Ort::Exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
