using Onnxc.IR;

namespace Onnxc.Calibration;

/// <summary>A value to observe, and the axis along which it is observed by channel, counted from the end when negative; null for none.</summary>
public readonly record struct Observation(Value Value, int? ChannelAxis = null);
