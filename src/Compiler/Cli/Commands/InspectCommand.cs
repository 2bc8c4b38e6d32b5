using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Inspection;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Cli.Commands;

/// <summary>Shows what a model consists of, or two models side by side.</summary>
sealed class InspectCommand : ToolCommand<InspectReport>
{
    static readonly string[] WeightColumns = [" tensors", " elements", " size"];

    readonly Argument<string> model = new("MODEL") { Description = "An .onnx or .onnxtxt file." };

    readonly Argument<string?> other = new("OTHER")
    {
        Description = "A second model, to show side by side.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    // What fits on a screen beside the tables.
    const int MostChanges = 20;

    readonly Option<bool> full = new("--full") { Description = "List every node that differs between two models." };
    readonly Option<bool> nodes = new("--nodes") { Description = "List every node as `where` predicates see it." };

    readonly Option<bool> blocks = new("--blocks") { Description = "Show blocks of encoders, and why their tokens cannot merge." };
    readonly Option<bool> experts = new("--experts") { Description = "Find layers of experts: routing, sizes, and with --data how often each expert is chosen." };
    readonly Option<string?> data = RuntimeOptions.DataOption("Samples for --experts: an .npz keyed by input name, or a folder of ONNX test_data_set_*.");

    public InspectCommand() : base("inspect", "Show operators, weights, sizes and interface of a model, or of two side by side.")
    {
        Add(model);
        Add(other);
        Add(nodes);
        Add(blocks);
        Add(full);
        Add(experts);
        Add(data);
    }

    protected override JsonTypeInfo<InspectReport> JsonType => JsonContext.Default.InspectReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        var models = new List<InspectReport.ModelJson>();
        var graphs = new List<Model>();
        var diagnostics = new List<Diagnostic>();
        foreach (var path in new[] { arguments.GetRequiredValue(model), arguments.GetValue(other) }.OfType<string>())
        {
            var read = ModelFile.Read(path);
            diagnostics.AddRange(read.Diagnostics);
            if (!read.IsOk) continue;
            graphs.Add(read.Value);
            var facts = ModelFacts.Of(read.Value, path, arguments.GetValue(nodes)) with { Blocks = arguments.GetValue(blocks) ? ModelFacts.Blocks(read.Value) : null };
            if (arguments.GetValue(experts))
            {
                var found = ExpertFacts.Add(facts, read.Value, arguments.GetValue(data));
                if (!found.IsOk) return Refuse(found.Diagnostics);
                facts = found.Value;
            }
            models.Add(facts);
        }
        if (diagnostics.Exists(d => d.IsError)) return Refuse(diagnostics);
        IReadOnlyList<DiffReport.ChangeJson>? changes = graphs is [var before, var after] ? [.. ModelDiff.CompareNodes(before, after)] : null;
        return Done(new() { Models = models, Changes = changes }, diagnostics: diagnostics);
    }

    protected override void Print(InspectReport report, ParseResult arguments, TextWriter output)
    {
        var models = report.Models;
        PrintFacts(models, output);
        foreach (var m in models) PrintInterface(m, output);
        output.WriteLine();
        PrintOperators(models, output);
        output.WriteLine();
        PrintWeights(models, output);
        foreach (var m in models) PrintNodes(m, output);
        foreach (var m in models) PrintBlocks(m, output);
        foreach (var m in models) ExpertFacts.Print(m, output);
        if (report.Changes is { } changes) PrintChanges(models, changes, arguments.GetValue(full), output);
    }

    static void PrintFacts(IReadOnlyList<InspectReport.ModelJson> models, TextWriter output)
    {
        var table = new TextTable(["", .. models.Select(_ => " ")]);
        Row("", m => Path.GetFileName(m.Path));
        Row("file", m => Units.Bytes(m.FileBytes));
        Row("producer", m => m.Producer.Length == 0 ? "-" : m.Producer);
        Row("IR version", m => Units.Count(m.IrVersion));
        foreach (var domain in models.SelectMany(m => m.Opsets).Select(o => o.Domain).Distinct(StringComparer.Ordinal))
            Row($"opset {domain}", m => m.Opsets.FirstOrDefault(o => o.Domain == domain)?.Version is { } v ? Units.Count(v) : "-");
        Row("nodes", m => Units.Count(m.Nodes));
        if (models.Any(m => m.Functions > 0)) Row("functions", m => Units.Count(m.Functions));
        if (models.Any(m => m.Subgraphs > 0)) Row("subgraphs", m => Units.Count(m.Subgraphs));
        Row("parameters", m => Units.Count(m.Parameters));
        Row("weights", m => Units.Bytes(m.WeightBytes));
        table.WriteTo(output);

        void Row(string name, Func<InspectReport.ModelJson, string> cell) => table.Add([name, .. models.Select(cell)]);
    }

