using Onnxc.IR;

namespace Onnxc.Compilation.Validation;

/// <summary>Types that the original states for its values. To be made before any are inferred.</summary>
sealed class DeclaredTypes
{
    readonly HashSet<(int Number, IR.ValueType Type)> declared = [];

    public DeclaredTypes(ModelNumbering original)
    {
        foreach (var value in Values(original.Model))
            if (value.Type is { } type) declared.Add((original.NumberOf(value), type));
    }

    /// <summary>True when the result states nothing that the original does not state of the same value.</summary>
    public bool Cover(ModelNumbering result) =>
        Values(result.Model).All(v => v.Type is not { } type || v.TypeIsInferred || declared.Contains((result.NumberOf(v), type)));

    static IEnumerable<Value> Values(Model model) => model.AllNodes().SelectMany(n => n.Outputs);
}
