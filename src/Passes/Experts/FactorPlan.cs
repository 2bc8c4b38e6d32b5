using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>Projections of one layer, group by group, and what they cost and save.</summary>
sealed class FactorPlan
{
    readonly ExpertLayer layer;
    readonly FactorExperts.Options options;
    readonly ExpertMatrices up, down;
    readonly ExpertMatrices? gate;
    readonly List<int[]> groups;
    readonly SharedProjection[]? first, second;
    readonly int firstRank, secondRank;
    readonly double error, plainError;

    public static bool FactorsInput(FactorExperts.Options options) => options.Factor.Contains("up");

    public FactorPlan(ExpertLayer layer, FactorExperts.Options options, double[]? covariance, double? share)
    {
        (this.layer, this.options) = (layer, options);
        (up, down) = (new(layer.Up.Constant!), new(layer.Down.Constant!));
        gate = layer.Gate is null ? null : new(layer.Gate.Constant!);
        groups = Groups();
        var (plainFirst, plainSecond) = (FactorsInput(options) ? First(covariance) : null, options.Factor.Contains("down") ? Second() : null);
        firstRank = Rank(plainFirst, layer.Inputs, share);
        secondRank = Rank(plainSecond, layer.Outputs, share);
        error = plainError = Error(plainFirst, plainSecond);
        (first, second) = (plainFirst, plainSecond);
        if (options.Step1 == 0) return;
        // The two phases of the paper: each matrix is cut by itself, and then all of them are factored.
        foreach (var matrices in new[] { up, gate, down }.OfType<ExpertMatrices>()) matrices.Truncate(options.Step1);
        (first, second) = (first is null ? null : First(covariance), second is null ? null : Second());
        error = Error(first, second);
    }

    long Matrices => gate is null ? 1 : 2;

    long Before => layer.Experts * layer.Width * (Matrices * layer.Inputs + layer.Outputs);

    long After => layer.Experts * layer.Width * (Matrices * (first is null ? layer.Inputs : firstRank) + (second is null ? layer.Outputs : secondRank))
        + (long)groups.Count * ((first is null ? 0 : (long)firstRank * layer.Inputs) + (second is null ? 0 : (long)secondRank * layer.Outputs));

    public bool Saves => After < Before;

    // Multiplications and additions for a token.
    long FlopsBefore => 2L * layer.Selected * layer.Width * (Matrices * layer.Inputs + layer.Outputs);

    long FlopsAfter => 2L * layer.Selected * layer.Width * (Matrices * (first is null ? layer.Inputs : firstRank) + (second is null ? layer.Outputs : secondRank))
        + 2L * groups.Count * ((first is null ? 0 : (long)firstRank * layer.Inputs) + (second is null ? 0 : (long)secondRank * layer.Outputs));