    static void PrintInterface(InspectReport.ModelJson model, TextWriter output)
    {
        output.WriteLine();
        var table = new TextTable("", "", "");
        foreach (var port in model.Inputs) table.Add("input", port.Name, port.Type);
        foreach (var port in model.Outputs) table.Add("output", port.Name, port.Type);
        table.WriteTo(output);
    }

    static void PrintOperators(IReadOnlyList<InspectReport.ModelJson> models, TextWriter output)
    {
        if (models is [var only])
        {
            var one = new TextTable("operator", " count", " parameters");
            foreach (var op in only.Ops) one.Add(op.Op, Units.Count(op.Count), op.Parameters == 0 ? "" : Units.Count(op.Parameters));
            one.WriteTo(output);
            return;
        }
        var table = new TextTable("operator", " first", " second", " change");
        var names = models.SelectMany(m => m.Ops).GroupBy(o => o.Op, StringComparer.Ordinal)
            .OrderByDescending(g => g.Max(o => o.Count)).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key);
        foreach (var name in names)
        {
            var counts = models.Select(m => m.Ops.FirstOrDefault(o => o.Op == name)?.Count ?? 0).ToList();
            table.Add(name, Units.Count(counts[0]), Units.Count(counts[1]), Units.Difference(counts[0], counts[1]));
        }
        table.Add("all", Units.Count(models[0].Nodes), Units.Count(models[1].Nodes), Units.Difference(models[0].Nodes, models[1].Nodes));
        table.WriteTo(output);
    }

    static void PrintWeights(IReadOnlyList<InspectReport.ModelJson> models, TextWriter output)
    {
        var table = new TextTable(["weights", .. models.SelectMany(_ => WeightColumns)]);
        foreach (var type in models.SelectMany(m => m.Weights).Select(w => w.Type).Distinct(StringComparer.Ordinal))
            table.Add([type, .. models.SelectMany(m => m.Weights.FirstOrDefault(w => w.Type == type) is { } w
                ? new[] { Units.Count(w.Tensors), Units.Count(w.Elements), Units.Bytes(w.Bytes) } : ["-", "-", "-"])]);
        table.WriteTo(output);
    }

    static void PrintChanges(IReadOnlyList<InspectReport.ModelJson> models, IReadOnlyList<DiffReport.ChangeJson> changes, bool all, TextWriter output)
    {
        output.WriteLine();
        var operators = models.Select(m => m.Ops.Select(o => o.Op).ToHashSet(StringComparer.Ordinal)).ToList();
        Operators("gained", operators[1].Except(operators[0], StringComparer.Ordinal));
        Operators("lost", operators[0].Except(operators[1], StringComparer.Ordinal));
        output.WriteLine(changes.Count == 0 ? "every node is the same" : DiffText.Counts(changes));
        foreach (var change in changes.Take(all ? int.MaxValue : MostChanges)) DiffText.Print(change, output);
        if (!all && changes.Count > MostChanges) output.WriteLine($"and {Units.Count(changes.Count - MostChanges)} more; `--full` shows all");

        void Operators(string what, IEnumerable<string> names)
        {
            var list = string.Join(", ", names.Order(StringComparer.Ordinal));
            if (list.Length > 0) output.WriteLine($"operators {what}: {list}");
        }
    }

    static void PrintNodes(InspectReport.ModelJson model, TextWriter output)
    {
        if (model.NodeList is not { } nodes) return;
        output.WriteLine();
        var table = new TextTable("op", "name", "scope", "dtype", " params", " depth");
        foreach (var n in nodes) table.Add(n.Op, n.Name, n.Scope, n.Dtype ?? "?", Units.Count(n.Params), Units.Count(n.Depth));
        table.WriteTo(output);
    }

    static string WithoutBlocks(InspectReport.ModelJson model)
    {
        var attention = model.Ops.Select(o => o.Op).Where(o => o.EndsWith("Attention", StringComparison.Ordinal)).ToList();
        return attention.Count > 0 ? $"{string.Join(" and ", attention)} cannot be looked into"
            : model.Ops.Any(o => o.Op == "Softmax") ? "no softmax is followed by a product of two computed values"
            : "there is neither a softmax nor an operator of attention";
    }

    static void PrintBlocks(InspectReport.ModelJson model, TextWriter output)
    {
        if (model.Blocks is not { } blocks) return;
        output.WriteLine();
        if (blocks.Count == 0) output.WriteLine($"no blocks of encoders: {WithoutBlocks(model)}");
        var table = new TextTable("attention", " encoder", " tokens", " width", " heads", "norm", "head", "tokens merge");
        foreach (var b in blocks)
            table.Add(b.Attention, b.Encoder is { } e ? Units.Count(e) : "-", Units.Count(b.Tokens), Units.Count(b.Width), Units.Count(b.Heads), b.Norm, b.Head, b.Obstacle is null ? "yes" : $"no: {b.Obstacle}");
        if (blocks.Count > 0) table.WriteTo(output);
    }
}
