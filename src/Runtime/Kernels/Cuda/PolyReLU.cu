// y = w0·r^n + ... + w(n-1)·r + bias with r = max(x, 0)
#include "Device.cuh"

struct PolyReLUArguments {
  const void* x;
  void* y;
  long long count;
  // Highest power first; three of them stand in the last fields as well.
  const float* weights;
  int order;
  float bias, cube, square, slope;
};

struct Cubic {
  float cube, square, slope, bias;

  DEVICE float operator()(float x) const {
    float r = x <= 0 ? 0 : x;
    return ((cube * r + square) * r + slope) * r + bias;
  }
};

struct Horner {
  const float* weights;
  int order;
  float bias;

  DEVICE float operator()(float x) const {
    float r = x <= 0 ? 0 : x, sum = 0;
#pragma nounroll
    for (int i = 0; i < order; i++) sum = (sum + weights[i]) * r;
    return sum + bias;
  }
};

template <class T>
DEVICE void PolyReLU(const PolyReLUArguments& a) {
  if (a.order == 3)
    Map<T>(a.x, a.y, a.count, Cubic{a.cube, a.square, a.slope, a.bias});
  else
    Map<T>(a.x, a.y, a.count, Horner{a.weights, a.order, a.bias});
}

KERNEL(PolyReLU)
