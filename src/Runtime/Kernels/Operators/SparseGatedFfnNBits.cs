namespace Onnxc.Kernels;

/// <summary><see cref="SparseGatedFfn"/> with weights of 4 or 8 bits.</summary>
sealed unsafe class SparseGatedFfnNBits : Operator
{
    const int UInt8 = 2;

    public override int InputCount => 9;

    public override int ElementOf(int input) => input is 2 or 5 ? UInt8 : 0;

    public override bool IsShapedLikeInput => false;

    public override (int Input, int Axis) Columns => (6, 1);

    public override Kernel Create(Attributes attributes) => new Network(attributes.Flag("silu"), CodedMatrix.BitsOf(attributes), CodedMatrix.BlockOf(attributes));

    sealed class Network(bool silu, int bits, int block) : WholeKernel
    {
        public override void Run(KernelCall call)
        {
            long[] x = call.Shape(0), gate = call.Shape(1), up = call.Shape(2), scales = call.Shape(3), down = call.Shape(5), downScales = call.Shape(6);
            if (up.Length != 3) throw call.Wrong("`up_codes`", up, "must be [F, blocks, bytes of a block]");
            if (scales.Length != 2 || scales[0] != up[0] || scales[1] != up[1]) throw call.Wrong("`up_scales`", scales, $"there is one for each block of `up_codes` of the shape {KernelCall.Text(up)}");
            var extent = up[2] * 8 / bits;
            if (x.Length == 0 || x[^1] > up[1] * extent || x[^1] <= (up[1] - 1) * extent) throw call.Wrong("`x`", x, $"the blocks of `up_codes` of the shape {KernelCall.Text(up)} must cover its last axis");
            if (up[1] * extent > int.MaxValue) throw call.Wrong("`up_codes`", up, "is too large");
            if (down.Length != 2 || down[0] != up[0]) throw call.Wrong("`down_codes`", down, $"it has a row for each of `up_codes` of the shape {KernelCall.Text(up)}");
            if (gate.Length != x.Length || !gate.AsSpan()[..^1].SequenceEqual(x.AsSpan()[..^1])) throw call.Wrong("`gate`", gate, $"it has a row for each of `x` of the shape {KernelCall.Text(x)}");
            if (gate[^1] == 0 || up[0] % gate[^1] != 0) throw call.Wrong("`gate`", gate, $"its last axis must divide the rows of `up_codes` of the shape {KernelCall.Text(up)}");
            CodedSumRows.Check(call, "down_", down, downScales, bits, block);
            using var active = Activity.Select(call, input: 1, threshold: 8, repeat: (int)(up[0] / gate[^1]));
            var (length, columns) = ((int)x[^1], (int)downScales[1]);
            x[^1] = columns;
            var y = call.Output(x);
            if (active.Rows == 0 || columns == 0) return;
            using var first = new CodedDotRows(call.Floats(0), active.Rows, length, CodedMatrix.Of(call, 2, bits, (int)extent, (int)up[1]));
            var neurons = new ActiveNeurons(active, first, silu);
            call.Parallel(neurons.Tasks, neurons.Compute);
            var second = new CodedSumRows(CodedMatrix.Of(call, 5, bits, block, (int)downScales[0]), columns);
            var product = new ActiveProduct(active, second, columns) { Y = y, Storage = call.Storage };
            call.Parallel(product.Tasks, product.Compute);
        }
    }
}
