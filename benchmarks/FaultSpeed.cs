using System.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>
/// What a trial of a fault campaign costs, beside a run without faults at ONNX Runtime's highest level, and beside a trial that writes a changed model and
/// loads it. One thread; the medians of several turns.
/// </summary>
static class FaultSpeed
{
    const double Rate = 1e-5;
    const int Few = 2, Many = 12;

    public static void Run(string model, string data, int runs)
    {
        Console.WriteLine("samples  trial ms  plain ms  reload ms  trial/plain  reload/trial");
        foreach (var samples in new[] { 1, 10, 100 })
        {
            var (trial, plain, reload) = (new List<double>(), new List<double>(), new List<double>());
            for (var i = 0; i < runs; i++)
            {
                trial.Add((Campaign(model, data, samples, Many) - Campaign(model, data, samples, Few)) / (Many - Few));
                plain.Add(Plain(model, data, samples));
                reload.Add(Reload(model, data, samples));
            }
            var (t, p, r) = (Measurement.Median(trial), Measurement.Median(plain), Measurement.Median(reload));
            Console.WriteLine(FormattableString.Invariant($"{samples,7}  {t,8:0.00}  {p,8:0.00}  {r,9:0.00}  {t / p,11:0.00}  {r / t,12:0.0}"));
        }
    }

    static double Campaign(string model, string data, int samples, int trials)
    {
        var source = ModelSource.File(model);
        var options = new FaultOptions { Rates = [Rate], Trials = trials, Limit = samples, Batch = samples, Threads = 1 };
        var read = Data(source, data);
        return Milliseconds(() => new FaultCampaign(source, read, options).Run().OrThrow());
    }

    static double Plain(string model, string data, int samples)
    {
        var source = ModelSource.File(model);
        using var session = source.Load().OrThrow();
        var batch = Data(source, data).Batches(session.Inputs, samples, samples).First();
        using var run = session.Prepare(batch.Inputs).OrThrow();
        for (var i = 0; i < Few; i++) run.Execute();
        return Milliseconds(() =>
        {
            for (var i = Few; i < Many; i++) run.Execute();
        }) / (Many - Few);
    }

    // As a script would: flip, write, load, run.
    static double Reload(string path, string data, int samples)
    {
        var source = ModelSource.File(path);
        var read = Data(source, data);
        var random = new SplitMix(1);
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            return Milliseconds(() =>
            {
                var model = source.Read().OrThrow();
                var weight = model.Main.Initializers.MaxBy(i => i.Initializer!.ElementCount)!;
                var bytes = weight.Initializer!.Bytes.ToArray();
                bytes[random.Below(bytes.Length)] ^= 1;
                var changed = model.Main.AddInitializer("changed", new DenseTensor(weight.Initializer.Element, weight.Initializer.Dims, bytes));
                weight.ReplaceAllUsesWith(changed);
                ModelWriter.Write(model, file);
                using var session = OrtModel.Load(file).OrThrow();
                session.Run(read.Batches(session.Inputs, samples, samples).First().Inputs).OrThrow();
            });
        }
        finally
        {
            File.Delete(file);
        }
    }

    static DataSet Data(ModelSource source, string data) => DataSet.ReadFor(source.Read().OrThrow(), data).OrThrow();

    static double Milliseconds(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalMilliseconds;
    }
}
