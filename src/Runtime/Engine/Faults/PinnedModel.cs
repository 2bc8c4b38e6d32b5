using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>
/// A model as ONNX Runtime runs it after its own optimisations, which are then turned off: folding changes which bits there are to flip, so faults
/// have to come after it.
/// </summary>
public sealed class PinnedModel
{
    // Memory of indices, shapes and truth values is not the memory of weights.
    internal static readonly IReadOnlySet<ElementType> Faulty = new HashSet<ElementType>
    {
        ElementType.Float, ElementType.Float16, ElementType.BFloat16, ElementType.Double, ElementType.Int8, ElementType.UInt8,
        ElementType.Int16, ElementType.UInt16, ElementType.Int4, ElementType.UInt4, ElementType.Int2, ElementType.UInt2,
    };

    readonly Lazy<WeightLayout> layout;

    PinnedModel(byte[] bytes, IReadOnlyList<FaultWeight> weights)
    {
        (Bytes, Weights) = (bytes, weights);
        layout = new(() => WeightLayout.Of(bytes, weights));
    }

    /// <summary>The optimised model.</summary>
    internal byte[] Bytes { get; }

    /// <summary>The model as sessions load it, and its weights as they lie there, in the order of <see cref="Weights"/>.</summary>
    internal WeightLayout Layout => layout.Value;

    /// <summary>Constants that lie in faulty memory, in the order of the model.</summary>
    public IReadOnlyList<FaultWeight> Weights { get; }

    /// <summary>Optimises what <paramref name="source"/> holds. Fails when ONNX Runtime refuses it.</summary>
    public static Result<PinnedModel> Of(ModelSource source)
    {
        var bytes = OrtOptimizer.Bytes(source.Load, new SessionSettings { Optimization = OptimizationLevel.Extended }.WithKernels());
        if (!bytes.IsOk) return Result<PinnedModel>.Fail(bytes.Diagnostics);
        var read = ModelReader.Read(bytes.Value);
        return read.IsOk ? Result<PinnedModel>.Ok(new(bytes.Value, [.. WeightsOf(read.Value)])) : Result<PinnedModel>.Fail(read.Diagnostics);
    }

    static IEnumerable<FaultWeight> WeightsOf(Model model)
    {
        foreach (var value in model.Main.Initializers)
        {
            if (value.Uses.Select(u => u.User).OfType<Node>().FirstOrDefault() is not { } reader || value.Initializer is not { ElementCount: > 0 } data) continue;
            if (data is SparseTensor || !(Faulty.Contains(data.Element) || (data.Element == ElementType.Int32 && HoldsSums(reader)))) continue;
            yield return new(value.Name, reader.DisplayName, data);
        }
    }

    // Biases of quantized layers.
    static bool HoldsSums(Node reader) => reader.Op.Name is "DequantizeLinear" or "QLinearConv" or "QGemm";
}
