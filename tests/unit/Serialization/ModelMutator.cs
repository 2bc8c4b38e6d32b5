using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Onnxc.Serialization.Proto;

namespace Onnxc.Tests.Serialization;

/// <summary>
/// Damages models where a byte-wise fuzzer seldom gets: fields go, come twice, swap places, take names, numbers and whole messages from
/// elsewhere in the model, or values that nobody expects. The message stays valid protobuf.
/// </summary>
sealed class ModelMutator(int seed)
{
    static readonly long[] Numbers = [-1, 0, 1, 2, 7, 16, 127, 1L << 20, 1L << 31, 1L << 40, (1L << 62) + 1, long.MaxValue, long.MinValue];

    static readonly string[] Names =
    [
        "", "x", "y", "Identity", "Constant", "If", "Loop", "Scan", "Shape", "ConstantOfShape", "Expand", "Reshape", "Transpose", "Cast", "Range",
        "value", "axis", "perm", "body", "then_branch", "com.microsoft", "ai.onnx", "ai.onnx.ml", "a\nb", "日本", new('n', 300),
    ];

    readonly Random random = new(seed);

    /// <summary>A copy of <paramref name="model"/> with one to six things wrong, or at least different.</summary>
    public ModelProto Mutate(ModelProto model)
    {
        var mutated = model.Clone();
        for (var i = random.Next(1, 7); i > 0; i--)
        {
            var messages = Messages(mutated).Take(2000).ToList();
            switch (random.Next(10))
            {
                case 0: CallFunction(mutated); break;
                case 1: Nest(mutated); break;
                default: Change(Pick(messages), messages); break;
            }
        }
        return mutated;
    }

    T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    static IEnumerable<IMessage> Messages(IMessage root)
    {
        var pending = new Queue<IMessage>([root]);
        while (pending.TryDequeue(out var message))
        {
            yield return message;
            foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(f => f.FieldType == FieldType.Message))
            {
                var value = field.Accessor.GetValue(message);
                foreach (var nested in value as IList ?? (value is null ? Array.Empty<object>() : new[] { value })) pending.Enqueue((IMessage)nested!);
            }
        }
    }

    void Change(IMessage message, List<IMessage> all)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder();
        var present = fields.Where(f => f.IsRepeated ? ((IList)f.Accessor.GetValue(message)).Count > 0 : f.HasPresence && f.Accessor.HasValue(message)).ToList();
        // Mostly what is there, sometimes a field that was not.
        var field = present.Count > 0 && random.Next(5) > 0 ? Pick(present) : Pick([.. fields]);
        if (field.IsRepeated) ChangeList((IList)field.Accessor.GetValue(message), field, all);
        else if (random.Next(4) == 0) field.Accessor.Clear(message);
        else field.Accessor.SetValue(message, Value(field, all, field.Accessor.GetValue(message)));
    }

    void ChangeList(IList list, FieldDescriptor field, List<IMessage> all)
    {
        if (list.Count == 0)
        {
            list.Add(Value(field, all, null));
            return;
        }
        var (i, j) = (random.Next(list.Count), random.Next(list.Count));
        switch (random.Next(6))
        {
            case 0: list.RemoveAt(i); break;
            case 1: list.Add(Copy(list[i]!)); break;
            case 2: (list[i], list[j]) = (Copy(list[j]!), Copy(list[i]!)); break;
            case 3: list.Insert(j, Value(field, all, null)); break;
            case 4 when random.Next(3) == 0:
                list.Clear();
                break;
            default: list[i] = Value(field, all, list[i]); break;
        }
    }

    static object Copy(object value) => value is IMessage message ? message.Descriptor.Parser.ParseFrom(message.ToByteString()) : value;

    object Value(FieldDescriptor field, List<IMessage> all, object? old) => field.FieldType switch
    {
        FieldType.String => random.Next(3) == 0 ? Pick(Names) : NameIn(all),
        FieldType.Bytes => Bytes(old as ByteString ?? ByteString.Empty),
        FieldType.Int64 => Pick(Numbers),
        FieldType.Int32 => (int)(random.Next(2) == 0 ? random.Next(30) : Pick(Numbers)),
        FieldType.UInt64 => (ulong)Pick(Numbers),
        FieldType.Float => Pick([0f, -1f, float.NaN, float.PositiveInfinity, 1e-42f]),
        FieldType.Double => Pick([0.0, double.NaN, 1e300]),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, random.Next(22)),
        _ => Copy(all.Where(m => m.Descriptor == field.MessageType && m.CalculateSize() < 20_000).ToList() is { Count: > 0 } same && random.Next(4) > 0
            ? Pick(same)
            : field.MessageType.Parser.ParseFrom(ByteString.Empty)),
    };

    ByteString Bytes(ByteString old) => random.Next(4) switch
    {
        0 => ByteString.Empty,
        1 => ByteString.CopyFrom(old.Span[..(old.Length / 2)]),
        2 => ByteString.CopyFrom([.. old.Span, 1, 2, 3, 4]),
        _ => ByteString.CopyFrom([.. old.Span.ToArray().Select(b => (byte)(b ^ random.Next(256)))]),
    };

    // Mostly names of values: what refers to another value makes cycles, captures and type errors.
    string NameIn(List<IMessage> all) => Pick(all) switch
    {
        NodeProto node when node.Output.Count > 0 => Pick(node.Output),
        ValueInfoProto info => info.Name,
        TensorProto tensor => tensor.Name,
        AttributeProto attribute => attribute.Name,
        _ => Pick(Names),
    };

    // The nodes become a function, which they, or a node behind them, call.
    void CallFunction(ModelProto model)
    {
        if (model.Graph is not { Node.Count: > 0 } graph) return;
        var function = new FunctionProto { Name = "F", Domain = Pick(["", "local"]), OpsetImport = { model.OpsetImport.Select(o => o.Clone()) } };
        function.Node.AddRange(graph.Node.Select(n => n.Clone()));
        function.Input.AddRange(graph.Input.Select(i => i.Name));
        function.Output.AddRange(graph.Output.Select(o => o.Name));
        model.Functions.Add(function);
        var call = new NodeProto { OpType = "F", Domain = function.Domain, Input = { function.Input }, Output = { function.Output } };
        if (random.Next(3) > 0) graph.Node.Clear();
        graph.Node.Add(call);
        if (random.Next(2) == 0) model.OpsetImport.Add(new OperatorSetIdProto { Domain = "local", Version = 1 });
    }

    // The graph moves into a branch or a loop.
    void Nest(ModelProto model)
    {
        if (model.Graph is not { Node.Count: > 0 } graph) return;
        var body = new GraphProto { Name = "b", Node = { graph.Node.Select(n => n.Clone()) }, Output = { graph.Output.Select(o => o.Clone()) } };
        var node = new NodeProto { OpType = Pick(["If", "Loop", "Scan"]), Input = { NameIn([.. Messages(model).Take(50)]) }, Output = { graph.Output.Select(o => o.Name) } };
        if (random.Next(2) == 0)
            foreach (var output in body.Output) output.Name = Pick(body.Node).Output.FirstOrDefault() ?? "";
        foreach (var name in node.OpType == "If" ? ["then_branch", "else_branch"] : new[] { "body" }) node.Attribute.Add(Protos.GraphAttribute(name, body.Clone()));
        if (random.Next(2) == 0) graph.Node.Clear();
        graph.Node.Add(node);
    }
}
