namespace Onnxc.Calibration;

/// <summary>Time of one model over that of another: below 1 it is the faster one.</summary>
public sealed record Speed(double Ratio);
