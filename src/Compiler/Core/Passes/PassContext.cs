using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>
/// What a pass may ask for and must tell while it runs one step of a pipeline. Every change goes through <see cref="TryStep"/>, which makes
/// changes countable, so that a compile can be stopped after the n-th and a wrong one found and left out.
/// </summary>
public sealed class PassContext(string pass, Func<Node, bool>? selects, StepGate gate, IEvaluator? evaluator, ITypeInference? inference,
    IRuntimeOptimizer? optimizer = null)
{
    readonly SortedDictionary<string, int> skipped = new(StringComparer.Ordinal);
    readonly List<Diagnostic> diagnostics = [];

    /// <summary>Name of the running pass.</summary>
    public string Pass { get; } = pass;

    /// <summary>Computes constants; null when the host has no runtime.</summary>
    public IEvaluator? Evaluator { get; } = evaluator;

    /// <summary>Shows what the runtime fuses; null when the host has none.</summary>
    public IRuntimeOptimizer? Optimizer { get; } = optimizer;

    /// <summary>Shows what values are on the user's data; null when there are none.</summary>
    public ICalibrator? Calibrator { get; set; }

    /// <summary>Measures what approximate changes cost and gain; null when there are no data.</summary>
    public IModelMeter? Meter { get; init; }

    /// <summary>Measures what models decide when bits of their weights flip; null when there are no data.</summary>
    public IResilienceMeter? Resilience { get; init; }

    /// <summary>Reads files of tensors that options name; null when the host has no reader.</summary>
    public ITensorReader? Tensors { get; init; }

    /// <summary>What approximate changes may cost; null for whatever they do.</summary>
    public QualityGates? Gates { get; init; }

    /// <summary>The step in the pipeline language, without its predicate.</summary>
    public string Configuration { get; init; } = pass;

    /// <summary>Steps in the pipeline language that do without a search what this one did; null where it did not search.</summary>
    public string? Resolved { get; set; }

    /// <summary>Called with every node that is about to change.</summary>
    public Action<Node>? Changing { get; init; }

    /// <summary>A context for trying the pass on a copy: the same runtime, and no bearing on the compile.</summary>
    public PassContext ForTrial(Func<Node, bool> selected, ICalibrator? calibrator, Action<Node> changing) =>
        new(Pass, selected, new StepGate(), Evaluator, inference, Optimizer) { Calibrator = calibrator, Tensors = Tensors, Changing = changing };

    /// <summary>Leaves only a part of what the step selects; null for all of it.</summary>
    public Func<Node, bool>? Narrowing { private get; set; }

    /// <summary>Changes made so far.</summary>
    public int Changed { get; private set; }

    /// <summary>Candidates left alone, by reason.</summary>
    public IReadOnlyDictionary<string, int> Skipped => skipped;

    public IReadOnlyList<Diagnostic> Diagnostics => diagnostics;

    /// <summary>What this run promises of the model's numbers, where that is less than what the pass promises in general.</summary>
    public Numerics Numerics { get; private set; }

    /// <summary>Where near misses of rewrite rules are recorded; null when nobody asked.</summary>
    public Rewriting.MatchTrace? Trace { get; init; }

    /// <summary>Where changes are recorded; null when nobody asked.</summary>
    public List<PassChange>? Changes { get; init; }

    /// <summary>True when the step's <c>where</c> predicate, if it has one, selects the node.</summary>
    public bool Selects(Node node) => selects?.Invoke(node) != false && Narrowing?.Invoke(node) != false;

    /// <summary>
    /// Asks to make one change at <paramref name="site"/>. When the answer is false, leave it alone. Deterministic: the n-th question of a
    /// compile is the same on every run.
    /// </summary>
    /// <param name="site">The node that changes or goes.</param>
    /// <param name="what">What is done to it.</param>
    /// <param name="reused">A value that was there before and takes over the site's users.</param>
    public bool TryStep(Node? site, string what, Value? reused = null)
    {
        if (!gate.TryEnter(Pass, site, what, reused)) return false;
        if (site is not null) Changing?.Invoke(site);
        Changed++;
        Changes?.Add(new(what, site is null ? "" : ModelLocation.Of(site).Scope));
        return true;
    }

    /// <summary>Records that a candidate was left alone, for the coverage line.</summary>
    public void Skip(string reason) => skipped[reason] = skipped.GetValueOrDefault(reason) + 1;

    /// <summary>Tells that this run promises less than the pass does in general, because of what it found in the model.</summary>
    public void Loosen(Numerics numerics) => Numerics = (Numerics)Math.Max((int)Numerics, (int)numerics);

    public void Report(Diagnostic diagnostic) => diagnostics.Add(diagnostic);

    /// <summary>Makes sure that types are inferred for the model as it is now. Returns the reason when they cannot be.</summary>
    public string? InferTypes(Model model) => inference is null ? "no runtime is available" : inference.Infer(model);
}
