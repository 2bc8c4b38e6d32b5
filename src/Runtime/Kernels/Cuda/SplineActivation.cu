// y = s·x + c(x): a line on either side of zero, and a piecewise cubic over a uniform grid
#include "Device.cuh"

struct SplineActivationArguments {
  const void* x;
  void* y;
  long long count;
  // Four coefficients for every segment, lowest power first.
  const Pack* table;
  // The low end of the grid; segments per unit; number of segments, and of the last one; slopes of the two sides.
  float low, scale, end, last, left, right;
  // A side with a slope of zero counts x as zero, since zero times infinity is NaN.
  float least, most;
};

// The second where one is NaN.
DEVICE float Greater(float a, float b) { return a > b ? a : b; }
DEVICE float Smaller(float a, float b) { return a < b ? a : b; }

struct Spline {
  const Pack* table;
  float low, scale, end, last, left, right, least, most;

  DEVICE float operator()(float x) const {
    // NaN lands on the grid here, and stays NaN in the line.
    float place = Smaller(Greater((x - low) * scale, 0), end);
    int segment = (int)Smaller(place, last);
    float t = place - (float)segment;
    Pack c = table[segment];
    float cubic = ((FloatOf(c.words[3]) * t + FloatOf(c.words[2])) * t + FloatOf(c.words[1])) * t + FloatOf(c.words[0]);
    float slope = x < 0 ? left : right;
    return slope * Smaller(most, Greater(least, x)) + cubic;
  }
};

template <class T>
DEVICE void SplineActivation(const SplineActivationArguments& a) {
  Map<T>(a.x, a.y, a.count, Spline{a.table, a.low, a.scale, a.end, a.last, a.left, a.right, a.least, a.most});
}

KERNEL(SplineActivation)
