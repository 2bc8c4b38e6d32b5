// What the kernels need of a GPU, and what they share: storage types, passes over elements, rows and their sums. No header of CUDA is needed.
// On anything that is no GPU, whoever includes this defines DEVICE, SHARED and KERNEL, and threads, blocks, barriers and shuffles.
#pragma once

#ifdef __CUDA__

#define DEVICE inline __attribute__((device, always_inline))
#define SHARED __attribute__((shared))
#define ENTRY extern "C" __attribute__((global)) __attribute__((launch_bounds(512)))
#define KERNEL(name)                                                         \
  ENTRY void name##_float(name##Arguments a) { name<Float>(a); }             \
  ENTRY void name##_float16(name##Arguments a) { name<Float16>(a); }         \
  ENTRY void name##_bfloat16(name##Arguments a) { name<BFloat16>(a); }

DEVICE unsigned Thread() { return __nvvm_read_ptx_sreg_tid_x(); }
DEVICE unsigned Threads() { return __nvvm_read_ptx_sreg_ntid_x(); }
DEVICE unsigned Block() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE unsigned Blocks() { return __nvvm_read_ptx_sreg_nctaid_x(); }

// All threads of a block reach it before one goes on.
DEVICE void Barrier() { __syncthreads(); }

// The value of the thread whose number within its 32 differs in the bits of mask. All threads of a block call it together.
DEVICE float Across(float value, unsigned mask) { return __nvvm_shfl_sync_bfly_f32(0xFFFFFFFF, value, mask, 31); }

DEVICE float SquareRoot(float value) { return __nvvm_sqrt_rn_f(value); }

DEVICE float FromHalf(unsigned half) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"((unsigned short)half));
  return value;
}

DEVICE unsigned ToHalf(float value) {
  unsigned short half;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(value));
  return half;
}

#endif

DEVICE unsigned BitsOf(float value) { return __builtin_bit_cast(unsigned, value); }
DEVICE float FloatOf(unsigned bits) { return __builtin_bit_cast(float, bits); }

// Sixteen bytes, the most that a thread reads or writes at once.
struct alignas(16) Pack {
  unsigned words[4];
};

// Storage types: how many elements are in a pack, and how they become floats and are rounded back, to nearest even.
struct Float {
  typedef unsigned Bits;
  enum { Lanes = 4 };
  static DEVICE float Read(unsigned bits) { return FloatOf(bits); }
  static DEVICE unsigned Write(float value) { return BitsOf(value); }
};

struct Float16 {
  typedef unsigned short Bits;
  enum { Lanes = 8 };
  static DEVICE float Read(unsigned bits) { return FromHalf(bits); }
  static DEVICE unsigned Write(float value) { return ToHalf(value); }
};

struct BFloat16 {
  typedef unsigned short Bits;
  enum { Lanes = 8 };
  static DEVICE float Read(unsigned bits) { return FloatOf(bits << 16); }
  static DEVICE unsigned Write(float value) {
    unsigned bits = BitsOf(value);
    return value != value ? 0x7FC0 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
  }
};

template <class T, int N>
DEVICE void Unpack(Pack pack, float (&values)[N]) {
  for (int lane = 0; lane < N; lane++) values[lane] = N == 4 ? T::Read(pack.words[lane]) : T::Read(pack.words[lane / 2] >> lane % 2 * 16 & 0xFFFF);
}

// Elements i·N to i·N + N - 1, where N is a pack's, or 1.
template <class T, int N>
DEVICE void Load(const void* from, long long i, float (&values)[N]) {
  if constexpr (N == 1) {
    values[0] = T::Read(((const typename T::Bits*)from)[i]);
  } else {
    Unpack<T>(((const Pack*)from)[i], values);
  }
}

template <class T, int N>
DEVICE void Store(void* to, long long i, const float (&values)[N]) {
  if constexpr (N == 1) {
    ((typename T::Bits*)to)[i] = (typename T::Bits)T::Write(values[0]);
  } else {
    Pack pack;
    for (int word = 0; word < 4; word++)
      pack.words[word] = N == 4 ? T::Write(values[word]) : T::Write(values[2 * word % N]) | T::Write(values[(2 * word + 1) % N]) << 16;
    ((Pack*)to)[i] = pack;
  }
}

DEVICE bool ArePacks(const void* x, const void* y) { return (((unsigned long long)x | (unsigned long long)y) & 15) == 0; }

// Runs f(values, offset) over groups of elements, in place: whole packs where addresses allow, and the rest one by one.
template <class T, class F>
DEVICE void Groups(const void* x, void* y, long long count, F f) {
  long long first = (long long)Block() * Threads() + Thread(), step = (long long)Blocks() * Threads();
  long long packs = ArePacks(x, y) ? count / T::Lanes : 0;
  for (long long i = first; i < packs; i += step) {
    float values[T::Lanes];
    Load<T>(x, i, values);
    f(values, i * T::Lanes);
    Store<T>(y, i, values);
  }
  for (long long i = packs * T::Lanes + first; i < count; i += step) {
    float values[1];
    Load<T>(x, i, values);
    f(values, i);
    Store<T>(y, i, values);
  }
}

