using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Conformance;

/// <summary>
/// Compiles every conformance model and runs the result on the data that comes with it. The outputs must be the expected ones, or, where
/// ONNX Runtime's own are not, the very bits of the original; a bound says how many may differ from the original in any bit.
/// </summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    const string NotLoadable = "ONNX Runtime does not load the original", NoData = "the data cannot be fed",
        NotFed = "ONNX Runtime's interface cannot make the inputs", NotStated = "the variant does not apply", Random = "it draws random numbers", NotRunnable = "ONNX Runtime does not run the original";

    const int MostRecognized = 30;

    // Packed constant weights take other kernels than the same weights computed at run time, which round differently.
    static readonly SessionSettings Plain = SessionSettings.Unoptimized.With("session.disable_prepacking", "1");

    /// <summary>
    /// Ways to state a case; one that does not apply to a case gives null. <c>Most</c> bounds how many cases are left out for each reason.
    /// </summary>
    static readonly IReadOnlyList<Variant> Variants =
    [
        new("as is", c => c, 1700, 1680, 4, new() { [NotLoadable] = 110, [NotFed] = 2, [NotRunnable] = 2 }),
        new("dynamic dims", ConformanceVariants.DynamicDims, 1650, 1610, 4, new() { [NotLoadable] = 120, [NotFed] = 2, [NotRunnable] = 12, [NotStated] = 50 }),
        new("inputs turned constant", ConformanceVariants.ConstantInputs, 1700, 1660, 4, new() { [NotFed] = 2, [NotRunnable] = 2, [NotStated] = 120 }),
        new("inside an If", ConformanceVariants.InsideIf, 1640, 1600, 4, new() { [NotLoadable] = 120, [NotFed] = 2, [NotRunnable] = 2, [NotStated] = 70 }),
        new("inside a function", ConformanceVariants.InsideFunction, 1500, 1500, 4, new() { [NotLoadable] = 110, [NotFed] = 2, [NotRunnable] = 2, [NotStated] = 200 }),
    ];

    sealed record Variant(string Name, Func<ConformanceCase, ConformanceCase?> Make, int LeastLoaded, int LeastExpected, int MostRounded, Dictionary<string, int> Most);

    public static TheoryData<string, string> Names => [.. Variants.SelectMany(v => new[] { (v.Name, "@default"), (v.Name, "@aggressive") })];

    [Theory]
    [MemberData(nameof(Names))]
    public void Compiled_models_give_the_expected_outputs(string name, string pipeline)
    {
        var bound = PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow();
        var variant = Variants.Single(v => v.Name == name);
        var cases = ConformanceCase.All();
        var tally = new Tally();
        Parallel.ForEach(cases, new ParallelOptions { MaxDegreeOfParallelism = 2 }, original =>
        {
            if (variant.Make(original) is { } stated) Check(stated, bound, tally);
            else tally.Leave(original.Name, NotStated);
        });
        tally.Check(output, variant.Most);
        Assert.True(tally.Expected >= variant.LeastExpected, $"only {tally.Expected} give what is expected");
        // What is recognised in expanded operators - softmax, normalizations - may round differently; all of it gives what the suite expects.
        var mayRound = pipeline == "@aggressive" ? MostRecognized : variant.MostRounded;
        Assert.True(tally.Rounded.Count <= mayRound, $"the bits of {tally.Rounded.Count} differ from the original's");
        Assert.True(tally.Loaded >= variant.LeastLoaded, $"only {tally.Loaded} of {cases.Count} cases load");
    }

    static void Check(ConformanceCase test, BoundPipeline pipeline, Tally tally)
    {
        var (compiled, failure) = Compile(test, pipeline);
        if (failure is not null) tally.Fail(test.Name, failure);
        var loaded = OrtModel.Load(test.Model, Plain);
        using var original = loaded.Value;
        if (original is null)
        {
            tally.Leave(test.Name, NotLoadable);
            return;
        }
        tally.Load();
        if (failure is not null) return;
        var rewritten = OrtModel.Load(compiled, Plain);
        using var result = rewritten.Value;
        var samples = test.Samples(original);
        if (result is null) tally.Fail(test.Name, rewritten.Diagnostics[0].Message);
        else if (!samples.IsOk) tally.Leave(test.Name, NoData);
        else if (RandomOps.FindUnseeded(test.ReadModel().OrThrow()) is not null) tally.Leave(test.Name, Random);
        else if (samples.Value.Count == 0) tally.Leave(test.Name, NoData);
        else foreach (var sample in samples.Value) Check(test, sample, original, result, tally);
    }

    static void Check(ConformanceCase test, Sample sample, OrtModel original, OrtModel result, Tally tally)
    {
        var expected = original.Run(sample.Inputs);
        var actual = result.Run(sample.Inputs);
        if (!expected.IsOk)
        {
            tally.Leave(test.Name, expected.Diagnostics[0].Descriptor == Descriptors.InputNotRepresentable ? NotFed : NotRunnable);
            return;
        }
        tally.Compare();
        if (!actual.IsOk)
        {
            tally.Fail(test.Name, actual.Diagnostics[0].Message);
            return;
        }
        var difference = Agreement.FirstDifference(expected.Value, actual.Value);
        if (Agreement.IsClose(sample.Expected, actual.Value)) tally.Expect(test.Name, difference is null);
        else if (difference is not null) tally.Fail(test.Name, $"output `{difference}` differs");
    }

    static (byte[] Compiled, string? Failure) Compile(ConformanceCase test, BoundPipeline pipeline)
    {
        var read = test.ReadModel();
        if (!read.IsOk) return ([], read.Diagnostics[0].ToString());
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }).Run(pipeline, read.Value);
        if (!run.Succeeded) return ([], run.Diagnostics.First(d => d.IsError).ToString());
        return Verifier.Check(read.Value) is [var broken, ..] ? ([], broken.ToString()) : (ModelWriter.ToBytes(read.Value), null);
    }
}
