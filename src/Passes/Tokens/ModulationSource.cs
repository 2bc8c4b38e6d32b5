using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>Where the weights of PYRA come from: a file, or a fit.</summary>
sealed class ModulationSource(string path, IReadOnlyDictionary<string, TensorData>? file, IReadOnlyDictionary<int, Modulation>? fitted)
{
    /// <summary>Reads the file that an option names; throws what is wrong with it.</summary>
    public static ModulationSource OfFile(string path, PassContext cx)
    {
        var read = cx.Tensors?.Read(path) ?? Result<IReadOnlyDictionary<string, TensorData>>.Fail(Diagnostic.Create(Descriptors.MergeWeightsUnfit, null, path, "this host does not read files"));
        return new(path, read.OrThrow(), null);
    }

    /// <summary>The weights of a block, by its place in the chain; null where nothing is modulated. Throws when those of a file do not fit the schedule.</summary>
    public Modulation? Of(TransformerBlock block, int place, long pairs)
    {
        if (file is null) return fitted?.GetValueOrDefault(place) is { } found && found.Rows.Length == pairs ? found : null;
        return Modulation.Read(file, place, pairs, block.Width, out var problem) ?? throw new DiagnosticException(Diagnostic.Create(Descriptors.MergeWeightsUnfit, ModelLocation.Of(block.Residual), path, problem!));
    }
}
