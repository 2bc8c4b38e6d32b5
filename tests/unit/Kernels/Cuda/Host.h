// Stands in for a GPU: blocks run one after the other, and the threads of one are coroutines that take turns at barriers.
#pragma once

#include <ucontext.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#define DEVICE inline
#define SHARED
#define ENTRY(name, suffix, T) \
  extern "C" void name##_##suffix(unsigned blocks, unsigned threads, const void* a) { host::Launch(blocks, threads, [a] { name<T>(*(const name##Arguments*)a); }); }
#define KERNEL(name) ENTRY(name, float, Float) ENTRY(name, float16, Float16) ENTRY(name, bfloat16, BFloat16)

namespace host {

inline unsigned thread, threads, block, blocks;
inline ucontext_t scheduler;
inline std::vector<ucontext_t> coroutines;
inline std::vector<char> ended;
inline std::vector<float> exchanged;
inline std::function<void()> kernel;

inline void Start() {
  kernel();
  ended[thread] = 1;
}

inline void Launch(unsigned blockCount, unsigned threadCount, std::function<void()> body) {
  static std::mutex one;
  std::lock_guard<std::mutex> guard(one);
  constexpr size_t stack = 1 << 16;
  std::unique_ptr<char[]> stacks(new char[threadCount * stack]);
  blocks = blockCount;
  threads = threadCount;
  kernel = body;
  coroutines.resize(threads);
  exchanged.resize(threads);
  for (block = 0; block < blocks; block++) {
    ended.assign(threads, 0);
    for (unsigned i = 0; i < threads; i++) {
      getcontext(&coroutines[i]);
      coroutines[i].uc_stack.ss_sp = &stacks[i * stack];
      coroutines[i].uc_stack.ss_size = stack;
      coroutines[i].uc_link = &scheduler;
      makecontext(&coroutines[i], Start, 0);
    }
    for (bool more = true; more;) {
      more = false;
      // Backwards, so that a missing barrier shows.
      for (thread = threads; thread-- > 0;)
        if (!ended[thread]) {
          swapcontext(&scheduler, &coroutines[thread]);
          more = true;
        }
    }
  }
}

}  // namespace host

inline unsigned Thread() { return host::thread; }
inline unsigned Threads() { return host::threads; }
inline unsigned Block() { return host::block; }
inline unsigned Blocks() { return host::blocks; }
inline void Barrier() { swapcontext(&host::coroutines[host::thread], &host::scheduler); }

inline float Across(float value, unsigned mask) {
  host::exchanged[host::thread] = value;
  Barrier();
  float other = host::exchanged[host::thread ^ mask];
  Barrier();
  return other;
}

inline float SquareRoot(float value) { return __builtin_sqrtf(value); }

inline float FromHalf(unsigned half) {
  unsigned exponent = half >> 10 & 31, mantissa = half & 1023;
  float magnitude = exponent == 31 ? mantissa ? __builtin_nanf("") : __builtin_inff() : exponent == 0 ? __builtin_ldexpf(mantissa, -24) : __builtin_ldexpf(mantissa + 1024, (int)exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

inline unsigned ToHalf(float value) {
  unsigned sign = __builtin_signbit(value) ? 0x8000 : 0;
  float magnitude = __builtin_fabsf(value);
  if (value != value) return sign | 0x7E00;
  if (magnitude >= 65520) return sign | 0x7C00;
  int exponent = magnitude < 0x1p-14f ? -14 : __builtin_ilogbf(magnitude);
  // In units of the last place; rounding up to the next power of two carries into the exponent by itself.
  unsigned units = (unsigned)__builtin_rintf(__builtin_ldexpf(magnitude, 10 - exponent));
  return sign | (unsigned)((exponent + 14) * 1024 + (int)units);
}
