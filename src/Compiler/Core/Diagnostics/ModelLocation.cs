using Onnxc.IR;

namespace Onnxc.Diagnostics;

/// <summary>A place in a model: <c>model.onnx#main/Loop_12/body/Conv_3</c>.</summary>
public sealed record ModelLocation(string? File, string Scope) : Location
{
    public static ModelLocation Of(Model model) => new(model.SourcePath, "");

    public static ModelLocation Of(Node node) => new(node.Graph.Model.SourcePath, $"{ScopeOf(node.Graph)}/{node.DisplayName}");

    public static ModelLocation Of(Graph graph) => new(graph.Model.SourcePath, ScopeOf(graph));

    /// <summary><c>main</c>, <c>my.domain.F</c>, or the path through owning nodes and their attributes.</summary>
    public static string ScopeOf(Graph graph)
    {
        var parts = new List<string>();
        while (graph.Owner is { } owner)
        {
            // While a body is being read, its attribute is not in place yet.
            parts.Add(owner.Attributes.FirstOrDefault(a => a.Value.Graphs.Contains(graph)).Key ?? "body");
            parts.Add(owner.DisplayName);
            graph = owner.Graph;
        }
        parts.Add(graph.Function is { } function ? function.Id.ToString() : "main");
        parts.Reverse();
        return string.Join('/', parts);
    }

    public override string ToString()
    {
        var file = File is null ? "<model>" : Path.GetFileName(File);
        return Scope.Length == 0 ? file : $"{file}#{Scope}";
    }
}
