namespace Onnxc.Kernels;

/// <summary><see cref="MaskedGemv"/> with weights of 4 or 8 bits.</summary>
sealed unsafe class MaskedGemvNBits : Operator
{
    const int UInt8 = 2;

    public override int InputCount => 5;

    public override int ElementOf(int input) => input == 1 ? UInt8 : 0;

    public override bool IsShapedLikeInput => false;

    public override (int Input, int Axis) Columns => (2, 1);

    public override Kernel Create(Attributes attributes) => new Product(CodedMatrix.BitsOf(attributes), CodedMatrix.BlockOf(attributes));

    sealed class Product(int bits, int block) : WholeKernel
    {
        public override void Run(KernelCall call)
        {
            long[] x = call.Shape(0), codes = call.Shape(1), scales = call.Shape(2);
            if (codes.Length != 2) throw call.Wrong("`codes`", codes, "must be a matrix");
            if (x.Length == 0 || x[^1] != codes[0]) throw call.Wrong("`x`", x, $"its last axis must be the first of `codes` of the shape {KernelCall.Text(codes)}");
            CodedSumRows.Check(call, "", codes, scales, bits, block);
            using var active = Activity.Select(call, input: 0, threshold: 4, repeat: 1);
            x[^1] = scales[1];
            var y = call.Output(x);
            if (active.Rows == 0 || scales[1] == 0) return;
            var weights = new CodedSumRows(CodedMatrix.Of(call, 1, bits, block, (int)scales[0]), (int)scales[1]);
            var job = new ActiveProduct(active, weights, (int)scales[1]) { Y = y, Storage = call.Storage };
            call.Parallel(job.Tasks, job.Compute);
        }
    }
}
