namespace Onnxc.Calibration;

/// <summary>What an approximate change may cost, and what it has to gain. What breaks a gate is taken back, piece by piece.</summary>
public sealed record QualityGates
{
    /// <summary>Relative root mean square error that outputs without scores may have: 20 dB.</summary>
    public const double MostError = 0.1;

    // What is lost is mostly won elsewhere when the model was unsure, but on other data it may fall out differently.
    const double LostForDrop = 5;

    /// <summary>Share of right answers that may be lost.</summary>
    public double MaxDrop { get; init; } = 0.003;

    /// <summary>How many times as fast the model must become.</summary>
    public double MinSpeedup { get; init; } = 1;

    /// <summary>False for what is not a number, too.</summary>
    public bool Allow(Deviation deviation) => (deviation.Drop ?? 0) <= MaxDrop && (deviation.Lost ?? 0) <= MaxDrop * LostForDrop && (deviation.Error ?? 0) <= MostError;
}
