using System.Reflection;

namespace Onnxc.Passes;

/// <summary>What is known of a pass without running it.</summary>
public sealed class PassInfo
{
    readonly Func<object?, Pass> create;
    readonly Type? optionsType;

    /// <summary>A pass without options, made by <paramref name="create"/>.</summary>
    public PassInfo(string name, string summary, Numerics numerics, bool supportsWhere, Func<Pass> create)
        : this(name, summary, numerics, supportsWhere, null, _ => create()) { }

    PassInfo(string name, string summary, Numerics numerics, bool supportsWhere, Type? optionsType, Func<object?, Pass> create)
    {
        (Name, Summary, Numerics, SupportsWhere) = (name, summary, numerics, supportsWhere);
        (this.optionsType, this.create) = (optionsType, create);
        if (optionsType is null) return;
        var defaults = Activator.CreateInstance(optionsType)!;
        Options = [.. optionsType.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is not null)
            .OrderBy(p => p.MetadataToken)
            .Select(p => new OptionInfo(p, defaults))];
    }

    public string Name { get; }

    /// <summary>One line: an equation, what the pass does, or its paper.</summary>
    public string Summary { get; }

    public Numerics Numerics { get; }

    /// <summary>False when a <c>where</c> predicate has no meaning for the pass.</summary>
    public bool SupportsWhere { get; }

    /// <summary>True when the pass takes outputs of the model away on purpose.</summary>
    public bool DropsOutputs { get; private init; }

    /// <summary>True when no fusion of ONNX Runtime is lost to the pass, whatever it changes.</summary>
    public bool PreservesFusions { get; private init; }

    /// <summary>Options in declaration order.</summary>
    public IReadOnlyList<OptionInfo> Options { get; } = [];

    /// <summary>
    /// Describes <paramref name="type"/>: a <see cref="Pass"/> with a <see cref="PassAttribute"/> whose public constructor takes its nested
    /// <c>Options</c> record or nothing. Throws <see cref="ArgumentException"/> otherwise.
    /// </summary>
    public static PassInfo Of(Type type)
    {
        var attribute = type.GetCustomAttribute<PassAttribute>() ?? throw new ArgumentException($"{type} has no [Pass]", nameof(type));
        if (type.GetNestedType("Options") is { } options && type.GetConstructor([options]) is { } withOptions)
            return Make(options, o => (Pass)withOptions.Invoke(BindingFlags.DoNotWrapExceptions, null, [o], null));
        if (type.GetConstructor([]) is { } plain)
            return Make(null, _ => (Pass)plain.Invoke(BindingFlags.DoNotWrapExceptions, null, [], null));
        throw new ArgumentException($"{type} has no public constructor that takes its Options or nothing", nameof(type));

        PassInfo Make(Type? optionsType, Func<object?, Pass> create) =>
            new(attribute.Name, attribute.Summary, attribute.Numerics, attribute.SupportsWhere, optionsType, create)
            {
                DropsOutputs = attribute.DropsOutputs,
                PreservesFusions = attribute.PreservesFusions,
            };
    }

    /// <summary>Makes the pass with the values given, by option name, and defaults elsewhere; the values have the properties' types.</summary>
    internal Pass Create(IReadOnlyDictionary<string, object?> values)
    {
        if (optionsType is null) return create(null);
        var options = Activator.CreateInstance(optionsType)!;
        foreach (var option in Options)
            if (values.TryGetValue(option.Name, out var value)) option.Property.SetValue(options, value);
        return create(options);
    }

    public override string ToString() => Name;
}
