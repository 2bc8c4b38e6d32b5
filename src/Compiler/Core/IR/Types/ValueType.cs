namespace Onnxc.IR;

/// <summary>Type of a value: tensor, sparse tensor, sequence, optional, map or opaque.</summary>
public abstract record ValueType
{
    public static TensorType Tensor(ElementType element, Shape? shape = null) => new(element, shape);

    /// <summary>False when no value can have both types; unknown parts are compatible with everything.</summary>
    public abstract bool IsCompatibleWith(ValueType other);
}
