// What the programs for GPUs share: ONNX Runtime and the CUDA driver, both loaded when a program runs, so that it compiles with ONNX Runtime's headers alone.
#pragma once
#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#define ORT_API_MANUAL_INIT
#include "onnxruntime_cxx_api.h"

// The oldest API that hosts with CUDA 13 have; newer ones have it too.
constexpr uint32_t api_version = 29;

// Loads ONNX Runtime from a path.
inline void LoadRuntime(const char* path) {
  void* runtime = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  auto* base = runtime ? (const OrtApiBase* (*)())dlsym(runtime, "OrtGetApiBase") : nullptr;
  if (base == nullptr) throw std::runtime_error(dlerror());
  const OrtApi* api = base()->GetApi(api_version);
  if (api == nullptr) throw std::runtime_error(std::string("ONNX Runtime ") + base()->GetVersionString() + " lacks API " + std::to_string(api_version));
  Ort::InitApi(api);
  std::printf("ONNX Runtime %s\n", base()->GetVersionString());
  std::fflush(stdout);
}

// The driver's functions that the program needs, by hand, since a machine without CUDA has no header of them.
struct Driver {
  void* library = dlopen("libcuda.so.1", RTLD_NOW);

  template <class... Arguments>
  void Call(const char* name, Arguments... arguments) const {
    auto* function = library ? (int (*)(Arguments...))dlsym(library, name) : nullptr;
    if (function == nullptr) throw std::runtime_error(std::string(name) + " is not there: is there a driver?");
    if (int result = function(arguments...)) throw std::runtime_error(std::string(name) + " failed with CUDA error " + std::to_string(result));
  }

  uint64_t Allocate(size_t bytes) const {
    uint64_t address;
    Call("cuMemAlloc_v2", &address, bytes);
    return address;
  }

  void Upload(uint64_t to, const void* from, size_t bytes) const { Call("cuMemcpyHtoD_v2", to, from, bytes); }
  void Download(void* to, uint64_t from, size_t bytes) const { Call("cuMemcpyDtoH_v2", to, from, bytes); }
  void Free(uint64_t address) const { Call("cuMemFree_v2", address); }
};

struct Gpu {
  Driver driver;
  void *context = nullptr, *stream = nullptr, *start = nullptr, *stop = nullptr;

  Gpu() {
    int device;
    driver.Call("cuInit", 0u);
    driver.Call("cuDeviceGet", &device, 0);
    driver.Call("cuDevicePrimaryCtxRetain", &context, device);
    driver.Call("cuCtxSetCurrent", context);
    driver.Call("cuStreamCreate", &stream, 1u);
    driver.Call("cuEventCreate", &start, 0u);
    driver.Call("cuEventCreate", &stop, 0u);
    char name[256] = "";
    driver.Call("cuDeviceGetName", &name[0], 256, device);
    std::printf("%s\n", name);
  }

  // Milliseconds of one run of the work, over a series.
  template <class Work>
  double Series(Work work, int runs) const {
    driver.Call("cuStreamSynchronize", stream);
    driver.Call("cuEventRecord", start, stream);
    for (int run = 0; run < runs; run++) work();
    driver.Call("cuEventRecord", stop, stream);
    driver.Call("cuEventSynchronize", stop);
    float milliseconds;
    driver.Call("cuEventElapsedTime", &milliseconds, start, stop);
    return (double)milliseconds / runs;
  }

  // The best of five series, each long enough to keep the device busy.
  template <class Work>
  double Time(Work work) const {
    double best = std::numeric_limits<double>::infinity();
    for (int warm = 0; warm < 5; warm++) work();
    for (int series = 0; series < 5; series++) best = std::min(best, Series(work, 50));
    return best;
  }
};

// The CUDA provider of ONNX Runtime, built in or beside it.
struct Provider {
  std::vector<Ort::ConstEpDevice> devices;

  // A build of ONNX Runtime without CUDA can be given the provider that was built beside it.
  Provider(Ort::Env& environment, const std::string& runtime) {
    std::string path = runtime.substr(0, runtime.find_last_of('/') + 1) + "libonnxruntime_providers_cuda.so";
    try {
      environment.RegisterExecutionProviderLibrary("cuda", path);
      for (auto device : environment.GetEpDevices())
        if (devices.empty() && std::string(device.EpName()) == "CUDAExecutionProvider") devices.push_back(device);
    } catch (const std::exception& error) {
      std::printf("%s is not registered: %s\n", path.c_str(), error.what());
    }
  }

  void AddTo(Ort::SessionOptions& options, Ort::Env& environment, const Gpu& gpu) const {
    std::string stream = std::to_string((uintptr_t)gpu.stream);
    if (!devices.empty()) return (void)options.AppendExecutionProvider_V2(environment, devices, {{"has_user_compute_stream", "1"}, {"user_compute_stream", stream}});
    const OrtApi& api = Ort::GetApi();
    OrtCUDAProviderOptionsV2* provider;
    Ort::ThrowOnError(api.CreateCUDAProviderOptions(&provider));
    Ort::ThrowOnError(api.UpdateCUDAProviderOptionsWithValue(provider, "user_compute_stream", gpu.stream));
    options.AppendExecutionProvider_CUDA_V2(*provider);
    api.ReleaseCUDAProviderOptions(provider);
  }
};
