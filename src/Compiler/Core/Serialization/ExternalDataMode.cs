namespace Onnxc.Serialization;

/// <summary>Whether weights go to a second file.</summary>
public enum ExternalDataMode
{
    /// <summary>What was external stays so; everything else only when one file could not hold the model.</summary>
    Auto,

    /// <summary>All weights above the threshold.</summary>
    Always,

    /// <summary>None; an error when the model does not fit into one file.</summary>
    Never,
}
