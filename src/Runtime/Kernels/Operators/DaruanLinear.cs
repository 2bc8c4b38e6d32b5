namespace Onnxc.Kernels;

/// <summary>A layer of quantum Kolmogorov-Arnold networks: sums of harmonics of the inputs, or of differences of amplitudes that such sums give.</summary>
sealed unsafe class DaruanLinear : Operator
{
    const int MostCoefficients = 65;

    public override int InputCount => 3;

    public override bool IsShapedLikeInput => false;

    public override (int Input, int Axis) Columns => (2, 0);

    public override Kernel Create(Attributes attributes) => new Layer(attributes.Finite("frequency", 1), attributes.Flag("fast"), attributes.Flag("base"));

    sealed class Layer(float frequency, bool isFast, bool hasBase) : WholeKernel
    {
        public override void Run(KernelCall call)
        {
            long[] x = call.Shape(0), weights = call.Shape(1);
            if (x.Length == 0) throw call.Wrong("`x`", x, "needs an axis at least");
            if (weights.Length != 3 || weights[0] != x[^1]) throw call.Wrong("`weights`", weights, $"must be [I, terms, O] for `x` of the shape {KernelCall.Text(x)}");
            var coefficients = weights[1] - (isFast ? 1 : 0) - (hasBase ? 1 : 0);
            if (coefficients is < 3 or > MostCoefficients || coefficients % 2 == 0) throw call.Wrong("`weights`", weights, $"needs an odd number from 3 to {MostCoefficients} of coefficients, and has {coefficients}");
            call.Expect("bias", 2, weights[2]);
            if (KernelCall.Elements(weights) > int.MaxValue) throw call.Wrong("`weights`", weights, "is too large");
            var rows = KernelCall.Elements(x.AsSpan()[..^1]);
            x[^1] = weights[2];
            var y = call.Output(x);
            if (rows == 0 || weights[2] == 0) return;
            var job = new DaruanProduct(rows, (int)weights[0], (int)coefficients, (int)weights[2], isFast, hasBase)
            {
                X = call.Floats(0),
                Weights = call.Floats(1),
                Bias = call.Floats(2),
                Frequency = frequency,
                Y = y,
                Storage = call.Storage,
            };
            call.Parallel(job.Tasks, job.Compute);
        }
    }
}
