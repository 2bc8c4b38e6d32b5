namespace Onnxc.Passes;

/// <summary>A pass is about to run: number <paramref name="Index"/>, from 1, of the <paramref name="Total"/> written steps.</summary>
public readonly record struct PassProgress(string Pass, int Index, int Total);
