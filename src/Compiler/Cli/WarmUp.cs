using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Cli;

/// <summary>
/// Gets the code for reading and writing models compiled while the command line is still being parsed: a third of the time of a compile that
/// only copies is the just-in-time compiler, and a second core is idle meanwhile.
/// </summary>
static class WarmUp
{
    /// <summary>Starts it on a thread that does not keep the process alive; whatever happens there has no effect but time.</summary>
    /// <param name="usesRuntime">The pipeline has steps, which nearly all ask ONNX Runtime something: its library is loaded as well.</param>
    public static void Start(bool usesRuntime) => new Thread(() => Run(usesRuntime)) { IsBackground = true }.Start();

    static void Run(bool usesRuntime)
    {
        var model = new Model(8, OpsetImports.Empty.With("", 17));
        var input = model.Main.AddInput("x", ValueType.Tensor(ElementType.Float, new Shape([1])));
        var weight = model.Main.AddInitializer("w", TensorData.Floats(new float[512]));
        model.Main.AddOutput(model.Main.AddNode(new OpId("", "Add"), [input, weight], ["y"]).Output);
        var bytes = ModelWriter.ToBytes(model);
        if (usesRuntime && OrtModel.Load(bytes, SessionSettings.Unoptimized) is { Value: { } loaded }) loaded.Dispose();
        if (ModelReader.Read(bytes) is { Value: { } read }) ModelWriter.ToBytes(read);
    }
}
