namespace Onnxc.Kernels;

/// <summary>
/// What follows the gate of a gated feed-forward block: y = Σ gateₙ · f(x · upₙ) · downₙ over the neurons whose gate exceeds a threshold. Rows of weights of
/// the others are not read. CATS (Lee et al., 2024), Spark Transformer (You et al., 2025); with a gate for a group of neurons, BlockFFN (Song et al., 2025).
/// </summary>
sealed unsafe class SparseGatedFfn : Operator
{
    public override int InputCount => 5;

    public override bool IsShapedLikeInput => false;

    public override (int Input, int Axis) Columns => (3, 1);

    public override Kernel Create(Attributes attributes) => new Block(attributes.Flag("silu"));

    sealed class Block(bool silu) : WholeKernel
    {
        public override void Run(KernelCall call)
        {
            long[] x = call.Shape(0), gate = call.Shape(1), up = call.Shape(2), down = call.Shape(3);
            if (up.Length != 2) throw call.Wrong("`up`", up, "must be a matrix");
            if (x.Length == 0 || x[^1] != up[1]) throw call.Wrong("`x`", x, $"its last axis must be the last of `up` of the shape {KernelCall.Text(up)}");
            if (down.Length != 2 || down[0] != up[0]) throw call.Wrong("`down`", down, $"it has a row for each of `up` of the shape {KernelCall.Text(up)}");
            if (gate.Length != x.Length || !gate.AsSpan()[..^1].SequenceEqual(x.AsSpan()[..^1])) throw call.Wrong("`gate`", gate, $"it has a row for each of `x` of the shape {KernelCall.Text(x)}");
            if (gate[^1] == 0 || up[0] % gate[^1] != 0) throw call.Wrong("`gate`", gate, $"its last axis must divide the rows of `up` of the shape {KernelCall.Text(up)}");
            if (x[^1] > int.MaxValue || down[1] > int.MaxValue) throw call.Wrong("`down`", down, "is too large");
            using var active = Activity.Select(call, input: 1, threshold: 4, repeat: (int)(up[0] / gate[^1]));
            var length = (int)x[^1];
            x[^1] = down[1];
            var y = call.Output(x);
            if (active.Rows == 0 || down[1] == 0) return;
            var neurons = new ActiveNeurons(active, new FloatDotRows(call.Floats(0), call.Floats(2), length), silu);
            call.Parallel(neurons.Tasks, neurons.Compute);
            var product = new ActiveProduct(active, new FloatSumRows(call.Floats(3), (int)down[1]), (int)down[1]) { Y = y, Storage = call.Storage };
            call.Parallel(product.Tasks, product.Compute);
        }
    }
}
