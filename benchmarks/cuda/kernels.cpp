// Kernels of ai.onnxc on a GPU: compares each with the function that it replaces, on the CPU and on the GPU, and times it beside a copy.
//   kernels MODELS LIBRARY ONNXRUNTIME
#include <cmath>
#include <cstring>
#include <random>

#include "gpu.h"

namespace {

struct Type {
  const char* name;
  ONNXTensorElementDataType element;
  size_t bytes;
  // What may differ, relative to numbers above one: rounding to the type, and the order of sums.
  double tolerance;
};

const Type types[] = {
    {"float", ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, 4, 1e-5},
    {"float16", ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, 2, 1 / 256.0},
    {"bfloat16", ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16, 2, 1 / 32.0},
};

using Bytes = std::vector<unsigned char>;

void Put(Bytes& to, const Type& type, size_t i, float value) {
  if (type.bytes == 4) return (void)std::memcpy(&to[4 * i], &value, 4);
  uint16_t bits = type.element == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 ? Ort::Float16_t(value).val : Ort::BFloat16_t(value).val;
  std::memcpy(&to[2 * i], &bits, 2);
}

float Get(const Bytes& from, const Type& type, size_t i) {
  float value;
  if (type.bytes == 4) return std::memcpy(&value, &from[4 * i], 4), value;
  uint16_t bits;
  std::memcpy(&bits, &from[2 * i], 2);
  return type.element == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 ? Ort::Float16_t::FromBits(bits).ToFloat() : Ort::BFloat16_t::FromBits(bits).ToFloat();
}

// Normal numbers; a few in the last of several rows are none.
Bytes Random(const Type& type, size_t rows, size_t width) {
  Bytes bytes(rows * width * type.bytes);
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < rows * width; i++) Put(bytes, type, i, normal(random));
  const float special[] = {std::nanf(""), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), -0.0f, 1e-7f};
  for (size_t i = 0; rows > 1 && i < std::min<size_t>(5, width); i++) Put(bytes, type, (rows - 1) * width + i, special[i]);
  return bytes;
}

class Program {
 public:
  Program(const char* models, const char* library, const std::string& runtime) : models(models), library(library), environment(ORT_LOGGING_LEVEL_ERROR, "kernels"), provider(environment, runtime) {
    std::printf("%-26s %-9s %12s %12s %12s %12s %8s %10s\n", "operator", "type", "against CPU", "against GPU", "function ms", "kernel ms", "times", "of a copy");
  }

  bool Report(const std::string& op, const Type& type) {
    bool good = true;
    double onCpu = 0, onGpu = 0, function = 0, kernel = 0;
    std::string failure;
    const size_t shapes[][2] = {{1, 1}, {5, 0}, {7, 1003}, {64, 96}, {1024, 4096}, {3, 200001}, {3, 262144}};
    try {
      Ort::Session cpu = Open(op, type, false, false), ours = Open(op, type, true, true);
      for (auto& shape : shapes) {
        Bytes x = Random(type, shape[0], shape[1]);
        onCpu = std::max(onCpu, Difference(type, OnCpu(cpu, type, x, shape), OnGpu(ours, type, x, shape, nullptr)));
      }
      good = onCpu <= type.tolerance;
      // Twice as large as any cache.
      const size_t large[] = {8192, 8192};
      Bytes x = Random(type, large[0], large[1]);
      Bytes actual = OnGpu(ours, type, x, large, &kernel);
      try {
        Ort::Session theirs = Open(op, type, true, false);
        onGpu = Difference(type, OnGpu(theirs, type, x, large, &function), actual);
        good = good && onGpu <= type.tolerance;
      } catch (const std::exception& error) {
        failure = std::string("the function does not run on the GPU: ") + error.what();
      }
      std::printf("%-26s %-9s %12.2g %12.2g %12.3f %12.3f %8.1f %9.0f%%%s\n", op.c_str(), type.name, onCpu, onGpu, function, kernel, function / kernel,
                  100 * Copy(x.size()) / kernel, good ? "" : "  WRONG");
    } catch (const std::exception& error) {
      good = false;
      failure = error.what();
      std::printf("%-26s %-9s FAILED\n", op.c_str(), type.name);
    }
    if (!failure.empty()) std::printf("    %s\n", failure.c_str());
    std::fflush(stdout);
    return good;
  }

