using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>
/// Writes the model against a later version of the default domain, functions and nested bodies included, one version after the other: all of
/// it or nothing. What stands in the way is found before anything is changed. Other domains keep their versions.
/// </summary>
[Pass("convert-opset", "Upgrades the default domain of the model and its functions to a later version.", SupportsWhere = false)]
public sealed class ConvertOpset : ModelPass
{
    const int Earliest = 7;

    readonly int to;

    public sealed record Options
    {
        [Option("Version to upgrade to, 7 to 25.")] public int To { get; init; } = 21;
    }

    public ConvertOpset(Options options)
    {
        if (options.To is < Earliest or > OperatorHistory.Latest)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"`to` is a version from {Earliest} to {OperatorHistory.Latest}"));
        to = options.To;
    }

    // Versions of the format as they were published together with those of the domain.
    static int IrVersionOf(int opset) => opset switch { <= 8 => 3, 9 => 4, 10 => 5, 11 => 6, <= 14 => 7, <= 18 => 8, <= 20 => 9, <= 22 => 10, 23 => 11, 24 => 12, _ => 13 };

    public override void Run(Model model, PassContext cx)
    {
        var parts = model.Bodies().GroupBy(b => b.Function).Where(p => IsOlder(p.First(), cx)).SelectMany(p => p).ToList();
        if (parts.Count == 0) return;
        // Where nothing can be inferred, adapters that need a type decline.
        cx.InferTypes(model);
        var converted = parts.ToHashSet();
        foreach (var node in model.AllNodes().Where(IsOperator))
            if ((MisreadIn(node) ?? (converted.Contains(node.Graph) ? ProblemOf(node) : null)) is { } problem) cx.Report(problem);
        if (cx.Diagnostics.Any(d => d.IsError)) return;

        var changes = parts.SelectMany(p => p.Nodes).Where(IsOperator).SelectMany(Later).ToList();
        if (!cx.TryStep(null, string.Create(CultureInfo.InvariantCulture, $"upgrade to version {to}"))) return;
        if (changes.Any(v => v.Change == Change.Rounding)) cx.Loosen(Numerics.Rounding);
        model.RaiseIrVersion(IrVersionOf(to));
        var oldest = parts.Min(p => p.Opsets[""]);
        for (var version = (int)oldest + 1; version <= to; version++)
            foreach (var node in parts.Where(p => p.Opsets[""] < version).SelectMany(p => p.Nodes.ToList()).Where(IsOperator))
                Adapters.Of(node.Op.Name, version)?.Convert(node);
        if (parts.Exists(p => p.Function is null)) model.Opsets = model.Opsets.With("", to);
        foreach (var function in parts.Select(p => p.Function).OfType<Function>().Distinct()) function.Opsets = function.Opsets.With("", to);
    }

    bool IsOlder(Graph root, PassContext cx)
    {
        var version = root.Opsets[""];
        if (version > 0 && version < to) return true;
        cx.Skip(version == 0 ? "the default domain is not imported" : version == to ? "it is of that version" : "it is of a later version");
        return false;
    }

    // A local function may have taken the name of an operator.
    static bool IsOperator(Node node) => node.Op.IsStandard && node.Graph.Model.Functions[node.Op] is null;

    IEnumerable<OperatorVersion> Later(Node node) =>
        OperatorHistory.Of(node.Op.Name).Where(v => v.Number > node.Graph.Opsets[""] && v.Number <= to);

    Diagnostic? ProblemOf(Node node)
    {
        var from = node.Graph.Opsets[""];
        if (!OperatorHistory.Has(node.Op.Name, from))
        {
            var unknown = Diagnostic.Create(Descriptors.UnknownOperator, ModelLocation.Of(node), node.DisplayName, node.Op.Name, from);
            return unknown with { Help = Suggestions.Help(node.Op.Name, OperatorHistory.Names.Where(n => n != node.Op.Name)) ?? "give the operator a domain of its own, or define it as a local function" };
        }
        foreach (var version in Later(node).Where(v => v.NeedsAdapter))
        {
            var adapter = Adapters.Of(node.Op.Name, version.Number);
            var blocker = adapter is null ? new("its old form has no equal in the new one", "export the model again at a later opset") : adapter.Against?.Invoke(node);
            if (blocker is not null) return NotConvertible(node, blocker, version);
        }
        return null;
    }

    // ONNX Runtime reads the body of a function by the model's opset, whatever the function says: where that makes a difference, there is no
    // telling what is meant.
    Diagnostic? MisreadIn(Node node)
    {
        var (own, main) = (node.Graph.Opsets[""], node.Graph.Model.Opsets[""]);
        if (node.Graph.Function is null || own == main || main == 0) return null;
        var between = OperatorHistory.Of(node.Op.Name).FirstOrDefault(v => v.Number > Math.Min(own, main) && v.Number <= Math.Max(own, main) && v.NeedsAdapter);
        return between is null ? null : NotConvertible(node, new(
            string.Create(CultureInfo.InvariantCulture, $"its function is of another opset than the model, which is of {main}, and ONNX Runtime goes by that"),
            "write both against the same opset"), between);
    }

    Diagnostic NotConvertible(Node node, Blocker blocker, OperatorVersion version) =>
        Diagnostic.Create(Descriptors.OperatorNotConvertible, ModelLocation.Of(node), node.DisplayName, node.Op.Name, node.Graph.Opsets[""], to, blocker.Reason, version.Number)
            .WithHelp(blocker.Remedy);
}
