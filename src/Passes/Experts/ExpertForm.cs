using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>What the experts of one layer have in common: everything but their weights.</summary>
/// <param name="Alpha">Parameters of <see cref="ExpertActivation.Swiglu"/>, as <paramref name="Beta"/> and <paramref name="Limit"/> are.</param>
sealed record ExpertForm(ExpertActivation Activation, bool IsGated, float Alpha = 1, float Beta = 0, float Limit = float.PositiveInfinity)
{
    const string Domain = "ai.onnxc.experts";
    const long DomainVersion = 1;

    // Functions came with this version of the format.
    const long FunctionsIrVersion = 8;

    /// <summary>The oldest opset in which the function means the same as in all later ones: axes are inputs from there on.</summary>
    public const long OldestOpset = 13;

    public OpId Id => new(Domain, $"{(IsGated ? "Gated" : "")}{Activation}Experts");

    /// <summary>The form that a node states; null when it is no call of experts.</summary>
    public static ExpertForm? Of(Node node)
    {
        if (node.Op.Domain != Domain || node.Op.Overload.Length > 0) return null;
        foreach (var activation in Enum.GetValues<ExpertActivation>())
        {
            foreach (var gated in (bool[])[false, true])
            {
                if (new ExpertForm(activation, gated) is { } form && form.Id == node.Op)
                    return activation != ExpertActivation.Swiglu ? form : form with
                    {
                        Alpha = node.Attributes.Float("alpha") ?? 1,
                        Beta = node.Attributes.Float("beta") ?? 0,
                        Limit = node.Attributes.Float("limit") ?? float.PositiveInfinity,
                    };
            }
        }
        return null;
    }

    /// <summary>Gives the model the function of this form, unless it has it already, and the graph what a call needs.</summary>
    public void AddTo(Graph graph)
    {
        var model = graph.Model;
        model.RaiseIrVersion(FunctionsIrVersion);
        if (model.Functions[Id] is null)
        {
            var function = Text.OnnxParser.ParseFunction(ExpertFunction.TextOf(this, Domain, DomainVersion, model.Opsets[""]), model).OrThrow();
            function.Opsets = function.Opsets.With("", model.Opsets[""]);
        }
        graph.Import(Domain, DomainVersion);
    }

    /// <summary>Attributes of a call: <paramref name="selected"/> experts at most have a weight other than zero for a token.</summary>
    public (string, AttributeValue)[] Attributes(int selected) => Activation == ExpertActivation.Swiglu
        ? [("k", (long)selected), ("alpha", Alpha), ("beta", Beta), ("limit", Limit)]
        : [("k", (long)selected)];
}
