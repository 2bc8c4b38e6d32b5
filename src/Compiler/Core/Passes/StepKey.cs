using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>
/// Identifies one change of a compile by what it is, not by when it comes: pass, node (by its id, which is the same on every replay) and
/// description. A change that was left out stays out, however often a <c>repeat</c> offers it.
/// </summary>
public readonly record struct StepKey(string Pass, int Site, string What)
{
    /// <summary>Key of a change at <paramref name="site"/>; a null site stands for the model as a whole.</summary>
    public static StepKey Of(string pass, Node? site, string what) => new(pass, site?.Id ?? -1, what);
}
