using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>Opens what <c>["location": "weights.bin", "offset": "64"]</c> refers to, under the rules for external data of models.</summary>
interface IExternalData
{
    /// <summary>The tensor. Throws <see cref="Diagnostics.DiagnosticException"/> when it is missing or must not be opened.</summary>
    TensorData Open(string name, ElementType element, ImmutableArray<long> dims, IReadOnlyList<KeyValuePair<string, string>> entries);
}
