// Whole models on a GPU: the first, in float and as it was, against the others, on the same inputs.
//   models LIBRARY ONNXRUNTIME BATCH SEQUENCE MODEL [MODEL ...]
// A line for each: the difference from the first on the CPU, the time beside the first on the GPU, and what ONNX Runtime left to the CPU.
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <random>

#include "gpu.h"

namespace {

using Bytes = std::vector<unsigned char>;

size_t Width(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32: return 4;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64: return 8;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16: return 2;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8:
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL: return 1;
    default: throw std::runtime_error("an input or output has a type that this program does not know");
  }
}

struct Tensor {
  ONNXTensorElementDataType type;
  std::vector<int64_t> shape;
  Bytes data;

  size_t Count() const { return data.size() / Width(type); }

  double At(size_t i) const {
    const unsigned char* at = &data[i * Width(type)];
    if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) return Read<float>(at);
    if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) return Ort::Float16_t::FromBits(Read<uint16_t>(at)).ToFloat();
    if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64) return (double)Read<int64_t>(at);
    if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32) return Read<int32_t>(at);
    return *at;
  }

  template <class T>
  static T Read(const unsigned char* at) {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
  }
};

// Floats are normal, in all types the same ones; integers are tokens of any vocabulary.
Tensor Random(ONNXTensorElementDataType type, std::vector<int64_t> shape, int seed) {
  size_t count = 1;
  for (int64_t extent : shape) count *= extent;
  Tensor tensor{type, shape, Bytes(count * Width(type))};
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < count; i++) {
    unsigned char* to = &tensor.data[i * Width(type)];
    float real = normal(random);
    int64_t token = 1 + random() % 14;
    int32_t small = (int32_t)token;
    uint16_t half = Ort::Float16_t(real).val;
    if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) std::memcpy(to, &real, 4);
    else if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) std::memcpy(to, &half, 2);
    else if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64) std::memcpy(to, &token, 8);
    else if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32) std::memcpy(to, &small, 4);
    else *to = type == ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL ? 1 : (unsigned char)(token * 2);
  }
  return tensor;
}

// A model in a session on the GPU, its inputs there, its outputs made there.
class Model {
 public:
  Model(Ort::Env& environment, const Gpu& gpu, const Provider* provider, const char* library, const std::string& path, int64_t batch, int64_t sequence)
      : gpu(gpu), session(Open(environment, gpu, provider, library, path)), binding(session), onGpu(provider != nullptr) {
    Ort::AllocatorWithDefaultOptions allocator;
    Ort::MemoryInfo device("Cuda", OrtDeviceAllocator, 0, OrtMemTypeDefault), host = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    for (size_t i = 0; i < session.GetInputCount(); i++) {
      auto information = session.GetInputTypeInfo(i);
      auto type = information.GetTensorTypeAndShapeInfo();
      auto shape = type.GetShape();
      for (size_t axis = 0; axis < shape.size(); axis++)
        if (shape[axis] < 0) shape[axis] = axis == 0 ? batch : sequence;
      inputs.push_back(Random(type.GetElementType(), shape, (int)i));
      Tensor& input = inputs.back();
      void* at = input.data.data();
      if (onGpu) {
        uint64_t address = gpu.driver.Allocate(std::max<size_t>(16, input.data.size()));
        if (!input.data.empty()) gpu.driver.Upload(address, input.data.data(), input.data.size());
        at = (void*)address;
      }
      binding.BindInput(session.GetInputNameAllocated(i, allocator).get(),
                        Ort::Value::CreateTensor(onGpu ? device : host, at, input.data.size(), shape.data(), shape.size(), input.type));
    }
    for (size_t i = 0; i < session.GetOutputCount(); i++) binding.BindOutput(session.GetOutputNameAllocated(i, allocator).get(), onGpu ? device : host);
  }

  void Run() {
    Ort::RunOptions options;
    session.Run(options, binding);
  }

  std::vector<Tensor> Outputs() {
    Run();
    if (onGpu) gpu.driver.Call("cuStreamSynchronize", gpu.stream);
    std::vector<Tensor> outputs;
    for (Ort::Value& value : binding.GetOutputValues()) {
      auto type = value.GetTensorTypeAndShapeInfo();
      Tensor output{type.GetElementType(), type.GetShape(), Bytes(type.GetElementCount() * Width(type.GetElementType()))};
      if (output.data.empty()) continue;
      if (value.GetTensorMemoryInfo().GetDeviceType() == OrtMemoryInfoDeviceType_GPU) gpu.driver.Download(output.data.data(), (uint64_t)value.GetTensorRawData(), output.data.size());
      else std::memcpy(output.data.data(), value.GetTensorRawData(), output.data.size());
      outputs.push_back(output);
    }
    return outputs;
  }

