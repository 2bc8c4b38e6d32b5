namespace Onnxc.Kernels;

/// <summary>Finds what is active in an input of a node.</summary>
static unsafe class Activity
{
    const int ElementsOfTask = 1 << 14;

    /// <summary>The elements of <paramref name="input"/> that exceed those of <paramref name="threshold"/>, which spreads over rows.</summary>
    public static ActiveElements Select(KernelCall call, int input, int threshold, int repeat)
    {
        long[] x = call.Shape(input), limits = call.Shape(threshold);
        var (rows, length) = (KernelCall.Elements(x.AsSpan()[..^1]), x[^1]);
        if (limits.Length > 1 || (limits.Length == 1 && limits[0] != 1 && limits[0] != length)) throw call.Wrong("`threshold`", limits, $"must be a number, or one for each element along the last axis of {KernelCall.Text(x)}");
        if (rows > int.MaxValue || length > int.MaxValue / repeat || rows * length * repeat > Array.MaxLength) throw call.Wrong("`x`", x, "is too large");
        var active = new ActiveElements((int)rows, (int)length, repeat);
        if (rows == 0) return active;
        float* numbers = call.Floats(input), bounds = call.Floats(threshold);
        var isVector = limits.Length == 1 && limits[0] != 1;
        var rowsOfTask = (int)Math.Max(1, ElementsOfTask / Math.Max(1, length));
        var tasks = (int)((rows + rowsOfTask - 1) / rowsOfTask);
        if (tasks == 1) Rows(0);
        else call.Parallel(tasks, Rows);
        return active;

        void Rows(int task)
        {
            for (var row = task * rowsOfTask; row < Math.Min(rows, (task + 1L) * rowsOfTask); row++) active.Select(row, numbers + row * length, bounds, isVector);
        }
    }
}
