// Keeps what exceeds mean + multiplier·deviation of its row, and shifts it by that when soft
#include "Device.cuh"

struct StatisticalTopKArguments {
  const void* x;
  void* y;
  long long rows, length;
  float multiplier;
  int soft;
};

struct Plain {
  DEVICE void operator()(float x, float (&sum)[1]) const { sum[0] += x; }
};

struct SquaredDistance {
  float mean;

  DEVICE void operator()(float x, float (&sum)[1]) const {
    float distance = x - mean;
    sum[0] += distance * distance;
  }
};

struct Beyond {
  float threshold, shift;

  DEVICE float operator()(float x) const { return threshold < x ? x - shift : 0; }
};

template <class T>
DEVICE void StatisticalTopK(const StatisticalTopKArguments& a) {
  for (long long i = Block(); i < a.rows; i += Blocks()) {
    Row<T> row(a.x, a.y, i, a.length);
    float sum[1];
    row.Sums(sum, Plain());
    float mean = sum[0] / (float)a.length;
    row.Sums(sum, SquaredDistance{mean});
    float threshold = mean + SquareRoot(sum[0] / (float)a.length) * a.multiplier;
    row.Write(Beyond{threshold, a.soft ? threshold : 0});
  }
}

KERNEL(StatisticalTopK)
