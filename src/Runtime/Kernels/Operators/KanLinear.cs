namespace Onnxc.Kernels;

/// <summary>A layer of a Kolmogorov-Arnold network: sums of learned functions of the inputs, each of which is a sum of basis functions.</summary>
sealed unsafe class KanLinear : Operator
{
    const int HighestDegree = 8;

    public override int InputCount => 6;

    public override bool IsShapedLikeInput => false;

    public override (int Input, int Axis) Columns => (2, 0);

    public override Kernel Create(Attributes attributes)
    {
        var basis = attributes.Int("basis", 0);
        if (basis is not (0 or 1 or 2)) throw attributes.Wrong("basis", basis, "must be 0, 1 or 2");
        var degree = attributes.Int("degree", 3);
        if (degree is < 1 or > HighestDegree) throw attributes.Wrong("degree", degree, $"must be 1 to {HighestDegree}");
        var hasBase = attributes.Int("base", 1);
        if (hasBase is not (0 or 1)) throw attributes.Wrong("base", hasBase, "must be 0 or 1");
        var layer = new Layer((KanBasis)basis, (int)degree, attributes.Finite("factor", 1), hasBase == 1, attributes.Flag("normalize"), attributes.Finite("epsilon", 1e-5f));
        layer.Prepare(attributes.Constant(1, out var weights), weights, attributes.Constant(3, out var grid), grid);
        return layer;
    }

    sealed class Layer(KanBasis basis, int degree, float factor, bool hasBase, bool normalizes, float epsilon) : WholeKernel
    {
        // Of weights and grids that are the same in all calls.
        KanFunctions? known;
        KanWeights? packed;

        /// <summary>Does once what would be the same in all calls.</summary>
        public void Prepare(float[]? weights, long[] shape, float[]? grid, long[] knots)
        {
            if (weights is null || grid is null || shape is not [> 0, var all, > 0] || knots.Length != 2 || knots[0] != shape[0] || Terms(all) < 1 || knots[1] != Knots(Terms(all))) return;
            var (inputs, terms, columns) = ((int)shape[0], (int)Terms(all), (int)shape[2]);
            fixed (float* from = grid) known = new(basis, degree, factor, inputs, terms, from);
            if (!known.IsLocal) return;
            fixed (float* from = weights) packed = new(from, inputs, terms, columns, hasBase);
        }

        long Terms(long all) => all - (hasBase ? 1 : 0);

        long Knots(long terms) => basis switch { KanBasis.BSpline => terms + degree + 1, KanBasis.Relu => 2 * terms, _ => terms };

        public override void Run(KernelCall call)
        {
            long[] x = call.Shape(0), weights = call.Shape(1), grid = call.Shape(3);
            if (x.Length == 0) throw call.Wrong("`x`", x, "needs an axis at least");
            if (weights.Length != 3 || weights[0] != x[^1]) throw call.Wrong("`weights`", weights, $"must be [I, terms, O] for `x` of the shape {KernelCall.Text(x)}");
            var (terms, knots) = (Terms(weights[1]), Knots(Terms(weights[1])));
            if (terms < 1 || grid.Length != 2 || grid[0] != weights[0] || grid[1] != knots) throw call.Wrong("`grid`", grid, $"must be [{weights[0]}, {knots}] for `weights` of the shape {KernelCall.Text(weights)}");
            call.Expect("bias", 2, weights[2]);
            call.Expect("scale", 4, weights[0]);
            call.Expect("shift", 5, weights[0]);
            if (KernelCall.Elements(weights) > int.MaxValue) throw call.Wrong("`weights`", weights, "is too large");
            var rows = KernelCall.Elements(x.AsSpan()[..^1]);
            x[^1] = weights[2];
            var y = call.Output(x);
            if (rows == 0 || weights[2] == 0) return;
            var functions = known ?? new(basis, degree, factor, (int)weights[0], (int)terms, call.Floats(3));
            var laid = packed ?? (functions.IsLocal && rows >= KanProduct.LeastPacked ? new(call.Floats(1), (int)weights[0], (int)terms, (int)weights[2], hasBase) : null);
            var job = new KanProduct(functions, laid, rows, (int)weights[2], hasBase)
            {
                X = call.Floats(0),
                Weights = call.Floats(1),
                Bias = call.Floats(2),
                Scale = normalizes ? call.Floats(4) : null,
                Shift = call.Floats(5),
                Epsilon = epsilon,
                Y = y,
                Storage = call.Storage,
            };
            call.Parallel(job.Tasks, job.Compute);
        }
    }
}
