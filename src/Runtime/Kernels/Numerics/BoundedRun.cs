namespace Onnxc.Kernels.Numerics;

/// <summary>Neighbouring elements, and where their bounds start and whether those move along.</summary>
readonly record struct BoundedRun(int Length, long Low, int LowStep, long High, int HighStep);
