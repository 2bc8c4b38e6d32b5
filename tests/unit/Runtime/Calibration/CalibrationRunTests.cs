using Onnxc.Calibration;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Runtime.Calibration;

/// <summary>Runs that are cut short go on; second moments are those of the rows.</summary>
public sealed class CalibrationRunTests
{
    const string Text = """
        <ir_version: 10, opset_import: ["" : 21]>
        g (float[batch, 3] x) => (float[batch, 3] y) { a = Exp (x)  y = Neg (a) }
        """;

    static DataSet Data(Model model, string folder, int samples)
    {
        var random = new Random(3);
        var path = Path.Combine(folder, "data.npz");
        NpzFile.Write(path, [new("x", TensorData.Floats([.. Enumerable.Range(0, samples * 3).Select(_ => (float)random.NextDouble())], samples, 3))]);
        return DataSet.ReadFor(model, path).OrThrow();
    }

    [Fact]
    public void A_run_that_was_cut_short_goes_on_where_it_was()
    {
        var folder = Directory.CreateTempSubdirectory("onnxc-calibration-");
        try
        {
            var (model, part) = (OnnxParser.Parse(Text).OrThrow(), Path.Combine(folder.FullName, "t.part"));
            var data = Data(model, folder.FullName, 40);
            var whole = new CalibrationRun(model, data, new()).Run().OrThrow();

            // What a run leaves behind after 16 samples.
            var first = new CalibrationRun(model, data, new() { Limit = 16 }).Run().OrThrow();
            first.Progress = 16;
            Assert.Null(CalibrationFile.Write(part, first));
            var counts = new List<int>();
            var resumed = new CalibrationRun(model, data, new() { Progress = (done, _) => counts.Add(done) }).Run(part).OrThrow();

            Assert.Equal([32, 40], counts);
            Assert.False(File.Exists(part));
            foreach (var (table, name) in new[] { (whole, "whole"), (resumed, "resumed") }) Assert.Null(CalibrationFile.Write(Path.Combine(folder.FullName, name), table));
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder.FullName, "whole")), File.ReadAllBytes(Path.Combine(folder.FullName, "resumed")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Second_moments_are_means_over_rows()
    {
        var folder = Directory.CreateTempSubdirectory("onnxc-calibration-");
        try
        {
            var model = OnnxParser.Parse(Text).OrThrow();
            var data = Data(model, folder.FullName, 10);
            var x = model.Main.Inputs[0];
            var revision = model.Revision;
            var moment = new DataCalibrator(data).SecondMoments(model, [x]).OrThrow()[x];
            var rows = NpzFile.Read(Path.Combine(folder.FullName, "data.npz")).OrThrow()["x"].ToArray<float>().Chunk(3).ToList();
            for (var i = 0; i < 3; i++)
                for (var j = 0; j < 3; j++) Assert.Equal(rows.Average(r => (double)r[i] * r[j]), moment[3 * i + j], 1e-12);
            Assert.Equal(revision, model.Revision);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
