using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Sparsity;

/// <summary>A feed-forward block: <c>down(f(up(x)))</c>, or gated, <c>down(f(gate(x))·up(x))</c>.</summary>
/// <param name="Down">The last product.</param>
/// <param name="Before">What the activation takes.</param>
/// <param name="Active">What it gives.</param>
/// <param name="Factor">What a gated block multiplies that by; null for a plain one.</param>
sealed record FfnBlock(WeightSite Down, Value Before, Value Active, Value? Factor)
{
    /// <summary>What the last product multiplies: a number for each neuron.</summary>
    public Value Hidden => Down.Input;

    public int Neurons => Down.Reduced;

    /// <summary>
    /// The product whose rows can be left out where the gate is closed; null where there is none, it has a bias, or others use what it makes.
    /// </summary>
    public WeightSite? Up =>
        Factor is { UseCount: 1, Producer: { } node } && Hidden.UseCount == 1 && FfnBlocks.Read(node, 1) is { Bias: null } up
            && up.Data.Element == Down.Data.Element && up.CodeBits == Down.CodeBits ? up : null;

    /// <summary>Nodes between what the activation takes and what it gives.</summary>
    public IReadOnlyCollection<Node> Activation
    {
        get
        {
            var nodes = new HashSet<Node>();
            var pending = new Stack<Value>([Active]);
            while (pending.TryPop(out var value))
            {
                if (value == Before || value.Producer is not { } node || value.Constant is not null || !nodes.Add(node)) continue;
                foreach (var input in node.Inputs)
                    if (input is not null) pending.Push(input);
            }
            return nodes;
        }
    }
}
