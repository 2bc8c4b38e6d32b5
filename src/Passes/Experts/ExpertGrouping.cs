namespace Onnxc.Passes.Experts;

/// <summary>Which experts share a projection.</summary>
public enum ExpertGrouping
{
    /// <summary>Neighbours.</summary>
    Consecutive,

    /// <summary>Those whose matrices see the most similar directions, by principal angles.</summary>
    Angles,
}
