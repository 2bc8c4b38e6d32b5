using Onnxc.IR;

namespace Onnxc.Compilation.Validation;

/// <summary>Types that the original states for its values. To be made before any are inferred.</summary>
sealed class DeclaredTypes(Model original)
{
    readonly List<(Value Value, IR.ValueType Type)> declared =
        [.. Values(original).Where(v => v.Type is not null).Select(v => (v, v.Type!))];

    /// <summary>True when the result states nothing that the original does not state of the same value.</summary>
    public bool Cover(ModelNumbering original, ModelNumbering result)
    {
        var known = declared.Select(d => (original.NumberOf(d.Value), d.Type)).ToHashSet();
        return Values(result.Model).All(v => v.Type is not { } type || v.TypeIsInferred || known.Contains((result.NumberOf(v), type)));
    }

    static IEnumerable<Value> Values(Model model) => model.AllNodes().SelectMany(n => n.Outputs);
}
