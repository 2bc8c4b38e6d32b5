namespace Onnxc.Passes.Clip;

/// <summary>How bounds are found.</summary>
public enum ClipMethod
{
    /// <summary>What was seen on data (Ranger).</summary>
    Range,

    /// <summary>The bound under which accuracy suffers least from faults, by interval search (FT-ClipAct).</summary>
    FtClipact,

    /// <summary>The smallest bounds that keep accuracy, from the last layer to the first, those of the last one for each neuron (after ProAct, without training).</summary>
    Proact,

    /// <summary>The smallest bounds that keep accuracy, for each neuron (after FitAct, without training).</summary>
    Fitact,
}
