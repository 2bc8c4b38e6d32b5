using System.Globalization;

namespace Onnxc.Passes.Experts;

/// <summary>
/// The function behind a node of experts: <c>y[t] = Σₑ w[t, e]·fₑ(x[t])</c>, every expert computed for every token, which any runtime can run. It says what
/// the node means; <c>lower-experts</c> makes it fast.
/// </summary>
static class ExpertFunction
{
    public static string TextOf(ExpertForm form, string domain, long version, long opset)
    {
        var swiglu = form.Activation == ExpertActivation.Swiglu;
        var attributes = swiglu ? "<k: int = 1, alpha: float = 1.0, beta: float = 0.0, limit: float = 3.4e38> " : "<k: int = 1> ";
        var inputs = form.IsGated ? "x, weights, gate, gate_bias, up, up_bias, down, down_bias" : "x, weights, up, up_bias, down, down_bias";
        return string.Create(CultureInfo.InvariantCulture, $$"""
            <
              domain: "{{domain}}",
              opset_import: ["": {{opset}}],
              doc_string: "Mixture of experts: y[t] = sum over e of weights[t, e] * expert e of x[t], with weights [T, E] that are zero for all but k experts of a token, x [T, H], matrices [E, inputs, outputs] and biases [E, 1, outputs] or [1]."
            >
            {{form.Id.Name}} {{attributes}}({{inputs}}) => (y)
            {
              first = Constant <value_ints = [0]> ()
              last = Constant <value_ints = [-1]> ()
              nothing = Constant <value_float = 0.0> ()
              zero = CastLike (nothing, x)
              token = Unsqueeze (x, first)
              {{(form.IsGated ? Gated(form) : Plain(form))}}
              product = MatMul (hidden, down)
              expert = Add (product, down_bias)
              turned = Transpose <perm = [1, 0]> (weights)
              weight = Unsqueeze (turned, last)
              weighted = Mul (expert, weight)
              unused = Equal (weight, zero)
              chosen = Where (unused, zero, weighted)
              y = ReduceSum <keepdims = 0> (chosen, first)
            }
            """);
    }

    static string Plain(ExpertForm form) => $"""
        first_product = MatMul (token, up)
        u = Add (first_product, up_bias)
        {Activation(form.Activation, "u", "hidden")}
        """;

    static string Gated(ExpertForm form) => $"""
        gate_product = MatMul (token, gate)
        g = Add (gate_product, gate_bias)
        up_product = MatMul (token, up)
        u = Add (up_product, up_bias)
        {(form.Activation == ExpertActivation.Swiglu ? Swiglu : $"{Activation(form.Activation, "g", "active")} hidden = Mul (active, u)")}
        """;

    static string Activation(ExpertActivation activation, string from, string to) => activation switch
    {
        ExpertActivation.Identity => $"{to} = Identity ({from})",
        ExpertActivation.Silu => $"sigmoid = Sigmoid ({from}) {to} = Mul ({from}, sigmoid)",
        ExpertActivation.Gelu => $"""
            root = Constant <value_float = 1.4142135> () root_like = CastLike (root, x) half = Constant <value_float = 0.5> () half_like = CastLike (half, x)
            one = Constant <value_float = 1.0> () one_like = CastLike (one, x) scaled = Div ({from}, root_like) error = Erf (scaled)
            raised = Add (error, one_like) halved = Mul ({from}, half_like) {to} = Mul (halved, raised)
            """,
        ExpertActivation.GeluTanh => $"""
            a = Constant <value_float = 0.7978846> () a_like = CastLike (a, x) b = Constant <value_float = 0.044715> () b_like = CastLike (b, x)
            half = Constant <value_float = 0.5> () half_like = CastLike (half, x) one = Constant <value_float = 1.0> () one_like = CastLike (one, x)
            square = Mul ({from}, {from}) share = Mul (square, b_like) more = Add (share, one_like) line = Mul ({from}, a_like) bent = Mul (line, more)
            tanh = Tanh (bent) raised = Add (tanh, one_like) halved = Mul ({from}, half_like) {to} = Mul (halved, raised)
            """,
        _ => $"{to} = {activation} ({from})",
    };

    const string Swiglu = """
        alpha_number = Constant <value_float: float = @alpha> () alpha_like = CastLike (alpha_number, x)
        beta_number = Constant <value_float: float = @beta> () beta_like = CastLike (beta_number, x)
        limit_number = Constant <value_float: float = @limit> () limit_like = CastLike (limit_number, x)
        lowest = Neg (limit_like) clipped_gate = Min (g, limit_like) clipped_up = Clip (u, lowest, limit_like)
        steep = Mul (clipped_gate, alpha_like) sigmoid = Sigmoid (steep) active = Mul (clipped_gate, sigmoid) shifted = Add (clipped_up, beta_like)
        hidden = Mul (active, shifted)
        """;
}
