using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>What a classifier decides: the place of the greatest number along the last axis.</summary>
static class Decisions
{
    /// <summary>No number of a row may be called the greatest when one is NaN.</summary>
    public const int None = -1;

    /// <summary>Adds the decisions of one run to <paramref name="decided"/>.</summary>
    public static void Read(ElementType element, ReadOnlySpan<long> dims, ReadOnlySpan<byte> bytes, List<int> decided)
    {
        var numbers = FloatView.Of(element, bytes);
        var width = (int)dims[^1];
        for (var start = 0; start < numbers.Length; start += width)
        {
            var row = numbers.Slice(start, width);
            var best = 0;
            for (var i = 0; i < width; i++)
            {
                if (float.IsNaN(row[i]))
                {
                    best = None;
                    break;
                }
                if (row[i] > row[best]) best = i;
            }
            decided.Add(best);
        }
    }

    /// <summary>The output that holds scores: the first of floats whose last axis has several. Null when there is none.</summary>
    public static ModelPort? Scores(IReadOnlyList<ModelPort> outputs) => outputs.FirstOrDefault(o =>
        o.Type is TensorType { Shape: { Rank: > 1 } shape } type && FloatingType.CanRead(type.Element) && (!shape[shape.Rank - 1].IsFixed || shape[shape.Rank - 1].Extent > 1));

    public static Diagnostic NoScores() => Diagnostic.Create(Descriptors.NoDecisions, null);
}
