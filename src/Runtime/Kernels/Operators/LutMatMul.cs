using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// Product with weights that are codes of 4 or 8 bits into a table, times the scale of their block. A task decodes some columns once, into a cache, and
/// multiplies all rows by them: four rows by four columns at a time, or one row where there are few.
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
            var job = new Job(bits, rows, (int)codes[0], reduced, (int)codes[1], (int)codes[2])
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

    sealed class Job(int bits, long rows, int columns, int reduced, int blocks, int blockBytes)
    {
        // Columns of a task: few enough that what is decoded stays in the second-level cache.
        const int Columns = 16, RowsAtOnce = 4;

        readonly int pitch = (blocks * blockBytes * 8 / bits + 15) / 16 * 16;

        public float* X { get; init; }
        public byte* Codes { get; init; }
        public float* Scales { get; init; }
        public float* Table { get; init; }
        public nint Y { get; init; }
        public Storage Storage { get; init; }

        public int Tasks => (columns + Columns - 1) / Columns;

        public void Compute(int task)
        {
            var first = task * Columns;
            var count = Math.Min(Columns, columns - first);
            // Columns that are missing in the last task count as zero.
            var weights = (float*)NativeMemory.AlignedAlloc((nuint)(Columns * pitch * sizeof(float)), 64);
            try
            {
                for (var c = 0; c < Columns; c++)
                {
                    if (c < count) Decode(first + c, weights + c * pitch);
                    else new Span<float>(weights + c * pitch, reduced).Clear();
                }
                if (Width.Is512) Multiply<Lanes512>(weights, first, count);
                else if (Width.Is256) Multiply<Lanes256>(weights, first, count);
                else if (Width.Is128) Multiply<Lanes128>(weights, first, count);
                else Multiply<Lanes1>(weights, first, count);
            }
            finally
            {
                NativeMemory.AlignedFree(weights);
            }
        }

        void Decode(int column, float* to)
        {
            var codes = Codes + (long)column * blocks * blockBytes;
            for (var block = 0; block < blocks; block++, codes += blockBytes, to += blockBytes * 8 / bits)
            {
                var scale = Scales[(long)column * blocks + block];
                if (bits == 4) Nibbles.Decode(codes, blockBytes, Table, scale, to);
                else
                    for (var i = 0; i < blockBytes; i++) to[i] = Table[codes[i]] * scale;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Multiply<T>(float* weights, int first, int count) where T : struct, ILanes<T>
        {
            var results = stackalloc float[RowsAtOnce * Columns];
            for (var row = 0L; row < rows; row += RowsAtOnce)
            {
                var lines = (int)Math.Min(RowsAtOnce, rows - row);
                var x = X + row * reduced;
                for (var c = 0; c < count; c += 4)
                {
                    if (lines == RowsAtOnce) FourByFour<T>(x, weights + c * pitch, results + c);
                    else
                        for (var i = 0; i < lines; i++) OneByFour<T>(x + (long)i * reduced, weights + c * pitch, results + i * Columns + c);
                }
                for (var i = 0; i < lines; i++) Store(results + i * Columns, (row + i) * columns + first, count);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void FourByFour<T>(float* x, float* w, float* y) where T : struct, ILanes<T>
        {
            float* x1 = x + reduced, x2 = x1 + reduced, x3 = x2 + reduced, w1 = w + pitch, w2 = w1 + pitch, w3 = w2 + pitch;
            T a0 = T.Of(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0, d0 = a0, d1 = a0, d2 = a0, d3 = a0;
            var i = 0;
            for (; i <= reduced - T.Count; i += T.Count)
            {
                T p = T.Load(w + i), q = T.Load(w1 + i), r = T.Load(w2 + i), s = T.Load(w3 + i);
                var v = T.Load(x + i);
                (a0, a1, a2, a3) = (T.MultiplyAdd(v, p, a0), T.MultiplyAdd(v, q, a1), T.MultiplyAdd(v, r, a2), T.MultiplyAdd(v, s, a3));
                v = T.Load(x1 + i);
                (b0, b1, b2, b3) = (T.MultiplyAdd(v, p, b0), T.MultiplyAdd(v, q, b1), T.MultiplyAdd(v, r, b2), T.MultiplyAdd(v, s, b3));
                v = T.Load(x2 + i);
                (c0, c1, c2, c3) = (T.MultiplyAdd(v, p, c0), T.MultiplyAdd(v, q, c1), T.MultiplyAdd(v, r, c2), T.MultiplyAdd(v, s, c3));
                v = T.Load(x3 + i);
                (d0, d1, d2, d3) = (T.MultiplyAdd(v, p, d0), T.MultiplyAdd(v, q, d1), T.MultiplyAdd(v, r, d2), T.MultiplyAdd(v, s, d3));
            }
            Finish(x, w, y, i, T.Sum(a0), T.Sum(a1), T.Sum(a2), T.Sum(a3));
            Finish(x1, w, y + Columns, i, T.Sum(b0), T.Sum(b1), T.Sum(b2), T.Sum(b3));
            Finish(x2, w, y + 2 * Columns, i, T.Sum(c0), T.Sum(c1), T.Sum(c2), T.Sum(c3));
            Finish(x3, w, y + 3 * Columns, i, T.Sum(d0), T.Sum(d1), T.Sum(d2), T.Sum(d3));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void OneByFour<T>(float* x, float* w, float* y) where T : struct, ILanes<T>
        {
            float* w1 = w + pitch, w2 = w1 + pitch, w3 = w2 + pitch;
            T a = T.Of(0), b = a, c = a, d = a;
            var i = 0;
            for (; i <= reduced - T.Count; i += T.Count)
            {
                var v = T.Load(x + i);
                a = T.MultiplyAdd(v, T.Load(w + i), a);
                b = T.MultiplyAdd(v, T.Load(w1 + i), b);
                c = T.MultiplyAdd(v, T.Load(w2 + i), c);
                d = T.MultiplyAdd(v, T.Load(w3 + i), d);
            }
            Finish(x, w, y, i, T.Sum(a), T.Sum(b), T.Sum(c), T.Sum(d));
        }

        // The last elements, which fill no vector.
        void Finish(float* x, float* w, float* y, int from, float a, float b, float c, float d)
        {
            for (var i = from; i < reduced; i++)
            {
                a += x[i] * w[i];
                b += x[i] * w[pitch + i];
                c += x[i] * w[2 * pitch + i];
                d += x[i] * w[3 * pitch + i];
            }
            (y[0], y[1], y[2], y[3]) = (a, b, c, d);
        }

        void Store(float* from, long at, int count)
        {
            if (Storage == Storage.Float32) new ReadOnlySpan<float>(from, count).CopyTo(new((float*)Y + at, count));
            else Storages.Store(Storage, new(from, count), (ushort*)Y + at);
        }
    }
}
