using Onnxc.IR;
using Onnxc.Pipelines;

namespace Onnxc.Passes;

/// <summary>
/// Runs pipelines: times, counts, verifies, dumps and stops, so that passes only transform. Safe to use again after a run, and holds
/// nothing between runs.
/// </summary>
public sealed class PassRunner(IEvaluator? evaluator = null, ITypeInference? inference = null, RunnerOptions? options = null,
    IRuntimeOptimizer? optimizer = null)
{
    readonly RunnerOptions options = options ?? new();

    /// <summary>
    /// Runs <paramref name="pipeline"/> on <paramref name="model"/>, in place. An empty pipeline touches nothing; any other first puts
    /// every body in topological order, which passes rely on.
    /// </summary>
    public PassRun Run(BoundPipeline pipeline, Model model)
    {
        var run = new PipelineRun(model, pipeline, options, evaluator, inference, optimizer);
        if (pipeline.Steps.Count > 0 && run.Prepare()) run.RunAll(pipeline.Steps);
        return run.Result;
    }
}
