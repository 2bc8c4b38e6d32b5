using Onnxc.IR;

namespace Onnxc.Passes.Simplify;

/// <summary>What a <c>Pad</c> of version 11 or later adds: before and after every axis, how, and the constant (null means zero).</summary>
sealed record PadAmounts(long[] Amounts, string Mode, TensorData? Fill)
{
    /// <summary>Null when the amounts are not known or are for some axes only.</summary>
    public static PadAmounts? Of(Node pad)
    {
        if (pad.Graph.Opsets[""] < 11 || pad.Input(3) is not null) return null;
        if (ConstantVector.Int64s(pad.Input(1)) is not { } amounts) return null;
        if (pad.Input(2) is { Constant: null }) return null;
        var mode = pad.Attributes.Has("mode") ? pad.Attributes.Text("mode") : "constant";
        return mode is null ? null : new(amounts, mode, pad.Input(2)?.Constant);
    }

    public bool IsNothing => Array.TrueForAll(Amounts, a => a == 0);

    public bool FillsWithZeros => Mode == "constant" && (Fill is null || (Fill is not SparseTensor && Fill.Bytes.IndexOfAnyExcept((byte)0) < 0));

    public bool FillsLike(PadAmounts other) => Mode == other.Mode && Mode switch
    {
        "constant" => (FillsWithZeros && other.FillsWithZeros) || (Fill is not null && other.Fill is not null && Fill.ContentEquals(other.Fill)),
        "edge" => true,
        _ => false,
    };
}
