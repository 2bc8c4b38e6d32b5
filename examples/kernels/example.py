"""Runs a model through the functions that it carries, then through the kernels, and compares.

    pip install onnxruntime numpy
    python example.py MODEL LIBRARY
"""

import sys
import time

import numpy as np
import onnxruntime as ort


def run(model, library, x):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    if library:
        options.register_custom_ops_library(library)
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    times = []
    for _ in range(15):
        start = time.perf_counter()
        (y,) = session.run(["y"], {"x": x})
        times.append(1000 * (time.perf_counter() - start))
    return y, sorted(times)[len(times) // 2]


def main(model, library):
    x = np.random.default_rng(1).standard_normal((1024, 4096), dtype=np.float32)
    expected, slow = run(model, None, x)
    actual, fast = run(model, library, x)
    difference = float(np.abs(expected - actual).max())
    print(f"functions {slow:.2f} ms, kernels {fast:.2f} ms, {slow / fast:.1f} times; largest difference {difference:.2g}")
    return 0 if difference < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