 private:
  std::string models, library;
  Ort::Env environment;
  Gpu gpu;
  Provider provider;

  Ort::Session Open(const std::string& op, const Type& type, bool cuda, bool kernels) {
    Ort::SessionOptions options;
    options.SetLogSeverityLevel(3);
    if (kernels) options.RegisterCustomOpsLibrary(library.c_str());
    if (cuda) {
      provider.AddTo(options, environment, gpu);
      // With the kernels no node may be left to the CPU.
      if (kernels) options.AddConfigEntry("session.disable_cpu_ep_fallback", "1");
    }
    std::string path = models + "/" + op + "." + type.name + ".onnx";
    return Ort::Session(environment, path.c_str(), options);
  }

  Bytes OnCpu(Ort::Session& session, const Type& type, Bytes& x, const size_t* shape) {
    const int64_t dims[] = {(int64_t)shape[0], (int64_t)shape[1]};
    auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    Bytes y(x.size());
    Ort::IoBinding binding(session);
    binding.BindInput("x", Ort::Value::CreateTensor(memory, x.data(), x.size(), dims, 2, type.element));
    binding.BindOutput("y", Ort::Value::CreateTensor(memory, y.data(), y.size(), dims, 2, type.element));
    session.Run(Ort::RunOptions(), binding);
    return y;
  }

  Bytes OnGpu(Ort::Session& session, const Type& type, const Bytes& x, const size_t* shape, double* milliseconds) {
    const int64_t dims[] = {(int64_t)shape[0], (int64_t)shape[1]};
    Ort::MemoryInfo memory("Cuda", OrtDeviceAllocator, 0, OrtMemTypeDefault);
    size_t room = std::max<size_t>(x.size(), 16);
    uint64_t from = gpu.driver.Allocate(room), to = gpu.driver.Allocate(room);
    Bytes y(x.size(), 0xFF);
    if (!x.empty()) {
      gpu.driver.Upload(from, x.data(), x.size());
      gpu.driver.Upload(to, y.data(), y.size());
    }
    {
      Ort::IoBinding binding(session);
      binding.BindInput("x", Ort::Value::CreateTensor(memory, (void*)from, x.size(), dims, 2, type.element));
      binding.BindOutput("y", Ort::Value::CreateTensor(memory, (void*)to, x.size(), dims, 2, type.element));
      Ort::RunOptions options;
      options.AddConfigEntry("disable_synchronize_execution_providers", "1");
      session.Run(options, binding);
      if (milliseconds != nullptr) *milliseconds = gpu.Time([&] { session.Run(options, binding); });
      gpu.driver.Call("cuStreamSynchronize", gpu.stream);
    }
    if (!x.empty()) gpu.driver.Download(y.data(), to, y.size());
    gpu.driver.Free(from);
    gpu.driver.Free(to);
    return y;
  }

  double Copy(size_t bytes) {
    uint64_t from = gpu.driver.Allocate(bytes), to = gpu.driver.Allocate(bytes);
    double best = gpu.Time([&] { gpu.driver.Call("cuMemcpyDtoDAsync_v2", to, from, bytes, gpu.stream); });
    gpu.driver.Free(from);
    gpu.driver.Free(to);
    return best;
  }

  // The largest difference, relative to numbers above one; infinite where only one is a number.
  static double Difference(const Type& type, const Bytes& expected, const Bytes& actual) {
    double worst = 0;
    for (size_t i = 0; i < expected.size() / type.bytes; i++) {
      float a = Get(expected, type, i), b = Get(actual, type, i);
      if (a == b || (std::isnan(a) && std::isnan(b))) continue;
      double difference = std::fabs((double)a - b) / std::max(1.0, std::fabs((double)a));
      worst = std::isfinite(difference) ? std::max(worst, difference) : std::numeric_limits<double>::infinity();
    }
    return worst;
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return std::fprintf(stderr, "usage: kernels MODELS LIBRARY ONNXRUNTIME [OPERATOR ...]\n"), 2;
  try {
    LoadRuntime(arguments[3]);
    Program program(arguments[1], arguments[2], arguments[3]);
    bool good = true;
    for (int i = 4; i < count; i++)
      for (const Type& type : types) good = program.Report(arguments[i], type) && good;
    std::fflush(stdout);
    std::printf(good ? "all agree\n" : "something is wrong\n");
    return good ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
