using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>
/// Numbers every change of a compile from 1 and decides which may happen: none beyond <paramref name="limit"/>, none among
/// <paramref name="denied"/>, and none at a node that makes one of the values that are <paramref name="protectedValues"/>, unless it
/// <see cref="IgnoresProtection"/>. Denied changes are numbered too, so that numbers mean the same thing on every replay.
/// </summary>
public sealed class StepGate(long limit = long.MaxValue, IReadOnlySet<StepKey>? denied = null, IReadOnlySet<string>? protectedValues = null)
{
    /// <summary>Changes asked for so far.</summary>
    public long Asked { get; private set; }

    /// <summary>Change number <c>limit</c> and the place where it was made, once it was reached.</summary>
    public (StepKey Key, string Scope)? AtLimit { get; private set; }

    /// <summary>True while a pass runs that does no harm to protected values.</summary>
    public bool IgnoresProtection { get; set; }

    public bool TryEnter(string pass, Node? site, string what, Value? reused = null)
    {
        if (Asked >= limit) return false;
        Asked++;
        // Described only where someone will ask: a compile makes tens of thousands of changes.
        if (Asked == limit) AtLimit = (StepKey.Of(pass, site, what), site is null ? "" : Diagnostics.ModelLocation.Of(site).Scope);
        // Who gets further users is changed as well.
        if (site?.Outputs.Any(IsProtected) == true || (reused is not null && IsProtected(reused))) return false;
        return denied is null || !denied.Contains(StepKey.Of(pass, site, what));
    }

    bool IsProtected(Value value) => !IgnoresProtection && protectedValues?.Contains(value.Name) == true;
}
