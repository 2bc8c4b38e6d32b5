using Google.Protobuf.Collections;
using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>Operator set imports between protobuf and IR.</summary>
static class OpsetCodec
{
    public static OpsetImports Read(IEnumerable<OperatorSetIdProto> imports)
    {
        var opsets = OpsetImports.Empty;
        foreach (var import in imports) opsets = opsets.With(import.Domain, import.Version);
        return opsets;
    }

    /// <summary>Writes <paramref name="opsets"/> over what the file had, keeping its order and spelling when nothing has changed.</summary>
    public static void Write(OpsetImports opsets, RepeatedField<OperatorSetIdProto> imports)
    {
        if (Read(imports).Entries.SequenceEqual(opsets.Entries)) return;
        imports.Clear();
        foreach (var (domain, version) in opsets.Entries) imports.Add(new OperatorSetIdProto { Domain = domain, Version = version });
    }
}
