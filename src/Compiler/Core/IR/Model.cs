namespace Onnxc.IR;

/// <summary>A model: the main graph, local functions, and what the file says about itself.</summary>
public sealed class Model
{
    int nextId;

    public Model(long irVersion, OpsetImports opsets)
    {
        (IrVersion, Opsets) = (irVersion, opsets);
        Main = new Graph(this, null, null);
    }

    public long IrVersion { get; set; }
    public OpsetImports Opsets { get; set; }
    public Graph Main { get; internal set; }
    public FunctionTable Functions { get; } = new();
    public string? ProducerName { get; internal set; }
    public string? ProducerVersion { get; internal set; }
    public string? Domain { get; internal set; }
    public long? ModelVersion { get; internal set; }
    public string? DocString { get; internal set; }
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; internal set; } = [];

    /// <summary>True when the file carries training graphs, which onnxc keeps untouched and inference ignores.</summary>
    public bool HasTrainingInfo { get; internal set; }

    /// <summary>Full path of the file the model was read from; null for a model made in memory.</summary>
    public string? SourcePath { get; internal set; }

    /// <summary>Counts every change to any body: whether a pass changed something is measured, not claimed.</summary>
    public long Revision { get; internal set; }

    internal object? Origin { get; set; }

    internal int NextId() => nextId++;

    /// <summary>
    /// Makes the version of the format at least <paramref name="version"/>. From version 4 on a caller can override initializers that stand
    /// among the inputs; those that were constants before are taken off the inputs.
    /// </summary>
    public void RaiseIrVersion(long version)
    {
        if (IrVersion >= version) return;
        if (IrVersion < 4 && version >= 4)
            foreach (var body in Bodies())
                foreach (var initializer in body.Inputs.Where(i => i.IsInitializer).ToList()) body.Freeze(initializer);
        IrVersion = version;
        Main.Touch();
    }

    public Function AddFunction(OpId id, OpsetImports opsets)
    {
        var function = new Function(this, id, opsets);
        if (!Functions.TryAdd(function)) throw new InvalidOperationException($"function {id} exists already");
        Main.Touch();
        return function;
    }

    /// <summary>Every body: the main graph and each function, each followed by the subgraphs nested in it, outermost first.</summary>
    public IEnumerable<Graph> Bodies()
    {
        // An explicit stack: nesting is bounded by the reader, but not by what callers build.
        var pending = new Stack<Graph>();
        foreach (var root in Functions.Select(f => f.Body).Prepend(Main).ToList())
        {
            pending.Push(root);
            while (pending.TryPop(out var graph))
            {
                yield return graph;
                foreach (var body in graph.Nodes.SelectMany(n => n.Subgraphs).Reverse().ToList()) pending.Push(body);
            }
        }
    }

    public IEnumerable<Node> AllNodes() => Bodies().SelectMany(b => b.Nodes);
}
