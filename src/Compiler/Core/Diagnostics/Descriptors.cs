using System.Reflection;

namespace Onnxc.Diagnostics;

/// <summary>
/// Every diagnostic, by area: 00xx reading and writing, 01xx verification, 02xx pipelines, 03xx preconditions, 04xx rewriting,
/// 05xx running and comparing, 06xx text, 07xx compiling, 08xx the command line, 09xx internal. A retired id stays as a comment so that nobody reclaims it.
/// </summary>
public static partial class Descriptors
{
    /// <summary>All descriptors, ordered by id. Read on demand: the fields of the other files may be initialized after this one.</summary>
    public static IReadOnlyList<Descriptor> All => field ??=
        [.. typeof(Descriptors).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(f => f.GetValue(null)).OfType<Descriptor>().OrderBy(d => d.Id, StringComparer.Ordinal)];

    public static Descriptor? Find(string id) => All.FirstOrDefault(d => string.Equals(d.Id, id, StringComparison.OrdinalIgnoreCase));
}