  // "60 on the GPU; CPU: 2 Shape".
  std::string Placement() const {
    size_t there = 0;
    std::map<std::string, int> here;
    for (auto& part : session.GetEpGraphAssignmentInfo())
      for (auto& node : part.GetNodes())
        if (std::string(part.GetEpName()) == "CUDAExecutionProvider") there++;
        else here[node.GetOperatorType()]++;
    std::string text = std::to_string(there) + " on the GPU";
    for (auto& [op, count] : here) text += (text.find("CPU") == std::string::npos ? "; CPU: " : ", ") + std::to_string(count) + " " + op;
    return text;
  }

 private:
  const Gpu& gpu;
  Ort::Session session;
  Ort::IoBinding binding;
  bool onGpu;
  std::vector<Tensor> inputs;

  static Ort::Session Open(Ort::Env& environment, const Gpu& gpu, const Provider* provider, const char* library, const std::string& path) {
    Ort::SessionOptions options;
    options.SetLogSeverityLevel(3);
    options.RegisterCustomOpsLibrary(library);
    options.AddConfigEntry("session.record_ep_graph_assignment_info", "1");
    if (provider != nullptr) provider->AddTo(options, environment, gpu);
    return Ort::Session(environment, path.c_str(), options);
  }
};

// The greatest difference of any output, relative to its greatest magnitude.
double Difference(const std::vector<Tensor>& expected, const std::vector<Tensor>& actual) {
  double worst = expected.size() == actual.size() ? 0 : INFINITY;
  for (size_t k = 0; k < std::min(expected.size(), actual.size()); k++) {
    if (expected[k].shape != actual[k].shape) return INFINITY;
    double scale = 1e-30, error = 0;
    for (size_t i = 0; i < expected[k].Count(); i++) {
      double a = expected[k].At(i), b = actual[k].At(i);
      scale = std::max(scale, std::fabs(a));
      if (!(a == b || (std::isnan(a) && std::isnan(b)))) error = std::isfinite(a - b) ? std::max(error, std::fabs(a - b)) : INFINITY;
    }
    worst = std::max(worst, error / scale);
  }
  return worst;
}

double Median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

void Report(Ort::Env& environment, const Gpu& gpu, const Provider& provider, const char* library, int64_t batch, int64_t sequence, char** paths, int count) {
  std::vector<Tensor> expected = Model(environment, gpu, nullptr, library, paths[0], batch, sequence).Outputs();
  Model first(environment, gpu, &provider, library, paths[0], batch, sequence);
  for (int i = 0; i < count; i++) {
    std::string path = paths[i];
    std::string name = path.substr(path.find_last_of('/') + 1);
    try {
      std::unique_ptr<Model> other = i == 0 ? nullptr : std::make_unique<Model>(environment, gpu, &provider, library, path, batch, sequence);
      Model& model = other ? *other : first;
      double difference = Difference(expected, model.Outputs());
      // In turns, so that a change of the clock meets both.
      std::vector<double> theirs, ours;
      for (int warm = 0; warm < 10; warm++) first.Run(), model.Run();
      for (int series = 0; series < 15; series++) {
        theirs.push_back(gpu.Series([&] { first.Run(); }, 10));
        ours.push_back(gpu.Series([&] { model.Run(); }, 10));
      }
      std::printf("%-44s %6lld %10.2g %10.3f %8.2f  %s\n", name.c_str(), (long long)batch, difference, Median(ours), Median(theirs) / Median(ours), model.Placement().c_str());
    } catch (const std::exception& error) {
      std::printf("%-44s %6lld FAILED %s\n", name.c_str(), (long long)batch, error.what());
    }
    std::fflush(stdout);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 6) return std::fprintf(stderr, "usage: models LIBRARY ONNXRUNTIME BATCH SEQUENCE MODEL [MODEL ...]\n"), 2;
  try {
    LoadRuntime(arguments[2]);
    Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "models");
    Gpu gpu;
    Provider provider(environment, arguments[2]);
    Report(environment, gpu, provider, arguments[1], std::atoi(arguments[3]), std::atoi(arguments[4]), arguments + 5, count - 5);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
