using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;

namespace Onnxc.Runtime;

/// <summary>
/// Evaluates constant expressions with ONNX Runtime, many at a time: one model for their shapes, so that nothing large is ever computed,
/// and one for their values. What ONNX Runtime refuses is searched for by halving, so that the rest is not lost.
/// </summary>
public sealed class OrtEvaluator : IEvaluator
{
    // Results on the way may be larger than what is wanted (a reduction's input), within reason.
    const int IntermediateFactor = 16;
    const int MostNodesAtOnce = 2000;
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    readonly FunctionSection functions = new();

    public IReadOnlyList<Evaluation> Evaluate(IReadOnlyList<Value> outputs, long maxElements)
    {
        var results = new Evaluation[outputs.Count];
        var cone = new ConstantCone();
        var pending = new List<int>();
        var tooLarge = outputs.Count == 0 ? null : CallBudget.Check(outputs[0].Graph.Model);
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Constant is { } constant) results[i] = Accept(constant, maxElements);
            else if ((tooLarge ?? cone.Reason(outputs[i])) is { } reason) results[i] = Evaluation.Failed(reason);
            else pending.Add(i);
        }
        for (var next = 0; next < pending.Count;)
        {
            var batch = TakeBatch(outputs, pending, cone, ref next);
            foreach (var (index, evaluation) in EvaluateBatch(outputs, batch, cone, maxElements))
            {
                results[index] = evaluation;
                if (evaluation.Data is { } data) cone.Supply(outputs[index], data);
            }
        }
        return results;
    }

    // Later batches start from the results of earlier ones, so that a long chain is not computed over and over.
    static List<int> TakeBatch(IReadOnlyList<Value> outputs, List<int> pending, ConstantCone cone, ref int next)
    {
        var batch = new List<int>();
        var nodes = new HashSet<Node>();
        while (next < pending.Count && nodes.Count < MostNodesAtOnce)
        {
            cone.Nodes([outputs[pending[next]]], nodes);
            batch.Add(pending[next++]);
        }
        return batch;
    }

    List<(int Index, Evaluation Evaluation)> EvaluateBatch(IReadOnlyList<Value> outputs, List<int> batch, ConstantCone cone, long maxElements)
    {
        var order = cone.Nodes(batch.Select(i => outputs[i]), []);
        var typer = new GraphTyper(outputs[batch[0]].Graph, functions) { DataOf = cone.DataOf };
        typer.Infer(order);
        var bound = new SizeBound(typer.Types, cone.DataOf);
        var refused = new Dictionary<Node, string?>();
        foreach (var node in order)
            refused[node] = ConstantCone.Needs(node).Select(n => n.Producer is { } p ? refused.GetValueOrDefault(p) : null).FirstOrDefault(r => r is not null)
                ?? node.Outputs.Select(o => TooLarge(o, bound, Intermediate(maxElements))).FirstOrDefault(r => r is not null);
        var runnable = new List<int>();
        var results = new List<(int, Evaluation)>();
        foreach (var index in batch)
        {
            var output = outputs[index];
            if (cone.DataOf(output) is { } known)
                results.Add((index, Accept(known, maxElements)));
            else if ((refused[output.Producer!] ?? TooLarge(output, bound, maxElements)) is { } reason)
                results.Add((index, Evaluation.Failed(typer.FirstFailure is { } why ? $"{reason}; {why}" : reason)));
            else
                runnable.Add(index);
        }
        if (runnable.Count > 0) Run(outputs, runnable, cone, maxElements, results);
        return results;
    }

    static string? TooLarge(Value value, SizeBound bound, long limit)
    {
        if ((value.Name.Length == 0 && !value.HasUses) || value.Constant is not null) return null;
        if (bound.Of(value) is not { } size) return $"the size of `{value.Name}` is not known before it is computed";
        return size > limit ? FormattableString.Invariant($"`{value.Name}` has {size} elements, more than {limit}") : null;
    }

    static long Intermediate(long maxElements) =>
        maxElements > long.MaxValue / IntermediateFactor ? long.MaxValue : Math.Max(maxElements * IntermediateFactor, 1 << 16);

    void Run(IReadOnlyList<Value> outputs, List<int> batch, ConstantCone cone, long maxElements, List<(int, Evaluation)> results)
    {
        var (values, failure, timedOut) = TryRun([.. batch.Select(i => outputs[i]).Distinct()], cone);
        if (values is not null)
        {
            foreach (var index in batch)
                results.Add((index, values.GetValueOrDefault(ModelExtract.NameOf(outputs[index])) is TensorValue tensor
                    ? Accept(tensor.Data, maxElements) : Evaluation.Failed("it is not a tensor")));
        }
        else if (batch.Count == 1 || timedOut)
        {
            foreach (var index in batch) results.Add((index, Evaluation.Failed(failure!)));
        }
        else
        {
            Run(outputs, batch[..(batch.Count / 2)], cone, maxElements, results);
            Run(outputs, batch[(batch.Count / 2)..], cone, maxElements, results);
        }
    }

    (IReadOnlyDictionary<string, RuntimeValue>? Values, string? Failure, bool TimedOut) TryRun(IReadOnlyList<Value> outputs, ConstantCone cone)
    {
        try
        {
            var extract = new ModelExtract(outputs[0].Graph, functions);
            foreach (var node in cone.Nodes(outputs, []))
            {
                for (var i = 0; i < node.InputCount; i++)
                    if (node.Input(i) is { } input) Supply(extract, input, cone);
                foreach (var captured in node.Subgraphs.SelectMany(GraphOrder.Captures)) Supply(extract, captured, cone);
                extract.AddNode(node);
            }
            foreach (var output in outputs) extract.AddOutput(output);
            var loaded = OrtModel.Load(extract.ToBytes(), SessionSettings.Unoptimized);
            if (!loaded.IsOk) return (null, loaded.Diagnostics[0].Message, false);
            using var model = loaded.Value;
            var inputs = extract.Fed.ToDictionary(f => ModelExtract.NameOf(f.Key), f => (RuntimeValue)new TensorValue(f.Value), StringComparer.Ordinal);
            var run = model.Run(inputs, timeout: Limit);
            return run.IsOk ? (run.Value, null, false)
                : (null, run.Diagnostics[0].Message, run.Diagnostics[0].Descriptor == Descriptors.RunTimedOut);
        }
        catch (DiagnosticException e)
        {
            return (null, e.Diagnostic.Message, false);
        }
    }

    static void Supply(ModelExtract extract, Value value, ConstantCone cone)
    {
        if (!extract.Contains(value) && cone.DataOf(value) is { } data) extract.AddConstant(value, data);
    }

    static Evaluation Accept(TensorData data, long maxElements) => data.ElementCount <= maxElements
        ? Evaluation.Ok(data)
        : Evaluation.Failed(FormattableString.Invariant($"it has {data.ElementCount} elements, more than {maxElements}"));
}
