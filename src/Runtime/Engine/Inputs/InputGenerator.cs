using System.Text;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Seeded inputs for models without data: floats are standard normal, integers 0 or 1 (they are often indices or masks), strings short.
/// Equal symbols get equal extents. What an input gets depends on the seed and its name only.
/// </summary>
public sealed class InputGenerator(ulong seed = 0, ShapeOverrides? overrides = null)
{
    const long MostElements = 1L << 28;
    // Generating models refuse a limit that their prompt, 8 long in the first guesses, has reached.
    const int LongestGeneration = 20;
    readonly ShapeOverrides overrides = overrides ?? ShapeOverrides.None;

    /// <summary>Different assignments of the free dimensions, best first; one when nothing is free. Empty when a type cannot be made up.</summary>
    public IEnumerable<IReadOnlyDictionary<string, RuntimeValue>> Candidates(IReadOnlyList<ModelPort> inputs)
    {
        var tried = new HashSet<string>(StringComparer.Ordinal);
        foreach (var guess in DimensionGuess.All)
        {
            var shapes = inputs.Select(i => ShapeOf(i, guess)).ToList();
            // Guesses that differ in nothing that is free are the same.
            if (shapes.Contains(null) || !tried.Add(string.Join(';', shapes.Select(s => string.Join(',', s!))))) continue;
            var values = new OrderedDictionary<string, RuntimeValue>(StringComparer.Ordinal);
            for (var i = 0; i < inputs.Count; i++)
                if (Generate(inputs[i].Name, inputs[i].Type, shapes[i]!) is { } value) values[inputs[i].Name] = value;
            if (values.Count == inputs.Count) yield return values;
        }
    }

    /// <summary>The first candidate that <paramref name="model"/> runs with. Fails with the reason of the last attempt.</summary>
    public Result<IReadOnlyDictionary<string, RuntimeValue>> ForModel(OrtModel model, TimeSpan? timeout = null)
    {
        if (overrides.Shapes.Keys.FirstOrDefault(k => model.Inputs.All(i => i.Name != k)) is { } stray)
        {
            var error = Diagnostic.Create(Descriptors.UnknownInput, null, stray);
            var help = Suggestions.Help(stray, model.Inputs.Select(i => i.Name));
            return Result<IReadOnlyDictionary<string, RuntimeValue>>.Fail(help is null ? error : error.WithHelp(help));
        }
        var attempts = 0;
        Diagnostic? last = null;
        foreach (var candidate in Candidates(model.Inputs))
        {
            attempts++;
            var run = model.Run(candidate, timeout: timeout);
            if (run.IsOk) return Result<IReadOnlyDictionary<string, RuntimeValue>>.Ok(candidate);
            last = run.Diagnostics[0];
            if (last.Descriptor == Descriptors.RunTimedOut) return Result<IReadOnlyDictionary<string, RuntimeValue>>.Fail(last);
        }
        var failure = Diagnostic.Create(Descriptors.NoInputsWork, null, attempts).WithHelp("give shapes as `name:1,3,224,224`, or real data");
        return Result<IReadOnlyDictionary<string, RuntimeValue>>.Fail(last is null ? failure : failure.WithNote(last.Message));
    }

    long[]? ShapeOf(ModelPort input, DimensionGuess guess)
    {
        if (overrides.Shapes.TryGetValue(input.Name, out var given)) return [.. given];
        if (Tensor(input.Type) is not { } type) return null;
        var shape = type.Shape ?? new Shape([Dim.Unknown]);
        var dims = new long[shape.Rank];
        for (var axis = 0; axis < dims.Length; axis++)
            dims[axis] = shape[axis].Symbol is { } symbol && overrides.Symbols.TryGetValue(symbol, out var extent) ? extent : guess.For(shape[axis], axis, shape);
        return TensorData.CountElements(dims) is <= MostElements ? dims : null;
    }

    static TensorType? Tensor(IR.ValueType? type) => type switch
    {
        TensorType t => t,
        SequenceType s => Tensor(s.Element),
        OptionalType o => Tensor(o.Element),
        _ => null,
    };

    RuntimeValue? Generate(string name, IR.ValueType? type, long[] dims) => type switch
    {
        TensorType t => new TensorValue(Fill(name, t.Element, dims)),
        OptionalType o => Generate(name, o.Element, dims),
        SequenceType { Element: TensorType t } => new SequenceValue([new TensorValue(Fill(name, t.Element, dims)), new TensorValue(Fill(name + "#1", t.Element, dims))]),
        _ => null,
    };

    TensorData Fill(string name, ElementType element, long[] dims)
    {
        var random = SplitMix.For(seed, name);
        var count = (int)TensorData.CountElements(dims)!;
        if (element == ElementType.String)
            return new StringTensor([.. dims], [.. Enumerable.Range(0, count).Select(_ => Encoding.ASCII.GetBytes(Word(random)))]);
        var numbers = new double[element is ElementType.Complex64 or ElementType.Complex128 ? count * 2 : count];
        var plain = element is ElementType.Float or ElementType.Double or ElementType.Float16 or ElementType.BFloat16 or ElementType.Complex64 or ElementType.Complex128;
        for (var i = 0; i < numbers.Length; i++) numbers[i] = plain ? random.Normal() : random.Below(2);
        // An attention mask that hides everything yields NaN in many models; its first column stays.
        if (!plain && name.Contains("mask", StringComparison.OrdinalIgnoreCase) && dims.Length > 0 && dims[^1] > 0)
            for (var i = 0L; i < numbers.Length; i += dims[^1]) numbers[i] = 1;
        // A count of steps or a length of 0 makes many models empty; scalars are most often such.
        if (element.IsInteger() && count == 1 && dims.Length <= 1) numbers[0] = name.Contains("max_length", StringComparison.OrdinalIgnoreCase) ? LongestGeneration : 1;
        // A lone float is a threshold, a temperature or a penalty: positive.
        if (plain && count == 1 && dims.Length <= 1) numbers[0] = Math.Abs(numbers[0]);
        return element is ElementType.Complex64 or ElementType.Complex128
            ? TensorNumbers.PackComplex(element, dims, numbers) : TensorNumbers.Pack(element, dims, numbers);
    }

    static string Word(SplitMix random) => string.Create((int)random.Below(6) + 1, random, static (text, r) =>
    {
        for (var i = 0; i < text.Length; i++) text[i] = (char)('a' + r.Below(26));
    });
}
