using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>
/// Numbers every change of a compile from 1 and decides which may happen: none beyond <paramref name="limit"/>, none whose number is in
/// <paramref name="denied"/>. Denied changes are numbered too, so that numbers mean the same thing on every replay.
/// </summary>
public sealed class StepGate(long limit = long.MaxValue, IReadOnlySet<long>? denied = null)
{
    /// <summary>Changes asked for so far.</summary>
    public long Asked { get; private set; }

    /// <summary>Pass, place and description of change number <c>limit</c>, once it was reached.</summary>
    public (string Pass, string Site, string What)? AtLimit { get; private set; }

    public bool TryEnter(string pass, Node? site, string what)
    {
        if (Asked >= limit) return false;
        Asked++;
        if (denied is not null && denied.Contains(Asked)) return false;
        // Described only where someone will ask: a compile makes tens of thousands of changes.
        if (Asked == limit) AtLimit = (pass, site is null ? "" : Diagnostics.ModelLocation.Of(site).Scope, what);
        return true;
    }
}
