namespace Onnxc.Passes.Activations;

/// <summary>Functions that stand in for an activation.</summary>
public enum ActivationFamily
{
    /// <summary>The cheapest that is close enough: the selection of S-KAN.</summary>
    Auto,

    /// <summary>A polynomial of the positive part (PolyCom).</summary>
    PolyRelu,

    /// <summary>Cubics between equal knots, as in Kolmogorov-Arnold networks.</summary>
    BSpline,

    /// <summary>Squares of products of two rectified lines (ReLU-KAN).</summary>
    ReluKan,

    /// <summary>Gaussians (FastKAN).</summary>
    Rbf,

    /// <summary>Squares of products of two SiLUs (AF-KAN).</summary>
    AfKan,

    /// <summary>A Fourier series, which is what rotations of a qubit by the input compute (DARUAN).</summary>
    Daruan,

    /// <summary>The soft knee of deep interest networks, for PRelu and LeakyRelu.</summary>
    Dice,
}
