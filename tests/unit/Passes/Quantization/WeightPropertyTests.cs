using CsCheck;
using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;
using Xunit;

namespace Onnxc.Tests.Passes.Quantization;

public sealed class WeightPropertyTests
{
    static readonly Gen<float> Weight = Gen.OneOf(Gen.Float[-2, 2], Gen.Int[-40, 40].Select(i => i / 8f), Gen.Const(0f));

    static readonly Gen<WeightGrid> Grids = Gen.OneOf<WeightGrid>(
        new IntegerGrid(2, true), new IntegerGrid(4, true), new IntegerGrid(8, true), new IntegerGrid(2, false), new IntegerGrid(4, false), new IntegerGrid(8, false),
        new IntegerGrid(4, true, roundFirst: true), new IntegerGrid(4, false, roundFirst: true), new HalfQuadraticGrid(4), new CodebookGrid(Codebook.E4m3),
        new CodebookGrid(Codebook.E2m1), new CodebookGrid(Codebook.Post, searched: true), new PowerOfTwoGrid(new CodebookGrid(Codebook.E2m1), 1));

    [Fact]
    public void Packed_codes_come_back() =>
        Gen.Select(Gen.OneOf(2, 4, 8), Gen.Byte.Array[0, 70]).Sample((bits, bytes) =>
        {
            var codes = Array.ConvertAll(bytes, b => (byte)(b & (1 << bits) - 1));
            var packed = new byte[(codes.Length * bits + 7) / 8];
            QuantizedMatrix.Pack(codes, packed, bits);
            for (var i = 0; i < codes.Length; i++) Assert.Equal(codes[i], packed[i * bits / 8] >> (i * bits % 8) & (1 << bits) - 1);
        });

    /// <summary>Vectors and their tails round alike, and every code is among those of the grid.</summary>
    [Fact]
    public void A_weight_has_the_same_code_wherever_it_stands() =>
        Gen.Select(Grids, Weight.Array[1, 70]).Sample((grid, weights) =>
        {
            var scale = grid.Fit(weights, 0);
            var codes = new byte[weights.Length];
            grid.Round(weights, scale, codes);
            Assert.Equal(weights.Select(w => grid.Round(w, scale)), codes);
            Assert.All(codes, c => Assert.True(c < 1 << grid.Bits));
        });

    [Fact]
    public void No_error_is_larger_than_a_step() =>
        Gen.Select(Gen.OneOf(2, 4, 8), Gen.Bool, Weight.Array[1, 70]).Sample((bits, symmetric, weights) =>
        {
            var grid = new IntegerGrid(bits, symmetric);
            var scale = grid.Fit(weights, 0);
            Assert.All(weights, w => Assert.True(Math.Abs(w - grid.Value(grid.Round(w, scale), scale)) <= Math.Abs(scale.Scale) * 1.0001f));
        });

    /// <summary>Rows and blocks of any extent, as [N, K] and as [K, N]: the same codes, which are those of each block for itself.</summary>
    [Fact]
    public void A_matrix_is_rounded_block_by_block() =>
        Gen.Select(Grids, Gen.Int[1, 70], Gen.Int[1, 300], Gen.OneOf(0, 16, 32, 128), Gen.Int[0, 1000]).Sample((grid, rows, columns, block, seed) =>
        {
            var random = new Random(seed);
            var weights = Enumerable.Range(0, rows * columns).Select(_ => (float)random.NextDouble() - 0.4f).ToArray();
            var transposed = Enumerable.Range(0, rows * columns).Select(i => weights[i % rows * columns + i / rows]).ToArray();
            var q = BlockQuantizer.Run(new(TensorData.Floats(weights, rows, columns), false), block, grid)!;
            var other = BlockQuantizer.Run(new(TensorData.Floats(transposed, columns, rows), true), block, grid)!;
            Assert.Equal(q.Codes, other.Codes);
            Assert.Equal(q.Scales, other.Scales);
            var (extent, codes) = (block == 0 ? columns : block, new byte[columns]);
            for (var row = 0; row < rows; row++)
            {
                q.ReadCodes(row, codes);
                for (var start = 0; start < columns; start += extent)
                {
                    var part = weights.AsSpan(row * columns + start, Math.Min(extent, columns - start));
                    var scale = grid.Fit(part, start);
                    Assert.Equal(scale, grid.HasZero ? q.Scale(row, start / extent) : q.Scale(row, start / extent) with { Zero = scale.Zero });
                    var expected = new byte[part.Length];
                    grid.Round(part, scale, expected);
                    Assert.Equal(expected, codes[start..(start + part.Length)]);
                }
            }
        }, iter: 60);

    [Fact]
    public void What_is_not_finite_is_found_anywhere() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 300], Gen.OneOf(float.NaN, float.PositiveInfinity, float.NegativeInfinity), Gen.Int[0, 100000]).Sample((rows, columns, strange, at) =>
        {
            var weights = new float[rows * columns];
            weights[at % weights.Length] = strange;
            Assert.Null(BlockQuantizer.Run(new(TensorData.Floats(weights, rows, columns), at % 2 == 0), 32, new IntegerGrid(4, true)));
        }, iter: 60);
}
