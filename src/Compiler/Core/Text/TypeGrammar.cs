using Onnxc.Diagnostics;
using Onnxc.IR;
using Sprache;

namespace Onnxc.Text;

/// <summary>
/// <c>float[N,3]</c>, <c>float</c> (a scalar), <c>float[]</c> (any rank), <c>seq(..)</c>, <c>map(int64, ..)</c>, <c>optional(..)</c>,
/// <c>sparse_tensor(float[N])</c>, <c>opaque(domain,name)</c>; <c>?</c> for one left open.
/// </summary>
static class TypeGrammar
{
    static readonly Parser<Dim> SymbolicExtent = i =>
    {
        var name = Tokens.Name(i);
        return name.WasSuccessful
            ? Result.Success(Dim.Named(name.Value.Text), name.Remainder)
            : Rules.Fail<Dim>(name.Remainder, "an integer", "a name", "`?`");
    };

    static readonly Parser<Dim> Extent = Rules.Choose(input => Scanner.Peek(input.Source, input.Position) switch
    {
        '?' => Tokens.Symbol("?").Select(_ => Dim.Unknown),
        '-' or (>= '0' and <= '9') => Tokens.Integer.Select(Dim.Fixed),
        _ => SymbolicExtent,
    });

    static readonly Parser<Shape?> ShapePart = Rules.When('[',
        Rules.List('[', Extent, ']').Select(dims => dims.Count == 0 ? null : new Shape([.. dims])), Shape.Scalar);

    static readonly Parser<ElementType> Element = Tokens.Word.Then(word =>
        TypeWords.Element(word.Text) is { } element ? Parse.Return(element) : Unknown<ElementType>(word));

    public static readonly Parser<ValueType> Type = Tokens.Word.Then(Rest);

    /// <summary>A type, or nothing (a null) where the model leaves it out.</summary>
    public static readonly Parser<ValueType?> TypeOrNothing = Rules.Choose(input => Scanner.Peek(input.Source, input.Position) switch
    {
        '?' => Tokens.Symbol("?").Select(_ => (ValueType?)null),
        ')' => Parse.Return((ValueType?)null),
        _ => Type,
    });

    /// <summary>True when a type comes next and not a name: our own words, which are names elsewhere, need something behind them.</summary>
    public static bool IsNext(TextInput input)
    {
        var word = Scanner.PeekWord(input.Source, input.Position);
        if (word.Length == 0) return false;
        if (TypeWords.IsOfficial(word)) return true;
        return TypeWords.IsTypeWord(word) && ReadsAsType(input, word);
    }

    /// <summary>True when what follows <paramref name="word"/> makes it a type: a shape or a name.</summary>
    public static bool ReadsAsType(TextInput input, string word)
    {
        var next = Scanner.Peek(input.Source, Scanner.SkipSpace(input.Source, input.Position) + word.Length);
        return next is '[' or '"' || Literals.StartsIdentifier(next);
    }

    /// <summary>Reports that <paramref name="word"/> is no type.</summary>
    public static Parser<T> Unknown<T>(NameSyntax word) => i =>
        throw ((TextInput)i).Origin.Misspelt(Descriptors.TextUnknownType, word, TypeWords.All, word.Text);

    static Parser<ValueType> Rest(NameSyntax word) => word.Text switch
    {
        "seq" => Nested(TypeOrNothing).Select(t => (ValueType)new SequenceType(t)),
        "optional" => Nested(TypeOrNothing).Select(t => (ValueType)new OptionalType(t)),
        "map" => Nested(
            from key in Element
            from comma in Tokens.Symbol(",")
            from value in TypeOrNothing
            select (ValueType)new MapType(key, value)),
        "sparse_tensor" => Nested(
            from element in Element
            from shape in ShapePart
            select (ValueType)new SparseTensorType(element, shape)),
        "opaque" => Rules.List('(', Tokens.Qualified.Select(parts => string.Join('.', parts)), ')').Then(Opaque),
        _ when TypeWords.Element(word.Text) is { } element => ShapePart.Select(shape => (ValueType)new TensorType(element, shape)),
        _ => Unknown<ValueType>(word),
    };

    static Parser<T> Nested<T>(Parser<T> inner) => Rules.Deeper(
        from open in Tokens.Symbol("(")
        from value in inner
        from close in Tokens.Symbol(")")
        select value);

    // A single name is that of the type, and its domain is empty.
    static Parser<ValueType> Opaque(IReadOnlyList<string> parts) => parts.Count switch
    {
        0 => Parse.Return<ValueType>(new OpaqueType("", "")),
        1 => Parse.Return<ValueType>(new OpaqueType("", parts[0])),
        2 => Parse.Return<ValueType>(new OpaqueType(parts[0], parts[1])),
        _ => i => Rules.Fail<ValueType>(((TextInput)i).At(i.Position - 1), "a domain and a name"),
    };
}
