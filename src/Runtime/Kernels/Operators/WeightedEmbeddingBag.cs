namespace Onnxc.Kernels;

/// <summary>
/// y = Σ weights[k] · table[indices[k]]: what a memory layer reads (Huang et al., UltraMemV2, 2025). Rows are added up where they lie.
/// </summary>
sealed unsafe class WeightedEmbeddingBag : Operator
{
    const int Int64 = 7;

    public override int InputCount => 3;

    public override int ElementOf(int input) => input == 1 ? Int64 : 0;

    public override bool IsShapedLikeInput => false;

    public override (int Input, int Axis) Columns => (2, 1);

    public override Kernel Create(Attributes attributes) => new Bag();

    sealed class Bag : WholeKernel
    {
        public override void Run(KernelCall call)
        {
            long[] weights = call.Shape(0), indices = call.Shape(1), table = call.Shape(2);
            if (weights.Length == 0) throw call.Wrong("`weights`", weights, "needs an axis at least");
            if (!indices.AsSpan().SequenceEqual(weights)) throw call.Wrong("`indices`", indices, $"there is one for each of `weights` of the shape {KernelCall.Text(weights)}");
            if (table.Length != 2) throw call.Wrong("`table`", table, "must be a matrix");
            if (table[0] > int.MaxValue || table[1] > int.MaxValue || indices[^1] > int.MaxValue) throw call.Wrong("`table`", table, "is too large");
            var (bags, terms) = (KernelCall.Elements(indices.AsSpan()[..^1]), (int)indices[^1]);
            var places = (long*)call.Address(1);
            for (long i = 0; i < bags * terms; i++)
                if (places[i] < -table[0] || places[i] >= table[0]) throw call.Wrong("`table`", table, $"an index is {places[i].ToString(System.Globalization.CultureInfo.InvariantCulture)}");
            indices[^1] = table[1];
            var y = call.Output(indices);
            if (bags == 0 || table[1] == 0) return;
            var job = new BagSum(bags, terms, (int)table[0], (int)table[1])
            {
                Places = places,
                Weights = call.Floats(0),
                Table = call.Address(2),
                Y = y,
                Storage = call.Storage,
            };
            if (job.Tasks == 1) job.Compute(0);
            else call.Parallel(job.Tasks, job.Compute);
        }
    }
}
