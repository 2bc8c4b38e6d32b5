using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>A name where it stands; empty for an optional operand left out.</summary>
readonly record struct NameSyntax(string Text, int Position);

/// <summary>A type, or something else that can be wrong, where it stands.</summary>
readonly record struct Located<T>(T Value, int Position);

/// <summary>An input, output, initializer or typed value.</summary>
sealed record ValueSyntax(ValueType? Type, NameSyntax Name, TensorData? Data);

/// <summary>
/// Value of an attribute as written. <paramref name="Value"/> fits <paramref name="Kind"/>; for graphs it is their syntax, and for a
/// reference the name of the parameter.
/// </summary>
sealed record AttributeValueSyntax(AttributeKind Kind, object? Value, int Position, bool IsReference = false);

/// <summary>An attribute; without a value it is a parameter that a call of the function must give.</summary>
sealed record AttributeSyntax(NameSyntax Name, AttributeValueSyntax? Value);

sealed record NodeSyntax(
    string? Label, IReadOnlyList<NameSyntax> Outputs, OpId Op, IReadOnlyList<AttributeSyntax> Attributes, IReadOnlyList<NameSyntax> Inputs);

sealed record BodySyntax(
    IReadOnlyList<ValueSyntax> Inputs, IReadOnlyList<ValueSyntax> Outputs, IReadOnlyList<ValueSyntax> Values, IReadOnlyList<NodeSyntax> Nodes);

sealed record GraphSyntax(NameSyntax Name, BodySyntax Body);

/// <summary>An entry of a header: the value is a number, a string, or a list of pairs.</summary>
sealed record HeaderSyntax(NameSyntax Key, object Value);

sealed record FunctionSyntax(
    ImmutableArray<HeaderSyntax> Header, NameSyntax Name, IReadOnlyList<AttributeSyntax> Attributes, BodySyntax Body);

sealed record ModelSyntax(ImmutableArray<HeaderSyntax> Header, GraphSyntax Graph, IReadOnlyList<FunctionSyntax> Functions);
