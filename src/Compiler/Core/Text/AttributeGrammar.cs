using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Sprache;

namespace Onnxc.Text;

/// <summary>Attributes: <c>name: kind = value</c>, or <c>name = value</c> where the value shows its kind.</summary>
static class AttributeGrammar
{
    static readonly Parser<AttributeKind?> Kind = Rules.When(':',
        from colon in Tokens.Symbol(":")
        from kind in Tokens.Word.Then(KindOf)
        select (AttributeKind?)kind, null);

    public static readonly Parser<AttributeSyntax> Attribute =
        from name in Tokens.Name
        from kind in Kind
        from assign in Tokens.Symbol("=")
        from value in Value(name, kind)
        select new AttributeSyntax(name, value);

    /// <summary>An attribute of a function: a name alone is one without a default.</summary>
    public static readonly Parser<AttributeSyntax> Parameter = Tokens.Name.Then(name => Rules.Choose(input =>
        Scanner.Peek(input.Source, input.Position) is ':' or '='
            ? from kind in Kind
              from assign in Tokens.Symbol("=")
              from value in Value(name, kind)
              select new AttributeSyntax(name, value)
            : Parse.Return(new AttributeSyntax(name, null))));

    public static readonly Parser<IReadOnlyList<AttributeSyntax>> List = Rules.List('<', Attribute, '>');

    static Parser<AttributeKind> KindOf(NameSyntax word) => i =>
    {
        if (AttributeKinds.Parse(word.Text) is { } kind) return Result.Success(kind, i);
        throw ((TextInput)i).Origin.Misspelt(Descriptors.TextAttributeType, word, AttributeKinds.All, word.Text);
    };

    static Parser<AttributeValueSyntax> Value(NameSyntax name, AttributeKind? kind) => i =>
    {
        var input = (TextInput)i;
        var list = Scanner.Peek(input.Source, input.Position) == '[';
        var result = list ? ListValue(input, name, kind) : Single(name, kind)(i);
        if (!result.WasSuccessful || kind is not { } wanted || result.Value.Kind == wanted) return result;
        // A reference has the kind that is declared; an integer literal is a float where one is declared.
        if (result.Value.IsReference) return Result.Success(result.Value with { Kind = wanted }, result.Remainder);
        if (result.Value is { Value: null, Kind: AttributeKind.Type } && wanted == AttributeKind.Undefined)
            return Result.Success(result.Value with { Kind = AttributeKind.Undefined }, result.Remainder);
        throw Mismatch(input.Origin, name, wanted, result.Value);
    };

    static DiagnosticException Mismatch(TextSource origin, NameSyntax name, AttributeKind wanted, AttributeValueSyntax value) =>
        origin.Error(Descriptors.TextAttributeKind, value.Position, Scanner.TokenEnd(origin.Text, value.Position) - value.Position,
            name.Text, AttributeKinds.Name(wanted), AttributeKinds.Name(value.Kind));

    static Parser<AttributeValueSyntax> Single(NameSyntax name, AttributeKind? kind) => Rules.Choose(input =>
    {
        var start = Scanner.SkipSpace(input.Source, input.Position);
        var word = Scanner.PeekWord(input.Source, start);
        switch (Scanner.Peek(input.Source, start))
        {
            case '@':
                return from at in Tokens.Symbol("@")
                       from parameter in Tokens.Name
                       select new AttributeValueSyntax(kind ?? AttributeKind.Undefined, parameter.Text, start, true);
            case '?':
                return Tokens.Symbol("?").Select(_ => new AttributeValueSyntax(AttributeKind.Type, null, start));
            case '-' or (>= '0' and <= '9'):
                return Number(start, kind);
            case '"' when Scanner.StringEnd(input.Source, start) is var end && (end < 0 || Scanner.Peek(input.Source, end) != '('):
                return Tokens.Bytes.Select(bytes => new AttributeValueSyntax(AttributeKind.String, bytes, start));
        }
        var called = Scanner.Peek(input.Source, start + word.Length) == '(';
        if (Literals.IsFloatWord(word) && !called) return Number(start, kind);
        if (TypeWords.IsOfficial(word) || (TypeWords.IsTypeWord(word) && !called)) return TypeOrTensor(name, start);
        if (word.Length > 0 && !called) return i => Rules.Fail<AttributeValueSyntax>(((TextInput)i).At(start), "a value");
        return word.Length > 0 || input.Source.AsSpan(start).StartsWith("\"")
            ? GraphGrammar.Nested.Select(graph => new AttributeValueSyntax(AttributeKind.Graph, graph, start))
            : i => Rules.Fail<AttributeValueSyntax>(((TextInput)i).At(start), "a value");
    });

