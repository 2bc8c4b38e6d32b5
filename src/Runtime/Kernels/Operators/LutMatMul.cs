namespace Onnxc.Kernels;

/// <summary>
/// Product with weights that are codes of 4 or 8 bits into a table, times the scale of their block.
/// </summary>
sealed unsafe class LutMatMul : Operator
{
    const int UInt8 = 2;

    public override int InputCount => 4;

    public override int ElementOf(int input) => input == 1 ? UInt8 : 0;

    public override bool IsShapedLikeInput => false;

    public override Kernel Create(Attributes attributes)
    {
        var bits = attributes.Int("bits", 4);
        return bits is 4 or 8 ? new Product((int)bits) : throw attributes.Wrong("bits", bits, "must be 4 or 8");
    }

    sealed class Product(int bits) : WholeKernel
    {
        public override void Run(KernelCall call)
        {
            long[] x = call.Shape(0), codes = call.Shape(1), scales = call.Shape(2), table = call.Shape(3);
            if (x.Length == 0) throw call.Wrong("`x`", x, "needs an axis at least");
            if (codes.Length != 3) throw call.Wrong("`codes`", codes, "must be [N, blocks, bytes of a block]");
            if (scales.Length != 2 || scales[0] != codes[0] || scales[1] != codes[1]) throw call.Wrong("`scales`", scales, $"there is one for each block of `codes` of the shape {KernelCall.Text(codes)}");
            if (table.Length != 1 || table[0] != 1 << bits) throw call.Wrong("`table`", table, $"must have {1 << bits} entries");
            var block = codes[2] * 8 / bits;
            if (x[^1] > codes[1] * block || x[^1] <= (codes[1] - 1) * block) throw call.Wrong("`codes`", codes, $"its blocks must cover the last axis of `x` of the shape {KernelCall.Text(x)}");
            if (codes[1] * block > int.MaxValue / 64 || codes[0] > int.MaxValue) throw call.Wrong("`codes`", codes, "is too large");
            var (rows, reduced) = (KernelCall.Elements(x.AsSpan()[..^1]), (int)x[^1]);
            x[^1] = codes[0];
            var y = call.Output(x);
            if (rows == 0 || codes[0] == 0) return;
            var job = new LookupProduct(bits, rows, (int)codes[0], reduced, (int)codes[1], (int)codes[2])
            {
                X = call.Floats(0),
                Codes = call.Bytes(1),
                Scales = call.Floats(2),
                Table = call.Floats(3),
                Y = y,
                Storage = call.Storage,
            };
            call.Parallel(job.Tasks, job.Compute);
        }
    }
}
