using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>Writes the headers of models and functions: <c>&lt;ir_version: 10, opset_import: ["" : 21]&gt;</c>, one entry per line.</summary>
static class HeaderPrinter
{
    public static void Write(TextWriter writer, Model model)
    {
        writer.Write("<\n   ir_version: ");
        Literals.WriteNumber(writer, model.IrVersion);
        WriteOpsets(writer, model.Opsets);
        WriteText(writer, "producer_name", model.ProducerName);
        WriteText(writer, "producer_version", model.ProducerVersion);
        WriteText(writer, "domain", model.Domain);
        if (model.ModelVersion is { } version)
        {
            writer.Write(",\n   model_version: ");
            Literals.WriteNumber(writer, version);
        }
        WriteText(writer, "doc_string", model.DocString);
        if (model.Metadata.Count > 0)
        {
            writer.Write(",\n   metadata_props: [");
            for (var i = 0; i < model.Metadata.Count; i++)
            {
                if (i > 0) writer.Write(", ");
                Literals.WriteQuoted(writer, model.Metadata[i].Key);
                writer.Write(": ");
                Literals.WriteQuoted(writer, model.Metadata[i].Value);
            }
            writer.Write(']');
        }
        writer.Write("\n>\n");
    }

    public static void Write(TextWriter writer, Function function)
    {
        writer.Write("<\n   domain: ");
        Literals.WriteQuoted(writer, function.Id.Domain);
        if (function.Id.Overload.Length > 0) WriteText(writer, "overload", function.Id.Overload);
        WriteOpsets(writer, function.Opsets);
        WriteText(writer, "doc_string", function.DocString);
        writer.Write("\n>\n");
    }

    static void WriteOpsets(TextWriter writer, OpsetImports opsets)
    {
        writer.Write(",\n   opset_import: [");
        var first = true;
        foreach (var (domain, version) in opsets.Entries)
        {
            if (!first) writer.Write(", ");
            first = false;
            Literals.WriteQuoted(writer, domain);
            writer.Write(" : ");
            Literals.WriteNumber(writer, version);
        }
        writer.Write(']');
    }

    static void WriteText(TextWriter writer, string key, string? value)
    {
        if (value is null) return;
        writer.Write(",\n   ");
        writer.Write(key);
        writer.Write(": ");
        Literals.WriteQuoted(writer, value);
    }
}
