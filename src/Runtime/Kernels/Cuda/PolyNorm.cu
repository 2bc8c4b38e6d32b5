// y = w0·N(x^n) + ... + w(n-1)·N(x) + bias with N(v) = v / sqrt(mean(v^2) + epsilon) over the row
#include "Device.cuh"

struct PolyNormArguments {
  const void* x;
  void* y;
  long long rows, length;
  float bias, epsilon;
  int order;
  // Highest power first.
  float weights[64];
};

// Second moments of three neighbouring powers of x / scale, the first of them that of `first` + 1.
struct Moments {
  int first;
  float scale;

  DEVICE void operator()(float x, float (&sums)[3]) const {
    x /= scale;
    float power = x;
#pragma nounroll
    for (int i = 0; i < first; i++) power *= x;
    for (int i = 0; i < 3; i++) {
      sums[i] += power * power;
      power *= x;
    }
  }
};

struct CubicNorm {
  float line, square, cube, bias, scale;

  DEVICE float operator()(float x) const {
    x /= scale;
    float second = x * x;
    return line * x + square * second + cube * (second * x) + bias;
  }
};

struct Powers {
  // Of x, x², …
  const float* factors;
  int order;
  float bias, scale;

  DEVICE float operator()(float x) const {
    x /= scale;
    float power = x, sum = factors[0] * x;
#pragma nounroll
    for (int i = 1; i < order; i++) {
      power *= x;
      sum += factors[i] * power;
    }
    return sum + bias;
  }
};

// The factor of a power, from its moment.
DEVICE float Factor(const PolyNormArguments& a, int power, float moment, float scale) {
  float floor = a.epsilon;
#pragma nounroll
  for (int i = 0; i <= power; i++) floor = floor / scale / scale;
  return a.weights[a.order - 1 - power] / SquareRoot(moment / (float)a.length + floor);
}

// NaN and infinities are not.
DEVICE bool IsFinite(float value) { return value - value == 0; }

template <class T>
DEVICE void PolyNorm(const PolyNormArguments& a) {
  SHARED static float factors[64];
  for (long long i = Block(); i < a.rows; i += Blocks()) {
    Row<T> row(a.x, a.y, i, a.length);
    float sums[3], scale = 1;
    // The moment of the highest power is the first that overflows.
    int highest = (a.order - 1) / 3 * 3;
    row.Sums(sums, Moments{highest, scale});
    if (!IsFinite(sums[a.order - 1 - highest])) {
      scale = row.Largest();
      row.Sums(sums, Moments{highest, scale});
    }
    if (a.order == 3) {
      row.Write(CubicNorm{Factor(a, 0, sums[0], scale), Factor(a, 1, sums[1], scale), Factor(a, 2, sums[2], scale), a.bias, scale});
      continue;
    }
    for (int first = highest; first >= 0; first -= 3) {
      if (first < highest) row.Sums(sums, Moments{first, scale});
      for (int n = 0; n < 3; n++)
        if (Thread() == 0 && first + n < a.order) factors[first + n] = Factor(a, first + n, sums[n], scale);
    }
    Barrier();
    row.Write(Powers{factors, a.order, a.bias, scale});
    // The next row has other factors.
    Barrier();
  }
}

KERNEL(PolyNorm)
