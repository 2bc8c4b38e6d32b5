namespace Onnxc.Kernels;

/// <summary>
/// A layer of AF-KAN: products and sums of an activation of the distances to two ends, reduced to one number per input, normalised, bent, and multiplied by weights.
/// </summary>
sealed unsafe class AfKanLinear : Operator
{
    const int Ends = 3;

    public override int InputCount => 6;

    public override bool IsShapedLikeInput => false;

    public override (int Input, int Axis) Columns => (2, 0);

    public override Kernel Create(Attributes attributes)
    {
        var factors = attributes.Floats("factors", 0, 0, 0, 0, 1, 0);
        if (factors.Length != AfKanFunctions.Factors) throw attributes.Wrong("factors", factors, $"needs {AfKanFunctions.Factors} numbers");
        var activation = attributes.Int("activation", 0);
        if (activation is < 0 or > 3) throw attributes.Wrong("activation", activation, "must be 0 to 3");
        var attention = attributes.Int("attention", 1);
        if (attention is not (0 or 1)) throw attributes.Wrong("attention", attention, "must be 0 or 1");
        var normalize = attributes.Int("normalize", 1);
        if (normalize is not (0 or 1)) throw attributes.Wrong("normalize", normalize, "must be 0 or 1");
        return new Layer(factors, (AfKanActivation)activation)
        {
            Attends = attention == 1,
            Offset = attributes.Finite("offset", 0),
            Normalizes = normalize == 1,
            Epsilon = attributes.Finite("epsilon", 1e-5f),
        };
    }

    sealed class Layer(float[] factors, AfKanActivation activation) : WholeKernel
    {
        public bool Attends { get; init; }
        public float Offset { get; init; }
        public bool Normalizes { get; init; }
        public float Epsilon { get; init; }

        public override void Run(KernelCall call)
        {
            long[] x = call.Shape(0), weights = call.Shape(1), grid = call.Shape(3);
            if (x.Length == 0) throw call.Wrong("`x`", x, "needs an axis at least");
            if (weights.Length != 2 || weights[0] != x[^1]) throw call.Wrong("`weights`", weights, $"must be [I, O] for `x` of the shape {KernelCall.Text(x)}");
            if (grid.Length != 2 || grid[0] != Ends || grid[1] < 1) throw call.Wrong("`grid`", grid, $"must be [{Ends}, functions]");
            call.Expect("bias", 2, weights[1]);
            call.Expect("scale", 4, weights[0]);
            call.Expect("shift", 5, weights[0]);
            if (KernelCall.Elements(weights) > int.MaxValue) throw call.Wrong("`weights`", weights, "is too large");
            var rows = KernelCall.Elements(x.AsSpan()[..^1]);
            x[^1] = weights[1];
            var y = call.Output(x);
            if (rows == 0 || weights[1] == 0) return;
            var job = new AfKanProduct(new(factors, activation, call.Floats(3), (int)grid[1]), rows, (int)weights[0], (int)weights[1])
            {
                X = call.Floats(0),
                Weights = call.Floats(1),
                Bias = call.Floats(2),
                Scale = call.Floats(4),
                Shift = call.Floats(5),
                Attends = Attends,
                Offset = Offset,
                Normalizes = Normalizes,
                Epsilon = Epsilon,
                Y = y,
                Storage = call.Storage,
            };
            call.Parallel(job.Tasks, job.Compute);
        }
    }
}
