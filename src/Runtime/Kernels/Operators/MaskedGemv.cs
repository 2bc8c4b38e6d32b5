namespace Onnxc.Kernels;

/// <summary>
/// Product of a matrix with the elements of rows that exceed a threshold: rows of weights of the others are not read. TEAL (Liu et al., 2024) at the
/// input of any product; CETT (Luo et al., Sparsing Law) or a ReLU at that of the last one of a feed-forward block.
/// </summary>
sealed unsafe class MaskedGemv : Operator
{
    public override int InputCount => 3;

    public override bool IsShapedLikeInput => false;

    public override (int Input, int Axis) Columns => (1, 1);

    public override Kernel Create(Attributes attributes) => new Product();

    sealed class Product : WholeKernel
    {
        public override void Run(KernelCall call)
        {
            long[] x = call.Shape(0), weights = call.Shape(1), threshold = call.Shape(2);
            if (weights.Length != 2) throw call.Wrong("`weights`", weights, "must be a matrix");
            if (x.Length == 0 || x[^1] != weights[0]) throw call.Wrong("`x`", x, $"its last axis must be the first of `weights` of the shape {KernelCall.Text(weights)}");
            using var active = Activity.Select(call, input: 0, threshold: 2, repeat: 1);
            x[^1] = weights[1];
            var y = call.Output(x);
            if (active.Rows == 0 || weights[1] == 0) return;
            var job = new ActiveProduct(active, new FloatSumRows(call.Floats(1), (int)weights[1]), (int)weights[1]) { Y = y, Storage = call.Storage };
            call.Parallel(job.Tasks, job.Compute);
        }
    }
}
