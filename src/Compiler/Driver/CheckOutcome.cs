namespace Onnxc.Compilation;

/// <summary>What the differential check found.</summary>
public enum CheckOutcome
{
    /// <summary>Outputs agree within what the passes promise.</summary>
    Passed,

    /// <summary>A change was wrong; the result is correct without it.</summary>
    Repaired,

    /// <summary>Outputs differ, and the result was not put in place.</summary>
    Failed,

    /// <summary>The models could not be run or compared.</summary>
    Impossible,

    /// <summary>Nothing changed, or nobody wanted it.</summary>
    Skipped,
}
