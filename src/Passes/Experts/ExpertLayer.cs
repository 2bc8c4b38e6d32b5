using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>
/// A layer of experts: <c>y[t] = Σₑ w[t, e]·fₑ(x[t])</c> with <c>fₑ(x) = σ(x·Gₑ)⊙(x·Uₑ)·Dₑ</c>, or <c>σ(x·Uₑ)·Dₑ</c> without a gate. Matrices are
/// [E, inputs, outputs], biases [E, 1, outputs].
/// </summary>
/// <param name="Input">x, [T, H].</param>
/// <param name="Weights">w, [T, E], other than zero for at most <paramref name="Selected"/> experts of a token.</param>
sealed record ExpertLayer(ExpertForm Form, Value Input, Value Weights, int Selected, Value? Gate, Value? GateBias, Value Up, Value? UpBias, Value Down, Value? DownBias)
{
    public int Experts => (int)Up.Constant!.Dims[0];

    public int Inputs => (int)Up.Constant!.Dims[1];

    public int Width => (int)Up.Constant!.Dims[2];

    public int Outputs => (int)Down.Constant!.Dims[2];

    public ElementType Element => Up.Constant!.Element;

    /// <summary>The layer behind a node; null when that is none, or its matrices are not constant.</summary>
    public static ExpertLayer? Read(Node node)
    {
        if (ExpertForm.Of(node) is not { } form || node.InputCount != (form.IsGated ? 8 : 6) || node.Attributes.Int("k") is not { } selected) return null;
        var shift = form.IsGated ? 2 : 0;
        if (node.Input(0) is not { } x || node.Input(1) is not { } weights || !IsStack(node.Input(2 + shift)) || !IsStack(node.Input(4 + shift)) || (form.IsGated && !IsStack(node.Input(2)))) return null;
        return new(form, x, weights, (int)selected, form.IsGated ? node.Input(2) : null, form.IsGated ? Bias(node.Input(3)) : null,
            node.Input(2 + shift)!, Bias(node.Input(3 + shift)), node.Input(4 + shift)!, Bias(node.Input(5 + shift)));
    }

    /// <summary>Puts a node that computes the layer in the place of one that did.</summary>
    public void Replace(Node node)
    {
        Form.AddTo(node.Graph);
        node.ReplaceBy(Form.Id, Operands(new GraphBuilder(node.Graph, node, "experts")), Form.Attributes(Selected).Select(a => KeyValuePair.Create(a.Item1, a.Item2)));
    }

    /// <summary>Makes a node that computes the layer and returns its output.</summary>
    public Value Write(GraphBuilder builder)
    {
        Form.AddTo(builder.Graph);
        return builder.Node(Form.Id, Operands(builder), 1, Form.Attributes(Selected)).Output;
    }

    Value?[] Operands(GraphBuilder builder)
    {
        Value? none = null;
        Value?[] second = [Up, UpBias ?? None(), Down, DownBias ?? None()];
        return Form.IsGated ? [Input, Weights, Gate, GateBias ?? None(), .. second] : [Input, Weights, .. second];

        Value None() => none ??= builder.Constant(FloatingType.Write(Element, [1], [0]));
    }

    static bool IsStack(Value? value) => value?.Constant is { Dims.Length: 3 } and not SparseTensor;

    // One zero stands for a bias that is left out: functions have no optional inputs that any operator takes.
    static Value? Bias(Value? value) => value?.Constant is { Dims.Length: 3 } ? value : null;
}
