using System.Collections;

namespace Onnxc.IR;

/// <summary>Functions of a model by identity, in file order.</summary>
public sealed class FunctionTable : IReadOnlyCollection<Function>
{
    readonly OrderedDictionary<OpId, Function> functions = [];

    public int Count => functions.Count;

    public Function? this[OpId id] => functions.GetValueOrDefault(id);

    internal bool TryAdd(Function function) => functions.TryAdd(function.Id, function);

    public void Remove(Function function)
    {
        if (!functions.Remove(function.Id)) return;
        function.Model.Main.Touch();
    }

    public IEnumerator<Function> GetEnumerator() => functions.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
