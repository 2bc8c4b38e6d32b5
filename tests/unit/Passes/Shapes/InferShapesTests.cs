using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Shapes;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Shapes;

public sealed class InferShapesTests
{
    sealed class FakeInference(Func<Value, ValueType?> type) : ITypeInference
    {
        public string? Infer(Model model)
        {
            foreach (var value in model.AllNodes().SelectMany(n => n.Outputs).Where(v => v.Type is null))
                if (type(value) is { } t) value.SetType(t, inferred: true);
            return null;
        }
    }

    static Model Build()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x", Type(2));
        var t = model.Main.Op("Relu", "t", [x]);
        model.Main.AddOutput(model.Main.If("z", b => b.Op("Neg", "y", [b.Op("Abs", "a", [t])])));
        return model;
    }

    [Fact]
    public void States_inferred_types_in_bodies_too()
    {
        var model = Build();
        var cx = Run(new InferShapes(new()), model, inference: new FakeInference(_ => Type(2)));
        Assert.Equal(5, cx.Changed);
        Assert.All(model.AllNodes().SelectMany(n => n.Outputs), v => Assert.False(v.TypeIsInferred || v.Type is null));
        Assert.Equal(0, Run(new InferShapes(new()), model, inference: new FakeInference(_ => Type(2))).Changed);
    }

    [Fact]
    public void Functions_stay_untyped()
    {
        var model = NewModel();
        var function = model.Call(f => f.AddOutput(f.Op("Relu", "y", [f.AddInput("x")])));
        Run(new InferShapes(new()), model, inference: new FakeInference(_ => Type(2)));
        Assert.True(function.Body.Nodes.Single().Output.TypeIsInferred);
    }

    [Fact]
    public void Strict_reports_what_stays_unknown()
    {
        var inference = new FakeInference(v => v.Name == "a" ? null : Type(2));
        Assert.Empty(Run(new InferShapes(new()), Build(), inference: inference).Diagnostics);
        var diagnostic = Assert.Single(Run(new InferShapes(new() { Strict = true }), Build(), inference: inference).Diagnostics);
        Assert.Equal((Descriptors.TypesIncomplete, true), (diagnostic.Descriptor, diagnostic.IsError));
        Assert.Contains("`a`", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, Severity.Warning)]
    [InlineData(true, Severity.Error)]
    public void Without_a_runtime_says_so(bool strict, Severity severity)
    {
        var diagnostic = Assert.Single(Run(new InferShapes(new() { Strict = strict }), Build()).Diagnostics);
        Assert.Equal((Descriptors.TypesNotInferred, severity), (diagnostic.Descriptor, diagnostic.Severity));
    }
}