    static Parser<AttributeValueSyntax> Number(int start, AttributeKind? kind) => i =>
    {
        var input = (TextInput)i;
        var end = Scanner.NumberEnd(input.Source, start);
        var text = input.Source.AsSpan(start, end - start);
        if (kind != AttributeKind.Float && NumberReader.TryParse<long>(text, out var integer))
            return Result.Success(new AttributeValueSyntax(AttributeKind.Int, integer, start), input.At(end));
        // A float that is written as an integer too large for one is still a float only where that is declared.
        var isFloat = kind == AttributeKind.Float || text.ContainsAny(".eEnN");
        if (isFloat && NumberReader.TryParse<float>(text, out var number))
            return Result.Success(new AttributeValueSyntax(AttributeKind.Float, number, start), input.At(end));
        throw input.Origin.Error(Descriptors.TextElement, start, end - start, text.ToString(), isFloat ? "float" : "int64");
    };

    static Parser<AttributeValueSyntax> TypeOrTensor(NameSyntax name, int start) => TypeGrammar.Type.Then(type => Rules.Choose(input =>
    {
        var next = Scanner.Peek(input.Source, input.Position);
        if (next is not ('{' or '=' or '"') && !Literals.StartsIdentifier(next))
            return Parse.Return(new AttributeValueSyntax(AttributeKind.Type, type, start));
        return from tensorName in Rules.Choose(at => Scanner.Peek(at.Source, at.Position) is '{' or '=' ? Parse.Return(name) : Tokens.Name)
               from assign in Rules.When('=', Tokens.Symbol("="), "")
               from data in TensorGrammar.Data(new(type, start), name.Text)
               select new AttributeValueSyntax(data is SparseTensor ? AttributeKind.SparseTensor : AttributeKind.Tensor, data, start);
    }));

    static IResult<AttributeValueSyntax> ListValue(TextInput input, NameSyntax name, AttributeKind? kind)
    {
        var (origin, text) = (input.Origin, input.Source);
        var open = Scanner.SkipSpace(text, input.Position);
        var first = Scanner.SkipSpace(text, open + 1);
        var next = Scanner.Peek(text, first);
        if (next == ']')
        {
            if (kind is not { } empty || !AttributeKinds.IsList(empty))
                throw origin.Error(Descriptors.TextUntypedList, open, first + 1 - open, name.Text);
            return Result.Success(Empty(empty, open), input.At(first + 1));
        }
        var word = Scanner.PeekWord(text, first);
        if (next == '-' || char.IsAsciiDigit(next) || (Literals.IsFloatWord(word) && Scanner.Peek(text, first + word.Length) != '('))
            return Numbers(input, open, kind);
        if (next == '"' && Scanner.StringEnd(text, first) is var end && (end < 0 || Scanner.Peek(text, end) != '('))
        {
            var (strings, behind) = TensorGrammar.StringList(input, first, ']');
            return Result.Success(new AttributeValueSyntax(AttributeKind.Strings, strings, open), input.At(behind));
        }
        var element = kind is { } k && AttributeKinds.IsList(k) ? AttributeKinds.Element(k) : (AttributeKind?)null;
        var items = Rules.List('[', Single(name, element), ']')(input);
        if (!items.WasSuccessful) return Rules.Fail<AttributeValueSyntax>(items.Remainder, items.Expectations);
        element ??= items.Value[0].Kind;
        if (items.Value.FirstOrDefault(v => v.IsReference || v.Kind != element) is { } odd)
        {
            if (kind is { } wanted) throw Mismatch(origin, name, AttributeKinds.Element(wanted), odd);
            throw origin.Error(Descriptors.TextUntypedList, open, 1, name.Text);
        }
        var values = items.Value.Select(v => v.Value).ToImmutableArray();
        return Result.Success(new AttributeValueSyntax(AttributeKinds.ListOf(element.Value), values, open), items.Remainder);
    }

    static AttributeValueSyntax Empty(AttributeKind kind, int position) => new(kind, kind switch
    {
        AttributeKind.Floats => Array.Empty<float>(),
        AttributeKind.Ints => Array.Empty<long>(),
        AttributeKind.Strings => ImmutableArray<byte[]>.Empty,
        _ => ImmutableArray<object?>.Empty,
    }, position);

    static IResult<AttributeValueSyntax> Numbers(TextInput input, int open, AttributeKind? kind)
    {
        var floats = kind == AttributeKind.Floats || (kind is null && HasFloat(input.Source, open + 1));
        if (floats)
        {
            var (values, end) = NumberReader.List<float>(input.Origin, open + 1, ']', "float");
            return Result.Success(new AttributeValueSyntax(AttributeKind.Floats, values, open), input.At(end));
        }
        var (integers, behind) = NumberReader.List<long>(input.Origin, open + 1, ']', "int64");
        return Result.Success(new AttributeValueSyntax(AttributeKind.Ints, integers, open), input.At(behind));
    }

    // One float makes the whole list floats, whatever its place.
    static bool HasFloat(string text, int position)
    {
        while (true)
        {
            position = Scanner.SkipSpace(text, position);
            var end = Scanner.NumberEnd(text, position);
            if (text.AsSpan(position, end - position).ContainsAny(".eEnN")) return true;
            position = Scanner.SkipSpace(text, end);
            if (position >= text.Length || text[position] != ',') return false;
            position++;
        }
    }
}
