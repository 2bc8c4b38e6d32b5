using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using Onnxc.Passes;

namespace Onnxc.Pipelines;

/// <summary>Converts option values to the types of their properties.</summary>
static class OptionBinder
{
    /// <summary>The value, or false when it does not fit. A single item is a list of one.</summary>
    public static bool TryConvert(OptionInfo option, ValueSyntax? syntax, out object? value)
    {
        value = null;
        if (!option.IsList) return TryConvertItem(option, syntax, out value);
        IReadOnlyList<ValueSyntax?> items = syntax is ListSyntax list ? [.. list.Items] : [syntax];
        var array = Array.CreateInstance(option.ItemType, items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (!TryConvertItem(option, items[i], out var item)) return false;
            array.SetValue(item, i);
        }
        value = option.Property.PropertyType.IsArray ? array : ToImmutable(option.ItemType, array);
        return true;
    }

    static bool TryConvertItem(OptionInfo option, ValueSyntax? syntax, out object? value)
    {
        var number = syntax as NumberSyntax;
        value = option.Kind switch
        {
            // The cast keeps each arm's type: without it the compiler would look for one they all convert to.
            OptionKind.Bool => (object?)Bool(syntax),
            OptionKind.Integer when option.ItemType == typeof(int) => number?.AsInt64 is >= int.MinValue and <= int.MaxValue and var i ? (int)i : null,
            OptionKind.Integer => number?.AsInt64,
            OptionKind.Number when option.ItemType == typeof(float) => number?.AsDouble is { } f && float.IsFinite((float)f) ? (float)f : null,
            OptionKind.Number => number?.AsDouble is { } d && double.IsFinite(d) ? d : null,
            OptionKind.Choice => Choice(option, Text(syntax)),
            _ => Text(syntax) ?? number?.Text,
        };
        return value is not null;
    }

    static bool? Bool(ValueSyntax? syntax) => syntax is null ? true : Text(syntax) switch { "true" => true, "false" => false, _ => null };

    static string? Text(ValueSyntax? syntax) => (syntax as NameSyntax)?.Text ?? (syntax as StringSyntax)?.Text;

    static object? Choice(OptionInfo option, string? text)
    {
        var index = option.Choices.ToList().FindIndex(c => c == text);
        return index < 0 ? null : Enum.Parse(option.ItemType, Enum.GetNames(option.ItemType)[index]);
    }

    static object ToImmutable(Type item, Array array) =>
        typeof(OptionBinder).GetMethod(nameof(Immutable), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(item).Invoke(null, [array])!;

    static ImmutableArray<T> Immutable<T>(IEnumerable array) => [.. array.Cast<T>()];
}
