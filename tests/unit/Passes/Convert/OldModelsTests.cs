using Onnxc.Compilation;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Convert;

/// <summary>Random calls of operators at opsets 7 to 12, upgraded to a random version: ONNX Runtime computes the same bits.</summary>
public sealed class OldModelsTests(ITestOutputHelper output)
{
    const int Models = 600;

    [Fact]
    public void Upgraded_models_compute_the_same_bits()
    {
        var (ran, refused) = (0, 0);
        for (var seed = 0; seed < Models; seed++)
        {
            var random = new Random(seed);
            var text = Text(random);
            var original = OrtModel.Load(ModelWriter.ToBytes(OnnxParser.Parse(text).OrThrow()), SessionSettings.Unoptimized);
            using var reference = original.Value;
            // Attributes drawn at random may not fit each other, which is for ONNX Runtime to say.
            if (reference is null)
            {
                refused++;
                continue;
            }
            var upgraded = OnnxParser.Parse(text).OrThrow();
            var to = random.Next(13, 24);
            var pipeline = PipelineBinder.Bind(FormattableString.Invariant($"convert-opset{{to={to}}}"), StandardCatalog.Instance).OrThrow();
            var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = IR.Verifier.Check }).Run(pipeline, upgraded);
            Assert.True(run.Succeeded, $"{string.Join('\n', run.Diagnostics)}\n{text}");
            var after = OnnxPrinter.Print(upgraded);
            var loaded = OrtModel.Load(ModelWriter.ToBytes(upgraded), SessionSettings.Unoptimized);
            using var candidate = loaded.Value;
            Assert.True(candidate is not null, $"seed {seed}: {string.Join('\n', loaded.Diagnostics)}\n{text}\n{after}");
            var inputs = new InputGenerator((ulong)seed).ForModel(reference, TimeSpan.FromSeconds(10));
            if (!inputs.IsOk)
            {
                refused++;
                continue;
            }
            var expected = reference.Run(inputs.Value, cancellation: TestContext.Current.CancellationToken).OrThrow();
            var actual = candidate.Run(inputs.Value, cancellation: TestContext.Current.CancellationToken).OrThrow();
            foreach (var (name, value) in expected) Assert.True(value.ContentEquals(actual[name]), $"seed {seed}: `{name}` differs\n{text}\n{after}");
            ran++;
        }
        output.WriteLine($"{ran} compared, {refused} refused by ONNX Runtime as drawn");
        Assert.True(ran > Models * 3 / 4, $"only {ran} compared");
    }

    static string Text(Random random)
    {
        var rank = random.Next(1, 5);
        var dims = Enumerable.Range(0, rank).Select(_ => random.Next(1, 5)).ToArray();
        var (opset, call) = Call(random, dims);
        // One in three is fed by another operator, and one in three stands in a branch.
        var x = random.Next(3) == 0 ? "r = Sigmoid (x) " : "r = Identity (x) ";
        var shape = string.Join(',', dims);
        var body = random.Next(3) == 0
            ? $"o = If (c) < then_branch = t () => (p) {{ {x}{call} p = Identity (w) }}, else_branch = e () => (q) {{ q = Neg (x) }} > y = Identity (o)"
            : $"n = Not (c) {x}{call} y = Identity (w)";
        return FormattableString.Invariant($"<ir_version: 7, opset_import: [\"\": {opset}]>\ng (float[{shape}] x, bool c) => (y) {{ {body} }}");
    }

    static (int Opset, string Call) Call(Random random, int[] dims)
    {
        var rank = dims.Length;
        var axis = random.Next(rank);
        string Ints(IEnumerable<int> values) => $"[{string.Join(',', values)}]";
        string Number() => FormattableString.Invariant($"{random.Next(-8, 9) / 8.0:0.000}");
        int Negative(int value) => random.Next(2) == 0 ? value - rank : value;
        return random.Next(12) switch
        {
            0 => (random.Next(11, 13), $"w = {Pick("Softmax", "LogSoftmax", "Hardmax")} <axis = {Negative(axis)}> (r)"),
            1 => (random.Next(7, 13), $"w = {Pick("Softmax", "LogSoftmax", "Hardmax")} <axis = {axis}> (r)"),
            2 => (random.Next(7, 10), $"w = Slice <axes = [{axis}], starts = [{random.Next(-3, 3)}], ends = [{random.Next(-2, 6)}]> (r)"),
            3 => (random.Next(7, 11), $"w = Clip <{Pick("min = -0.25", $"max = {Number()}", "min = -0.5, max = 0.5")}> (r)"),
            4 => (random.Next(7, 11), $"w = Pad <pads = {Ints(Enumerable.Range(0, 2 * rank).Select(_ => random.Next(0, 2)))}, value = {Number()}, mode = \"{Pick("constant", "edge", "reflect")}\"> (r)"),
            5 => (random.Next(7, 10), $"w, i = TopK <axis = {axis}, k = 1> (r)"),
            6 => (random.Next(11, 13), $"w = {Reduction()} <axes = [{Negative(axis)}], keepdims = {random.Next(2)}> (r)"),
            7 => (random.Next(7, 13), $"w = {Reduction()} <keepdims = {random.Next(2)}> (r)"),
            8 => (random.Next(7, 13), $"u = Unsqueeze <axes = [{axis}]> (r) w = Squeeze <axes = [{axis}]> (u)"),
            9 => (random.Next(7, 13), $"d = Concat <axis = {axis}> (r, r, r) z, w = Split <axis = {axis}, split = {Ints([dims[axis], 2 * dims[axis]])}> (d)"),
            10 => (7, $"w = Upsample <mode = \"{Pick("nearest", "nearest", "linear")}\", scales = [{string.Join(',', dims.Select((_, i) => i < rank - 2 ? "1.0" : Pick("1.0", "2.0", "1.5")))}]> (r)"),
            _ => (random.Next(7, 12), $"w = Dropout <ratio = 0.25> (r)"),
        };

        string Pick(params string[] choices) => choices[random.Next(choices.Length)];
        string Reduction() => Pick("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare");
    }
}
