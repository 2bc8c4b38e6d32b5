// x between its bounds; beyond them zero, or the bound
#include "Device.cuh"

struct ClippedActivationArguments {
  const void* x;
  void* y;
  long long count;
  const void* low;
  const void* high;
  int saturate, axes;
  // Axes of x, innermost last, and how far a step along each moves in the bounds: 0 where a bound stays the same.
  long long extent[16], lowStep[16], highStep[16];
};

// Bounds of neighbouring elements from a place on: one for all, or one for each.
template <class T, int N>
DEVICE void Spread(const void* bound, long long place, long long step, float (&values)[N]) {
  if (step != 0 && N > 1 && place % N == 0 && ArePacks(bound, bound)) {
    Load<T>(bound, place / N, values);
    return;
  }
#pragma unroll
  for (int i = 0; i < N; i++) values[i] = i > 0 && step == 0 ? values[0] : T::Read(((const typename T::Bits*)bound)[place + i * step]);
}

template <class T>
struct Clip {
  const ClippedActivationArguments& a;

  template <int N>
  DEVICE void operator()(float (&values)[N], long long offset) const {
    float low[N], high[N];
    if (a.axes == 1 || offset % a.extent[a.axes - 1] + N <= a.extent[a.axes - 1]) {
      Find(offset, low, high);
    } else {
      // The group crosses the end of the innermost axis.
#pragma unroll
      for (int i = 0; i < N; i++) {
        float oneLow[1], oneHigh[1];
        Find(offset + i, oneLow, oneHigh);
        low[i] = oneLow[0];
        high[i] = oneHigh[0];
      }
    }
    // NaN is not at least the lower bound, so it takes what is below.
#pragma unroll
    for (int i = 0; i < N; i++) {
      float below = a.saturate ? low[i] : 0, above = a.saturate ? high[i] : 0;
      values[i] = low[i] <= values[i] ? values[i] <= high[i] ? values[i] : above : below;
    }
  }

  template <int N>
  DEVICE void Find(long long offset, float (&low)[N], float (&high)[N]) const {
    long long lowPlace = 0, highPlace = 0;
    for (int axis = a.axes - 1; axis > 0; axis--) {
      long long outside = offset / a.extent[axis], step = offset - outside * a.extent[axis];
      lowPlace += step * a.lowStep[axis];
      highPlace += step * a.highStep[axis];
      offset = outside;
    }
    Spread<T>(a.low, lowPlace + offset * a.lowStep[0], a.lowStep[a.axes - 1], low);
    Spread<T>(a.high, highPlace + offset * a.highStep[0], a.highStep[a.axes - 1], high);
  }
};

template <class T>
DEVICE void ClippedActivation(const ClippedActivationArguments& a) {
  Groups<T>(a.x, a.y, a.count, Clip<T>{a});
}

KERNEL(ClippedActivation)
