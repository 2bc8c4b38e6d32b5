using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// Checks shapes and spreads sequences over threads. One sequence is done by one thread in a fixed order, so results depend on neither.
/// </summary>
sealed unsafe class TokenMerge : WholeKernel
{
    readonly int pairs;
    readonly bool keepsFirst, keepsSecond;
    readonly float? epsilon;

    /// <param name="attributes">Of the node.</param>
    /// <param name="epsilon">That of the norm under a modulation; null without one.</param>
    public TokenMerge(Attributes attributes, float? epsilon = null)
    {
        this.epsilon = epsilon;
        var r = attributes.Int("r", 0);
        pairs = r is >= 0 and <= int.MaxValue ? (int)r : throw attributes.Wrong("r", r, "must not be negative");
        (keepsFirst, keepsSecond) = (attributes.Flag("class_token"), attributes.Flag("distillation_token"));
    }

    public override void Run(KernelCall call)
    {
        long[] metric = call.Shape(0), x = call.Shape(1), size = call.Shape(2);
        if (x.Length != 3) throw call.Wrong("`x`", x, "must be [B, N, D]");
        if (metric.Length != 3 || metric[0] != x[0] || metric[1] != x[1]) throw call.Wrong("`metric`", metric, $"must be [{x[0]}, {x[1]}, C] for `x` of the shape {KernelCall.Text(x)}");
        if (size.Length != 3 || (size[0] != x[0] && size[0] != 1) || size[1] != x[1] || size[2] != 1) throw call.Wrong("`size`", size, $"must be [{x[0]} or 1, {x[1]}, 1]");
        if (x[1] > int.MaxValue / 4 || x[2] > int.MaxValue / 4 || metric[2] > int.MaxValue / 4) throw call.Wrong("`x`", x, "is too large");
        var most = (x[1] + 1) / 2 - (keepsFirst ? 1 : 0);
        if (pairs > 0 && (pairs > most || x[1] < (keepsSecond ? 4 : 2))) throw call.Wrong("`x`", x, $"has too few tokens to merge {pairs} pairs");
        if (epsilon is not null) CheckWeights(call, x[2]);
        var (batch, tokens, width) = ((int)x[0], (int)x[1], (int)x[2]);
        var left = tokens - pairs;
        var (y, total) = (call.Output([batch, left, width]), call.Output([batch, left, 1], 1));
        if (batch == 0 || tokens == 0) return;
        float* keys = call.Floats(0), values = call.Floats(1), sizes = call.Floats(2);
        var storage = call.Storage;
        var modulation = epsilon is { } e ? new TokenModulation(call.Floats(3), call.Floats(4), call.Floats(5), call.Floats(6), e) : null;
        call.Parallel(batch, b =>
        {
            var matching = new TokenMatching(tokens, pairs, keepsFirst, keepsSecond);
            var own = sizes + (size[0] == 1 ? 0 : (long)b * tokens);
            matching.Match(keys + (long)b * tokens * metric[2], own, (int)metric[2]);
            var merged = new float[(long)left * width];
            var weights = new float[left];
            fixed (float* to = merged, weight = weights)
            {
                matching.Merge(values + (long)b * tokens * width, own, width, modulation, to, weight);
            }
            Storages.Store(storage, merged, y, (long)b * left * width);
            Storages.Store(storage, weights, total, (long)b * left);
        });
    }

    void CheckWeights(KernelCall call, long width)
    {
        if (call.Shape(3) is var rows && (rows.Length != 1 || rows[0] != pairs)) throw call.Wrong("`row_weights`", rows, $"there is one for each of {pairs} pairs");
        for (var input = 4; input < 7; input++)
            if (call.Shape(input) is var shape && (shape.Length != 1 || shape[0] != width))
                throw call.Wrong(input switch { 4 => "`column_weights`", 5 => "`scale`", _ => "`bias`" }, shape, $"there is one for each of {width} channels");
    }
}
