using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Runs a model on labelled data.</summary>
public static class LabelledRun
{
    /// <summary>
    /// Share of rows along the last axis of the first output that has as many rows as there are labels whose greatest element stands at the label. Null when there are no
    /// labels, no such output, or the model does not run.
    /// </summary>
    public static double? Accuracy(DataSet data, ModelSource source, SessionSettings settings, int limit = int.MaxValue)
    {
        if (data.Labels is not { } labels || source.Load(settings) is not { IsOk: true, Value: var loaded }) return null;
        using var model = loaded;
        var rows = data.RowsOf(model.Inputs);
        var (right, all, at) = (0L, 0L, 0);
        foreach (var sample in data.Batches(model.Inputs, 1, limit))
        {
            if (model.Run(sample.Inputs) is not { IsOk: true, Value: var outputs }) return null;
            var truth = TensorNumbers.Read(DataSet.Slice(labels, at, rows));
            at += rows;
            var scores = outputs.Values.OfType<TensorValue>().Select(v => v.Data)
                .FirstOrDefault(d => FloatingType.CanRead(d.Element) && d.Dims.Length > 1 && d.Dims[^1] > 1 && d.ElementCount / d.Dims[^1] == truth.Length);
            if (scores is null) return null;
            var decided = new List<int>();
            Decisions.Read(scores.Element, scores.Dims.AsSpan(), scores.Bytes, decided);
            right += decided.Zip(truth, (choice, label) => choice == (int)label ? 1 : 0).Sum();
            all += truth.Length;
        }
        return all == 0 ? null : (double)right / all;
    }
}
