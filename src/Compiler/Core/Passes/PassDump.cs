using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>The model after a pass that changed it; numbered from 1 in order of the dumps.</summary>
public sealed record PassDump(int Number, string Pass, Model Model);
