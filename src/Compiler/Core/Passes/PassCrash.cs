using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>
/// A pass threw. <paramref name="Model"/> is in the state in which the pass left it; the state before is that of a compile stopped after
/// <paramref name="ChangesBefore"/> changes. <paramref name="Pipeline"/> is the text of the one step.
/// </summary>
public sealed record PassCrash(Model Model, string Pipeline, long ChangesBefore, Exception Exception);
