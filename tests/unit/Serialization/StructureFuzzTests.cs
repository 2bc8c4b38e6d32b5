using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using CsCheck;
using Google.Protobuf;
using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Serialization.Proto;
using Onnxc.Tests.Text;
using Xunit;

namespace Onnxc.Tests.Serialization;

/// <summary>Models that are valid protobuf and little else: whatever is in them, the answer is a model or a coded error, and soon.</summary>
public sealed partial class StructureFuzzTests(ITestOutputHelper output)
{
    const int MostBytes = 20_000;

    [GeneratedRegex("[0-9]+|`[^`]*`")]
    static partial Regex Digits { get; }

    static readonly BoundPipeline Default = PipelineBinder.Bind("@default", StandardCatalog.Instance).OrThrow();

    // Real models of every operator, and generated ones with odd names, types and attributes.
    static readonly Lazy<IReadOnlyList<ModelProto>> Seeds = new(() =>
    [
        .. Real(),
        .. Enumerable.Range(0, 60).Select(seed => ModelProto.Parser.ParseFrom(ModelWriter.ToBytes(new RandomModel(seed).Make()))),
    ]);

    const int Cases = 3000;

    /// <summary>
    /// Set, it hunts that long with new random cases; otherwise the cases are the same in every run, so that a crash of a native library
    /// cannot turn up in somebody else's change. <c>ONNXC_FUZZ_CASE=model,mutation</c> repeats one, and leaves it in a file.
    /// </summary>
    static int? Seconds => int.TryParse(Environment.GetEnvironmentVariable("ONNXC_FUZZ_SECONDS"), out var seconds) ? seconds : null;

    static bool Trace => Environment.GetEnvironmentVariable("ONNXC_FUZZ_TRACE") == "1";

    // Distinct failures rather than the first: there is nothing to shrink in a pair of numbers.
    [Fact]
    public void Mutated_models_are_compiled_or_refused()
    {
        if (Environment.GetEnvironmentVariable("ONNXC_FUZZ_CASE")?.Split(',') is [var one, var other])
        {
            var proto = new ModelMutator(int.Parse(other, CultureInfo.InvariantCulture)).Mutate(Seeds.Value[int.Parse(one, CultureInfo.InvariantCulture)]);
            File.WriteAllBytes(Path.Combine(Path.GetTempPath(), "onnxc-fuzz.onnx"), proto.ToByteArray());
            Assert.Null(Fails(proto));
            return;
        }
        var failures = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var count = 0;
        if (Seconds is { } seconds) Gen.Select(Gen.Int[0, Seeds.Value.Count - 1], Gen.Int).Sample(Try, time: seconds, threads: 2);
        else Parallel.For(0, Cases, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i => Try((int)(i * 7919L % Seeds.Value.Count), i));
        output.WriteLine($"{count} models");
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Values));

        void Try(int which, int seed)
        {
            Interlocked.Increment(ref count);
            if (Trace) Console.Error.WriteLine($"{Environment.CurrentManagedThreadId} {which} {seed} {Environment.WorkingSet >> 20}");
            if (Fails(new ModelMutator(seed).Mutate(Seeds.Value[which])) is { } failure)
                failures.TryAdd(Digits.Replace(failure.Message.Split('\n').FirstOrDefault(l => l.Contains("ONNXC", StringComparison.Ordinal)) ?? failure.Message.Split('\n')[0], "#"), $"seed model {which}, mutation {seed}: {failure}");
        }
    }

    static Exception? Fails(ModelProto proto)
    {
        try
        {
            Check(proto);
            return null;
        }
#pragma warning disable CA1031 // Any exception at all is what this test is about.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e;
        }
    }

    static IEnumerable<ModelProto> Real() => SharedData.IsAvailable
        ? SharedData.ConformanceModels().Where(p => new FileInfo(p).Length < MostBytes).Select(p => ModelProto.Parser.ParseFrom(File.ReadAllBytes(p)))
        : [];

    static void Check(ModelProto proto)
    {
        var bytes = proto.ToByteArray();
        var watch = Stopwatch.StartNew();
        var read = ModelReader.Read(bytes);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"reading took {watch.Elapsed}");
        if (read.IsOk) CheckModel(read.Value);
        else AssertCoded(read.Diagnostics);
    }

    static void CheckModel(Model model)
    {
        var written = ModelWriter.ToBytes(model);
        Assert.Equal(written, ModelWriter.ToBytes(ModelReader.Read(written).OrThrow()));
        Texts.AssertFixedPoint(model);

        var watch = Stopwatch.StartNew();
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }).Run(Default, model);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"compiling took {watch.Elapsed}");
        AssertCoded(run.Diagnostics);
        if (!run.Succeeded) return;
        Assert.Empty(Verifier.Check(model));
        ModelReader.Read(ModelWriter.ToBytes(model)).OrThrow();
    }

    static void AssertCoded(IReadOnlyList<Diagnostic> diagnostics) =>
        Assert.All(diagnostics, d => Assert.True(d.Id.StartsWith("ONNXC", StringComparison.Ordinal) && d.Id != Descriptors.PassFailed.Id, d.ToString() + string.Join('\n', d.Notes)));
}
