namespace Onnxc.IR;

/// <summary>What uses values: nodes by their inputs, graphs by their outputs, quantization annotations by their parameters.</summary>
public interface IUser
{
    /// <summary>The graph in which the use stands.</summary>
    Graph Graph { get; }

    /// <summary>Makes slot <paramref name="slot"/> use <paramref name="value"/>.</summary>
    void SetOperand(int slot, Value? value);
}
