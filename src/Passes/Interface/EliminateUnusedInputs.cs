using Onnxc.IR;

namespace Onnxc.Passes.Interface;

/// <summary>
/// Takes inputs of the model away that nothing uses, initializers that a caller may override among them. Changes the interface: callers must
/// no longer feed them.
/// </summary>
[Pass("eliminate-unused-inputs", "Takes inputs of the model away that nothing uses.", SupportsWhere = false)]
public sealed class EliminateUnusedInputs : ModelPass
{
    public override void Run(Model model, PassContext cx)
    {
        foreach (var input in model.Main.Inputs.ToList())
        {
            if (input.HasUses) cx.Skip("the input is used");
            else if (cx.TryStep(null, $"remove the input `{input}`"))
            {
                if (input.IsInitializer) model.Main.RemoveInitializer(input);
                if (input.IsGraphInput) model.Main.RemoveInput(input);
            }
        }
    }
}
