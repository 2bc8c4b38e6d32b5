namespace Onnxc.Runtime;

/// <summary>One trial at one rate; place -1 and rate 0 for no faults.</summary>
readonly record struct FaultPattern(int Place, double Rate, int Trial);
