namespace Onnxc.Kernels;

/// <summary>Multiplies the values of active elements by f(x · row of the weights): what active neurons of a gated block send on.</summary>
sealed unsafe class ActiveNeurons(ActiveElements active, DotRows weights, bool silu)
{
    // As many products as are kept on the stack, and neurons whose weights stay in a cache while several rows go over them.
    const int RowsOfTask = 16, AtOnce = 256, Together = 64;

    readonly int step = active.Rows == 1 ? AtOnce : Together;

    public int Tasks => active.Blocks * ((active.Rows + RowsOfTask - 1) / RowsOfTask);

    public void Compute(int task)
    {
        var (block, first) = (task % active.Blocks, task / active.Blocks * RowsOfTask);
        var (rows, end) = (Math.Min(RowsOfTask, active.Rows - first), (block + 1) * active.BlockPlaces);
        var done = stackalloc int[RowsOfTask];
        new Span<int>(done, RowsOfTask).Clear();
        var products = stackalloc float[AtOnce];
        for (var beyond = block * active.BlockPlaces + step; beyond < end + step; beyond += step)
            for (var row = 0; row < rows; row++)
            {
                var count = active.Of(first + row, block, out var places, out var values);
                var (start, some) = (done[row], 0);
                while (start + some < count && places[start + some] < beyond) some++;
                if (some == 0) continue;
                weights.Multiply(first + row, places + start, products, some);
                for (var n = 0; n < some; n++) values[start + n] *= silu ? products[n] / (1 + MathF.Exp(-products[n])) : products[n];
                done[row] += some;
            }
    }
}
