namespace Onnxc.Kernels;

/// <summary>Multiplies the values of active elements by f(x · row of the weights): what active neurons of a gated block send on.</summary>
sealed unsafe class ActiveNeurons(ActiveElements active, DotRows weights, bool silu)
{
    // As many products as are kept on the stack.
    const int RowsOfTask = 16, AtOnce = 256;

    public int Tasks => active.Blocks * ((active.Rows + RowsOfTask - 1) / RowsOfTask);

    public void Compute(int task)
    {
        var (block, first) = (task % active.Blocks, task / active.Blocks * RowsOfTask);
        var products = stackalloc float[AtOnce];
        for (var row = first; row < Math.Min(first + RowsOfTask, active.Rows); row++)
        {
            var count = active.Of(row, block, out var places, out var values);
            for (var i = 0; i < count; i += AtOnce)
            {
                var some = Math.Min(AtOnce, count - i);
                weights.Multiply(row, places + i, products, some);
                for (var n = 0; n < some; n++) values[i + n] *= silu ? products[n] / (1 + MathF.Exp(-products[n])) : products[n];
            }
        }
    }
}