    public string Summary()
    {
        var ranks = string.Join(" and ", new[] { first is null ? null : $"rank {firstRank} of {layer.Inputs} before", second is null ? null : $"rank {secondRank} of {layer.Outputs} behind" }.OfType<string>());
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{layer.Experts} experts in {groups.Count} groups, {ranks}: {Before:n0} -> {After:n0} weights ({(double)After / Before:p1}), {FlopsBefore:n0} -> {FlopsAfter:n0} operations for a token ({(double)FlopsAfter / FlopsBefore:p1}), relative error {Math.Sqrt(error):0.####}");
        return options.Step1 == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}, without the first step {Math.Sqrt(plainError):0.####}");
    }

    int Rank(SharedProjection[]? projections, int full, double? share)
    {
        if (projections is null) return 0;
        if (share is { } part) return Math.Max(1, (int)(full * part));
        return options.Rank > 0 ? Math.Min(options.Rank, full) : projections.Max(p => p.Space.RankFor(options.Energy));
    }

    double Error(SharedProjection[]? before, SharedProjection[]? behind)
    {
        var (lost, all) = (0.0, 0.0);
        void Add(SharedProjection projection, int rank)
        {
            lost += projection.Space.Energies.Skip(rank).Sum();
            all += projection.Space.Energies.Sum();
        }

        foreach (var projection in before ?? []) Add(projection, firstRank);
        foreach (var projection in behind ?? []) Add(projection, secondRank);
        return all == 0 ? 0 : lost / all;
    }

    SharedProjection[] First(double[]? covariance) =>
    [
        .. groups.Select(group =>
        {
            var gram = new double[up.Rows, up.Rows];
            up.AddRows(gram, group);
            gate?.AddRows(gram, group);
            return SharedProjection.Of(gram, covariance);
        }),
    ];

    SharedProjection[] Second() =>
    [
        .. groups.Select(group =>
        {
            var gram = new double[down.Columns, down.Columns];
            down.AddColumns(gram, group);
            return SharedProjection.Of(gram, null);
        }),
    ];

    List<int[]> Groups()
    {
        var size = options.Group == 0 ? layer.Experts : Math.Min(options.Group, layer.Experts);
        if (options.Grouping == ExpertGrouping.Consecutive || size == layer.Experts || size == 1) return [.. Enumerable.Range(0, layer.Experts).Chunk(size)];
        var spaces = Enumerable.Range(0, layer.Experts).Select(e =>
        {
            var gram = new double[up.Rows, up.Rows];
            up.AddRows(gram, [e]);
            gate?.AddRows(gram, [e]);
            return Subspace.Of(gram);
        }).ToArray();
        var rank = Math.Min(up.Rows, options.Rank > 0 ? options.Rank : (up.Columns + 1) / 2);
        var (free, groups) = (Enumerable.Range(0, layer.Experts).ToList(), new List<int[]>());
        while (free.Count > 0)
        {
            var seed = free[0];
            var group = free.Skip(1).OrderByDescending(e => Overlap(spaces[seed], spaces[e], rank)).ThenBy(e => e).Take(size - 1).Prepend(seed).Order().ToArray();
            groups.Add(group);
            free.RemoveAll(e => group.Contains(e));
        }
        return groups;
    }

    // Sum of the squared cosines of the principal angles.
    static double Overlap(Subspace a, Subspace b, int rank)
    {
        var sum = 0.0;
        for (var i = 0; i < rank; i++)
            for (var j = 0; j < rank; j++)
            {
                var (cosine, u, v) = (0.0, a.Vector(i).ToArray(), b.Vector(j).ToArray());
                for (var k = 0; k < u.Length; k++) cosine += u[k] * v[k];
                sum += cosine * cosine;
            }
        return sum;
    }

    /// <summary>Puts the factored layer in the place of <paramref name="node"/>.</summary>
    public void Write(Node node)
    {
        var builder = new GraphBuilder(node.Graph, node, "experts");
        Value? sum = null;
        for (var g = 0; g < groups.Count; g++)
        {
            var part = Group(builder, g);
            sum = sum is null ? part : builder.Op("Add", [sum, part]);
        }
        sum!.Producer!.CopyMetadata(node);
        node.Graph.Substitute(node.Output, sum);
        ExpertNodes.Remove(node);
    }

    Value Group(GraphBuilder builder, int index)
    {
        var group = groups[index];
        var x = first is null ? layer.Input : builder.Op("MatMul", [layer.Input, Constant([layer.Inputs, firstRank], first[index].Projection(firstRank))]);
        var weights = groups.Count == 1 ? layer.Weights : builder.Op("Gather", [layer.Weights, builder.Int64s([.. group.Select(e => (long)e)])], ("axis", 1L));
        var part = layer with
        {
            Input = x,
            Weights = weights,
            Selected = Math.Min(layer.Selected, group.Length),
            Gate = gate is null ? null : Before(gate),
            Up = Before(up),
            GateBias = Bias(layer.GateBias),
            UpBias = Bias(layer.UpBias),
            Down = Behind(),
            DownBias = second is null ? Bias(layer.DownBias) : null,
        };
        var output = part.Write(builder);
        if (second is null) return output;
        // The rows of the projection are singular vectors, so that its transpose is its inverse as far as it has one.
        var full = builder.Op("MatMul", [output, Constant([secondRank, layer.Outputs], Subspace.Transpose(second[index].Projection(secondRank), layer.Outputs, secondRank))]);
        if (layer.DownBias is null) return full;
        var biases = ExpertTensor.Reshape(Bias(layer.DownBias)!.Constant!, group.Length, layer.Outputs);
        return builder.Op("Add", [full, builder.Op("MatMul", [weights, builder.Constant(biases)])]);

        Value Constant(long[] dims, float[] values) => builder.Constant(FloatingType.Write(layer.Element, dims, values));

        Value? Bias(Value? bias) => bias is null || groups.Count == 1 ? bias : builder.Constant(ExpertTensor.Stack([.. group.Select(e => ExpertTensor.Part(bias.Constant!, e))]));

        Value Before(ExpertMatrices matrices) => first is null ? Constant([group.Length, matrices.Rows, matrices.Columns], [.. group.SelectMany(e => matrices[e])])
            : Constant([group.Length, firstRank, matrices.Columns], [.. group.SelectMany(e => first[index].Of(matrices[e], matrices.Columns, firstRank))]);

        Value Behind() => second is null ? Constant([group.Length, down.Rows, down.Columns], [.. group.SelectMany(e => down[e])])
            : Constant([group.Length, down.Rows, secondRank],
                [.. group.SelectMany(e => Subspace.Transpose(second[index].Of(Subspace.Transpose(down[e], down.Rows, down.Columns), down.Rows, secondRank), secondRank, down.Rows))]);
    }
}
