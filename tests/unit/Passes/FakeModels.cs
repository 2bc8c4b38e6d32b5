using Onnxc.IR;

namespace Onnxc.Tests.Passes;

/// <summary>Small models for tests of pipelines.</summary>
static class FakeModels
{
    /// <summary><c>x -> ops in a row -> y</c>; node i is named <c>/layer{i}/{op}</c>.</summary>
    public static Model Chain(params string[] ops)
    {
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        var value = model.Main.AddInput("x", new TensorType(ElementType.Float, new Shape([4])));
        for (var i = 0; i < ops.Length; i++)
        {
            var dot = ops[i].LastIndexOf('.');
            var op = dot < 0 ? new OpId("", ops[i]) : new OpId(ops[i][..dot], ops[i][(dot + 1)..]);
            value = model.Main.AddNode(op, [value], [$"v{i}"], name: $"/layer{i}/{op.Name}").Output;
        }
        model.Main.AddOutput(value, "y");
        return model;
    }

    public static string Ops(Model model) => string.Join(' ', model.Main.Nodes.Select(n => n.Op.ToString()));
}