// Applies f to every element.
template <class T, class F>
struct Every {
  F f;
  template <int N>
  DEVICE void operator()(float (&values)[N], long long) const {
    for (int i = 0; i < N; i++) values[i] = f(values[i]);
  }
};

template <class T, class F>
DEVICE void Map(const void* x, void* y, long long count, F f) {
  Groups<T>(x, y, count, Every<T, F>{f});
}

// What two values become where threads bring theirs together.
struct Total {
  DEVICE float operator()(float a, float b) const { return a + b; }
};

struct Larger {
  DEVICE float operator()(float a, float b) const { return b > a ? b : a; }
};

// One row, with all threads of a block. A row that is not too long stays in registers from the first reading on.
template <class T>
class Row {
  enum { Held = 4, Chunk = 64 };

  const typename T::Bits* x;
  typename T::Bits* y;
  long long length, packs;
  bool held;
  Pack kept[Held];

 public:
  DEVICE Row(const void* tensor, void* result, long long row, long long length)
      : x((const typename T::Bits*)tensor + row * length), y((typename T::Bits*)result + row * length), length(length) {
    packs = ArePacks(x, y) && length % T::Lanes == 0 ? length / T::Lanes : 0;
    held = packs > 0 && packs <= (long long)Held * Threads();
    for (int k = 0; k < Held; k++)
      if (IsHeld(k)) kept[k] = ((const Pack*)x)[Thread() + k * Threads()];
  }

  // Sums of what add(value, sums) adds for every element. The same order of additions every time.
  template <int N, class F>
  DEVICE void Sums(float (&sums)[N], F add) const {
    for (int n = 0; n < N; n++) sums[n] = 0;
    if (held) {
#pragma unroll
      for (int k = 0; k < Held; k++)
        if (IsHeld(k)) {
          float values[T::Lanes];
          Unpack<T>(kept[k], values);
          for (int i = 0; i < T::Lanes; i++) add(values[i], sums);
        }
    } else if (packs > 0) {
      Accumulate<T::Lanes>(packs, sums, add);
    } else {
      Accumulate<1>(length, sums, add);
    }
    OverBlock(sums, Total());
  }

  // The largest magnitude; of infinities the largest finite number.
  DEVICE float Largest() const {
    float largest[1] = {0};
    for (long long i = Thread(); i < length; i += Threads()) largest[0] = Larger()(largest[0], FloatOf(BitsOf(T::Read(x[i])) & 0x7FFFFFFF));
    OverBlock(largest, Larger());
    return largest[0] < FloatOf(0x7F7FFFFF) ? largest[0] : FloatOf(0x7F7FFFFF);
  }

  // Writes f of every element.
  template <class F>
  DEVICE void Write(F f) const {
    if (held) {
#pragma unroll
      for (int k = 0; k < Held; k++)
        if (IsHeld(k)) {
          float values[T::Lanes];
          Unpack<T>(kept[k], values);
          for (int i = 0; i < T::Lanes; i++) values[i] = f(values[i]);
          Store<T>(y, Thread() + k * Threads(), values);
        }
    } else if (packs > 0) {
      Rewrite<T::Lanes>(packs, f);
    } else {
      Rewrite<1>(length, f);
    }
  }

 private:
  DEVICE bool IsHeld(int k) const { return held && Thread() + k * Threads() < packs; }

  // Chunks are added up as doubles, so that the error does not grow with the row.
  template <int Lanes, int N, class F>
  DEVICE void Accumulate(long long groups, float (&sums)[N], F add) const {
    double totals[N] = {};
    for (long long i = Thread(); i < groups;) {
      float part[N] = {};
      for (int step = 0; step < Chunk && i < groups; step++, i += Threads()) {
        float values[Lanes];
        Load<T>(x, i, values);
        for (int lane = 0; lane < Lanes; lane++) add(values[lane], part);
      }
      for (int n = 0; n < N; n++) totals[n] += part[n];
    }
    for (int n = 0; n < N; n++) sums[n] = (float)totals[n];
  }

  template <int Lanes, class F>
  DEVICE void Rewrite(long long groups, F f) const {
    for (long long i = Thread(); i < groups; i += Threads()) {
      float values[Lanes];
      Load<T>(x, i, values);
      for (int lane = 0; lane < Lanes; lane++) values[lane] = f(values[lane]);
      Store<T>(y, i, values);
    }
  }

  // Every thread gets the sums over the block, or what else two values become.
  template <int N, class F>
  static DEVICE void OverBlock(float (&sums)[N], F both) {
    SHARED static float partial[N][32];
    for (int n = 0; n < N; n++) {
      OverWarp(sums[n], both);
      if (Thread() % 32 == 0) partial[n][Thread() / 32] = sums[n];
    }
    Barrier();
    for (int n = 0; n < N; n++) {
      sums[n] = Thread() % 32 < Threads() / 32 ? partial[n][Thread() % 32] : 0;
      OverWarp(sums[n], both);
    }
    // The place is used again.
    Barrier();
  }

  template <class F>
  static DEVICE void OverWarp(float& sum, F both) {
    for (unsigned mask = 16; mask > 0; mask /= 2) sum = both(sum, Across(sum, mask));
  }
};
