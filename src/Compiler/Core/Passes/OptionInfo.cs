using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;

namespace Onnxc.Passes;

/// <summary>One option of a pass: a property of its nested <c>Options</c> record.</summary>
public sealed class OptionInfo
{
    internal OptionInfo(PropertyInfo property, object defaults)
    {
        Property = property;
        Name = KebabCase.Of(property.Name);
        Help = property.GetCustomAttribute<OptionAttribute>()?.Help ?? "";
        Default = property.GetValue(defaults);
        var type = property.PropertyType;
        IsList = type.IsArray || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>));
        ItemType = !IsList ? Nullable.GetUnderlyingType(type) ?? type : type.IsArray ? type.GetElementType()! : type.GetGenericArguments()[0];
        Kind = KindOf(ItemType)
            ?? throw new ArgumentException($"{property.DeclaringType}.{property.Name}: {type} cannot be an option", nameof(property));
        Choices = Kind == OptionKind.Choice ? [.. Enum.GetNames(ItemType).Select(KebabCase.Of)] : [];
    }

    /// <summary>Name in kebab case.</summary>
    public string Name { get; }

    public string Help { get; }

    public OptionKind Kind { get; }

    /// <summary>True for a list of <see cref="Kind"/>.</summary>
    public bool IsList { get; }

    /// <summary>What may be chosen from, in declaration order; empty unless <see cref="Kind"/> is a choice.</summary>
    public IReadOnlyList<string> Choices { get; }

    /// <summary>Value of a fresh <c>Options</c> record.</summary>
    public object? Default { get; }

    /// <summary>The default as a pipeline writes it; <c>none</c> when there is none.</summary>
    public string DefaultText => Format(Default);

    /// <summary>What the option takes, for messages: <c>a whole number</c>, <c>a list of names</c>.</summary>
    public string Takes => (Kind, IsList) switch
    {
        (OptionKind.Bool, false) => "`true` or `false`",
        (OptionKind.Bool, true) => "a list of `true` and `false`",
        (OptionKind.Integer, false) => "a whole number",
        (OptionKind.Integer, true) => "a list of whole numbers",
        (OptionKind.Number, false) => "a number",
        (OptionKind.Number, true) => "a list of numbers",
        (OptionKind.Choice, false) => $"one of {ChoiceText}",
        (OptionKind.Choice, true) => $"a list of {ChoiceText}",
        (_, false) => "a name or string",
        (_, true) => "a list of names or strings",
    };

    internal PropertyInfo Property { get; }

    internal Type ItemType { get; }

    string ChoiceText => string.Join(", ", Choices.Select(c => $"`{c}`"));

    static OptionKind? KindOf(Type type) =>
        type == typeof(bool) ? OptionKind.Bool
        : type == typeof(int) || type == typeof(long) ? OptionKind.Integer
        : type == typeof(float) || type == typeof(double) ? OptionKind.Number
        : type == typeof(string) ? OptionKind.Text
        : type.IsEnum ? OptionKind.Choice
        : null;

    static string Format(object? value) => value switch
    {
        null => "none",
        bool b => b ? "true" : "false",
        string s => s.Length == 0 ? "\"\"" : s,
        Enum e => KebabCase.Of(e.ToString()),
        // A default ImmutableArray may not be enumerated.
        IStructuralEquatable and IEnumerable items when value.GetType().GetProperty("IsDefault")?.GetValue(value) is not true =>
            $"[{string.Join(", ", items.Cast<object?>().Select(Format))}]",
        IStructuralEquatable => "[]",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => "",
    };
}
