using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>An open model on its data, whose memory can be struck and healed. Not for several threads at once; every worker has one of its own.</summary>
interface IFaultySession : IDisposable
{
    /// <summary>What may be struck, in the order of the model.</summary>
    IReadOnlyList<FaultSite> Sites { get; }

    /// <summary>Places of the sites that the outputs depend on.</summary>
    Result<HashSet<int>> Live();

    /// <summary>Strikes the sites that <paramref name="targets"/> lists, and says how many bits were hit.</summary>
    long Strike(FaultModel model, IReadOnlyList<int> targets, double rate, ulong seed, int trial);

    /// <summary>Takes all faults back.</summary>
    void Heal();

    /// <summary>Runs everything and gathers what is decided. Returns what went wrong, or null.</summary>
    Diagnostic? Decide(List<int> decided);
}
